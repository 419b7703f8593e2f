#include "framework/experiment/program.h"

#include <unistd.h>

#include <cstring>

namespace motive {
namespace {

char** arguments = nullptr;

}  // namespace

Path program_file(bool torch) {
  if (!torch) return "/proc/self/exe";
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "motive-torch";
}

void remember_arguments(char** argv) { arguments = argv; }

Result<std::unique_ptr<Recommender>> make_method(const Method& method, const std::any& params) {
  if (method.make) return method.make(params);
  if (!method.torch) return Error{fmt::format("{}: not available yet", method.name), ErrorKind::kUnavailable};
  const Path program = program_file(true);
  if (arguments) ::execv(program.c_str(), arguments);
  return Error{fmt::format("{} needs LibTorch, and {} cannot be started ({}); build it with ./motive setup", method.name,
                           program.string(), arguments ? std::strerror(errno) : "this program has no part with LibTorch"),
               ErrorKind::kUnavailable};
}

}  // namespace motive
