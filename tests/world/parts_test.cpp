// The parts of the generator: fixed-point arithmetic, the choice of items, the words.
#include <set>

#include "framework/data/world_choice.h"
#include "framework/data/world_text.h"
#include "tests/world/world_support.h"

namespace motive::world {
namespace {

double to_double(Fixed x) { return static_cast<double>(x) / static_cast<double>(kOne); }

TEST(WorldFixed, ExpMinusFollowsExp) {
  for (double x = 0; x < 12; x += 0.0137) {
    const double value = static_cast<double>(exp_minus(to_fixed(x))) / static_cast<double>(kExpOne);
    EXPECT_NEAR(value / std::exp(-x), 1, 1e-3) << x;
  }
  EXPECT_EQ(exp_minus(0), kExpOne);
  EXPECT_EQ(exp_minus(to_fixed(1e6)), 0u);
}

TEST(WorldFixed, DrawsHaveTheirMoments) {
  Rng rng(3, "test");
  constexpr int kDraws = 400'000;
  double sum = 0, squares = 0, beyond = 0, normal_sum = 0, normal_squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = to_double(exponential(rng));
    sum += x;
    squares += x * x;
    beyond += x > 5 ? 1 : 0;
    const double z = to_double(gaussian(rng));
    normal_sum += z;
    normal_squares += z * z;
  }
  EXPECT_NEAR(sum / kDraws, 1, 0.01);
  EXPECT_NEAR(squares / kDraws, 2, 0.05);
  EXPECT_NEAR(beyond / kDraws, std::exp(-5), 6e-4);
  EXPECT_NEAR(normal_sum / kDraws, 0, 0.01);
  EXPECT_NEAR(normal_squares / kDraws, 1, 0.02);
}

TEST(WorldFixed, BelowIsUniformAndInRange) {
  Rng rng(4, "test");
  for (const std::uint64_t n : {1ull, 2ull, 7ull, 1ull << 33, (1ull << 62) + 5}) {
    double sum = 0;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t draw = below(rng, n);
      ASSERT_LT(draw, n);
      sum += static_cast<double>(draw) / static_cast<double>(n);
    }
    EXPECT_NEAR(sum / 20'000, 0.5 * (1 - 1 / static_cast<double>(n)), 0.015) << n;
  }
}

TEST(WorldItems, RawIdsDiffer) {
  std::set<std::string> ids;
  for (std::uint64_t number = 0; number < 200'000; ++number) ids.insert(raw_id('B', 1, number));
  EXPECT_EQ(ids.size(), 200'000u);
  EXPECT_NE(raw_id('A', 1, 0).substr(1), raw_id('B', 1, 0).substr(1));
}

TEST(WorldItems, TraitsOfAnItemDifferAndSumToAThousand) {
  const auto words = read_words(world_words_file());
  ASSERT_TRUE(words.has_value()) << words.error().message;
  std::vector<int> leads(words->traits.size());
  WorldOptions options;
  options.items = 4000;
  for (const Item& item : make_items(options, *words)) {
    int sum = 0;
    std::set<int> traits;
    std::size_t present = 0;
    for (const Share& share : item.traits) {
      sum += share.permille;
      if (share.permille == 0) continue;
      ++present;
      traits.insert(share.which);
      EXPECT_LE(share.permille, item.traits[0].permille);
    }
    EXPECT_EQ(sum, 1000);
    EXPECT_EQ(traits.size(), present);
    ++leads[item.traits[0].which];
  }
  for (const int count : leads) EXPECT_EQ(count, 500);
}

/// A catalogue, a user and the exact probabilities of a first purchase on a day.
struct Shop {
  explicit Shop(double noise) {
    options.items = 80;
    options.noise = noise;
    options.released_at_start = 0.5;
    words = *read_words(world_words_file());
    items = make_items(options, words);
    user.motivation.assign(words.traits.size(), 10);
    user.motivation[2] = 630;
    user.motivation[5] = 310;
    user.interest.assign(words.categories.size(), 20);
    user.interest[1] = 860;
  }
  std::vector<double> probabilities(std::int32_t day, const std::set<std::uint32_t>& had) const {
    std::vector<double> weights(items.size());
    double sum = 0;
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      if (items[i].release > day || had.count(i) != 0) continue;
      double fit = 0;
      for (const Share& share : items[i].traits)
        fit += user.motivation[share.which] * share.permille / 1e6;
      const double interest = user.interest[items[i].category] / 1e3;
      const double utility =
          options.fit * fit + options.interest * interest + to_double(items[i].appeal);
      sum += weights[i] = std::exp(utility / options.noise);
    }
    for (double& weight : weights) weight /= sum;
    return weights;
  }
  WorldOptions options;
  Words words;
  std::vector<Item> items;
  User user;
};

class Choice : public testing::TestWithParam<double> {};

TEST_P(Choice, FollowsTheFormula) {
  const Shop shop(GetParam());
  ItemChoice choice(shop.options, shop.words, shop.items);
  Rng rng(5, "test");
  constexpr std::int32_t kDay = 700;
  const std::vector<double> expected = shop.probabilities(kDay, {});
  std::vector<double> counts(shop.items.size());
  constexpr int kDraws = 200'000;
  for (int i = 0; i < kDraws; ++i) {
    choice.start(shop.user);
    ++counts[choice.draw(rng, kDay)];
  }
  double chi_squared = 0, cells = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (expected[i] == 0) {
      EXPECT_EQ(counts[i], 0) << "not released";
    } else if (expected[i] * kDraws > 5) {
      chi_squared += std::pow(counts[i] - expected[i] * kDraws, 2) / (expected[i] * kDraws);
      ++cells;
    }
  }
  EXPECT_LT((chi_squared - cells) / std::sqrt(2 * cells), 4.5);
}

INSTANTIATE_TEST_SUITE_P(Noise, Choice, testing::Values(0.5, 1.0, 4.0));

TEST(WorldChoice, NothingIsBoughtTwiceUntilAllIsBought) {
  const Shop shop(0.25);  // so sharp that the last items are only found by weighing all
  ItemChoice choice(shop.options, shop.words, shop.items);
  Rng rng(6, "test");
  for (int customer = 0; customer < 20; ++customer) {
    choice.start(shop.user);
    std::set<std::uint32_t> had;
    for (std::size_t i = 0; i < shop.items.size(); ++i) had.insert(choice.draw(rng, 1460));
    EXPECT_EQ(had.size(), shop.items.size());
  }
}

TEST(WorldChoice, TheLastItemsFollowTheFormulaToo) {
  const Shop shop(0.25);
  ItemChoice choice(shop.options, shop.words, shop.items);
  Rng rng(8, "test");
  double expected = 0, found = 0, variance = 0;
  for (int customer = 0; customer < 300; ++customer) {
    choice.start(shop.user);
    std::set<std::uint32_t> had;
    while (had.size() + 6 < shop.items.size()) had.insert(choice.draw(rng, 1460));
    const std::vector<double> p = shop.probabilities(1460, had);
    const auto best = static_cast<std::uint32_t>(std::max_element(p.begin(), p.end()) - p.begin());
    expected += p[best];
    variance += p[best] * (1 - p[best]);
    found += choice.draw(rng, 1460) == best ? 1 : 0;
  }
  EXPECT_NEAR(found, expected, 4.5 * std::sqrt(variance) + 1e-9);
}

TEST(WorldWords, TheFileIsRichEnough) {
  const auto words = read_words(world_words_file());
  ASSERT_TRUE(words.has_value()) << words.error().message;
  ASSERT_EQ(words->traits.size(), test::kTraits.size());
  std::map<std::string, int> traits_of;
  for (std::size_t m = 0; m < words->traits.size(); ++m) {
    const TraitWords& trait = words->traits[m];
    EXPECT_EQ(trait.name, test::kTraits[m]);
    EXPECT_GE(
        trait.adjectives.size() + trait.nouns.size() + trait.verbs.size() + trait.sentences.size(),
        25u);
    for (const std::string& adjective : trait.adjectives) ++traits_of[adjective];
  }
  const auto shared =
      std::count_if(traits_of.begin(), traits_of.end(), [](const auto& e) { return e.second > 1; });
  EXPECT_GE(shared, 8);
  EXPECT_EQ(words->categories.size(), 8u);
  EXPECT_GE(words->kinds.size(), 40u);
}

TEST(WorldWords, MistakesAreShownWithTheirPlaces) {
  const test::TemporaryFolder folder;
  auto text = *read_file(world_words_file());
  const auto replace = [&](const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  };
  replace("\"{brand} {adjective} {kind}\"", "\"{brand} {adjektive} {kind}\"");
  replace("  colours: [black, white", "  colours: [black, black, white");
  replace("\ntitle_templates:", "\ntittle_templates:");
  const Path file = folder.path() / "words.yaml";
  ASSERT_TRUE(write_file_atomic(file, text).has_value());
  const auto words = read_words(file);
  ASSERT_FALSE(words.has_value());
  EXPECT_EQ(words.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(words.error().message.find("\"black\" stands here twice"), std::string::npos)
      << words.error().message;
  EXPECT_NE(words.error().message.find("\"title_templates\" must be"), std::string::npos)
      << words.error().message;
  EXPECT_NE(words.error().message.find("words.yaml:"), std::string::npos) << words.error().message;
  EXPECT_FALSE(read_words(folder.path() / "none.yaml").has_value());
}

}  // namespace
}  // namespace motive::world
