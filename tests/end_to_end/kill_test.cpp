// A sample of kill_slow_test.cpp, for every run of the tests.

#include "tests/end_to_end/kill.h"

namespace motive {
namespace {

TEST(Kill, AtSomeSyncAndRenamePoints) {
  KillTrial trial;
  ASSERT_GT(trial.points(), 50);
  for (int i = 1; i <= 12; ++i) trial.kill_at_point(1 + i * (trial.points() - 1) / 12);
}

TEST(Kill, AtSomeTimes) {
  KillTrial trial;
  for (int i = 0; i < 6; ++i) trial.kill_after(trial.seconds() * (i + 0.5) / 6, i % 2 == 1);
}

}  // namespace
}  // namespace motive
