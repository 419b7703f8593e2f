// A subprocess that misbehaves in every way we could think of: each ends in a result or in an error
// that says what happened, within its timeout, and leaves nothing running.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "framework/config/node.h"
#include "framework/recommend/registry.h"
#include "tests/adversaries/task_helpers.h"

namespace motive::adversaries {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kUsers = 40, kItems = 60;

class ExternalAdversary : public ::testing::Test {
 protected:
  void SetUp() override {
    world_ = testing::make_world(kUsers, kItems, 5, 1, 9);
    LedgerOptions options;
    options.negatives = 10;
    ASSERT_TRUE(Ledger::make(world_.events(), kItems, world_.queries, options, folder_.path()));
    auto ledger = Ledger::open(folder_.path(), world_.queries);
    ASSERT_TRUE(ledger);
    ledger_ = std::move(*ledger);
    task_ = world_.task(ledger_);
    task_.unseen_items = true;
    testing::Data::Sequences sequences(kUsers);
    for (std::size_t u = 0; u < kUsers; ++u) {
      for (const ItemId i : world_.queries.history_of(u)) {
        sequences[u].push_back(static_cast<std::uint32_t>(index(i)));
      }
    }
    data_ = std::make_unique<testing::Data>(sequences, kItems);
  }

  Path note() const { return folder_.path() / "note"; }

  std::unique_ptr<Recommender> make(const std::string& command, double timeout) const {
    const Method* external = Registry::instance().find("external");
    config::Errors errors;
    const auto node = config::parse_yaml(
        fmt::format("{{command: [{}], timeout: {}}}", command, timeout), "test", errors);
    const std::any params = external->parameters->parse(node, errors);
    EXPECT_TRUE(errors.empty()) << errors.error().message;
    return external->make(params);
  }
  std::unique_ptr<Recommender> hostile(const std::string& behaviour, double timeout = 30) const {
    return make(fmt::format("python3, \"{}/tests/adversaries/hostile.py\", {}, \"{}\"",
                            MOTIVE_SOURCE_DIR, behaviour, note().string()),
                timeout);
  }
  Status fit(Recommender& method) const {
    testing::Contexts contexts;
    return method.fit(data_->view(), contexts.fit);
  }
  Result<Ranking> ranking(const std::string& behaviour, double timeout = 30) const {
    const auto method = hostile(behaviour, timeout);
    MOTIVE_TRY(fit(*method));
    return run(*method, task_);
  }
  std::string error(const std::string& behaviour, double timeout = 30) const {
    const auto found = ranking(behaviour, timeout);
    if (found) return "";
    EXPECT_LT(found.error().message.size(), 6000u);
    return found.error().message;
  }

  /// Whether the process of the note is gone (or only waits to be buried).
  bool noted_process_is_gone() const {
    long pid = 0;
    std::ifstream(note()) >> pid;
    EXPECT_GT(pid, 1) << "no process id in the note";
    for (int k = 0; k < 100; ++k) {
      std::ifstream stat(fmt::format("/proc/{}/stat", pid));
      std::string text;
      if (!std::getline(stat, text)) return true;
      if (text.substr(text.rfind(')') + 2, 1) == "Z") return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  testing::TestWorld world_;
  testing::TemporaryFolder folder_;
  Ledger ledger_ = Ledger::full({});
  RankTask task_;
  std::unique_ptr<testing::Data> data_;
};

TEST_F(ExternalAdversary, AnHonestOneIsRanked) {
  for (const char* behaviour : {"honest", "reads-input", "looks-for-truths"}) {
    const auto found = ranking(behaviour);
    ASSERT_TRUE(found) << behaviour << ": " << found.error().message;
    EXPECT_TRUE(found->counts.empty()) << behaviour;
    for (const RankRow& row : found->variants[0].rows) {  // candidates ascend, the last is best
      const auto list = ledger_.of(row.query);
      const auto place = std::find(list.begin(), list.end(), row.positive) - list.begin();
      EXPECT_EQ(row.above, list.size() - 1 - static_cast<std::size_t>(place));
      EXPECT_EQ(row.tied, 0u);
    }
  }
}

TEST_F(ExternalAdversary, SilenceEndsWithTheTimeout) {
  for (const char* behaviour : {"silence", "closes-output", "endless-stderr"}) {
    const auto start = Clock::now();
    EXPECT_THAT(error(behaviour, 1.5),
                AllOf(HasSubstr("did not end within 1.5 s"), HasSubstr("raise `timeout`")))
        << behaviour;
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(20)) << behaviour;
  }
}

TEST_F(ExternalAdversary, NothingSurvivesTheTimeout) {
  EXPECT_THAT(error("silence-with-children", 2), HasSubstr("did not end within"));
  EXPECT_TRUE(noted_process_is_gone());
}

TEST_F(ExternalAdversary, SigtermIgnoredIsFollowedBySigkill) {
  EXPECT_THAT(error("ignores-sigterm", 2), HasSubstr("did not end within"));
  EXPECT_TRUE(noted_process_is_gone());
}

TEST_F(ExternalAdversary, WhatItLeavesRunningEndsWithIt) {
  const auto found = ranking("leaves-children");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(noted_process_is_gone());
}

TEST_F(ExternalAdversary, AnEscapedChildNeitherHoldsUsUpNorSurvives) {
  const auto start = Clock::now();
  const auto found = ranking("leaves-children-that-left");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->counts.empty());
  EXPECT_TRUE(noted_process_is_gone());
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(7)) << "we waited for it";
}

TEST_F(ExternalAdversary, WrongOutputIsNamedWithItsLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"garbage", "not the header 'query,item,score'"},
      {"no-header", "line 1 of its output is '0', not the header"},
      {"two-fields", "line 2: 2 fields ('0'), not query,item,score"},
      {"half-a-row", "ends in the middle of a row ('0,i')"},
      {"half-a-quote", "ends in the middle of a row"},
      {"nothing", "it printed nothing"},
      {"nan", "line 3: the score of item 'i2' for query 0 is 'nan'"},
      {"infinity", "is '1e99', not a finite number"},
      {"text-score", "is 'very good', not a finite number"},
      {"unknown-query", "line 2: '99999' is no query of queries.csv (0 to 39)"},
      {"negative-query", "'-1' is no query"},
      {"query-comes-back", "line 4: query 0 comes back"}};
  for (const auto& [behaviour, message] : cases) {
    EXPECT_THAT(error(behaviour), AllOf(HasSubstr(message), HasSubstr("hostile.py"))) << behaviour;
  }
}

TEST_F(ExternalAdversary, EndlessOutputIsCutOff) {
  const auto start = Clock::now();
  EXPECT_THAT(error("endless-rows"), HasSubstr("query 0 has 11 candidates and more than"));
  EXPECT_THAT(error("endless-line"), HasSubstr("a row of more than 1048576 bytes"));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
}

TEST_F(ExternalAdversary, AFailingProgramIsQuoted) {
  EXPECT_THAT(error("exit-1"),
              AllOf(HasSubstr("exit status 1"),
                    HasSubstr("first line\n  Traceback: the model is on holiday")));
  EXPECT_THAT(error("kills-itself"), AllOf(HasSubstr("signal 11"), HasSubstr("goodbye")));
}

TEST_F(ExternalAdversary, AFailingFitFailsTheFit) {
  const auto method = hostile("fit-exit-3");
  const Status status = fit(*method);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, AllOf(HasSubstr("exit status 3"), HasSubstr("no fit today")));
}

TEST_F(ExternalAdversary, ALinkInTheModelIsNotSaved) {
  const auto method = hostile("fit-link");
  ASSERT_TRUE(fit(*method));
  const testing::TemporaryFolder saved;
  const Status status = method->save(saved.path());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("link: neither a file nor a folder"));
}

TEST_F(ExternalAdversary, InventedAndRepeatedItemsAreCounted) {
  const auto found = ranking("invents-and-repeats");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(count_of(*found, "scored items that are no candidates"), 11 * kUsers);
  EXPECT_EQ(count_of(*found, "items scored twice"), 11 * kUsers);
  for (const RankRow& row : found->variants[0].rows) EXPECT_EQ(row.tied, 10u);
}

TEST_F(ExternalAdversary, QueriesWithoutAnAnswerScoreNothing) {
  const auto some = ranking("answers-some");
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(count_of(*some, "unanswered"), kUsers - 10);
  for (const RankRow& row : some->variants[0].rows) {
    if (row.query < 10) continue;
    EXPECT_EQ(row.above, row.candidates);
  }
  const auto none = ranking("only-header");
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ(count_of(*none, "unanswered"), kUsers);
}

TEST_F(ExternalAdversary, AProgramThatIsNotThereIsAnError) {
  const auto method = make("no-such-program-anywhere", 5);
  const Status status = fit(*method);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message,
              AllOf(HasSubstr("cannot run 'no-such-program-anywhere'"), HasSubstr("PATH")));
}

TEST_F(ExternalAdversary, AnInterruptEndsItAtOnce) {
  const auto method = hostile("silence-with-children", 60);
  ASSERT_TRUE(fit(*method));
  CancelFlag cancel;
  std::thread interrupt([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    cancel.set();
  });
  const auto start = Clock::now();
  const auto found = run(*method, task_, 1, &cancel);
  interrupt.join();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
}

TEST_F(ExternalAdversary, NoFolderIsLeftBehind) {
  const testing::TemporaryFolder temporary;
  const char* const before = std::getenv("TMPDIR");
  const std::string old = before ? before : "";
  ::setenv("TMPDIR", temporary.path().c_str(), 1);
  EXPECT_TRUE(ranking("honest"));
  EXPECT_NE(error("exit-1"), "");
  EXPECT_NE(error("garbage"), "");
  before ? ::setenv("TMPDIR", old.c_str(), 1) : ::unsetenv("TMPDIR");
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
}

}  // namespace
}  // namespace motive::adversaries
