#pragma once
// Runs an experiment through the program, and reads its numbers back from the files it leaves.

#include <array>

#include "framework/base/files.h"

namespace motive {

class ExperimentRun {
 public:
  explicit ExperimentRun(const std::string& yaml);  // a failed run fails the test
  ~ExperimentRun();
  Path folder() const { return folder_ / "out"; }
  /// hr@5, ndcg@5, hr@10, ndcg@10 from summary.csv.
  std::array<double, 4> means(const std::string& model, const std::string& protocol) const;
  /// Hash of the only node of this kind.
  std::string node(const std::string& kind) const;

 private:
  Path folder_;
};

}  // namespace motive
