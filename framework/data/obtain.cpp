#include "framework/data/obtain.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "framework/base/hash.h"

namespace motive {
namespace {

/// Held as long as one process works in a folder.
class FolderLock {
 public:
  static Result<FolderLock> take(const Path& file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return fail("{}: cannot create; check the permissions of the folder", file.string());
    FolderLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
      return fail("{}: another process is fetching this data set; wait for it", file.parent_path().parent_path().string());
    return lock;
  }
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

class Obtaining {
 public:
  Obtaining(const Descriptor& descriptor, const ObtainOptions& options, Progress& progress, const CancelFlag* cancel)
      : descriptor_(descriptor), options_(options), progress_(progress), cancel_(cancel),
        folder_(cache_data_folder(descriptor.folder_name())), work_(folder_ / ".downloading"), fresh_(work_ / "new") {}

  Result<Obtained> run() {
    if (folder_.empty()) return invalid("there is no home folder to keep data in; name one with $MOTIVE_CACHE");
    MOTIVE_TRY(make_folders(work_));
    MOTIVE_ASSIGN(const FolderLock lock, FolderLock::take(work_ / "lock"));
    const Path pin_file = folder_ / "pins.json";
    MOTIVE_ASSIGN(pins_, Pins::read(pin_file));
    std::error_code ignored;
    std::filesystem::remove_all(fresh_, ignored);
    MOTIVE_TRY(make_folders(fresh_));
    for (const Download& download : descriptor_.downloads) MOTIVE_TRY(take(download));
    MOTIVE_TRY(check_files());
    MOTIVE_TRY(publish());
    MOTIVE_TRY(pins_.write(pin_file));
    std::filesystem::remove_all(work_, ignored);
    out_.folder = folder_;
    return std::move(out_);
  }

 private:
  Status take(const Download& download) {
    const std::string name = download.file_name();
    const Path file = work_ / name;
    MOTIVE_TRY(make_folders(file.parent_path()));
    std::error_code ignored;
    std::string sum;
    if (std::filesystem::is_regular_file(file, ignored)) {  // whole: fetched by a call that ended later
      MOTIVE_ASSIGN(sum, sha256_file(file));
      if (!download.sha256.empty() && sum != download.sha256) {
        std::filesystem::remove(file, ignored);
        sum.clear();
      }
    }
    if (sum.empty()) {
      FetchOptions fetch = options_.fetch;
      fetch.sha256 = download.sha256;
      MOTIVE_ASSIGN(const Fetched fetched, fetch_file(download.url, file, fetch, progress_, cancel_));
      sum = fetched.sha256;
      out_.bytes += fetched.bytes;
    }
    MOTIVE_TRY(check_pin(download, name, file, sum));
    if (!download.unpack.any()) return place(file, name);
    const auto names = unpack_archive(file, fresh_, download.unpack.files, options_.limits, progress_, cancel_);
    if (!names) {  // nothing of it is kept; nor the archive, where that is what is wrong
      std::filesystem::remove_all(fresh_, ignored);
      if (names.error().kind == ErrorKind::kInvalid) std::filesystem::remove(file, ignored);
      return names.error();
    }
    out_.files.insert(out_.files.end(), names->begin(), names->end());
    return {};
  }

  Status check_pin(const Download& download, const std::string& name, const Path& file, const std::string& sum) {
    const auto known = pins_.downloads.find(name);
    if (download.sha256.empty() && known != pins_.downloads.end() && known->second != sum) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
      return fail("{}: its SHA-256 is {}, and the first download had {} (pinned in {}): the source has changed. To take what it "
                  "has now, delete that file; numbers made before were made with other data",
                  download.url, sum, known->second, (folder_ / "pins.json").string());
    }
    if (download.sha256.empty() && known == pins_.downloads.end()) ++out_.pinned;
    pins_.downloads[name] = sum;
    return {};
  }

  /// Moves a download that is a file of the data set as it is.
  Status place(const Path& file, const std::string& name) {
    MOTIVE_TRY(make_folders((fresh_ / name).parent_path()));
    std::error_code code;
    std::filesystem::rename(file, fresh_ / name, code);
    if (code) return fail("{}: cannot move it: {}", file.string(), code.message());
    out_.files.push_back(name);
    return {};
  }

  /// Everything that the description needs must be there and have the checksums it states.
  Status check_files() {
    std::sort(out_.files.begin(), out_.files.end());
    for (const std::string& name : descriptor_.files()) {
      if (descriptor_.is_optional(name) || std::binary_search(out_.files.begin(), out_.files.end(), name)) continue;
      return invalid("data set {}: its downloads do not bring the file {};{} correct `downloads` and `unpack` of its description",
                     descriptor_.name, name, config::did_you_mean(name, out_.files));
    }
    for (const std::string& name : out_.files) {
      MOTIVE_ASSIGN(const std::string sum, sha256_file(fresh_ / name));
      const auto stated = descriptor_.checksums.find(name);
      if (stated != descriptor_.checksums.end() && stated->second != sum) {
        return invalid("data set {}: the SHA-256 of {} is {}, its description says {}: the source has changed, or something between here "
                       "and there changes what passes", descriptor_.name, name, sum, stated->second);
      }
      pins_.files[name] = sum;
    }
    return {};
  }

  Status publish() {
    for (const std::string& name : out_.files) {
      MOTIVE_TRY(make_folders((folder_ / name).parent_path()));
      std::error_code code;
      std::filesystem::rename(fresh_ / name, folder_ / name, code);
      if (code) return fail("{}: cannot move it into place: {}", (folder_ / name).string(), code.message());
    }
    return sync_folder(folder_);
  }

  const Descriptor& descriptor_;
  const ObtainOptions& options_;
  Progress& progress_;
  const CancelFlag* cancel_;
  const Path folder_, work_, fresh_;
  Pins pins_;
  Obtained out_;
};

}  // namespace

Path Pins::file_of(const std::string& dataset) { return cache_data_folder(dataset) / "pins.json"; }

Result<Pins> Pins::read(const Path& file) {
  Pins pins;
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return pins;
  MOTIVE_ASSIGN(const std::string text, read_file(file));
  const Json json = Json::parse(text, nullptr, false);
  const auto take = [&](const char* key, std::map<std::string, std::string>& sums) {
    if (!json.is_object() || !json.contains(key) || !json.at(key).is_object()) return false;
    for (const auto& [name, sum] : json.at(key).items()) {
      if (!sum.is_string()) return false;
      sums[name] = sum;
    }
    return true;
  };
  if (!take("downloads", pins.downloads) || !take("files", pins.files)) {
    return invalid("{}: not a file of pinned checksums; delete it, and the next download pins them anew", file.string());
  }
  return pins;
}

Status Pins::write(const Path& file) const {
  const Json json = {{"downloads", downloads}, {"files", files}};
  return write_file_atomic(file, json.dump(1) + "\n");
}

Result<Obtained> obtain_data(const Descriptor& descriptor, const ObtainOptions& options, Progress& progress, const CancelFlag* cancel) {
  return Obtaining(descriptor, options, progress, cancel).run();
}

Status check_pins(const Descriptor& descriptor, Progress& progress) {
  MOTIVE_ASSIGN(const Pins pins, Pins::read(Pins::file_of(descriptor.folder_name())));
  const Path folder = cache_data_folder(descriptor.folder_name());
  for (const auto& [name, sum] : pins.files) {
    progress.update(0, 0, "checking " + name);
    MOTIVE_ASSIGN(const std::string now, sha256_file(folder / name));
    if (now != sum) {
      return fail("{}: its SHA-256 is {}, and {} when it was fetched: it was changed here. `motive data get {} --again` fetches it anew",
                  (folder / name).string(), now, sum, descriptor.name);
    }
  }
  return {};
}

}  // namespace motive
