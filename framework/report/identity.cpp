#include "framework/report/identity.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "framework/base/environment.h"
#include "framework/base/trimmed.h"

extern char** environ;

namespace motive {
namespace {

constexpr std::size_t kShortestName = 3;
constexpr std::array<std::string_view, 36> kShared = {
    "root",   "user",   "users",  "admin",  "administrator", "guest",     "nobody",      "test",   "tests",
    "runner", "ubuntu", "debian", "fedora", "centos",        "docker",    "vagrant",     "jovyan", "student",
    "motive", "data",   "home",   "work",   "worker",        "localhost", "localdomain", "local",  "host",
    "server", "node",   "item",   "items",  "model",         "train",     "rank",        "max",    "none"};

void add_name(std::vector<Trace>& traces, const std::string& given, const std::string& kind, const std::string& mark) {
  const std::string name(trimmed(given, " \t\r\n\""));
  std::string low = name;
  std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool number = std::all_of(low.begin(), low.end(), [](unsigned char c) { return std::isdigit(c); });
  if (low.size() < kShortestName || number || std::find(kShared.begin(), kShared.end(), low) != kShared.end()) return;
  if (std::any_of(traces.begin(), traces.end(), [&](const Trace& t) { return !t.path && t.text == name; })) return;
  traces.push_back({name, kind, mark, false});
}

void add_host(std::vector<Trace>& traces) {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return;
  const std::string host = name;
  add_name(traces, host, "the name of the host", "HOST");
  add_name(traces, host.substr(0, host.find('.')), "the name of the host", "HOST");
}

void add_user(std::vector<Trace>& traces) {
  constexpr const char* kUser = "the name of the user";
  for (const char* variable : {"USER", "LOGNAME", "SUDO_USER"}) add_name(traces, environment_variable(variable), kUser, "USER");
  if (const auto home = environment_variable("HOME"); !home.empty()) add_folder(traces, home, "the home folder", "HOME");
  const passwd* entry = ::getpwuid(::geteuid());
  if (entry == nullptr) return;
  add_name(traces, entry->pw_name, kUser, "USER");
  add_folder(traces, entry->pw_dir, "the home folder", "HOME");
  const std::string full = entry->pw_gecos ? entry->pw_gecos : "";
  add_name(traces, full.substr(0, full.find(',')), "the full name of the user", "NAME");
}

/// MOTIVE_DATA=/srv/sets: a folder with the mark DATA.
void add_variables(std::vector<Trace>& traces) {
  constexpr std::string_view kOurs = "MOTIVE_";
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view line = *at;
    const std::size_t equals = line.find('=');
    if (!line.starts_with(kOurs) || equals == std::string_view::npos || !line.substr(equals + 1).starts_with("/")) continue;
    const std::string name(line.substr(0, equals));
    add_folder(traces, std::string(line.substr(equals + 1)), "the folder that $" + name + " names", name.substr(kOurs.size()));
  }
}

void add_git(std::vector<Trace>& traces, const Path& file) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code)) return;
  if (const auto config = read_file(file)) add_git_config(traces, *config);
}

}  // namespace

void add_folder(std::vector<Trace>& traces, const Path& folder, const std::string& kind, const std::string& mark) {
  std::error_code code;
  const auto plain = [](const Path& path) {
    const Path normal = path.lexically_normal();
    return (normal.has_filename() ? normal : normal.parent_path()).string();
  };
  for (const Path& path : {std::filesystem::absolute(folder, code), std::filesystem::weakly_canonical(folder, code)}) {
    const std::string text = plain(path);
    const bool known = std::any_of(traces.begin(), traces.end(), [&](const Trace& t) { return t.path && t.text == text; });
    if (text.size() > 1 && text.front() == '/' && !known) traces.push_back({text, kind, mark, true});
  }
}

void add_git_config(std::vector<Trace>& traces, const std::string& config) {
  std::istringstream lines(config);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string_view key = trimmed(std::string_view(line).substr(0, equals), " \t");
    const std::string value(trimmed(std::string_view(line).substr(equals + 1), " \t\r\n\""));
    if (key == "name") add_name(traces, value, "the name in git's configuration", "NAME");
    if (key == "email") add_name(traces, value, "the address in git's configuration", "ADDRESS");
    if (key != "url" && key != "pushurl") continue;
    add_name(traces, value, "a remote of git", "REMOTE");
    // "https://github.com/ada/motive.git" and "git@github.com:ada/motive.git" name their owner the same way.
    const std::size_t slash = value.rfind('/');
    const std::size_t before =
        slash == std::string::npos || slash == 0 ? std::string::npos : value.find_last_of("/:", slash - 1);
    if (before == std::string::npos) continue;
    std::string repository = value.substr(before + 1);
    if (repository.ends_with(".git")) repository.resize(repository.size() - 4);
    add_name(traces, repository, "a remote of git", "REMOTE");
  }
}

std::vector<Trace> traces_of_this_machine() {
  std::vector<Trace> traces;
  std::error_code code;
  const Path checkout = checkout_folder(), here = std::filesystem::current_path(code);
  add_host(traces);
  add_user(traces);
  add_variables(traces);
  add_folder(traces, checkout, "the checkout", "CHECKOUT");
  if (!here.empty()) add_folder(traces, here, "the working folder", "HERE");
  for (const Path& folder : {checkout, here}) add_git(traces, folder / ".git" / "config");
  if (const std::string home = environment_variable("HOME"); !home.empty()) {
    add_git(traces, Path(home) / ".gitconfig");
    add_git(traces, Path(home) / ".config" / "git" / "config");
  }
  return traces;
}

}  // namespace motive
