// The completion scripts that the program prints, tried in the shells themselves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace motive {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// What a shell prints. MOTIVE_PROGRAM is on its PATH as `motive`.
std::string shell(const std::string& name, const std::string& script) {
  const std::string program = MOTIVE_PROGRAM;
  const std::string quoted = program.substr(0, program.rfind('/'));
  const std::string command = "PATH='" + quoted + "':\"$PATH\" " + name + " -c '" + script + "' 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return "no shell";
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  ::pclose(pipe);
  return output;
}

bool is_installed(const std::string& name) { return shell("bash", "type -P " + name + " || true").find('/') == 0; }

/// What bash offers after these words, the last of which is being typed.
std::string bash_offers(const std::string& words) {
  return shell("bash", "source <(motive completion bash); compopt() { :; }; COMP_WORDS=(" + words +
                           "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _motive; echo \"${COMPREPLY[*]}\"");
}

TEST(Completion, BashOffersCommandsOptionsAndChoices) {
  EXPECT_THAT(bash_offers("motive \"\""), ContainsRegex("run.*plan.*table.*list.*describe"));
  EXPECT_EQ(bash_offers("motive descr"), "describe\n");
  EXPECT_THAT(bash_offers("motive run --"), HasSubstr("--out"));
  EXPECT_EQ(bash_offers("motive list mod"), "models\n");
  EXPECT_EQ(bash_offers("motive completion z"), "zsh\n");
  EXPECT_EQ(bash_offers("motive new b"), "baseline\n");
  EXPECT_EQ(bash_offers("motive new baseline mine --kind f"), "factor\n");
  EXPECT_EQ(bash_offers("motive new baseline mine --external \"\""), "python\n");
}

TEST(Completion, BashAsksTheProgramForNames) {
  EXPECT_EQ(bash_offers("motive describe popul"), "popularity\n");
  EXPECT_THAT(bash_offers("motive describe \"\""), HasSubstr("bpr"));
}

TEST(Completion, HiddenCommandsAreNotOffered) { EXPECT_THAT(bash_offers("motive \"\""), Not(HasSubstr("worker"))); }

TEST(Completion, FishOffersTheSame) {
  if (!is_installed("fish")) GTEST_SKIP() << "fish is not installed";
  EXPECT_THAT(shell("fish", "motive completion fish | source; complete -C \"motive descr\""), HasSubstr("describe"));
  EXPECT_THAT(shell("fish", "motive completion fish | source; complete -C \"motive describe popul\""),
              HasSubstr("popularity"));
}

TEST(Completion, ZshUnderstandsItsScript) {
  if (!is_installed("zsh")) GTEST_SKIP() << "zsh is not installed";
  EXPECT_EQ(shell("zsh", "autoload -U compinit; compinit -D -u; source <(motive completion zsh); whence -w _motive"),
            "_motive: function\n");
}

TEST(Completion, AnUnknownShellIsWrongUsage) {
  EXPECT_THAT(shell("bash", "motive completion tcsh; echo status $?"), HasSubstr("status 2"));
}

}  // namespace
}  // namespace motive
