#include "framework/recommend/each_query.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

namespace motive {

Status each_query(QuerySource& queries, int width, const RankContext& context, const std::function<Status(const Query&)>& body) {
  std::atomic<std::size_t> done = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  std::optional<Error> first;
  const auto work = [&] {
    Query query;
    while (!failed && queries.next({&query, 1}) == 1) {
      if (auto status = body(query); !status) {
        const std::lock_guard lock(mutex);
        if (!first) first = status.error();
        failed = true;
        return;
      }
      const std::size_t n = ++done;
      if (context.progress) context.progress->update(static_cast<double>(n), static_cast<double>(queries.size()), "users");
    }
  };
  const auto n = static_cast<std::size_t>(std::clamp<std::int64_t>(static_cast<std::int64_t>(queries.size()), 1, std::max(1, width)));
  std::vector<std::thread> threads;
  for (std::size_t t = 1; t < n; ++t) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (first) return *first;
  return {};
}

}  // namespace motive
