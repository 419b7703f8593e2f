// fetch_file against a server that resets, lies, redirects, stalls and changes its mind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/base/hash.h"
#include "framework/base/json.h"
#include "framework/data/download.h"
#include "tests/download/local_server.h"

namespace motive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FetchTest : public testing::Test {
 protected:
  FetchTest() { options_.first_wait = 0.01, options_.attempts = 3; }

  Result<Fetched> fetch(const std::string& path, const CancelFlag* cancel = nullptr) {
    NoProgress progress;
    return fetch_file(server_.url(path), target(), options_, progress, cancel);
  }
  Path target() const { return home_.path() / "file"; }
  std::string got() const { return *read_file(target()); }
  void expect_whole(const std::string& path, const std::string& content) {
    const auto done = fetch(path);
    ASSERT_TRUE(done.has_value()) << done.error().message;
    EXPECT_EQ(done->sha256, sha256_hex(content));
    EXPECT_EQ(done->bytes, content.size());
    EXPECT_EQ(got(), content);
    EXPECT_THAT(home_.files(), ElementsAre("file"));
  }
  void expect_failure(const std::string& path, const std::string& message) {
    const auto done = fetch(path);
    ASSERT_FALSE(done.has_value());
    EXPECT_THAT(done.error().message, HasSubstr(message));
    EXPECT_FALSE(std::filesystem::exists(target()));
  }

  LocalServer server_;
  TestFolder home_;
  FetchOptions options_;
};

TEST_F(FetchTest, AFileComesWhole) {
  const std::string content = sample_bytes(100'000);
  server_.folder().write("f", content);
  expect_whole("plain/f", content);
  EXPECT_THAT(server_.requests(), ElementsAre("- 200"));
}

TEST_F(FetchTest, AnEmptyFileIsAFile) {
  server_.folder().write("f", "");
  expect_whole("plain/f", "");
}

TEST_F(FetchTest, AfterAResetTheRestIsAskedFor) {
  const std::string content = sample_bytes(3500);
  server_.folder().write("f", content);
  expect_whole("reset/f", content);  // four answers of at most 1000 bytes: each makes progress
  EXPECT_THAT(server_.requests(), ElementsAre("- 200", "bytes=1000- 206", "bytes=2000- 206", "bytes=3000- 206"));
}

TEST_F(FetchTest, ALaterCallGoesOnWhereAnEarlierOneStopped) {
  const std::string content = sample_bytes(1500);
  server_.folder().write("f", content);
  options_.attempts = 0;
  expect_failure("short/f", "(1 attempts); 1.5 kB are kept, the same command goes on");
  EXPECT_THAT(home_.files(), ElementsAre("file.part", "file.part.json"));
}

TEST_F(FetchTest, ResumedAcrossCalls) {
  const std::string content = sample_bytes(1500);
  server_.folder().write("f", content);
  // What an interrupted call leaves.
  home_.write("file.part", content.substr(0, 600));
  const auto first = fetch("plain/f");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->resumed_from, 0u) << "a part of which nothing is known is not trusted";
  std::filesystem::remove(target());
  options_.attempts = 0;
  ASSERT_FALSE(fetch("reset-once/f").has_value());
  const auto second = fetch("reset-once/f");
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ(second->resumed_from, 1000u);
  EXPECT_EQ(got(), content);
}

TEST_F(FetchTest, ALengthThatNeverComesIsGivenUp) {
  server_.folder().write("f", sample_bytes(300));
  expect_failure("short/f", "attempts");
}

TEST_F(FetchTest, ALengthThatComesTheSecondTime) {
  const std::string content = sample_bytes(300);
  server_.folder().write("f", content);
  expect_whole("short-once/f", content);
}

TEST_F(FetchTest, AServerWithoutRangesStartsOver) {
  const std::string content = sample_bytes(2500);
  server_.folder().write("f", content);
  expect_whole("no-range/f", content);
  EXPECT_THAT(server_.requests(), ElementsAre("- 200", "bytes=1000- 200"));
}

TEST_F(FetchTest, WithoutProofThatTheFileIsTheSameItStartsOver) {
  const std::string content = sample_bytes(2500);
  server_.folder().write("f", content);
  expect_whole("no-proof/f", content);
  EXPECT_THAT(server_.requests(), ElementsAre("- 200", "- 200"));
}

TEST_F(FetchTest, AFileThatChangedMidwayIsNotGluedTogether) {
  const std::string content = sample_bytes(2500);
  server_.folder().write("f", content);
  expect_whole("changing/f", {content.rbegin(), content.rend()});
}

TEST_F(FetchTest, BytesFromElsewhereAreRefused) {
  server_.folder().write("f", sample_bytes(2500));
  const auto done = fetch("liar/f");
  ASSERT_TRUE(done.has_value()) << done.error().message;  // begun anew, without a range
  EXPECT_EQ(got(), sample_bytes(2500));
}

TEST_F(FetchTest, APartThatIsWholeAlreadyIsTaken) {
  const std::string content = sample_bytes(900);
  server_.folder().write("f", content);
  options_.attempts = 0;
  // An answer cut off behind its last byte: the part is whole, its length not known.
  ASSERT_FALSE(fetch("short/f").has_value());
  std::string facts = *read_file(home_.path() / "file.part.json");
  const auto at = facts.find("\"length\": 1000");
  ASSERT_NE(at, std::string::npos) << facts;
  facts.replace(at, 14, "\"length\": 900 ");
  facts.replace(facts.find("short"), 5, "plain");
  home_.write("file.part.json", facts);
  expect_whole("plain/f", content);
  EXPECT_EQ(server_.requests().back(), "bytes=900- 416");
}

TEST_F(FetchTest, APartLongerThanTheFileIsThrownAway) {
  const std::string content = sample_bytes(900);
  server_.folder().write("f", content);
  const Json facts = {{"url", server_.url("plain/f")}, {"etag", ""}, {"modified", "Sat, 01 Jan 2000 00:00:00 GMT"}};
  home_.write("file.part", sample_bytes(950));
  home_.write("file.part.json", facts.dump());
  expect_whole("plain/f", content);
}

TEST_F(FetchTest, RedirectsAreFollowedWithinLimits) {
  const std::string content = sample_bytes(500);
  server_.folder().write("f", content);
  expect_whole("redirect/5/plain/f", content);
  std::filesystem::remove(target());
  expect_failure("redirect/11/plain/f", "more than 10 redirects");
  expect_failure("loop", "more than 10 redirects: the server sends in circles");
  expect_failure("to-file", "redirects to something other than http(s)");
}

TEST_F(FetchTest, RefusalsAreNamed) {
  expect_failure("plain/nothing", "the server answers 404 (not there): has it moved?");
  expect_failure("status/403", "the server answers 403 (refused): it may ask for an account");
  expect_failure("status/416", "416");
  const std::size_t before = server_.requests().size();
  expect_failure("status/500", "the server answers 500 (3 attempts)");
  EXPECT_EQ(server_.requests().size(), before + 3);
}

TEST_F(FetchTest, ABusyServerIsAskedAgain) {
  server_.folder().write("f", "hello");
  expect_whole("busy-once/f", "hello");
}

TEST_F(FetchTest, ASlowServerIsWaitedForAndASilentOneIsNot) {
  const std::string content = sample_bytes(5000);
  server_.folder().write("f", content);
  expect_whole("trickle/f", content);
  std::filesystem::remove(target());
  options_.silent_seconds = 1;
  options_.attempts = 0;
  expect_failure("stall/f", "2.5 kB are kept");
}

TEST_F(FetchTest, AnInterruptKeepsThePart) {
  server_.folder().write("f", sample_bytes(200'000));
  CancelFlag cancel;
  struct Stop final : Progress {
    CancelFlag* flag = nullptr;
    void update(double done, double, std::string_view) override {
      if (done > 2000) flag->set();
    }
  } progress;
  progress.flag = &cancel;
  const auto done = fetch_file(server_.url("trickle/f"), target(), options_, progress, &cancel);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kCancelled);
  EXPECT_THAT(home_.files(), ElementsAre("file.part", "file.part.json"));
}

TEST_F(FetchTest, AWrongChecksumIsDroppedWithBothSums) {
  server_.folder().write("f", "hello");
  options_.sha256 = std::string(64, '0');
  const auto done = fetch("plain/f");
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().message, HasSubstr(sha256_hex("hello")));
  EXPECT_THAT(done.error().message, HasSubstr(options_.sha256));
  EXPECT_TRUE(home_.files().empty());
}

TEST_F(FetchTest, NobodyThere) {
  NoProgress progress;
  const auto done = fetch_file("http://127.0.0.1:1/f", target(), options_, progress, nullptr);
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().message, HasSubstr("attempts"));
}

TEST_F(FetchTest, AFullDiskKeepsThePartAndTheSameCallGoesOn) {
  const std::string content = sample_bytes(50'000);
  server_.folder().write("f", content);
  Result<Fetched> failed = Fetched{};
  {
    const FullDisk full(20'000);
    failed = fetch("plain/f");
  }
  ASSERT_FALSE(failed.has_value());
  EXPECT_THAT(failed.error().message, HasSubstr("file.part: cannot write: File too large; free some space and run the same command again"));
  EXPECT_EQ(std::filesystem::file_size(home_.path() / "file.part"), 20'000u);
  const auto done = fetch("plain/f");
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_EQ(done->resumed_from, 20'000u);
  EXPECT_EQ(got(), content);
}

TEST_F(FetchTest, AFolderThatCannotBeWritten) {
  NoProgress progress;
  const auto done = fetch_file(server_.url("plain/f"), home_.path() / "missing" / "f", options_, progress, nullptr);
  ASSERT_FALSE(done.has_value());
  EXPECT_THAT(done.error().message, HasSubstr("f.part: cannot create"));
}

}  // namespace
}  // namespace motive
