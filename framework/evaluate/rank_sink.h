#pragma once
// Purpose: the query source and the sink of one ranking: hands out queries, takes scores, lists or
// factors, and keeps nothing of them but counts and the first k. See ranking.h for what is counted.
// Threads: all public functions of the sink and source may be called from several threads.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "framework/evaluate/factor_kernel.h"
#include "framework/evaluate/prompt_panel.h"
#include "framework/evaluate/ranking.h"

namespace motive {

/// What there is to rank, made once per ranking.
struct RankSets {
  std::vector<std::uint64_t> positive_offsets;  // [Q+1]
  std::vector<ItemId> positives;                // distinct targets, in order
  std::vector<std::uint8_t> scorable;           // [I] the method can score the item
  std::vector<ItemId> scored;                   // pool items that can be scored
  std::size_t unscored = 0;                     // pool items that cannot

  std::span<const ItemId> positives_of(std::size_t q) const {
    return std::span(positives).subspan(positive_offsets[q],
                                        positive_offsets[q + 1] - positive_offsets[q]);
  }
};

/// Checks shapes and ids of the task.
Result<RankSets> make_sets(const RankTask& task);

class TestQueries final : public QuerySource {
 public:
  TestQueries(const RankTask& task, const CancelFlag* cancel) : task_(task), cancel_(cancel) {}
  CandidateKind kind() const override {
    return task_.ledger->is_full() ? CandidateKind::kAll : CandidateKind::kRagged;
  }
  std::size_t size() const override { return task_.queries->size(); }
  std::size_t n_items() const override { return task_.n_items; }
  std::span<const ItemId> shared() const override { return {}; }
  std::size_t next(std::span<Query> out) override;

 private:
  Query query(std::size_t q) const;
  const RankTask& task_;
  const CancelFlag* cancel_;
  std::mutex mutex_;
  std::size_t next_ = 0;
};

struct PlanScores;

class Collector final : public RankSink {
 public:
  Collector(const RankTask& task, const RankSets& sets, RankContext& context);
  Status scores(std::uint32_t row, std::span<const float> scores) override;
  Status ranking(std::uint32_t row, std::span<const ItemId> best_first,
                 std::string_view variant) override;
  Status factors(std::span<const std::uint32_t> rows, std::span<const float> users,
                 const ItemFactors& items) override;
  void count(std::string_view what, std::uint64_t n) override;
  void expect_variant(std::string_view variant) override { (void)find_variant(variant); }
  Status evidence(std::uint32_t row, std::string_view text) override;
  void shown(std::uint32_t row, std::span<const ItemId> order) override { panel_.shown(row, order); }
  void explain(std::uint32_t row, std::string json) override { panel_.explain(row, std::move(json)); }
  void observe(std::string_view what, double value) override { panel_.observe(what, value); }

  /// All that was delivered, or the error of the lowest row that had one.
  Result<Ranking> finish();

 private:
  struct Variant {
    std::vector<RankRow> rows;
    std::vector<std::atomic<std::uint8_t>> answered;  // [Q]
    explicit Variant(std::size_t queries) : answered(queries) {}
  };
  struct Plan;  // the candidates of one query, as far as they differ from the scored items of the
                // pool

  Error report(std::uint32_t row, Error error);
  std::string name(std::uint32_t row) const;
  std::string item_name(ItemId item) const;
  Error bad_score(std::uint32_t row, ItemId item, float score) const;
  Status claim(std::uint32_t row, Variant& variant, std::string_view variant_name);
  Result<Variant*> find_variant(std::string_view name);
  std::unique_ptr<Variant> make_variant() const;

  Plan plan(std::size_t q) const;
  bool is_candidate(ItemId item, const Plan& plan) const;
  /// A row for a positive that cannot be scored: below all that can, tied with its like. One that no retriever
  /// found stands beyond the last, where it has no part in any metric.
  RankRow low_row(std::uint32_t query, ItemId positive, const Plan& plan) const;
  bool is_ranked(ItemId positive, const Plan& plan) const;
  TopList start_top(std::size_t q, std::span<const ItemId> excluded) const;
  std::span<RankRow> rows_of(Variant& variant, std::size_t q) const;
  /// Corrects the counts over the pool for what is masked and what the pool lacks, and writes the
  /// rows.
  Status settle(std::uint32_t row, const Plan& plan, const PlanScores& scores,
                std::span<const std::uint32_t> above, std::span<const std::uint32_t> tied,
                TopList& top);
  Status full_scores(std::uint32_t row, std::span<const float> scores);
  Status sampled_scores(std::uint32_t row, std::span<const float> scores);
  Status list(std::uint32_t row, std::span<const ItemId> best_first, std::string_view variant_name);

  Status check_factors(std::span<const std::uint32_t> rows, std::span<const float> users,
                       const ItemFactors& items);
  Status factor_tile(std::span<const std::uint32_t> rows, std::span<const float> users,
                     const ItemFactors& items);
  Status factor_row(std::uint32_t row, std::span<const float> user, const ItemFactors& items);

  const RankTask& task_;
  const RankSets& sets_;
  RankContext& context_;
  std::unique_ptr<Variant> own_;
  TopLists top_;
  std::vector<float> outside_;  // [I] 0 for scored items, -infinity for the others
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Variant>> variants_;
  std::map<std::string, std::uint64_t> counts_;
  PromptPanel panel_;
  std::optional<std::pair<std::uint32_t, Error>> error_;
  ItemFactors factors_;
  std::unique_ptr<PackedItems> packed_;
};

}  // namespace motive
