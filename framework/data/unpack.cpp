#include "framework/data/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "framework/base/console.h"
#include "framework/config/node.h"

namespace motive {
namespace {

constexpr std::size_t kBlock = 256 << 10;
constexpr std::size_t kLongestName = 512;

/// "" or why no file may be written under this name.
std::string name_fault(const std::string& name) {
  if (name.empty()) return "its name is empty";
  if (name.size() > kLongestName) return "its name is longer than 512 bytes";
  if (name[0] == '/') return "its name is absolute";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "its name holds control characters";
    if (c == '\\' || c == ':') return "its name holds a backslash or a colon";
  }
  const Path path(name);
  if (std::any_of(path.begin(), path.end(), [](const Path& part) { return part == ".."; }))
    return "its name leads out of the folder";
  return "";
}

bool is_lone_gzip(const Path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".gz") && !name.ends_with(".tar.gz");
}

class Unpacking {
 public:
  Unpacking(const Path& file, const Path& folder, const std::map<std::string, std::string>& wanted, const UnpackLimits& limits,
            Progress& progress, const CancelFlag* cancel)
      : file_(file), folder_(folder), wanted_(wanted), limits_(limits), progress_(progress), cancel_(cancel),
        archive_(::archive_read_new()) {}
  ~Unpacking() { ::archive_read_free(archive_); }
  Unpacking(const Unpacking&) = delete;
  Unpacking& operator=(const Unpacking&) = delete;

  Result<std::vector<std::string>> run() {
    MOTIVE_TRY(open());
    std::size_t entries = 0;
    while (true) {
      archive_entry* entry = nullptr;
      const int code = ::archive_read_next_header(archive_, &entry);
      if (code == ARCHIVE_EOF) break;
      if (code < ARCHIVE_WARN) return broken();  // a warning is of names outside the locale, which we take as bytes
      if (is_lone_gzip(file_) && ::archive_filter_code(archive_, 0) != ARCHIVE_FILTER_GZIP)
        return invalid("{}: not a gzip file; fetch it again", file_.string());
      if (++entries > limits_.entries) return refused("", fmt::format("it has more than {} entries", format_count(limits_.entries)));
      MOTIVE_TRY(take(entry));
    }
    if (entries == 0) return refused("", "there is nothing in it");
    MOTIVE_TRY(check_found());
    return names_;
  }

 private:
  Status open() {
    std::error_code code;
    bytes_in_ = std::filesystem::file_size(file_, code);
    if (code) return fail("{}: cannot read its size: {}", file_.string(), code.message());
    ::archive_read_support_filter_all(archive_);
    if (is_lone_gzip(file_)) {
      ::archive_read_support_format_raw(archive_);
    } else {
      ::archive_read_support_format_zip(archive_);
      ::archive_read_support_format_tar(archive_);
    }
    if (::archive_read_open_filename(archive_, file_.c_str(), kBlock) != ARCHIVE_OK) return broken();
    return {};
  }

  Error broken() const {
    const char* why = ::archive_error_string(archive_);
    return invalid("{}: not a whole zip, tar or gzip file: {}; fetch it again", file_.string(), why ? why : "unknown");
  }
  Error refused(const std::string& name, const std::string& why) const {
    const std::string where = name.empty() ? "" : fmt::format("entry {}: ", config::excerpt(name));
    return invalid("{}: {}{}; nothing was unpacked. Look for another source of this data set", file_.string(), where, why);
  }

  Status take(archive_entry* entry) {
    const char* raw = ::archive_entry_pathname(entry);
    if (!raw) raw = ::archive_entry_pathname_utf8(entry);
    std::string name = raw ? raw : "";
    if (is_lone_gzip(file_)) name = file_.filename().stem().string();
    while (name.starts_with("./")) name.erase(0, 2);
    const auto type = ::archive_entry_filetype(entry);
    const bool folder = type == AE_IFDIR;
    if (folder && (name.empty() || name == ".")) return {};
    if (const std::string fault = name_fault(name); !fault.empty()) return refused(name, fault);
    if (::archive_entry_hardlink(entry) || ::archive_entry_symlink(entry) || type == AE_IFLNK)
      return refused(name, "it is a link");
    if (folder) return {};
    if (type != AE_IFREG && !is_lone_gzip(file_)) return refused(name, "it is neither a file nor a folder");
    if (::archive_entry_is_encrypted(entry)) return refused(name, "it is encrypted");
    if (!seen_.insert(name).second) return refused(name, "it stands there twice");
    std::string target = name;
    if (!wanted_.empty()) {
      const auto found = wanted_.find(name);
      if (found == wanted_.end()) return {};
      target = found->second;
    }
    MOTIVE_TRY(write(name, target));
    names_.push_back(target);
    return {};
  }

  Status write(const std::string& name, const std::string& target) {
    const Path file = folder_ / target;
    MOTIVE_TRY(make_folders(file.parent_path()));
    const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (out < 0) return disk_error(file, "create");
    const Status done = copy(name, file, out);
    const bool synced = !done || ::fsync(out) == 0;
    ::close(out);
    return synced ? done : disk_error(file, "sync");
  }

  Status copy(const std::string& name, const Path& file, int out) {
    const auto most = limits_.free_bytes + static_cast<std::uint64_t>(limits_.ratio * static_cast<double>(bytes_in_));
    while (true) {
      if (cancel_ && cancel_->is_set()) return Error{"interrupted; the same command goes on", ErrorKind::kCancelled};
      const la_ssize_t got = ::archive_read_data(archive_, block_.data(), block_.size());
      if (got < 0) return broken();
      if (got == 0) return {};
      bytes_out_ += static_cast<std::uint64_t>(got);
      if (bytes_out_ > most)
        return refused(name, fmt::format("it unpacks to more than {:g} times the archive's size, which data does not", limits_.ratio));
      MOTIVE_TRY(check_space(file));
      for (la_ssize_t at = 0; at < got;) {
        const ssize_t written = ::write(out, block_.data() + at, static_cast<std::size_t>(got - at));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return disk_error(file, "write");
        at += written;
      }
      progress_.update(static_cast<double>(::archive_filter_bytes(archive_, -1)), static_cast<double>(bytes_in_),
                       "unpacking " + name);
    }
  }

  /// Before the disk is full, not after: something else may need what is left.
  Status check_space(const Path& file) {
    constexpr std::uint64_t kEvery = 64 << 20, kLeave = 16 << 20;
    if (bytes_out_ < next_check_) return {};
    next_check_ = bytes_out_ + kEvery;
    std::error_code code;
    const auto space = std::filesystem::space(folder_, code);
    if (code || space.available > kLeave) return {};
    return fail("{}: the disk is nearly full; free some space and run the same command again", file.string());
  }

  static Error disk_error(const Path& file, const char* what) {
    const int code = errno;
    const char* remedy = code == ENOSPC || code == EFBIG || code == EDQUOT ? "; free some space and run the same command again" : "";
    return fail("{}: cannot {}: {}{}", file.string(), what, std::strerror(code), remedy);
  }

  Status check_found() const {
    const std::vector<std::string> all(seen_.begin(), seen_.end());
    for (const auto& [name, target] : wanted_) {
      if (seen_.count(name)) continue;
      return invalid("{}: there is no entry `{}` in it;{} it has {} files, the first is {}", file_.string(), name,
                     config::did_you_mean(name, all), all.size(), all.empty() ? "none" : config::excerpt(all.front()));
    }
    return {};
  }

  const Path& file_;
  const Path& folder_;
  const std::map<std::string, std::string>& wanted_;
  const UnpackLimits& limits_;
  Progress& progress_;
  const CancelFlag* cancel_;
  archive* archive_;
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0, next_check_ = 0;
  std::string block_ = std::string(kBlock, '\0');
  std::set<std::string> seen_;
  std::vector<std::string> names_;
};

}  // namespace

Result<std::vector<std::string>> unpack_archive(const Path& archive, const Path& folder, const std::map<std::string, std::string>& wanted,
                                                const UnpackLimits& limits, Progress& progress, const CancelFlag* cancel) {
  return Unpacking(archive, folder, wanted, limits, progress, cancel).run();
}

}  // namespace motive
