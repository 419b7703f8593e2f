#include "tests/end_to_end/kill.h"

#include <signal.h>

#include <chrono>

namespace motive {
namespace {

/// Complete nodes in a store, by their node.json.
int complete_nodes(const Path& store) {
  int count = 0;
  std::error_code code;
  for (const auto& kind : std::filesystem::directory_iterator(store, code)) {
    for (const auto& node : std::filesystem::directory_iterator(kind.path(), code)) {
      const bool aside = node.path().filename().string().starts_with(".");
      count += !aside && std::filesystem::exists(node.path() / "node.json");
    }
  }
  return count;
}

}  // namespace

KillTrial::KillTrial() : file_(place_.write("small.yaml", small_experiment())) {
  const Path out = place_.folder / "whole", counter = place_.folder / "counter";
  const auto start = std::chrono::steady_clock::now();
  const auto result = run_motive({"run", file_.string(), "--out", out.string()},
                                 {.environment = {{"MOTIVE_TEST_KILL", counter.string() + ":-1"}}});
  seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  EXPECT_EQ(result.status, 0) << result.err;
  points_ = static_cast<int>(std::filesystem::file_size(counter));
  nodes_ = nodes_computed(result);
  whole_ = printed_files(out);
}

void KillTrial::kill_at_point(int n) {
  const Path out = place_.folder / fmt::format("point{}", n), counter = place_.folder / fmt::format("counter{}", n);
  const auto killed = run_motive({"run", file_.string(), "--out", out.string()},
                                 {.environment = {{"MOTIVE_TEST_KILL", fmt::format("{}:{}", counter.string(), n)}}});
  // The program itself was killed (137), or one of its workers: then the run says so and goes on.
  EXPECT_TRUE(killed.status == 137 || killed.status == 1) << "point " << n << ": status " << killed.status << killed.err;
  continue_and_compare(out, fmt::format("point {}", n));
}

void KillTrial::kill_after(double seconds, bool worker) {
  const Path out = place_.folder / "random";
  run_motive({"run", file_.string(), "--out", out.string()},
             {.signal_after = seconds, .signal = SIGKILL, .to_worker = worker});
  continue_and_compare(out, fmt::format("{} after {:.3f} s", worker ? "worker" : "program", seconds));
}

void KillTrial::continue_and_compare(const Path& out, const std::string& what) {
  const int complete = complete_nodes(out / "store");
  const auto again = run_motive({"run", file_.string(), "--out", out.string()});
  EXPECT_EQ(again.status, 0) << what << "\n" << again.err;
  // At most: a worker that outlives the killed program for a moment may finish its node after they were counted.
  EXPECT_LE(nodes_computed(again), nodes_ - complete) << what << ": finished nodes must not be computed again\n" << again.err;
  EXPECT_GE(nodes_computed(again), 0) << what;
  EXPECT_EQ(printed_files(out), whole_) << what;
  std::filesystem::remove_all(out);
}

}  // namespace motive
