// A method that orders lists through many slow calls, as one behind a language model does: 64 calls
// are under way at any time, answers come in any order, some lists leave items out, invent or
// repeat some, and some calls are refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "tests/adversaries/task_helpers.h"

namespace motive::adversaries {
namespace {

constexpr std::size_t kCalls = 64;

/// What the "language model" thinks: a number of (user, item) without ties.
std::uint64_t taste(UserId user, ItemId item) {
  return Rng(1, "taste", index(user) << 32 | index(item)).next();
}

enum class Fault { kNone, kOmits, kInvents, kRepeats, kRefuses, kEmpty };
Fault fault_of(std::uint32_t row) { return static_cast<Fault>(row % 6); }

std::vector<ItemId> sorted(const Query& query) {
  std::vector<ItemId> list(query.candidates.begin(), query.candidates.end());
  std::sort(list.begin(), list.end(),
            [&](ItemId a, ItemId b) { return taste(query.user, a) > taste(query.user, b); });
  return list;
}

std::vector<ItemId> answer(const Query& query, std::size_t n_items) {
  std::vector<ItemId> list = sorted(query);
  switch (fault_of(query.row)) {
    case Fault::kOmits:
      list.resize(list.size() / 2);
      break;
    case Fault::kInvents:  // one beyond the catalogue, and one that is no candidate
      list.insert(list.begin(), item_id(n_items + 5));
      for (std::size_t i = 0; i < n_items; ++i) {
        if (std::find(list.begin(), list.end(), item_id(i)) != list.end()) continue;
        list.insert(list.begin() + 2, item_id(i));
        break;
      }
      break;
    case Fault::kRepeats:
      list.insert(list.begin() + 3, list[0]);
      break;
    case Fault::kEmpty:
      list.clear();
      break;
    default:
      break;
  }
  return list;
}

class Listwise final : public Recommender {
 public:
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }

  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const override {
    std::mutex mutex;
    std::optional<Error> error;
    std::vector<std::thread> calls;
    for (std::size_t c = 0; c < kCalls; ++c) {
      calls.emplace_back([&] {
        Query query;
        while (!context.cancel->is_set() && queries.next(std::span(&query, 1)) == 1) {
          if (Status status = call(query, queries.n_items(), sink); !status) {
            const std::scoped_lock lock(mutex);
            if (!error) error = status.error();
          }
        }
      });
    }
    for (std::thread& thread : calls) thread.join();
    if (error) return *error;
    return {};
  }

  mutable std::atomic<std::size_t> under_way{0}, most_under_way{0};

 private:
  Status call(const Query& query, std::size_t n_items, RankSink& sink) const {
    const std::size_t now = ++under_way;
    for (std::size_t most = most_under_way; most < now;) {
      if (most_under_way.compare_exchange_weak(most, now)) break;
    }
    // Early calls take longest: answers come in another order than questions.
    std::this_thread::sleep_for(std::chrono::milliseconds(2 + (997 - query.row * 37 % 997) / 40));
    --under_way;
    if (fault_of(query.row) == Fault::kRefuses) {
      sink.count("refusals", 1);
      return {};
    }
    const std::vector<ItemId> list = answer(query, n_items);
    MOTIVE_TRY(sink.ranking(query.row, list, ""));
    return sink.ranking(query.row, sorted(query), "repaired");
  }
};

class ListwiseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world_ = testing::make_world(600, 120, 6, 1, 4);
    LedgerOptions options;
    options.negatives = 20;
    ASSERT_TRUE(
        Ledger::make(world_.events(), world_.n_items, world_.queries, options, folder_.path()));
    auto ledger = Ledger::open(folder_.path(), world_.queries);
    ASSERT_TRUE(ledger);
    ledger_ = std::move(*ledger);
    task_ = world_.task(ledger_);
    task_.unseen_items = true;
  }
  /// Place of the target in the whole list, from 0.
  std::uint32_t place(std::uint32_t row) const {
    const ItemId target = world_.queries.targets_of(row)[0];
    std::uint32_t above = 0;
    for (const ItemId i : ledger_.of(row)) {
      above += taste(world_.queries.users[row], i) > taste(world_.queries.users[row], target);
    }
    return above;
  }
  testing::TestWorld world_;
  testing::TemporaryFolder folder_;
  Ledger ledger_ = Ledger::full({});
  RankTask task_;
};

TEST_F(ListwiseTest, EveryListBecomesTheRanksItMeans) {
  const Listwise method;
  const auto ranking = run(method, task_);
  ASSERT_TRUE(ranking) << ranking.error().message;
  EXPECT_GT(method.most_under_way, kCalls / 2);
  ASSERT_EQ(ranking->variants.size(), 2u);
  ASSERT_EQ(ranking->variants[0].rows.size(), 600u);
  for (const RankRow& row : ranking->variants[0].rows) {
    EXPECT_EQ(row.candidates, 21u);
    const std::uint32_t whole = place(row.query);
    switch (fault_of(row.query)) {
      case Fault::kRefuses:  // not answered: below all
        EXPECT_EQ(row.above, 21u);
        EXPECT_EQ(row.tied, 0u);
        break;
      case Fault::kEmpty:  // an answer that says nothing: all tied
        EXPECT_EQ(row.above, 0u);
        EXPECT_EQ(row.tied, 20u);
        break;
      case Fault::kOmits:
        EXPECT_EQ(row.above, std::min(whole, 10u)) << row.query;
        EXPECT_EQ(row.tied, whole < 10 ? 0u : 10u) << row.query;
        break;
      default:  // inventions and repeats move nothing
        EXPECT_EQ(row.above, whole) << row.query;
        EXPECT_EQ(row.tied, 0u) << row.query;
    }
  }
  for (const RankRow& row : ranking->variants[1].rows) {
    if (fault_of(row.query) == Fault::kRefuses) continue;
    EXPECT_EQ(row.above, place(row.query)) << row.query;
  }
  EXPECT_EQ(ranking->variants[1].name, "repaired");
  EXPECT_EQ(count_of(*ranking, "refusals"), 100u);
  EXPECT_EQ(count_of(*ranking, "unanswered"), 100u);
  EXPECT_EQ(count_of(*ranking, "unanswered (repaired)"), 100u);
  EXPECT_EQ(count_of(*ranking, "listed items that are no candidates"), 200u);
  EXPECT_EQ(count_of(*ranking, "listed items twice"), 100u);
}

TEST_F(ListwiseTest, OrderOfAnswersChangesNothing) {
  const Listwise method;
  const auto one = run(method, task_), two = run(method, task_);
  ASSERT_TRUE(one && two);
  for (std::size_t v = 0; v < 2; ++v) EXPECT_EQ(one->variants[v].rows, two->variants[v].rows);
  EXPECT_EQ(one->counts, two->counts);
}

TEST_F(ListwiseTest, AnInterruptEndsItWithCallsUnderWay) {
  CancelFlag cancel;
  std::thread interrupt([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    cancel.set();
  });
  const auto ranking = run(Listwise(), task_, 1, &cancel);
  interrupt.join();
  ASSERT_FALSE(ranking);
  EXPECT_EQ(ranking.error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace motive::adversaries
