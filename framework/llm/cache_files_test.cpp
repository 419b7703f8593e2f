// The cache's file under everything that can happen to one: other programs, kill -9, a full disk, rights to read only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "framework/llm/cache_tables.h"
#include "framework/llm/cache_testing.h"

namespace motive::llm {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;

class CacheFiles : public testing::Test {
 protected:
  void fill(int answers) {
    const auto cache = must(Cache::open(file_));
    for (int i = 0; i < answers; ++i) must(cache->store(key_of(i), answer_of(i), attempt_of(), false, false));
  }
  void expect_answers(Cache& cache, int answers) {
    for (int i = 0; i < answers; ++i) ASSERT_EQ(body_of(cache, key_of(i)), answer_of(i).body);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(file_.parent_path())) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  Path beside(const char* ending) const { return file_.string() + ending; }

  TemporaryFolder folder_;
  Path file_ = folder_.path() / "answers.sqlite";
};

// --- files that are something else

TEST_F(CacheFiles, ADatabaseOfAnotherProgramIsLeftAlone) {
  must(must(Database::open(file_, Access::kWrite))->run("CREATE TABLE t(x)"));
  const std::string before = must(read_file(file_));
  EXPECT_THAT(error_of(Cache::open(file_)), AllOf(HasSubstr("answers.sqlite"), HasSubstr("a database of something else")));
  EXPECT_THAT(error_of(Cache::open_readonly(file_)), HasSubstr("a database of something else"));
  EXPECT_EQ(must(read_file(file_)), before);
}

TEST_F(CacheFiles, ATextFileIsLeftAlone) {
  const std::string text(10000, 'x');
  must(write_file_atomic(file_, text));
  EXPECT_THAT(error_of(Cache::open(file_)), AllOf(HasSubstr("answers.sqlite"), HasSubstr("no cache of answers")));
  EXPECT_THAT(error_of(Cache::open_readonly(file_)), HasSubstr("no cache of answers"));
  EXPECT_EQ(must(read_file(file_)), text);
}

TEST_F(CacheFiles, ANewerVersionIsNamed) {
  fill(1);
  must(must(Database::open(file_, Access::kWrite))->run("PRAGMA user_version=2"));
  EXPECT_THAT(error_of(Cache::open(file_)), HasSubstr("was made by a newer Motive (its version is 2, this program knows 1)"));
  EXPECT_THAT(error_of(Cache::open_readonly(file_)), HasSubstr("was made by a newer Motive"));
}

TEST_F(CacheFiles, AFileThatIsCutShortIsFoundWhenItIsOpened) {
  fill(300);
  const std::string whole = must(read_file(file_));
  for (const std::size_t size : {std::size_t{10}, std::size_t{60}, std::size_t{1000}, std::size_t{4096}, whole.size() / 2,
                                 whole.size() - 1}) {
    must(write_file_atomic(file_, whole.substr(0, size)));
    for (const std::string& error : {error_of(Cache::open(file_)), error_of(Cache::open_readonly(file_))}) {
      EXPECT_THAT(error, HasSubstr("answers.sqlite: ")) << size;
      EXPECT_THAT(error, testing::ContainsRegex("cut short|beginning is damaged|is damaged")) << size;
    }
    EXPECT_EQ(must(read_file(file_)).size(), size) << "it is left as it is";
  }
}

TEST_F(CacheFiles, APageOfRubbishIsAnErrorAndNoWrongAnswer) {
  fill(300);
  std::string whole = must(read_file(file_));
  std::fill(whole.begin() + 3 * 4096, whole.end() - 4096, '\x5a');
  must(write_file_atomic(file_, whole));
  const auto cache = must(Cache::open_readonly(file_));
  int wrong = 0, errors = 0;
  for (int i = 0; i < 300; ++i) {
    const auto found = cache->find(key_of(i));
    errors += !found;
    wrong += found && *found && (*found)->body != answer_of(i).body;
  }
  EXPECT_GT(errors, 0);
  EXPECT_EQ(wrong, 0);
  EXPECT_FALSE(must(cache->verify()).empty());
}

TEST_F(CacheFiles, WhatIsNotThereOrEmptyOrAFolder) {
  EXPECT_THAT(error_of(Cache::open_readonly(file_)), HasSubstr("there is no such cache"));
  EXPECT_THAT(error_of(Cache::open_readonly("")), HasSubstr("$MOTIVE_CACHE"));
  EXPECT_THAT(error_of(Cache::open("")), HasSubstr("$MOTIVE_CACHE"));
  EXPECT_THAT(error_of(Cache::open(folder_.path())), HasSubstr("is a folder"));
  must(write_file_atomic(file_, ""));
  EXPECT_THAT(error_of(Cache::open_readonly(file_)), HasSubstr("is empty"));
  fill(1);  // a process killed at its first steps leaves such a file
  const Path odd = folder_.path() / "a %41?b#c" / "file: x.sqlite";
  must(must(Cache::open(odd))->store(key_of(1), answer_of(1), attempt_of(), false));
  EXPECT_TRUE(std::filesystem::exists(odd));
  EXPECT_EQ(body_of(*must(Cache::open_readonly(odd)), key_of(1)), answer_of(1).body);
}

// --- reading only

TEST_F(CacheFiles, ReadingLeavesEverythingAsItWas) {
  fill(100);
  const std::string before = must(read_file(file_));
  {
    const auto cache = must(Cache::open_readonly(file_));
    expect_answers(*cache, 100);
    EXPECT_THAT(error_of(cache->store(key_of(1), answer_of(1), attempt_of(), true)), HasSubstr("read only"));
    EXPECT_THAT(error_of(cache->record(attempt_of())), HasSubstr("read only"));
    EXPECT_THAT(error_of(cache->put_batch("b", {})), HasSubstr("read only"));
  }
  EXPECT_EQ(must(read_file(file_)), before);
  EXPECT_EQ(files(), std::vector<std::string>{"answers.sqlite"});
}

TEST_F(CacheFiles, AReaderSeesWhatAnotherStoresMeanwhile) {
  fill(1);
  const auto reader = must(Cache::open_readonly(file_));
  const auto writer = must(Cache::open(file_));
  EXPECT_EQ(body_of(*reader, key_of(7)), "-");
  must(writer->store(key_of(7), answer_of(7), attempt_of(), false));
  EXPECT_EQ(body_of(*reader, key_of(7)), answer_of(7).body);
}

/// Runs `work` as somebody who may read the folder and not write it. For root no rights hold, so it becomes nobody.
template <class F>
int as_reader(const Path& folder, const F& work) {
  ::chmod(folder.c_str(), 0555);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) ::chmod(entry.path().c_str(), 0444);
  const int status = wait_for(start_process([&] { return ::geteuid() == 0 && ::setuid(65534) != 0 ? 77 : work(); }));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) ::chmod(entry.path().c_str(), 0644);
  ::chmod(folder.c_str(), 0755);
  return status;
}

/// 0 where all answers are found and nothing can be stored.
int read_all(const Path& file, int answers) {
  const auto cache = Cache::open_readonly(file);
  if (!cache) return std::fprintf(stderr, "%s\n", cache.error().message.c_str()), 1;
  for (int i = 0; i < answers; ++i) {
    const auto found = (*cache)->find(key_of(i));
    if (!found) return std::fprintf(stderr, "%s\n", found.error().message.c_str()), 2;
    if (!*found || (*found)->body != answer_of(i).body) return 3;
  }
  const std::string why = error_of(Cache::open(file));
  return why.find("permissions") != std::string::npos ? 0 : (std::fprintf(stderr, "%s\n", why.c_str()), 4);
}

/// A process that stores this many answers and is killed, so that they stay in -wal.
void store_and_die(const Path& file, int answers) {
  EXPECT_EQ(wait_for(start_process([&] {
              const auto cache = must(Cache::open(file));
              for (int i = 0; i < answers; ++i) must(cache->store(key_of(i), answer_of(i), attempt_of(), false, false));
              must(cache->flush());
              return ::kill(::getpid(), SIGKILL);
            })),
            1000 + SIGKILL);
}

TEST_F(CacheFiles, IsReadWhereNothingMayBeWritten) {
  fill(100);
  EXPECT_EQ(as_reader(folder_.path(), [&] { return read_all(file_, 100); }), 0);
  EXPECT_EQ(files(), std::vector<std::string>{"answers.sqlite"});
}

TEST_F(CacheFiles, IsReadWhereNothingMayBeWrittenAfterItsWriterWasKilled) {
  store_and_die(file_, 100);
  ASSERT_GT(std::filesystem::file_size(beside("-wal")), 0U);
  EXPECT_EQ(as_reader(folder_.path(), [&] { return read_all(file_, 100); }), 0) << "with -wal and -shm";
  std::filesystem::remove(beside("-shm"));
  EXPECT_EQ(as_reader(folder_.path(), [&] { return read_all(file_, 100); }), 0) << "with -wal alone";
  EXPECT_EQ(files(), (std::vector<std::string>{"answers.sqlite", "answers.sqlite-wal"}));
  expect_answers(*must(Cache::open(file_)), 100);
}

TEST_F(CacheFiles, IsReadByWhoMayNotWriteWhileItsOwnerWrites) {
  fill(50);
  const auto owner = must(Cache::open(file_));
  for (int i = 50; i < 100; ++i) must(owner->store(key_of(i), answer_of(i), attempt_of(), false, false));
  must(owner->flush());
  EXPECT_EQ(as_reader(folder_.path(), [&] { return read_all(file_, 100); }), 0);
}

TEST_F(CacheFiles, SaysSoWhereAFileReadWithoutLocksIsChanged) {
  fill(10);
  int go[2], ready[2];
  ASSERT_EQ(::pipe(go) | ::pipe(ready), 0);
  ::chmod(folder_.path().c_str(), 0755);
  const pid_t child = start_process([&] {
    char c = 0;
    if (::geteuid() == 0 ? ::setuid(65534) != 0 : ::chmod(file_.c_str(), 0444) != 0) return 77;
    const auto cache = Cache::open_readonly(file_);
    if (!cache || !(*cache)->find(key_of(1))) return 1;
    if (::write(ready[1], "x", 1) != 1 || ::read(go[0], &c, 1) != 1) return 2;
    return error_of((*cache)->find(key_of(1))).find("was changed by somebody") != std::string::npos ? 0 : 3;
  });
  char c = 0;
  ASSERT_EQ(::read(ready[0], &c, 1), 1);
  ::chmod(file_.c_str(), 0644);
  must(must(Cache::open(file_))->store(key_of(11), answer_of(11), attempt_of(), false));
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  EXPECT_EQ(wait_for(child), 0);
}

// --- several processes, kill -9, a full disk

TEST_F(CacheFiles, TwoProcessesMayMakeAndFillItAtOnce) {
  constexpr int kEach = 120, kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    const Path file = folder_.path() / fmt::format("{}.sqlite", round);
    std::vector<pid_t> children;
    for (int process = 0; process < 3; ++process) {
      children.push_back(start_process([&, process] {
        const auto cache = Cache::open(file);
        if (!cache) return std::fprintf(stderr, "%s\n", cache.error().message.c_str()), 1;
        for (int i = 0; i < kEach; ++i) {
          const int number = i % 3 == 0 ? i : i * 3 + process;  // some are the same for all
          const Status stored = (*cache)->store(key_of(number), answer_of(number), attempt_of(), false, i % 10 == 0);
          if (!stored) return std::fprintf(stderr, "%s\n", stored.error().message.c_str()), 2;
          if (body_of(**cache, key_of(number)) != answer_of(number).body) return 3;
        }
        return (*cache)->flush() ? 0 : 4;
      }));
    }
    for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
    const auto cache = must(Cache::open_readonly(file));
    EXPECT_EQ(must(cache->spent("e")).calls, 3 * kEach);
    EXPECT_TRUE(must(cache->verify()).empty());
  }
}

TEST_F(CacheFiles, WhatWasStoredOutlivesAKillAtAnyMoment) {
  int next = 0;
  for (int round = 0; round < 12; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = start_process([&] {
      const auto cache = must(Cache::open(file_));
      std::vector<std::thread> threads;
      for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&, t] {
          for (int number = next + t;; number += 3) {
            if (!cache->store(key_of(number), answer_of(number), attempt_of(), false)) ::_exit(1);
            if (::write(pipe[1], &number, sizeof number) != sizeof number) ::_exit(2);
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
      return 0;
    });
    ::close(pipe[1]);
    std::this_thread::sleep_for(std::chrono::milliseconds(7 * round * round % 97 + 3));
    ::kill(child, SIGKILL);
    EXPECT_EQ(wait_for(child), 1000 + SIGKILL);
    const auto cache = must(Cache::open(file_));
    int number = 0, highest = next;
    while (::read(pipe[0], &number, sizeof number) == sizeof number) {
      ASSERT_EQ(body_of(*cache, key_of(number)), answer_of(number).body);
      highest = std::max(highest, number);
    }
    ::close(pipe[0]);
    next = highest + 10;
  }
  EXPECT_GT(next, 130);
  EXPECT_TRUE(must(must(Cache::open_readonly(file_))->verify()).empty());
}

TEST_F(CacheFiles, AFullDiskIsAnErrorThatNamesTheFileAndLosesNothing) {
  fill(1);
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = start_process([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{200'000, 200'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto cache = must(Cache::open(file_));
    for (int number = 1; number < 5000; ++number) {
      const Status stored = cache->store(key_of(number), answer_of(number), attempt_of(), false);
      if (!stored) {
        const std::string why = stored.error().message;
        if (why.find(file_.string()) == std::string::npos || why.find("free some space") == std::string::npos) return 2;
        if (body_of(*cache, key_of(number - 1)) != answer_of(number - 1).body) return 3;
        // What nobody waits for is told by the next flush.
        if (cache->store(key_of(number), answer_of(number), attempt_of(), false, false) && cache->flush()) return 4;
        return 0;
      }
      if (::write(pipe[1], &number, sizeof number) != sizeof number) return 5;
    }
    return 6;
  });
  ::close(pipe[1]);
  int number = 0, stored = 0;
  std::vector<int> numbers;
  while (::read(pipe[0], &number, sizeof number) == sizeof number) numbers.push_back(number);
  ::close(pipe[0]);
  EXPECT_EQ(wait_for(child), 0);
  const auto cache = must(Cache::open(file_));
  for (const int n : numbers) stored += body_of(*cache, key_of(n)) == answer_of(n).body;
  EXPECT_GT(stored, 3);
  EXPECT_EQ(stored, static_cast<int>(numbers.size()));
  must(cache->store(key_of(9999), answer_of(1), attempt_of(), false));
  EXPECT_TRUE(must(cache->verify()).empty());
}

TEST_F(CacheFiles, ADiskThatIsFullFromTheStartIsNamedToo) {
  EXPECT_EQ(wait_for(start_process([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{3000, 3000};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              const std::string why = error_of(Cache::open(file_));
                    const bool told = why.find("free some space") != std::string::npos;
              return told && why.find(file_.string()) != std::string::npos ? 0 : 1;
            })),
            0);
  fill(1);
}

}  // namespace
}  // namespace motive::llm
