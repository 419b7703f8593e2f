#include "tests/structure/checkout.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace motive {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = MOTIVE_SOURCE_DIR;

std::vector<std::string> tracked_paths() {
  const std::string command = "git -C '" MOTIVE_SOURCE_DIR "' ls-files 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string text;
  char buffer[4096];
  for (std::size_t n = 0; pipe && (n = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) text.append(buffer, n);
  std::vector<std::string> paths;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) paths.push_back(line);
  return paths;
}

std::vector<std::string> paths_on_disk() {
  std::vector<std::string> paths;
  for (const char* folder : {"framework", "models", "baselines", "tests", "cmake", "datasets", "docs", "experiments"}) {
    if (!fs::exists(kRoot / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      if (entry.is_regular_file()) paths.push_back(entry.path().lexically_relative(kRoot).generic_string());
    }
  }
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    if (entry.is_regular_file()) paths.push_back(entry.path().filename().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Empty for a file that is not text.
std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream stream(kRoot / path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(stream), {});
  if (content.find('\0') != std::string::npos) return {};
  std::vector<std::string> lines;
  std::istringstream rest(content);
  for (std::string line; std::getline(rest, line);) lines.push_back(line);
  return lines;
}

std::vector<SourceFile> read_all() {
  std::vector<std::string> paths = tracked_paths();
  if (paths.empty()) paths = paths_on_disk();
  std::vector<SourceFile> files;
  for (const std::string& path : paths) {
    if (fs::is_regular_file(kRoot / path)) files.push_back({path, lines_of(path)});
  }
  return files;
}

}  // namespace

const std::vector<SourceFile>& project_files() {
  static const std::vector<SourceFile> kFiles = read_all();
  return kFiles;
}

std::string parts(const std::string& path, int count) {
  std::size_t end = 0;
  for (int i = 0; i < count && end != std::string::npos; ++i) end = path.find('/', end + (i > 0));
  return path.substr(0, end);
}

bool has_ending(const std::string& path, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) {
    return path.size() >= ending.size() && path.compare(path.size() - ending.size(), ending.size(), ending) == 0;
  });
}

}  // namespace motive
