#pragma once
// Purpose: a copy of the checkout in a temporary folder, as a git repository of its own, where `motive new baseline` may
// write. What is built there, or linked from what this build has made, runs there.

#include <string>
#include <vector>

#include "framework/base/files.h"

namespace motive {

struct Outcome {
  int status = 0;
  std::string output;  // standard output and error together
};

class Workshop {
 public:
  Workshop();
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  /// "" or why there can be no copy here (no git).
  const std::string& lacks() const { return lacks_; }
  Path root() const { return folder_ / "checkout"; }
  /// A command of the shell, in the copy; MOTIVE_HOME is the copy.
  Outcome run(const std::string& command) const;
  /// The built program.
  Outcome motive(const std::string& words) const;
  /// What `git status` says has changed: a line each, such as "?? baselines/my_method/".
  std::vector<std::string> changes() const;

  /// Compiles baselines/NAME/*.cpp of the copy with the flags of this build, and links them with the objects of its
  /// contract suite. The program is contract() afterwards.
  Outcome build(const std::string& name) const;
  Path contract() const { return folder_ / "contract"; }

 private:
  Path folder_;
  std::string lacks_;
};

}  // namespace motive
