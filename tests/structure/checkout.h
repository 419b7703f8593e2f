#pragma once
// The files of the checkout, for tests of its structure.

#include <string>
#include <vector>

namespace motive {

struct SourceFile {
  std::string path;  // from the root, with slashes
  std::vector<std::string> lines;
};

/// Every text file that git tracks; without git, every one in the folders of the project.
const std::vector<SourceFile>& project_files();

/// The path's first `count` parts: parts("a/b/c.h", 2) is "a/b".
std::string parts(const std::string& path, int count);

bool has_ending(const std::string& path, const std::vector<std::string>& endings);

}  // namespace motive
