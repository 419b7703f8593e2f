#include "framework/llm/limits.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <thread>

#include "framework/llm/test_transport.h"

namespace motive::llm {
namespace {

const auto kGoOn = [] { return false; };

TEST(TokenBucket, FillsAtItsRateAndHoldsFiveSeconds) {
  TokenBucket bucket(600, 0);  // 10 a second
  EXPECT_EQ(bucket.wait_for(50, 0), 0);
  bucket.take(50, 0);
  EXPECT_DOUBLE_EQ(bucket.wait_for(10, 0), 1);
  EXPECT_DOUBLE_EQ(bucket.wait_for(10, .5), .5);
  EXPECT_EQ(bucket.wait_for(10, 1), 0);
  EXPECT_EQ(bucket.wait_for(50, 100), 0);
  EXPECT_EQ(bucket.wait_for(1e6, 100), 0) << "more than the bucket goes when it is full";
  bucket.take(1e6, 100);
  EXPECT_GT(bucket.wait_for(1, 100), 1e4);
}

TEST(TokenBucket, BelievesTheServerWhereThatIsLess) {
  TokenBucket bucket(600, 0);
  bucket.at_most(5, 0);
  EXPECT_DOUBLE_EQ(bucket.wait_for(10, 0), .5);
  bucket.at_most(1000, 0);
  EXPECT_DOUBLE_EQ(bucket.wait_for(10, 0), .5);
}

TEST(TokenBucket, InAnyMinuteNoMoreThanTheLimitAndTheBurst) {
  rc::check([] {
    const int per_minute = *rc::gen::inRange(1, 5000);
    TokenBucket bucket(per_minute, 0);
    std::vector<double> times;
    double now = 0;
    for (int i = 0; i < 2000 && now < 200; ++i) {
      now += *rc::gen::inRange(0, 100) / 1000.0;
      if (const double wait = bucket.wait_for(1, now); wait > 0) now += wait;
      bucket.take(1, now);
      times.push_back(now);
    }
    for (std::size_t begin = 0, end = 0; end < times.size(); ++end) {
      while (times[end] - times[begin] > 60) ++begin;
      RC_ASSERT(static_cast<double>(end - begin + 1) <= per_minute + std::max(1.0, per_minute / 12.0) + 1.001);
    }
  });
}

TEST(Concurrency, DoublesUntilTheFirst429AndThenAddsOneAfterARoundOfAnswers) {
  Concurrency concurrency(100);
  EXPECT_EQ(concurrency.limit(), 8);
  for (int i = 0; i < 8; ++i) concurrency.answered(0);
  EXPECT_EQ(concurrency.limit(), 16);
  for (int i = 0; i < 500; ++i) concurrency.answered(0);
  EXPECT_EQ(concurrency.limit(), 100);
  EXPECT_TRUE(concurrency.slowed_down(10));
  EXPECT_EQ(concurrency.limit(), 80);
  EXPECT_FALSE(concurrency.slowed_down(24.9)) << "a burst of them is one";
  for (int i = 0; i < 1000; ++i) concurrency.answered(20);
  EXPECT_EQ(concurrency.limit(), 80) << "cool-down";
  for (int i = 0; i < 79; ++i) concurrency.answered(26);
  EXPECT_EQ(concurrency.limit(), 80);
  concurrency.failed();
  for (int i = 0; i < 80; ++i) concurrency.answered(26);
  EXPECT_EQ(concurrency.limit(), 81);
}

TEST(Concurrency, NeverBelowOne) {
  Concurrency concurrency(3);
  EXPECT_EQ(concurrency.limit(), 3);
  for (int i = 0; i < 100; ++i) concurrency.slowed_down(i * 20.0);
  EXPECT_EQ(concurrency.limit(), 1);
  concurrency.answered(5000);
  EXPECT_EQ(concurrency.limit(), 2);
}

TEST(Gate, KeepsToRequestsAndTokensPerMinute) {
  test::JumpClock clock;
  Gate gate(16, 60, 60000, clock);
  for (int i = 0; i < 65; ++i) {
    ASSERT_TRUE(gate.admit(100, kGoOn));
    gate.finish(Ended::kAnswered, {});
  }
  EXPECT_NEAR(clock.now(), 60, .5);
  Gate tokens(16, 0, 60000, clock);  // 1000 a second, 5000 at once
  const double start = clock.now();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(tokens.admit(2000, kGoOn));
    tokens.finish(Ended::kAnswered, {});
    tokens.give_back(1000);
  }
  EXPECT_NEAR(clock.now() - start, 6, .6);
}

TEST(Gate, WaitsAsLongAsTheServerSaysThatNothingIsLeft) {
  test::JumpClock clock;
  Gate gate(16, 0, 0, clock);
  ASSERT_TRUE(gate.admit(1, kGoOn));
  gate.finish(Ended::kAnswered,
              test::reply(200, "", {{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "7s"}}));
  ASSERT_TRUE(gate.admit(1, kGoOn));
  EXPECT_NEAR(clock.now(), 7, .2);
}

TEST(Gate, GivesUpWhenTold) {
  Gate gate(1, 0, 0, Clock::real());
  ASSERT_TRUE(gate.admit(1, kGoOn));
  EXPECT_FALSE(gate.admit(1, [] { return true; }));
  gate.finish(Ended::kAnswered, {});
  EXPECT_TRUE(gate.admit(1, kGoOn));
}

TEST(Gate, AdmitsNoMoreThanItsLimitWhoeverWaits) {
  Gate gate(5, 0, 0, Clock::real());
  std::atomic<int> open{0}, most{0}, done{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 40; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (!gate.admit(1, kGoOn)) continue;
        const int now = ++open;
        for (int old = most; now > old && !most.compare_exchange_weak(old, now);) {
        }
        std::this_thread::sleep_for(std::chrono::microseconds(50));
        --open;
        ++done;
        gate.finish(Ended::kAnswered, {});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 2000);
  EXPECT_LE(most, 5);
}

}  // namespace
}  // namespace motive::llm
