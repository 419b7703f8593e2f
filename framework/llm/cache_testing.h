#pragma once
// Purpose: answers to keep, and processes of their own, for the tests of the cache.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/base/temporary_folder.h"
#include "framework/llm/cache.h"

namespace motive::llm::test {

using motive::test::TemporaryFolder;

inline CacheKey key_of(int number) {
  return {fmt::format(R"({{"messages":[{{"content":"question {}","role":"user"}}]}})", number), R"({"model":"m"})",
          "/chat/completions", 1, 0};
}

inline StoredAnswer answer_of(int number) {
  return {200,  fmt::format(R"({{"choices":[{{"message":{{"content":"answer {}"}}}}]}})", number), {100, 20, number, true}, .5,
          "m-2", "2024-01-02T03:04:05Z"};
}

inline AttemptRecord attempt_of(const std::string& experiment = "e") {
  AttemptRecord attempt;
  attempt.experiment = experiment;
  attempt.module = "mope";
  attempt.status = 200;
  attempt.usage = {100, 20, 10, true};
  attempt.cost = .25;
  return attempt;
}

template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  if (!result) std::abort();
  return std::move(*result);
}

inline void must(const Status& status) { EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message); }

/// "" where there is none.
template <class T>
std::string error_of(const Result<T>& result) {
  return result ? "" : result.error().message;
}

/// The body that is kept for the key; "-" where there is none.
inline std::string body_of(Cache& cache, const CacheKey& key) {
  const auto found = must(cache.find(key));
  return found ? found->body : "-";
}

/// Starts `work` in a process of its own, which ends with what it returns.
template <class F>
pid_t start_process(const F& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::_exit(work());
}

/// Its exit status, or 1000 + the signal that ended it.
inline int wait_for(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

}  // namespace motive::llm::test
