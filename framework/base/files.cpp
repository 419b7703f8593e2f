#include "framework/base/files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace motive {
namespace {

/// Closes a descriptor at the end of the scope.
struct Descriptor {
  int number;
  explicit Descriptor(int n) : number(n) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

Error system_error(const Path& file, const char* what) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
  const bool forbidden = number == EACCES || number == EROFS || number == EPERM;
  const char* remedy = full        ? "; free some space and run the same command again"
                       : forbidden ? "; check the permissions of the folder"
                                   : "";
  return fail("{}: cannot {}: {}{}", file.string(), what, std::strerror(number), remedy);
}

}  // namespace

void kill_point() {
  static const char* const order = std::getenv("MOTIVE_TEST_KILL");
  if (!order) return;
  const std::string text = order;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return;
  const Descriptor file(::open(text.substr(0, colon).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (file.number < 0) return;
  ::flock(file.number, LOCK_EX);
  const bool counted = ::write(file.number, ".", 1) == 1;
  struct stat info {};
  ::fstat(file.number, &info);
  if (counted && info.st_size == std::atoll(text.c_str() + colon + 1)) ::raise(SIGKILL);
}

Result<std::string> read_file(const Path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return system_error(file, "open");
  std::string content(std::istreambuf_iterator<char>(stream), {});
  if (stream.bad()) return system_error(file, "read");
  return content;
}

Status write_file_synced(const Path& file, std::string_view content) {
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (out.number < 0) return system_error(file, "create");
  while (!content.empty()) {
    const ssize_t written = ::write(out.number, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(file, "write");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  kill_point();
  if (::fsync(out.number) != 0) return system_error(file, "sync");
  return {};
}

Status write_file_atomic(const Path& file, std::string_view content) {
  if (file.has_parent_path()) MOTIVE_TRY(make_folders(file.parent_path()));
  Path aside = file;
  aside += fmt::format(".{}.tmp", ::getpid());
  if (auto written = write_file_synced(aside, content); !written) {
    ::unlink(aside.c_str());
    return written;
  }
  kill_point();
  if (::rename(aside.c_str(), file.c_str()) != 0) {
    const Error error = system_error(file, "replace");
    ::unlink(aside.c_str());
    return error;
  }
  return sync_folder(file.has_parent_path() ? file.parent_path() : Path("."));
}

Status make_folders(const Path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) {
    return fail("{}: cannot make the folder: {}; check that it may be written, or name another", folder.string(),
                code.message());
  }
  return {};
}

Status sync_folder(const Path& folder) {
  const Descriptor open_folder(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open_folder.number < 0) return system_error(folder, "open the folder");
  kill_point();
  // Some network file systems cannot sync a folder and say EINVAL; the rename is then all there is.
  if (::fsync(open_folder.number) != 0 && errno != EINVAL) return system_error(folder, "sync");
  return {};
}

Result<bool> publish_folder(const Path& finished, const Path& name) {
  MOTIVE_TRY(sync_folder(finished));
  kill_point();
  if (::rename(finished.c_str(), name.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) return false;
    return system_error(name, "publish the folder");
  }
  MOTIVE_TRY(sync_folder(name.parent_path()));
  return true;
}

}  // namespace motive
