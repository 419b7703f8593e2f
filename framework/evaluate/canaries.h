#pragma once
// Purpose: scorers whose results are known beforehand, run through the same evaluator in every
// experiment: constant, random and oracle against analytic values, popularity against an
// independent recount; index order (lowest source id first) and anti-popularity are printed, with a
// warning where they beat chance. At most `users` seeded test users; every item counts as one that
// can be scored. Chance, for c candidates of which m are positives: hr@10 = 1 - C(c-m, 10) / C(c,
// 10). Tolerance of random: the hits that a binomial with the mean chance leaves out with
// probability 1e-6 on either side (Hoeffding 1956: unequal chances only narrow it). The seed is
// fixed: a run that passes once passes always. Errors: a canary that misses its value fails the
// run: then no number of it can be trusted.

#include <functional>

#include "framework/evaluate/ranking.h"

namespace motive {

struct Canary {
  std::string name;
  double value = 0;     // hr@10
  double expected = 0;  // analytic value or recount; chance for index order and anti-popularity
  double tolerance = 0;
  bool ok = true;  // false: the run fails (first four) or a warning is due (the others)
  bool fatal = false;
};

/// The evaluator that is put to the test. Another one than rank_with: for tests of the canaries.
using Ranker = std::function<Result<Ranking>(const Recommender&, const RankTask&, RankContext&)>;

Result<std::vector<Canary>> run_canaries(const RankTask& task, const PreparedData& data,
                                         std::size_t users, std::uint64_t seed, int threads);
/// The same; source_order [I]: the item's place in the source (empty: no index order).
Result<std::vector<Canary>> run_canaries(const RankTask& task,
                                         std::span<const std::uint32_t> source_order,
                                         std::size_t users, std::uint64_t seed, int threads,
                                         const Ranker& ranker = rank_with);

}  // namespace motive
