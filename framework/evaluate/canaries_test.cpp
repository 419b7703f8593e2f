#include "framework/evaluate/canaries.h"

#include <gtest/gtest.h>

#include <numeric>

#include "framework/evaluate/test_world.h"

namespace motive {
namespace {

using testing::make_folder;
using testing::make_world;
using testing::TestWorld;

const Canary& find(const std::vector<Canary>& canaries, const std::string& name) {
  for (const Canary& canary : canaries) {
    if (canary.name == name) return canary;
  }
  ADD_FAILURE() << "no canary " << name;
  return canaries.front();
}

/// A sink between the method and the evaluator, with a fault of its own.
class FaultySink : public RankSink {
 public:
  explicit FaultySink(RankSink& sink) : sink_(sink) {}
  Status scores(std::uint32_t row, std::span<const float> scores) override {
    return sink_.scores(row, scores);
  }
  Status ranking(std::uint32_t row, std::span<const ItemId> list,
                 std::string_view variant) override {
    return sink_.ranking(row, list, variant);
  }
  Status factors(std::span<const std::uint32_t> rows, std::span<const float> users,
                 const ItemFactors& items) override {
    return sink_.factors(rows, users, items);
  }
  void count(std::string_view what, std::uint64_t n) override { sink_.count(what, n); }

 protected:
  RankSink& sink_;
};

/// The classic: the positive stands first and a stable sort leaves it there when all scores tie.
class PositiveFirst final : public FaultySink {
 public:
  PositiveFirst(RankSink& sink, const RankTask& task) : FaultySink(sink), task_(task) {}
  Status scores(std::uint32_t row, std::span<const float> scores) override {
    std::vector<float> changed(scores.begin(), scores.end());
    const ItemId target = task_.queries->targets_of(row)[0];
    std::size_t place = index(target);
    if (!task_.ledger->is_full()) {
      const auto listed = task_.ledger->of(row);
      place = static_cast<std::size_t>(std::lower_bound(listed.begin(), listed.end(), target) -
                                       listed.begin());
    }
    changed[place] += 1e-6f;
    return sink_.scores(row, changed);
  }

 private:
  const RankTask& task_;
};

/// Scores of items that are popular lose their difference.
class Flattened final : public FaultySink {
 public:
  using FaultySink::FaultySink;
  Status scores(std::uint32_t row, std::span<const float> scores) override {
    std::vector<float> changed;
    for (const float s : scores) changed.push_back(std::min(s, 4.0f));
    return sink_.scores(row, changed);
  }
};

template <class Sink, class... A>
Ranker with_fault(A&&... arguments) {
  return [&](const Recommender& method, const RankTask& task, RankContext& context) {
    const testing::FunctionMethod faulty(
        [&](QuerySource& queries, RankSink& sink, RankContext& inner) {
          if constexpr (std::is_same_v<Sink, PositiveFirst>) {
            Sink between(sink, task);
            return method.rank(queries, between, inner);
          } else {
            Sink between(sink, arguments...);
            return method.rank(queries, between, inner);
          }
        });
    return rank_with(faulty, task, context);
  };
}

struct Case {
  TestWorld world;
  Ledger ledger;
  std::vector<std::uint32_t> source_order;
};

Case make_case(int negatives, std::size_t targets) {
  TestWorld world = make_world(400, 300, 10, targets, 11);
  const Path folder = make_folder(fmt::format("canaries_{}_{}", negatives, targets));
  EXPECT_TRUE(Ledger::make(world.events(), 300, world.queries, {negatives, 1}, folder).has_value());
  auto ledger = Ledger::open(folder, world.queries);
  EXPECT_TRUE(ledger.has_value());
  std::vector<std::uint32_t> order(300);
  std::iota(order.begin(), order.end(), 0u);
  return {std::move(world), std::move(*ledger), std::move(order)};
}

TEST(Canaries, ASoundEvaluatorPasses) {
  for (const int negatives : {0, 49}) {
    for (const std::size_t targets : {1u, 3u}) {
      const Case c = make_case(negatives, targets);
      for (const std::size_t users : {1u, 50u, 1000u}) {
        const auto canaries = run_canaries(c.world.task(c.ledger), c.source_order, users, 1, 2);
        ASSERT_TRUE(canaries.has_value()) << canaries.error().message;
        ASSERT_EQ(canaries->size(), 6u);
        for (const Canary& canary : *canaries) {
          EXPECT_TRUE(canary.ok || !canary.fatal)
              << canary.name << " " << canary.value << " for " << canary.expected;
        }
        EXPECT_EQ(find(*canaries, "oracle").value, 1.0);
        if (negatives == 49 && targets == 1) {
          EXPECT_NEAR(find(*canaries, "constant").expected, 10.0 / 50, 1e-12);
        }
        EXPECT_FALSE(find(*canaries, "index order").fatal);
      }
    }
  }
}

TEST(Canaries, AFaultOfTheEvaluatorIsSeen) {
  for (const int negatives : {0, 49}) {
    const Case c = make_case(negatives, 1);
    const auto first = run_canaries(c.world.task(c.ledger), c.source_order, 400, 1, 1,
                                    with_fault<PositiveFirst>());
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(find(*first, "constant").ok);
    EXPECT_FALSE(find(*first, "popularity").ok);

    const auto flat =
        run_canaries(c.world.task(c.ledger), c.source_order, 400, 1, 1, with_fault<Flattened>());
    ASSERT_TRUE(flat.has_value());
    EXPECT_TRUE(find(*flat, "constant").ok);
    EXPECT_FALSE(find(*flat, "popularity").ok);  // only the recount sees this one
  }
}

TEST(Canaries, AMaskThatIsForgottenIsSeen) {
  const Case c = make_case(0, 1);
  const Ranker unmasked = [](const Recommender& method, const RankTask& task,
                             RankContext& context) {
    QuerySet bare = *task.queries;
    bare.mask.clear();
    bare.mask_offsets.assign(bare.size() + 1, 0);
    RankTask wrong = task;
    wrong.queries = &bare;
    return rank_with(method, wrong, context);
  };
  const auto canaries = run_canaries(c.world.task(c.ledger), c.source_order, 400, 1, 1, unmasked);
  ASSERT_TRUE(canaries.has_value());
  EXPECT_FALSE(find(*canaries, "constant").ok);
}

TEST(Canaries, LeakingItemNumbersAreWarnedOf) {
  Case c = make_case(49, 1);
  for (std::size_t q = 0; q < c.world.queries.size(); ++q)
    c.source_order[index(c.world.queries.targets[q])] = 0;
  const auto canaries = run_canaries(c.world.task(c.ledger), c.source_order, 400, 1, 1);
  ASSERT_TRUE(canaries.has_value());
  // Nearly every item is someone's target, so the order hardly separates them; a true leak does.
  Case leak = make_case(49, 1);
  for (std::size_t i = 0; i < 300; ++i) leak.source_order[i] = 1000;
  std::vector<std::uint32_t> counts(300, 0);
  for (const ItemId target : leak.world.queries.targets) ++counts[index(target)];
  for (std::size_t i = 0; i < 300; ++i) leak.source_order[i] -= counts[i];
  const auto leaking = run_canaries(leak.world.task(leak.ledger), leak.source_order, 400, 1, 1);
  ASSERT_TRUE(leaking.has_value());
  EXPECT_FALSE(find(*leaking, "index order").ok);
  EXPECT_FALSE(find(*leaking, "index order").fatal);
}

}  // namespace
}  // namespace motive
