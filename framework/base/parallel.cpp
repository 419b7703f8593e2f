#include "framework/base/parallel.h"

#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace motive {

#ifdef __SANITIZE_THREAD__
// The thread sanitizer cannot see how libtbb synchronises, and would take every loop for a race. With
// plain threads it checks what matters: the bodies.
void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& body) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < n; i = next++) body(i);
  };
  std::vector<std::jthread> others(std::min<std::size_t>(n, static_cast<std::size_t>(std::max(1, threads))) - (n > 0));
  for (std::jthread& thread : others) thread = std::jthread(work);
  work();
}
#else
void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& body) {
  if (threads <= 1 || n <= 1) {
    for (std::size_t i = 0; i < n; ++i) body(i);
    return;
  }
  // More threads than processors are meant (to show that results do not depend on them): say so, or oneTBB warns.
  std::optional<tbb::global_control> more;
  if (threads > tbb::info::default_concurrency())
    more.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  tbb::task_arena arena(threads);
  arena.execute([&] { tbb::parallel_for(std::size_t{0}, n, body, tbb::simple_partitioner{}); });
}
#endif

Status repeat_by_threads(int threads, const std::function<Result<bool>()>& step) {
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::optional<Error> first;
  const auto work = [&] {
    while (!failed) {
      const Result<bool> more = step();
      if (more && !*more) return;
      if (more) continue;
      const std::lock_guard lock(mutex);
      if (!first) first = more.error();
      failed = true;
    }
  };
  std::vector<std::jthread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  others.clear();  // waits for them
  if (first) return *first;
  return {};
}

int available_threads() {
  cpu_set_t set;
  int count = ::sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
  std::ifstream quota("/sys/fs/cgroup/cpu.max");
  std::string limit;
  double period = 0;
  if (quota >> limit >> period && limit != "max" && period > 0) {
    count = std::min(count, std::max(1, static_cast<int>(std::lround(std::stod(limit) / period))));
  }
  return std::max(1, count);
}

}  // namespace motive
