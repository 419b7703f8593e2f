// `motive data get` as a person gives it, from a local server into a cache folder of the test.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "framework/base/hash.h"
#include "tests/download/local_server.h"

namespace motive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
  int status = 0;
  std::string out, err;
};

class GetTest : public testing::Test {
 protected:
  /// interrupt_after: seconds until SIGINT; negative: never.
  Outcome get(std::vector<std::string> words, double interrupt_after = -1) {
    const std::string out = (place_.path() / "out").string(), err = (place_.path() / "err").string();
    words.insert(words.begin(), {"motive", "data"});
    const pid_t child = ::fork();
    if (child == 0) {
      ::setenv("MOTIVE_CACHE", cache_.path().c_str(), 1);
      ::unsetenv("MOTIVE_DATA");
      ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
      ::dup2(::open(out.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600), STDOUT_FILENO);
      ::dup2(::open(err.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600), STDERR_FILENO);
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      ::execv(MOTIVE_PROGRAM, arguments.data());
      ::_exit(127);
    }
    if (interrupt_after >= 0) {
      std::this_thread::sleep_for(std::chrono::duration<double>(interrupt_after));
      ::kill(child, SIGINT);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), *read_file(out), *read_file(err)};
  }

  /// A description whose interactions are a.csv; `downloads`: a YAML list.
  std::string describe(const std::string& downloads, const std::string& more = "") {
    return place_
        .write("shop.yaml",
               "name: shop\ntitle: A shop\nterms: for research only\ninteractions: {file: a.csv, columns: {user: user, item: item}}\n"
               "downloads: " + downloads + "\n" + more)
        .string();
  }
  std::string at(const std::string& path) const { return server_.url(path); }

  LocalServer server_;
  TestFolder place_, cache_;
};

constexpr const char* kData = "user,item\nu,1\nv,2\n";

TEST_F(GetTest, FetchedUnpackedPinnedAndUsable) {
  server_.folder().write("shop.zip", zip_bytes({{"shop/a.csv", kData}, {"shop/README", "x"}}));
  const std::string shop = describe("[{url: \"" + at("plain/shop.zip") + "\", unpack: {shop/a.csv: a.csv}}]");
  const Outcome refused = get({"get", shop});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.out, HasSubstr("terms: for research only"));
  EXPECT_THAT(refused.out, HasSubstr("SHA-256 not known: the first download's is pinned"));
  EXPECT_THAT(refused.err, HasSubstr("--accept"));
  EXPECT_TRUE(cache_.files().empty()) << "nothing is fetched before the terms are accepted";

  const Outcome done = get({"get", shop, "--accept"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("pinned 1 checksums"));
  EXPECT_THAT(cache_.files(), ElementsAre("data/shop/a.csv", "data/shop/pins.json"));
  EXPECT_EQ(*read_file(cache_.path() / "data/shop/a.csv"), kData);

  const Outcome again = get({"get", shop});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("shop is there already"));
  const Outcome seen = get({"inspect", shop});
  EXPECT_EQ(seen.status, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("users 2, items 2"));
}

TEST_F(GetTest, ASourceThatChangedIsAnErrorNamingBothSums) {
  server_.folder().write("a.csv", kData);
  const std::string shop = describe("[{url: \"" + at("plain/a.csv") + "\"}]");
  ASSERT_EQ(get({"get", shop, "--accept"}).status, 0);
  const std::string other = "user,item\nu,2\n";
  server_.folder().write("a.csv", other);
  const Outcome changed = get({"get", shop, "--accept", "--again"});
  EXPECT_EQ(changed.status, 1);
  EXPECT_THAT(changed.err, HasSubstr(sha256_hex(kData)));
  EXPECT_THAT(changed.err, HasSubstr(sha256_hex(other)));
  EXPECT_EQ(*read_file(cache_.path() / "data/shop/a.csv"), kData) << "the data at hand stay as they are";
  EXPECT_THAT(changed.out, HasSubstr("(pinned at the first download)"));
  std::filesystem::remove(cache_.path() / "data/shop/pins.json");
  EXPECT_EQ(get({"get", shop, "--accept", "--again"}).status, 0);
  EXPECT_EQ(*read_file(cache_.path() / "data/shop/a.csv"), other);
  // A file that was edited here.
  cache_.write("data/shop/a.csv", kData);
  const Outcome edited = get({"get", shop});
  EXPECT_EQ(edited.status, 1);
  EXPECT_THAT(edited.err, HasSubstr("it was changed here"));
}

TEST_F(GetTest, AStatedChecksumIsHeldTo) {
  server_.folder().write("a.csv", kData);
  const auto with = [&](const std::string& sum) {
    return describe("[{url: \"" + at("plain/a.csv") + "\", sha256: " + sum + "}]");
  };
  const Outcome wrong = get({"get", with(std::string(64, 'a')), "--accept"});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.err, HasSubstr(sha256_hex(kData)));
  EXPECT_FALSE(std::filesystem::exists(cache_.path() / "data/shop/a.csv"));
  const Outcome right = get({"get", with(sha256_hex(kData)), "--accept"});
  EXPECT_EQ(right.status, 0) << right.err;
  EXPECT_THAT(right.out, Not(HasSubstr("pinned")));
  std::filesystem::remove_all(cache_.path() / "data");
  const Outcome file = get({"get", describe("[{url: \"" + at("plain/a.csv") + "\"}]", "checksums: {a.csv: " + std::string(64, 'b') + "}\n"),
                            "--accept"});
  EXPECT_EQ(file.status, 2);
  EXPECT_THAT(file.err, HasSubstr("the SHA-256 of a.csv is"));
  EXPECT_FALSE(std::filesystem::exists(cache_.path() / "data/shop/a.csv"));
}

TEST_F(GetTest, HostileArchivesLeaveNothing) {
  const auto refused = [&](const std::string& name, const std::string& bytes, const std::string& why) {
    server_.folder().write(name, bytes);
    const Outcome done = get({"get", describe("[{url: \"" + at("plain/" + name) + "\", unpack: true}]"), "--accept"});
    EXPECT_EQ(done.status, 2) << done.err;
    EXPECT_THAT(done.err, HasSubstr(why));
    EXPECT_THAT(cache_.files(), ElementsAre("data/shop/.downloading/lock"));
  };
  refused("up.tar", tar_bytes({{"a.csv", kData}, {"../../../evil", "x"}}), "leads out of the folder");
  refused("abs.tar", tar_bytes({{"a.csv", kData}, {"/evil", "x"}}), "absolute");
  refused("link.tar", tar_bytes({{"a.csv", "", '2', "/etc/passwd"}}), "it is a link");
  refused("page.zip", "<html>please log in</html>", "not a whole zip");
}

TEST_F(GetTest, WhatTheDownloadsDoNotBringIsNamed) {
  server_.folder().write("s.zip", zip_bytes({{"b.csv", kData}}));
  const Outcome done = get({"get", describe("[{url: \"" + at("plain/s.zip") + "\", unpack: true}]"), "--accept"});
  EXPECT_EQ(done.status, 2);
  EXPECT_THAT(done.err, HasSubstr("do not bring the file a.csv; did you mean `b.csv`?"));
  EXPECT_FALSE(std::filesystem::exists(cache_.path() / "data/shop/b.csv"));
}

TEST_F(GetTest, AnInterruptedDownloadGoesOn) {
  const std::string rows = [] {
    std::string text = "user,item\n";
    for (int i = 0; i < 3000; ++i) text += fmt::format("u{},{}\n", i, i);
    return text;
  }();
  server_.folder().write("a.csv", rows);
  const std::string shop = describe("[{url: \"" + at("trickle/a.csv") + "\"}]");
  const Outcome cut = get({"get", shop, "--accept"}, 1);
  EXPECT_EQ(cut.status, 130) << cut.err;
  EXPECT_FALSE(std::filesystem::exists(cache_.path() / "data/shop/a.csv"));
  ASSERT_GT(std::filesystem::file_size(cache_.path() / "data/shop/.downloading/a.csv.part"), 0u);
  const Outcome rest = get({"get", shop, "--accept"});
  EXPECT_EQ(rest.status, 0) << rest.err;
  EXPECT_EQ(*read_file(cache_.path() / "data/shop/a.csv"), rows);
  EXPECT_THAT(server_.requests().back(), HasSubstr("206"));
}

TEST_F(GetTest, WithoutDownloadsItSaysWhereToLook) {
  const std::string shop = place_.write("shop.yaml", "name: shop\nsource: example.org\ninteractions: {file: a.csv, columns: {user: u, item: i}}\n").string();
  const Outcome done = get({"get", shop});
  EXPECT_NE(done.status, 0);
  EXPECT_THAT(done.err, HasSubstr("names no downloads: fetch it yourself"));
  EXPECT_THAT(done.err, HasSubstr("source: example.org"));
}

TEST_F(GetTest, AFolderThatCannotBeWritten) {
  server_.folder().write("a.csv", kData);
  cache_.write("data", "a file where the folder should be");
  const Outcome done = get({"get", describe("[{url: \"" + at("plain/a.csv") + "\"}]"), "--accept"});
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.err, HasSubstr("cannot make the folder"));
}

}  // namespace
}  // namespace motive
