#include "tests/new_baseline/workshop.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <sstream>

#include "framework/base/json.h"

namespace motive {
namespace {

namespace fs = std::filesystem;

const Path kBuild = Path(MOTIVE_PROGRAM).parent_path();
constexpr const char* kContract = "test_tests_contract";

Outcome shell(const std::string& command) {
  FILE* pipe = ::popen(("( " + command + " ) 2>&1").c_str(), "r");
  if (!pipe) return {-1, "no shell"};
  Outcome outcome;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) outcome.output.append(buffer, n);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) text.replace(at, what.size(), by);
  return text;
}

/// The command that compiles this file of the checkout, from the build's own list.
std::string compile_command(const std::string& file) {
  const auto text = read_file(kBuild / "compile_commands.json");
  const Json list = Json::parse(text ? *text : "", nullptr, false);
  for (const Json& entry : list.is_array() ? list : Json::array()) {
    if (entry.at("file") == (Path(MOTIVE_SOURCE_DIR) / file).string()) return entry.at("command");
  }
  return "";
}

/// The command that links the contract suite, up to what runs after it.
std::string link_command() {
  const Outcome ninja = shell(fmt::format("ninja -C '{}' -t commands -s {}", kBuild.string(), kContract));
  std::istringstream parts(replaced(ninja.output, " && ", "\n"));
  for (std::string part; std::getline(parts, part);) {
    if (part.find(fmt::format(" -o {} ", kContract)) != std::string::npos) return part;
  }
  return "";
}

}  // namespace

Workshop::Workshop() {
  static std::atomic<int> number = 0;
  folder_ = Path(testing::TempDir()) / fmt::format("motive-workshop-{}-{}", ::getpid(), ++number);
  fs::create_directories(root());
  if (!fs::exists(Path(MOTIVE_SOURCE_DIR) / ".git") || shell("command -v git ninja").status != 0) {
    lacks_ = "this is no checkout of git, or git or ninja are not here";
    return;
  }
  const Outcome made = shell(fmt::format(
      "cd '{}' && git ls-files -co --exclude-standard -z | "
      "tar --null -T - --ignore-failed-read -cf - | tar -xf - -C '{}' && cd '{}' && test -f CMakeLists.txt && git init -q && "
      "git add -A && git -c user.name=test -c user.email=test@localhost commit -qm copy",
      MOTIVE_SOURCE_DIR, root().string(), root().string()));
  EXPECT_EQ(made.status, 0) << "no copy of the checkout could be made: " << made.output;
}

Workshop::~Workshop() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Outcome Workshop::run(const std::string& command) const {
  return shell(fmt::format("export MOTIVE_HOME='{0}'; cd '{0}' && {1}", root().string(), command));
}

Outcome Workshop::motive(const std::string& words) const { return run(std::string(MOTIVE_PROGRAM) + " " + words); }

std::vector<std::string> Workshop::changes() const {
  std::istringstream lines(run("git status --porcelain").output);
  std::vector<std::string> changes;
  for (std::string line; std::getline(lines, line);) changes.push_back(line);
  return changes;
}

Outcome Workshop::build(const std::string& name) const {
  std::string objects;
  for (const char* part : {"", "_test"}) {
    const std::string model = fmt::format("baselines/popularity/popularity{}.cpp", part);
    const Path source = root() / "baselines" / name / fmt::format("{}{}.cpp", name, part);
    const Path object = folder_ / fmt::format("{}{}.o", name, part);
    std::string command = compile_command(model);
    const std::size_t out = command.find(" -o ");
    if (command.empty() || out == std::string::npos) return {-1, "compile_commands.json does not know " + model};
    const std::size_t end = command.find(' ', out + 4);
    command.replace(out, end - out, fmt::format(" -I '{}' -o '{}'", root().string(), object.string()));
    command = replaced(command, (Path(MOTIVE_SOURCE_DIR) / model).string(), "'" + source.string() + "'");
    Outcome compiled = shell(fmt::format("cd '{}' && {}", kBuild.string(), command));
    if (compiled.status != 0) return compiled;
    objects += " '" + object.string() + "'";
  }
  const std::string command = link_command();
  if (command.empty()) return {-1, "ninja does not say how the contract suite is linked"};
  return shell(fmt::format("cd '{}' && {}", kBuild.string(),
                           replaced(command, fmt::format(" -o {} ", kContract), fmt::format("{} -o '{}' ", objects, contract().string()))));
}

}  // namespace motive
