#include "framework/evaluate/timing.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "framework/base/rng.h"
#include "framework/evaluate/sequence_file.h"

namespace motive {
namespace {

constexpr double kMegabyte = 1 << 20;

struct Work {
  std::string data;
  std::size_t users = 0, items = 0, train_events = 0;
  QuerySet test;
};

/// Random vectors: what is timed does not depend on what they say.
class RandomFactors final : public FactorRecommender {
 public:
  RandomFactors(std::size_t users, std::size_t items, std::size_t dim, std::uint64_t seed)
      : dim_(dim), users_(users * dim), items_(items * dim) {
    Rng rng(seed, "timing factors");
    for (float& x : users_) x = static_cast<float>(rng.normal());
    for (float& x : items_) x = static_cast<float>(rng.normal());
  }
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
  ItemFactors item_factors() const override { return {items_, {}, dim_}; }
  Status user_factors(const Query& query, std::span<float> out) const override {
    std::copy_n(users_.begin() + static_cast<std::ptrdiff_t>(index(query.user) * dim_), dim_,
                out.begin());
    return {};
  }

 private:
  std::size_t dim_;
  std::vector<float> users_, items_;
};

Result<Work> work_of_file(const Path& file) {
  MOTIVE_ASSIGN(const SequenceFile sequences, read_sequences(file));
  return Work{sequences.name, sequences.n_users(), sequences.n_items(), sequences.train().items.size(),
              sequences.test(TestHistory::kTrainValid)};
}

/// Each user has met `history` uniform items and one that he is tested with.
Result<Work> made_up_work(const EvaluationTiming& options) {
  if (options.users == 0 || options.items == 0 || options.items > index(kNoItem)) {
    return invalid("evaluation: {} users and {} items; give a sequence file, or at least one of each", options.users,
                   options.items);
  }
  Work work{"made up", options.users, options.items, options.users * options.history, {}};
  QuerySet& test = work.test;
  const std::size_t n = options.users, met = n * options.history;
  for (auto* offsets : {&test.target_offsets, &test.history_offsets, &test.mask_offsets}) {
    offsets->reserve(n + 1);
    offsets->push_back(0);
  }
  test.users.reserve(n);
  test.targets.reserve(n);
  test.history.resize(met);
  test.mask.reserve(met);
  Rng rng(options.seed, "timing users");
  const auto item = [&] { return item_id(rng.below(static_cast<std::uint32_t>(options.items))); };
  for (std::size_t u = 0; u < n; ++u) {
    const auto own = std::span(test.history).subspan(u * options.history, options.history);
    std::generate(own.begin(), own.end(), item);
    test.mask.insert(test.mask.end(), own.begin(), own.end());
    std::sort(test.mask.end() - static_cast<std::ptrdiff_t>(own.size()), test.mask.end());
    test.users.push_back(user_id(u));
    test.targets.push_back(item());
    test.target_offsets.push_back(u + 1);
    test.history_offsets.push_back((u + 1) * options.history);
    test.mask_offsets.push_back((u + 1) * options.history);
  }
  return work;
}

template <class T>
double bytes_of(const std::vector<T>& values) {
  return static_cast<double>(values.size() * sizeof(T));
}

double megabytes(const QuerySet& set) {
  return (bytes_of(set.users) + bytes_of(set.targets) + bytes_of(set.history) + bytes_of(set.mask) +
          bytes_of(set.target_offsets) + bytes_of(set.history_offsets) + bytes_of(set.mask_offsets)) /
         kMegabyte;
}

/// One whole ranking; adds the metrics to `result` and returns the seconds.
Result<double> rank_once(const RandomFactors& method, const Work& work, const EvaluationTiming& options,
                         OrderedJson& metrics) {
  const Ledger ledger = Ledger::full(std::vector<bool>(work.items, true));
  RankTask task;
  task.queries = &work.test;
  task.ledger = &ledger;
  task.unseen_items = true;
  task.n_items = work.items;
  NoProgress silent;
  RankContext context{.seed = options.seed, .threads = options.threads, .progress = &silent, .cancel = nullptr};
  const auto start = std::chrono::steady_clock::now();
  MOTIVE_ASSIGN(const Ranking ranking, rank_with(method, task, context));
  metrics = all_metrics("full_", ranking.variants.front().rows);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

double peak_rss_mb() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

OrderedJson all_metrics(const std::string& prefix, std::span<const RankRow> rows) {
  OrderedJson values = OrderedJson::object();
  for (const MetricHelp& help : metric_help()) {
    if (help.lists) continue;
    for (const int k : help.cutoff ? std::vector<int>{5, 10} : std::vector<int>{0}) {
      const std::string cutoff = help.cutoff ? fmt::format("@{}", k) : "";
      values[prefix + help.name + cutoff] = mean_metric({help.kind, k}, rows);
    }
  }
  return values;
}

Result<OrderedJson> time_evaluation(const EvaluationTiming& options) {
  MOTIVE_ASSIGN(const Work work, options.sequences.empty() ? made_up_work(options) : work_of_file(options.sequences));
  const RandomFactors method(work.users, work.items, options.dim, options.seed);
  const double products = static_cast<double>(work.test.size()) * static_cast<double>(work.items) *
                          static_cast<double>(options.dim);
  OrderedJson metrics;
  std::vector<double> seconds;
  for (int round = 0; round < (products > 1e12 ? 1 : 3); ++round) {
    MOTIVE_ASSIGN(const double one, rank_once(method, work, options, metrics));
    seconds.push_back(one);
  }
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  OrderedJson result = {{"data", work.data},
                        {"users", work.users},
                        {"items", work.items},
                        {"test_users", work.test.size()},
                        {"train_interactions", work.train_events},
                        {"dim", options.dim},
                        {"threads", options.threads},
                        {"seed", options.seed},
                        {"eval_seconds", median},
                        {"gflops", 2e-9 * products / median},
                        {"peak_rss_mb", peak_rss_mb()},
                        {"model_mb", static_cast<double>((work.users + work.items) * options.dim * sizeof(float)) / kMegabyte},
                        {"queries_mb", megabytes(work.test)}};
  result.update(metrics);
  return result;
}

}  // namespace motive
