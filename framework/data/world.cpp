#include "framework/data/world.h"

#include <algorithm>

#include "framework/base/environment.h"
#include "framework/base/json.h"
#include "framework/data/world_choice.h"
#include "framework/data/world_text.h"
#include "framework/data/world_truth.h"

namespace motive {
namespace world {
namespace {

constexpr std::int64_t kFirstDay = 17897;  // 2019-01-01 in days since 1970
constexpr std::int64_t kSecondsADay = 86400;

/// One to three large shares of 940 in 1000, the rest in equal parts for everyone.
std::vector<std::uint16_t> draw_preferences(Rng& rng, std::size_t n, std::uint8_t main) {
  constexpr std::uint16_t kEven = 60;
  std::vector<std::uint16_t> preferences(n, static_cast<std::uint16_t>(kEven / n));
  const std::uint32_t draw = rng.below(100);
  const std::size_t count = std::min(n, std::size_t{1} + (draw >= 25) + (draw >= 70));
  std::uint16_t left = static_cast<std::uint16_t>(1000 - kEven / n * n);
  const std::uint16_t whole = left;
  const auto shares = draw_shares(rng, count, main, n);
  for (const Share& share : shares) {
    const auto part = static_cast<std::uint16_t>(std::uint32_t{share.permille} * whole / 1000);
    preferences[share.which] = static_cast<std::uint16_t>(preferences[share.which] + part);
    left = static_cast<std::uint16_t>(left - part);
  }
  preferences[main] = static_cast<std::uint16_t>(preferences[main] + left);
  return preferences;
}

class Generator {
 public:
  Generator(const WorldOptions& options, const Words& words, RawTables& out)
      : options_(options),
        words_(words),
        out_(out),
        items_(make_items(options, words)),
        choice_(options, words, items_),
        user_traits_(permutation(static_cast<std::size_t>(options.users), options.seed,
                                 "world user trait")) {
    out.time_kind = TimeKind::kAbsolute;
    out.has_ratings = true;
    const double start = static_cast<double>(options.items) * options.released_at_start;
    most_events_ = std::max(options.min_events, static_cast<std::int64_t>(start / 2));
  }

  Status run(const Path& truth_folder) {
    Truth truth(options_, words_);
    MOTIVE_TRY(truth.open(truth_folder));
    add_items(truth);
    for (std::size_t u = 0; u < static_cast<std::size_t>(options_.users); ++u) add_user(u, truth);
    return truth.close(out_);
  }

 private:
  void add_items(Truth& truth) {
    const TextMaker texts(options_, words_);
    const std::size_t title = out_.items.field("title"),
                      categories = out_.items.field("categories");
    const std::size_t brand = out_.items.field("brand"),
                      description = out_.items.field("description");
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const std::uint32_t row = out_.items.row(raw_id('B', options_.seed, i));
      const ItemText text = texts.make(i, items_[i]);
      out_.items.set(row, title, text.title);
      out_.items.set(row, categories, words_.categories[items_[i].category]);
      out_.items.set(row, brand, text.brand);
      out_.items.set(row, description, text.description);
      truth.add_item(out_.items.ids()[row], items_[i]);
    }
  }

  void add_user(std::size_t number, Truth& truth) {
    Rng rng(options_.seed, "world user", number);
    User user;
    const auto main = static_cast<std::uint8_t>(user_traits_[number] % words_.traits.size());
    user.motivation = draw_preferences(rng, words_.traits.size(), main);
    const auto category =
        static_cast<std::uint8_t>(rng.below(static_cast<std::uint32_t>(words_.categories.size())));
    user.interest = draw_preferences(rng, words_.categories.size(), category);
    const std::uint32_t row = out_.users.row(raw_id('A', options_.seed, number));
    for (const auto& [name, values] : words_.user_fields) {
      out_.users.set(row, out_.users.field(name),
                     values[rng.below(static_cast<std::uint32_t>(values.size()))]);
    }
    truth.add_user(out_.users.ids()[row], user);
    add_events(rng, row, user);
  }

  /// min_events and an excess with a long tail: a product of two exponentials, of mean 1.
  std::int64_t draw_length(Rng& rng) const {
    const Fixed mean =
        to_fixed(options_.events_per_user - static_cast<double>(options_.min_events));
    const Fixed tail = exponential(rng) * exponential(rng) / kOne;
    const Fixed excess =
        tail * mean / kOne + static_cast<Fixed>(rng.next() >> 48);  // rounded by chance
    return std::min(most_events_, options_.min_events + excess / kOne);
  }

  /// Days of the events, ascending: visits between the user's arrival and departure.
  std::vector<std::int32_t> draw_days(Rng& rng, std::int64_t length) const {
    const auto story = static_cast<std::uint32_t>(options_.days);
    const std::uint32_t arrival = rng.below(story);
    const Fixed stay = 30 * kOne + exponential(rng) * options_.days / 3;
    const auto rest =
        static_cast<std::uint32_t>(std::min<std::int64_t>(stay / kOne, story - 1 - arrival));
    const Fixed same_day = to_fixed(options_.same_day);
    std::int64_t visits = 1;
    for (std::int64_t e = 1; e < length; ++e) visits += chance(rng, same_day) ? 0 : 1;
    std::vector<std::int32_t> days{static_cast<std::int32_t>(arrival)};
    for (std::int64_t v = 1; v < visits; ++v)
      days.push_back(static_cast<std::int32_t>(arrival + rng.below(rest + 1)));
    for (std::int64_t e = visits; e < length; ++e) {
      days.push_back(days[rng.below(static_cast<std::uint32_t>(visits))]);
    }
    std::sort(days.begin(), days.end());
    return days;
  }

  void add_events(Rng& rng, std::uint32_t row, const User& user) {
    choice_.start(user);
    const Fixed repeats = to_fixed(options_.repeats);
    std::vector<std::uint32_t> had;
    for (const std::int32_t day : draw_days(rng, draw_length(rng))) {
      const bool again = !had.empty() && chance(rng, repeats);
      const std::uint32_t item =
          again ? had[rng.below(static_cast<std::uint32_t>(had.size()))] : choice_.draw(rng, day);
      had.push_back(item);
      out_.add_event(row, item, (kFirstDay + day) * kSecondsADay,
                     draw_rating(rng, user, items_[item]));
    }
  }

  /// Stars from the fit, relative to the best possible one, and noise.
  float draw_rating(Rng& rng, const User& user, const Item& item) const {
    const std::int64_t best =
        1000 * *std::max_element(user.motivation.begin(), user.motivation.end());
    const Fixed fit = kOne * choice_.fit(user, item) / best - kOne / 2;
    const Fixed z = to_fixed(options_.rating_fit) * fit / kOne +
                    to_fixed(options_.rating_noise) * gaussian(rng) / kOne;
    float stars = 1;
    for (const double threshold : {-1.5, -1.0, -0.375, 0.375})
      stars += z > to_fixed(threshold) ? 1.0f : 0.0f;
    return stars;
  }

  const WorldOptions& options_;
  const Words& words_;
  RawTables& out_;
  std::vector<Item> items_;
  ItemChoice choice_;
  std::vector<std::uint32_t> user_traits_;  // [U] the main motivation, modulo the number of traits
  std::int64_t most_events_ = 0;
};

}  // namespace
}  // namespace world

Path world_words_file() {
  return checkout_folder() / "datasets/synthetic/words.yaml";
}

Status generate_world(const WorldOptions& options, RawTables& out, const Path& truth_folder) {
  if (const std::string wrong = options.contradiction(); !wrong.empty())
    return invalid("world: {}", wrong);
  if (out.size() != 0 || out.items.size() != 0)
    return fail("generate_world: the tables must be empty");
  MOTIVE_ASSIGN(const world::Words words, world::read_words(world_words_file()));
  return world::Generator(options, words, out).run(truth_folder);
}

}  // namespace motive
