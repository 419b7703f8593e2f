#pragma once
// Purpose: scorers whose results are known beforehand, run through the same evaluator in every
// experiment: constant, random and oracle against analytic values, popularity against an
// independent recount; index order (lowest source id first) and anti-popularity are printed, with a
// warning where they beat chance. At most `users` seeded test users. Errors: a canary that misses
// its value fails the run: then no number of it can be trusted.

#include "framework/evaluate/ranking.h"

namespace motive {

struct Canary {
  std::string name;
  double value = 0;      // hr@10
  double expected = 0;   // analytic value or recount; chance for index order and anti-popularity
  double tolerance = 0;  // 0: exact up to rounding
  bool ok = true;        // false: the run fails (first four) or a warning is due (the others)
  bool fatal = false;
};
Result<std::vector<Canary>> run_canaries(const RankTask& task, const PreparedData& data,
                                         std::size_t users, std::uint64_t seed, int threads);

}  // namespace motive
