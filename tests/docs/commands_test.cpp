// The commands that the documentation shows must work. Every line that starts with ./motive inside a
// ```sh block of README.md, CONTRIBUTING.md and docs/*.md is run, file by file, in a folder where ./motive is
// the built program. Not run: blocks marked ```sh no-run, words of the launcher (test, setup, build, bench),
// and lines with MOTIVE_DATA where the tests have no real data.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "framework/base/files.h"

namespace motive {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> commands_of(const Path& file) {
  std::vector<std::string> commands;
  std::istringstream text(*read_file(file));
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      inside = !inside && line == "```sh";
      continue;
    }
    const auto at = line.find("./motive ");
    if (!inside || at == std::string::npos || line.starts_with("#")) continue;
    const std::string word = line.substr(at + 9, line.find_first_of(" \n", at + 9) - at - 9);
    const bool of_launcher = word == "test" || word == "setup" || word == "build" || word == "bench";
    if (of_launcher || (line.find("MOTIVE_DATA") != std::string::npos && !std::getenv("MOTIVE_DATA"))) continue;
    commands.push_back(line);
  }
  return commands;
}

class Documented : public testing::TestWithParam<std::string> {};

TEST_P(Documented, CommandsWork) {
  const Path source = MOTIVE_SOURCE_DIR;
  const auto commands = commands_of(source / GetParam());
  const Path home = Path(testing::TempDir()) / ("docs" + std::to_string(::getpid()));
  fs::create_directories(home);
  for (const char* name : {"experiments", "datasets"}) fs::create_symlink(source / name, home / name);
  fs::create_symlink(MOTIVE_PROGRAM, home / "motive");
  ::setenv("MOTIVE_HOME", home.c_str(), 1);
  ::setenv("MOTIVE_CACHE", (home / "cache").c_str(), 1);  // not the user's
  for (const std::string& command : commands) {
    // Placeholders of the documentation stand for the folder of real data.
    std::string line = command;
    if (const auto at = line.find("MOTIVE_DATA=FOLDER "); at != std::string::npos) line.erase(at, 19);
    const int status = std::system(("cd '" + home.string() + "' && " + line + " >out.txt 2>&1").c_str());
    EXPECT_EQ(WEXITSTATUS(status), 0) << GetParam() << ": " << command << "\n" << *read_file(home / "out.txt");
  }
  fs::remove_all(home);
}

std::vector<std::string> documents() {
  std::vector<std::string> names{"README.md", "CONTRIBUTING.md"};
  for (const auto& entry : fs::directory_iterator(Path(MOTIVE_SOURCE_DIR) / "docs")) {
    if (entry.path().extension() == ".md") names.push_back("docs/" + entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Files, Documented, testing::ValuesIn(documents()), [](const auto& file) {
  std::string name = file.param;
  std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

}  // namespace
}  // namespace motive
