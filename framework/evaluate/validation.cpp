#include "framework/evaluate/validation.h"

#include "framework/evaluate/subset.h"

namespace motive {
namespace {

constexpr std::uint64_t kSeed = 1;  // of the sample of users: the same for every method

class FullRankingValidation final : public RankingValidation {
 public:
  FullRankingValidation(std::vector<bool> pool, const EventsView& train, const QuerySet& valid,
                        bool unseen_items, std::size_t users, int threads)
      : queries_(take_queries(valid, sample_queries(valid.size(), users, kSeed))),
        counts_(pool.size(), 0),
        known_(train.users(), 0),
        unseen_items_(unseen_items),
        threads_(threads) {
    ledger_ = Ledger::full(std::move(pool));
    for (const ItemId item : train.items) ++counts_[index(item)];
    for (std::size_t u = 0; u < train.users(); ++u) {
      known_[u] = train.items_of(user_id(u)).empty() ? 0 : 1;
    }
  }

  std::size_t users() const override { return queries_.size(); }

  Result<double> ndcg(const Recommender& method) override {
    return value(method, {MetricKind::kNdcg, 10});
  }

  Result<double> value(const Recommender& method, const MetricSpec& metric) override {
    if (queries_.size() == 0) return fail("there are no validation users to select on");
    RankTask task;
    task.queries = &queries_;
    task.ledger = &ledger_;
    task.train_counts = counts_;
    task.unseen_items = unseen_items_;
    task.user_in_training = known_;
    task.top_k = 0;
    task.n_items = counts_.size();
    NoProgress silent;
    RankContext context{.seed = kSeed, .threads = threads_, .progress = &silent, .cancel = nullptr};
    MOTIVE_ASSIGN(const Ranking ranking, rank_with(method, task, context));
    return mean_metric(metric, ranking.variants.front().rows);
  }

 private:
  QuerySet queries_;
  Ledger ledger_ = Ledger::full({});
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint8_t> known_;
  bool unseen_items_;
  int threads_;
};

}  // namespace

std::unique_ptr<RankingValidation> make_validation(std::vector<bool> pool, const EventsView& train,
                                                   const QuerySet& valid, bool unseen_items,
                                                   std::size_t users, int threads) {
  return std::make_unique<FullRankingValidation>(std::move(pool), train, valid, unseen_items, users,
                                                 threads);
}

std::vector<bool> catalogue_pool(const EventsView& events, std::size_t n_items) {
  std::vector<bool> pool(n_items, false);
  for (const ItemId item : events.items) pool[index(item)] = true;
  return pool;
}

}  // namespace motive
