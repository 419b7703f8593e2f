#include "framework/report/render_figures.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>
#include <thread>

#include "framework/base/environment.h"

extern char** environ;

namespace motive {
namespace {

constexpr int kNoPackage = 3;  // exit status of the script
constexpr const char* kSpec = ".vl.json";
constexpr const char* kRemedy =
    "figures are drawn by the Python package vl-convert-python: ./motive setup --figures, "
    "then write the report again (./motive table DIR --format html)";

struct Ended {
  int status = -1;    // exit status; -1: could not be started, was killed or ran too long
  std::string words;  // the last it wrote to standard error
};

/// Waits for a child, kills it after `seconds`.
int wait_for(pid_t child, int seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string words_in(int file) {
  std::string text(static_cast<std::size_t>(std::max<off_t>(0, ::lseek(file, 0, SEEK_END))), '\0');
  const ssize_t n = ::pread(file, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, n)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() > 400) text = "... " + text.substr(text.size() - 400);
  return text;
}

Ended run(const std::vector<std::string>& command, int timeout_seconds) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int words = ::memfd_create("words of the renderer", MFD_CLOEXEC);
  if (words < 0) return {-1, std::strerror(errno)};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, words, STDERR_FILENO);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  Ended ended;
  if (error == 0) {
    ended = {wait_for(child, timeout_seconds), words_in(words)};
    if (ended.status < 0 && ended.words.empty()) ended.words = "it was killed or did not end in time";
  } else {
    ended.words = std::strerror(error);
  }
  ::close(words);
  return ended;
}

void forget_pictures(const Path& folder, const std::string& name) {
  std::error_code ignored;
  for (const char* ending : {".svg", ".pdf"}) std::filesystem::remove(folder / (name + ending), ignored);
}

bool is_ours(const Path& spec) {
  const auto text = read_file(spec);
  const Json json = text ? Json::parse(*text, nullptr, false) : Json();
  return json_at(json_at(json, "usermeta"), "made_by") == "motive";
}

void forget_old(const Path& folder, const std::set<std::string>& current) {
  std::vector<std::string> old;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    if (!file.ends_with(kSpec)) continue;
    const std::string name = file.substr(0, file.size() - std::string_view(kSpec).size());
    if (!current.count(name) && is_ours(it->path())) old.push_back(name);
  }
  for (const std::string& name : old) {
    forget_pictures(folder, name);
    std::filesystem::remove(folder / (name + kSpec), error);
  }
}

/// Writes the specification where it changed; whether the pictures are still to be drawn.
Result<bool> write_spec(const Figure& figure, const Path& folder) {
  const std::string text = figure.spec.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  const Path file = folder / (figure.name + kSpec);
  const auto known = read_file(file);
  if (!known || *known != text) {
    forget_pictures(folder, figure.name);
    MOTIVE_TRY(write_file_atomic(file, text));
  }
  return !is_there(folder / (figure.name + ".svg")) || !is_there(folder / (figure.name + ".pdf"));
}

/// "" where all went well.
std::string draw(const std::vector<std::string>& names, const Path& folder, const FigureRenderer& renderer) {
  for (const Path& python : renderer.pythons) {
    if (!is_there(python)) continue;
    std::vector<std::string> command = {python.string(), renderer.script.string(), folder.string()};
    command.insert(command.end(), names.begin(), names.end());
    const Ended ended = run(command, renderer.timeout_seconds);
    if (ended.status == 0) return "";
    if (ended.status != kNoPackage) return "some figures could not be drawn: " + ended.words;
  }
  return kRemedy;
}

}  // namespace

FigureRenderer default_renderer() {
  const std::string python = environment_variable("MOTIVE_PYTHON");
  const Path root = checkout_folder();
  const Path script = Path("framework") / "report" / "render_figures.py";
  FigureRenderer renderer{{root / ".venv" / "bin" / "python"}, root / script};
  if (!is_there(renderer.script)) renderer.script = MOTIVE_SOURCE_DIR / script;
  if (!python.empty()) renderer.pythons.emplace_back(python);
  return renderer;
}

RenderedFigures render_figures(const std::vector<FigureGroup>& groups, const Path& folder, const FigureRenderer& renderer) {
  RenderedFigures rendered;
  std::set<std::string> all;
  std::vector<std::string> wanted;
  for (const FigureGroup& group : groups) {
    for (const Figure& figure : group.figures) {
      all.insert(figure.name);
      const auto missing = write_spec(figure, folder);
      if (!missing) rendered.fault = "the folder figures/ cannot be written: " + missing.error().message;
      if (missing && *missing) wanted.push_back(figure.name);
    }
  }
  forget_old(folder, all);
  if (!wanted.empty()) rendered.fault = draw(wanted, folder, renderer);
  for (const std::string& name : all) {
    if (auto svg = read_file(folder / (name + ".svg"))) rendered.svg[name] = std::move(*svg);
  }
  return rendered;
}

}  // namespace motive
