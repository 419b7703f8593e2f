#pragma once
// Purpose: made-up events of the size of Amazon Beauty, for benchmarks of fits: popularity ~ 1/rank, users
// alike. Determinism: always the same events.

#include <cmath>

#include "framework/recommend/testing.h"

namespace motive::testing {

inline constexpr std::size_t kBenchUsers = 22363, kBenchItems = 12101, kBenchEvents = 153776;

inline const Data& bench_data() {
  static const Data kData = [] {
    Rng rng(1, "bench data");
    Data::Sequences sequences(kBenchUsers);
    for (std::size_t e = 0; e < kBenchEvents; ++e) {
      const double rank = std::pow(static_cast<double>(kBenchItems), rng.uniform()) - 1;
      sequences[e % kBenchUsers].push_back(static_cast<std::uint32_t>(rank * 7919) % kBenchItems);
    }
    return Data(sequences, kBenchItems);
  }();
  return kData;
}

}  // namespace motive::testing
