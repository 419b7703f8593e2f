#pragma once
// Purpose: what the tests of awkward methods share: a world, one ranking of it, counts by name.

#include "framework/evaluate/test_world.h"
#include "framework/recommend/testing.h"

namespace motive::adversaries {

inline Result<Ranking> run(const Recommender& method, const RankTask& task, int threads = 1,
                           const CancelFlag* cancel = nullptr) {
  NoProgress silent;
  CancelFlag never;
  RankContext context{
      .seed = 3, .threads = threads, .progress = &silent, .cancel = cancel ? cancel : &never};
  return rank_with(method, task, context);
}

inline std::uint64_t count_of(const Ranking& ranking, const std::string& what) {
  for (const auto& [name, n] : ranking.counts) {
    if (name == what) return n;
  }
  return 0;
}

}  // namespace motive::adversaries
