#include "baselines/user_knn/user_knn.h"

#include <algorithm>
#include <cmath>

#include "framework/recommend/arrays.h"
#include "framework/recommend/history_sums.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";

}  // namespace

const config::Table<UserKnnParams>& UserKnnParams::table() {
  static const auto kTable =
      config::Table<UserKnnParams>("user_knn")
          .field("neighbours", &UserKnnParams::neighbours,
                 "how many most similar users are asked", config::range(1, 1000000))
          .field("shrinkage", &UserKnnParams::shrinkage,
                 "added to the denominator: similarities seen in few items count less",
                 config::range(0, 1e6))
          .field("normalise", &UserKnnParams::normalise,
                 "true: cosine; false: number of items that both users have")
          .field("inverse_frequency", &UserKnnParams::inverse_frequency,
                 "true: an item that few users have says more of a likeness, by ln(1 + U / n)");
  return kTable;
}

void UserKnn::set_histories(SeenItems seen, std::size_t n_items) {
  const std::size_t n_users = seen.offsets.size() - 1;
  holders_ = item_users(seen, n_items);
  item_weights_.assign(n_items, 1.0f);
  for (std::size_t i = 0; params_.inverse_frequency && i < n_items; ++i) {
    // Items that nobody has meet no neighbour; some finite weight will do.
    const auto n = static_cast<double>(std::max<std::size_t>(1, holders_.of(i).size()));
    item_weights_[i] = static_cast<float>(std::log1p(static_cast<double>(n_users) / n));
  }
  items_.clear();
  items_.reserve(seen.items.size());
  user_weights_.assign(n_users, 0);
  for (std::size_t u = 0; u < n_users; ++u) {
    for (const ItemId item : seen.of(user_id(u))) {
      items_.push_back(static_cast<std::uint32_t>(index(item)));
      user_weights_[u] += static_cast<double>(item_weights_[index(item)]);
    }
  }
  offsets_ = std::move(seen.offsets);
}

Status UserKnn::fit(const TrainingView& train, FitContext& context) {
  if (context.cancel && context.cancel->is_set()) {
    return Error{"the fit of user_knn was interrupted", ErrorKind::kCancelled};
  }
  set_histories(seen_items(train), train.n_items());
  if (context.progress) {
    const auto n = static_cast<double>(train.n_users());
    context.progress->update(n, n, fmt::format("{} users", train.n_users()));
  }
  return {};
}

float UserKnn::similarity(double shared, double own, double other) const {
  if (!params_.normalise) return static_cast<float>(shared / (1 + params_.shrinkage / shared));
  return static_cast<float>(shared / (std::sqrt(own * other) + params_.shrinkage));
}

class UserKnn::Search {
 public:
  explicit Search(const UserKnn& model) : model_(model), shared_(model.user_weights_.size(), 0.0f) {}

  /// Ascending by number; valid until the next call.
  const std::vector<Neighbour>& of(const Query& query) {
    distinct_items(query.history, model_.item_weights_.size(), history_);
    double own = 0;
    for (const std::uint32_t i : history_) {
      const float weight = model_.item_weights_[i];
      own += static_cast<double>(weight);
      for (const std::uint32_t v : model_.holders_.of(i)) {
        if (shared_[v] == 0) touched_.push_back(v);
        shared_[v] += weight;
      }
    }
    nearest_.clear();
    for (const std::uint32_t v : touched_) {
      const bool self = query.user_in_training && v == index(query.user);
      if (!self) {
        const auto shared = static_cast<double>(shared_[v]);
        nearest_.push_back({model_.similarity(shared, own, model_.user_weights_[v]), v});
      }
      shared_[v] = 0;
    }
    touched_.clear();
    keep_nearest(nearest_, static_cast<std::size_t>(model_.params_.neighbours));
    return nearest_;
  }

 private:
  const UserKnn& model_;
  std::vector<float> shared_;  // [U] n_uv, zero between calls
  std::vector<std::uint32_t> touched_, history_;
  std::vector<Neighbour> nearest_;
};

std::vector<Neighbour> UserKnn::neighbours_of(const Query& query) const {
  return Search(*this).of(query);
}

Status UserKnn::score(std::span<const Query> queries, std::span<const std::span<float>> out) const {
  Search search(*this);
  ScoreSums sums("user_knn", item_weights_.size());
  const std::span items(items_);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    MOTIVE_TRY(sums.begin(queries[q], out[q]));
    for (const Neighbour& v : search.of(queries[q])) {
      const std::uint64_t first = offsets_[v.number], last = offsets_[v.number + 1];
      sums.add(items.subspan(first, last - first), v.similarity);
    }
    sums.finish();
  }
  return {};
}

Status UserKnn::save(const Path& folder) const {
  ArrayWriter writer(folder, "user_knn", kVersion);
  writer.values()["users"] = user_weights_.size();
  writer.values()["items"] = item_weights_.size();
  writer.values()["events"] = items_.size();
  MOTIVE_TRY(writer.add<std::uint64_t>("offsets", offsets_, {offsets_.size()}));
  MOTIVE_TRY(writer.add<std::uint32_t>("histories", items_, {items_.size()}));
  return writer.finish();
}

Status UserKnn::load(const Path& folder) {
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "user_knn", kVersion));
  MOTIVE_ASSIGN(const std::uint64_t users, reader.number("users"));
  MOTIVE_ASSIGN(const std::uint64_t n_items, reader.number("items"));
  MOTIVE_ASSIGN(const std::uint64_t events, reader.number("events"));
  SeenItems seen;
  MOTIVE_ASSIGN(seen.offsets, reader.read<std::uint64_t>("offsets", {users + 1}));
  MOTIVE_ASSIGN(const auto items, reader.read<std::uint32_t>("histories", {events}));
  const bool in_range = std::all_of(items.begin(), items.end(),
                                    [n_items](std::uint32_t i) { return i < n_items; });
  if (!in_range || seen.offsets.front() != 0 || seen.offsets.back() != events ||
      !std::is_sorted(seen.offsets.begin(), seen.offsets.end())) {
    return fail("{}: offsets or item numbers are out of range; remove the folder", folder.string());
  }
  seen.items.reserve(events);
  for (const std::uint32_t i : items) seen.items.push_back(item_id(i));
  set_histories(std::move(seen), n_items);
  return {};
}

namespace {

MethodInfo describe(const UserKnnParams& params) {
  // Scores come from the history alone, whoever's it is.
  MethodInfo info{.code_version = kVersion,
                  .stochastic = false,
                  .unseen_users = true,
                  .any_threads = true,
                  .label = "UserKNN"};
  const auto k = static_cast<double>(params.neighbours);
  info.fit_estimate = [](const Shape& s) {
    return Estimate{static_cast<double>(s.events) / 2e7, 16 * s.events + 24 * s.users + 16 * s.items};
  };
  info.rank_estimate = [k](const Shape& s) {
    const auto events = static_cast<double>(s.events);
    const double per_user = s.users ? events / static_cast<double>(s.users) : 0;
    const double per_item = s.items ? events / static_cast<double>(s.items) : 0;
    // The items of histories are those that many have: some five times the mean.
    const double met = std::min(5 * per_user * per_item, 5 * events);
    const double used = std::min(k, static_cast<double>(s.users)) * per_user;
    return Estimate{static_cast<double>(s.queries) *
                        (4 * met + 2 * used + static_cast<double>(s.candidates)) / 1e9,
                    8 * s.events + 32 * s.users + 256 * s.candidates * sizeof(float)};
  };
  return info;
}

const RegisterMethod<UserKnnParams, UserKnn> kRegister{
    "user_knn", "what the users most like this one have (cosine over items)",
    "Herlocker et al., SIGIR 1999", describe,
    {{"sparse", "best of the grid on Amazon Beauty", {{"neighbours", 100}, {"shrinkage", 20}}},
     {"dense", "best of the grid on MovieLens 100K", {{"neighbours", 20}, {"shrinkage", 0}}}}};

}  // namespace
}  // namespace motive
