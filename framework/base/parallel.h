#pragma once
// Purpose: loops over fixed tiles by at most `threads` threads (oneTBB).
// Determinism: what a tile is never depends on the number of threads, and one thread does a tile, so
// results that are kept per tile are the same for any number of threads.

#include <cstddef>
#include <functional>

#include "framework/base/status.h"

namespace motive {

/// Calls body(i) once for each i in 0..n-1. threads <= 1 runs in the calling thread, in order.
void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& body);

/// For work that waits more than it computes: `threads` threads of their own call step() until it says false or fails; the
/// first error ends the others after the step they are in.
Status repeat_by_threads(int threads, const std::function<Result<bool>()>& step);

/// The processors this process may use (its affinity mask and cgroup quota), at least 1.
int available_threads();

}  // namespace motive
