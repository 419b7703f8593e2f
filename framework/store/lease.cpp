#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>

#include "framework/store/process.h"
#include "framework/store/store.h"

namespace motive {
namespace {

constexpr auto kBeat = std::chrono::seconds(4);
constexpr double kStaleSeconds = 30;

/// Age of a file by the clock of its own file system: on network file systems ours may differ.
double age_seconds(const Path& file) {
  Path probe = file;
  probe += fmt::format(".{}.probe", ::getpid());
  struct stat now {}, then {};
  const int descriptor = ::open(probe.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) return 0;
  ::fstat(descriptor, &now);
  ::close(descriptor);
  ::unlink(probe.c_str());
  if (::stat(file.c_str(), &then) != 0) return 0;
  return static_cast<double>(now.st_mtim.tv_sec - then.st_mtim.tv_sec);
}

bool is_abandoned(const Path& file) {
  std::ifstream stream(file);
  std::string host;
  ProcessMark owner;
  if (!(stream >> host >> owner.pid >> owner.start)) return age_seconds(file) > kStaleSeconds;  // being written, or torn
  if (host == host_name()) return !is_alive(owner);
  return age_seconds(file) > kStaleSeconds;
}

}  // namespace

Result<std::unique_ptr<Lease>> Lease::try_take(const Path& node_folder) {
  Path file = node_folder;
  file += ".lease";
  for (int attempt = 0; attempt < 2; ++attempt) {
    const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      const ProcessMark self = this_process();
      const std::string text = fmt::format("{} {} {}\n", host_name(), self.pid, self.start);
      const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
      ::close(descriptor);
      if (!written) {
        ::unlink(file.c_str());
        return fail("{}: cannot write the lease: {}", file.string(), std::strerror(errno));
      }
      return std::unique_ptr<Lease>(new Lease(file));
    }
    if (errno != EEXIST) return fail("{}: cannot take the lease: {}", file.string(), std::strerror(errno));
    if (!is_abandoned(file)) return std::unique_ptr<Lease>();
    // Only one of several takers can rename the dead lease away; the others find it gone or new.
    Path dead = file;
    dead += fmt::format(".{}.dead", ::getpid());
    if (::rename(file.c_str(), dead.c_str()) == 0) ::unlink(dead.c_str());
  }
  return std::unique_ptr<Lease>();
}

Lease::Lease(Path file) : file_(std::move(file)) {
  heartbeat_ = std::jthread([this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, kBeat, [&] { return stop.stop_requested(); })) {
      ::utimensat(AT_FDCWD, file_.c_str(), nullptr, 0);
    }
  });
}

Lease::~Lease() {
  heartbeat_.request_stop();
  heartbeat_.join();
  ::unlink(file_.c_str());
}

}  // namespace motive
