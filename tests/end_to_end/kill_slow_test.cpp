// Every sync and rename point, and a hundred random times.

#include "framework/base/rng.h"
#include "tests/end_to_end/kill.h"

namespace motive {
namespace {

TEST(Kill, AtEverySyncAndRenamePoint) {
  KillTrial trial;
  for (int point = 1; point <= trial.points(); ++point) trial.kill_at_point(point);
}

TEST(Kill, AtAHundredRandomTimes) {
  KillTrial trial;
  Rng rng(20, "moments to kill at");
  for (int i = 0; i < 100; ++i) trial.kill_after(trial.seconds() * rng.uniform(), rng.below(3) == 0);
}

}  // namespace
}  // namespace motive
