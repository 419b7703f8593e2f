#include "framework/llm/budget.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <thread>
#include <vector>

#include "framework/base/rng.h"
#include "framework/llm/test_transport.h"

namespace motive::llm {
namespace {

const auto kGoOn = [] { return false; };

/// A cache that remembers what was paid.
struct Ledger {
  std::mutex mutex;
  Spent spent;
  void pay(const Charge& charge) {
    const std::lock_guard lock(mutex);
    spent.money += charge.money;
    spent.tokens += charge.tokens;
    spent.calls += charge.calls;
  }
  BudgetKeeper::Lookup lookup() {
    return [this]() -> Result<Spent> {
      const std::lock_guard lock(mutex);
      return spent;
    };
  }
};

TEST(Budget, WithoutACeilingNothingIsRefused) {
  BudgetKeeper keeper({}, "e", {}, Clock::real());
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(keeper.reserve({1e6, 1000000, 1}, kGoOn));
}

TEST(Budget, SaysWhatWasSpentAndHowToGoOn) {
  Ledger ledger;
  ledger.pay({9.5, 1000, 10});
  Budget budget;
  budget.money = 10;
  BudgetKeeper keeper(budget, "first run", ledger.lookup(), Clock::real());
  {
    auto fits = keeper.reserve({.4, 10, 1}, kGoOn);
    ASSERT_TRUE(fits);
    fits->settle({.4, 10, 1});
    ledger.pay({.4, 10, 1});
  }
  const auto refused = keeper.reserve({.2, 10, 1}, kGoOn);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kFailed);
  for (const char* part : {"first run", "9.9 of 10", ".2", "`budget`", "same command"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
}

TEST(Budget, WaitsForOthersThatMayTurnOutCheaper) {
  Budget budget;
  budget.money = 1;
  BudgetKeeper keeper(budget, "e", {}, Clock::real());
  auto first = keeper.reserve({.9, 0, 1}, kGoOn);
  ASSERT_TRUE(first);
  std::atomic<bool> there{false};
  std::thread other([&] {
    auto second = keeper.reserve({.9, 0, 1}, kGoOn);
    EXPECT_TRUE(second);
    there = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_FALSE(there);
  first->settle({.05, 0, 1});
  other.join();
  EXPECT_TRUE(there);
}

TEST(Budget, GivesUpWhenInterrupted) {
  Budget budget;
  budget.calls = 1;
  BudgetKeeper keeper(budget, "e", {}, Clock::real());
  auto first = keeper.reserve({0, 0, 1}, kGoOn);
  const auto second = keeper.reserve({0, 0, 1}, [] { return true; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kCancelled);
}

TEST(Budget, CountsTokensAndCallsToo) {
  Budget budget;
  budget.calls = 3;
  budget.tokens = 1000;
  BudgetKeeper keeper(budget, "e", {}, Clock::real());
  EXPECT_FALSE(keeper.reserve({0, 1001, 1}, kGoOn));
  for (int i = 0; i < 3; ++i) {
    auto reserved = keeper.reserve({0, 500, 1}, kGoOn);
    ASSERT_TRUE(reserved) << i;
    reserved->settle({0, 100, 1});
  }
  EXPECT_FALSE(keeper.reserve({0, 100, 1}, kGoOn));
}

// Whatever requests cost, and however threads come: paid + on the way never passes the ceiling.
TEST(Budget, IsNeverPassed) {
  rc::check([] {
    const double ceiling = *rc::gen::inRange(1, 2000) / 1000.0;
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    Ledger ledger;
    test::FastClock clock(1000);  // so that it looks into the ledger often
    Budget budget;
    budget.money = ceiling;
    BudgetKeeper keeper(budget, "e", ledger.lookup(), clock);
    std::atomic<std::int64_t> most_open{0};
    std::atomic<bool> passed{false};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        Rng rng(seed, "costs", t);
        for (int i = 0; i < 40; ++i) {
          const double most = rng.uniform() * .1, cost = rng.below(4) == 0 ? most : most * rng.uniform();
          auto reserved = keeper.reserve({most, 10, 1}, kGoOn);
          if (!reserved) continue;
          const std::int64_t open = most_open += to_units(most);
          {
            const std::lock_guard lock(ledger.mutex);
            if (to_units(ledger.spent.money) + to_units(most) > to_units(ceiling) + 100) passed = true;
          }
          if (open > to_units(ceiling)) passed = true;
          ledger.pay({cost, 10, 1});  // committed
          most_open -= to_units(most);
          reserved->settle({cost, 10, 1});
        }
      });
    }
    for (auto& thread : threads) thread.join();
    RC_ASSERT(!passed);
    RC_ASSERT(ledger.spent.money <= ceiling + 1e-9);
  });
}

}  // namespace
}  // namespace motive::llm
