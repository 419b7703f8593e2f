#pragma once
// Kills a run and lets the same command continue; the results must be those of a run that was let alone.

#include "tests/end_to_end/program.h"

namespace motive {

class KillTrial {
 public:
  KillTrial();
  /// All sync and rename points of an uninterrupted run.
  int points() const { return points_; }
  /// Kills the process that reaches point n, over all processes of the run, then continues.
  void kill_at_point(int n);
  /// Kills the program (or one of its workers) after so many seconds, then continues.
  void kill_after(double seconds, bool worker);
  double seconds() const { return seconds_; }  // of an uninterrupted run

 private:
  void continue_and_compare(const Path& out, const std::string& what);
  Workplace place_;
  Path file_;
  std::map<std::string, std::string> whole_;
  int points_ = 0, nodes_ = 0;
  double seconds_ = 0;
};

}  // namespace motive
