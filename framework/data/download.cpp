#include "framework/data/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "framework/base/console.h"
#include "framework/base/hash.h"
#include "framework/base/json.h"

namespace motive {
namespace {

constexpr long kMostRedirects = 10;
constexpr double kLongestWait = 30;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return c < 128 ? std::tolower(c) : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// What the server says of the file: by this a later answer is known to be of the same one.
struct Identity {
  std::string url, etag, modified;
  std::optional<std::uint64_t> length;

  /// What If-Range takes; "" where nothing proves that a file is unchanged.
  std::string validator() const { return !etag.empty() && !etag.starts_with("W/") ? etag : modified; }
  Json to_json() const {
    Json json = {{"url", url}, {"etag", etag}, {"modified", modified}};
    if (length) json["length"] = *length;
    return json;
  }
  static std::optional<Identity> read(const Path& file) {
    const auto text = read_file(file);
    const Json json = text ? Json::parse(*text, nullptr, false) : Json();
    if (!json.is_object()) return std::nullopt;
    const auto words = [&](const char* key) {
      const auto at = json.find(key);
      return at != json.end() && at->is_string() ? at->get<std::string>() : "";
    };
    Identity out{words("url"), words("etag"), words("modified"), std::nullopt};
    if (const auto at = json.find("length"); at != json.end() && at->is_number_unsigned()) out.length = at->get<std::uint64_t>();
    return out;
  }
};

/// The headers of one answer.
struct Answer {
  long status = 0;
  std::string etag, modified;
  std::optional<std::uint64_t> length, range_first, range_total, retry_after;
};

/// "bytes 100-199/200", "bytes */200".
void read_content_range(std::string_view value, Answer& answer) {
  if (!value.starts_with("bytes ")) return;
  value = trimmed(value.substr(6));
  const auto slash = value.find('/'), dash = value.find('-');
  if (slash == std::string_view::npos) return;
  answer.range_total = number(value.substr(slash + 1));
  if (dash < slash) answer.range_first = number(value.substr(0, dash));
}

/// One call of fetch_file: the part on disk, and what the current answer is.
class Fetch {
 public:
  Fetch(std::string url, Path file, const FetchOptions& options, Progress& progress, const CancelFlag* cancel)
      : url_(std::move(url)), file_(std::move(file)), part_(file_), facts_(file_), options_(options), progress_(progress),
        cancel_(cancel) {
    part_ += ".part";
    facts_ += ".part.json";
  }
  ~Fetch() {
    if (part_descriptor_ >= 0 && have_ == 0) {  // a part of nothing is of no use
      ::unlink(part_.c_str());
      ::unlink(facts_.c_str());
    }
    close();
  }
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  Result<Fetched> run() {
    MOTIVE_TRY(open_part());
    const std::uint64_t earlier = have_;
    std::uint64_t furthest = have_;
    double wait = options_.first_wait;
    for (int in_vain = 1;; ++in_vain) {
      ++attempts_;
      const Outcome outcome = ask();
      if (outcome == Outcome::kWhole) {
        MOTIVE_ASSIGN(Fetched done, finish());
        done.resumed_from = resumed_ ? earlier : 0;
        return done;
      }
      if (outcome == Outcome::kFailed) return error_;
      if (have_ > furthest) {
        furthest = have_;
        in_vain = 0;
        wait = options_.first_wait;
      }
      if (in_vain >= options_.attempts) return gave_up();
      const double asked = answer_.retry_after ? static_cast<double>(*answer_.retry_after) : 0;
      MOTIVE_TRY(pause(std::min(kLongestWait, std::max(wait, asked))));
      wait = std::min(kLongestWait, wait * 2);
    }
  }

 private:
  enum class Outcome { kWhole, kTryAgain, kFailed };

  /// Takes up what an earlier call left, where the server can prove that it is of the same file.
  Status open_part() {
    const auto known = Identity::read(facts_);
    part_descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (part_descriptor_ < 0) return disk_error("create");
    const off_t end = ::lseek(part_descriptor_, 0, SEEK_END);
    if (known && known->url == url_ && !known->validator().empty() && end > 0 &&
        (!known->length || static_cast<std::uint64_t>(end) <= *known->length)) {
      identity_ = *known;
      have_ = static_cast<std::uint64_t>(end);
      return {};
    }
    return begin_anew();
  }

  Status begin_anew() {
    have_ = 0;
    resumed_ = false;
    identity_ = {};
    identity_.url = url_;
    std::error_code ignored;
    std::filesystem::remove(facts_, ignored);
    if (::ftruncate(part_descriptor_, 0) != 0 || ::lseek(part_descriptor_, 0, SEEK_SET) < 0) return disk_error("empty");
    return {};
  }

  Outcome fail_with(Error error) {
    error_ = std::move(error);
    return Outcome::kFailed;
  }

  Error disk_error(const char* what) const {
    const int code = errno;
    const char* remedy = code == ENOSPC || code == EFBIG || code == EDQUOT
                             ? "; free some space and run the same command again, it goes on where it stopped"
                         : code == EACCES || code == EROFS
                             ? "; check the permissions of the folder, or name another with $MOTIVE_CACHE"
                             : "";
    return fail("{}: cannot {}: {}{}", part_.string(), what, std::strerror(code), remedy);
  }

  Error gave_up() const {
    const std::string kept = have_ > 0 ? fmt::format("; {} are kept, the same command goes on", format_bytes(static_cast<double>(have_))) : "";
    return fail("{}: {} ({} attempts){}", url_, reason_, attempts_, kept);
  }

  Status pause(double seconds) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < end) {
      if (cancelled()) return Error{"interrupted; the same command goes on", ErrorKind::kCancelled};
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return {};
  }
  bool cancelled() const { return cancel_ && cancel_->is_set(); }

  void set_up(CURL* curl, curl_slist*& headers) {
    ::curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    ::curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMostRedirects);
    const bool https = url_.starts_with("https://");
#if LIBCURL_VERSION_NUM >= 0x075500
    ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
#else
    ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    ::curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS,
                       static_cast<long>(https ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(curl, CURLOPT_USERAGENT, "motive/" MOTIVE_VERSION);
    ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, options_.connect_seconds);
    ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    ::curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, options_.silent_seconds);
    ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Fetch::on_header);
    ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Fetch::on_body);
    ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    ::curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Fetch::on_progress);
    ::curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    ::curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    if (have_ == 0) return;
    ::curl_easy_setopt(curl, CURLOPT_RANGE, fmt::format("{}-", have_).c_str());
    headers = ::curl_slist_append(headers, ("If-Range: " + identity_.validator()).c_str());
    ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  }

  /// One request.
  Outcome ask() {
    static const CURLcode kReady = ::curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL* curl = kReady == CURLE_OK ? ::curl_easy_init() : nullptr;
    if (!curl) return fail_with(fail("{}: libcurl does not start", url_));
    curl_slist* headers = nullptr;
    answer_ = {};
    accepted_ = false;
    broken_.reset();
    if (have_ > 0 && identity_.validator().empty()) {  // nothing could prove that the rest is of the same file
      if (auto status = begin_anew(); !status) broken_ = status.error();
    }
    set_up(curl, headers);
    const CURLcode code = ::curl_easy_perform(curl);
    ::curl_slist_free_all(headers);
    ::curl_easy_cleanup(curl);
    return judge(code);
  }

  Outcome judge(CURLcode code) {
    if (broken_) return fail_with(std::move(*broken_));
    if (cancelled()) return fail_with({"interrupted; the same command goes on", ErrorKind::kCancelled});
    if (code == CURLE_OK && answer_.status == 416) return judge_416();
    if (code == CURLE_OK && answer_.status >= 200 && answer_.status < 300) {
      if (!accepted_ && !accept()) return broken_ ? fail_with(std::move(*broken_)) : try_again("the server's answer does not fit the part");
      if (identity_.length && have_ < *identity_.length) return try_again("the server sent less than it promised");
      if (identity_.length && have_ > *identity_.length) return longer_than_promised();
      return Outcome::kWhole;
    }
    if (code == CURLE_OK) return judge_status();
    if (code == CURLE_WRITE_ERROR && restart_) {
      restart_ = false;
      return try_again("the server's answer does not fit the part");
    }
    reason_ = ::curl_easy_strerror(code);
    switch (code) {
      case CURLE_TOO_MANY_REDIRECTS:
        return fail_with(fail("{}: more than {} redirects: the server sends in circles; look for another address", url_, kMostRedirects));
      case CURLE_UNSUPPORTED_PROTOCOL:
        return fail_with(fail("{}: the server redirects to something other than http(s), or from https to http; refused", url_));
      case CURLE_URL_MALFORMAT: return fail_with(invalid("{}: not an address", url_));
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
        return fail_with(fail("{}: the server's certificate cannot be verified: {}", url_, reason_));
      default: return Outcome::kTryAgain;
    }
  }

  Outcome try_again(std::string why) {
    reason_ = std::move(why);
    return Outcome::kTryAgain;
  }

  Outcome longer_than_promised() {
    if (auto status = begin_anew(); !status) return fail_with(status.error());
    return try_again("the server sent more than it promised");
  }

  /// The range asked for is not there: the part is whole already, or not of this file.
  Outcome judge_416() {
    if (answer_.range_total && *answer_.range_total == have_ && have_ > 0 && (!identity_.length || *identity_.length == have_)) {
      resumed_ = true;
      return Outcome::kWhole;
    }
    if (have_ == 0) return fail_with(fail("{}: the server answers 416 (no such range) to a request for the whole file", url_));
    if (auto status = begin_anew(); !status) return fail_with(status.error());
    return try_again("the part on disk is longer than the server's file");
  }

  Outcome judge_status() {
    const long status = answer_.status;
    reason_ = fmt::format("the server answers {}", status);
    if (status == 408 || status == 425 || status == 429 || status >= 500) return Outcome::kTryAgain;
    const char* remedy = status == 404 || status == 410  ? " (not there): has it moved? Correct `downloads` of the description"
                         : status == 401 || status == 403 ? " (refused): it may ask for an account; fetch it with a browser and put it into the data set's folder"
                                                          : "";
    return fail_with(fail("{}: {}{}", url_, reason_, remedy));
  }

  /// Decides, at the first byte of an answer's body, where it goes. False: not into the part.
  bool accept() {
    if (answer_.status == 206) {
      const bool same = have_ > 0 && answer_.range_first == have_ &&
                        (!identity_.length || !answer_.range_total || *answer_.range_total == *identity_.length) &&
                        (identity_.etag.empty() || answer_.etag.empty() || answer_.etag == identity_.etag);
      if (!same) return refuse_part();
      resumed_ = true;
    } else {
      if (auto status = begin_anew(); !status) return broken_ = status.error(), false;
      identity_ = {url_, answer_.etag, answer_.modified, answer_.length};
      if (auto status = check_space(); !status) return broken_ = status.error(), false;
    }
    if (auto status = write_file_synced(facts_, identity_.to_json().dump(1) + "\n"); !status)
      return broken_ = status.error(), false;
    accepted_ = true;
    return true;
  }

  bool refuse_part() {
    if (auto status = begin_anew(); !status) broken_ = status.error();
    restart_ = true;
    return false;
  }

  Status check_space() const {
    std::error_code code;
    const auto space = std::filesystem::space(file_.parent_path(), code);
    if (code || !identity_.length || *identity_.length <= space.available) return {};
    return fail("{}: has {}, and there are {} left in {}; free some space, or name another folder with $MOTIVE_CACHE", url_,
                format_bytes(static_cast<double>(*identity_.length)), format_bytes(static_cast<double>(space.available)),
                file_.parent_path().string());
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t n, void* self) {
    static_cast<Fetch*>(self)->read_header({data, size * n});
    return size * n;
  }
  void read_header(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // of each answer on the way, redirects included
      answer_ = {};
      const auto space = line.find(' ');
      if (space != std::string_view::npos) answer_.status = static_cast<long>(number(line.substr(space + 1, 3)).value_or(0));
      return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "etag") answer_.etag = value;
    if (name == "last-modified") answer_.modified = value;
    if (name == "content-length") answer_.length = number(value);
    if (name == "content-range") read_content_range(value, answer_);
    if (name == "retry-after") answer_.retry_after = number(value);
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t n, void* self) {
    return static_cast<Fetch*>(self)->write({data, size * n}) ? size * n : 0;
  }
  bool write(std::string_view bytes) {
    if (answer_.status < 200 || answer_.status >= 300) return true;  // the text of a refusal
    if (!accepted_ && !accept()) return false;
    while (!bytes.empty()) {
      const ssize_t written = ::write(part_descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return broken_ = disk_error("write"), false;
      have_ += static_cast<std::uint64_t>(written);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& fetch = *static_cast<Fetch*>(self);
    fetch.progress_.update(static_cast<double>(fetch.have_), static_cast<double>(fetch.identity_.length.value_or(0)),
                           fetch.file_.filename().string());
    return fetch.cancelled() ? 1 : 0;
  }

  void close() {
    if (part_descriptor_ >= 0) ::close(part_descriptor_);
    part_descriptor_ = -1;
  }

  /// The part is whole: its checksum decides whether it becomes the file.
  Result<Fetched> finish() {
    if (::fsync(part_descriptor_) != 0) return disk_error("sync");
    close();
    Fetched fetched;
    fetched.bytes = have_;
    progress_.update(0, 0, "checking " + file_.filename().string());
    MOTIVE_ASSIGN(fetched.sha256, sha256_file(part_));
    std::error_code ignored;
    if (!options_.sha256.empty() && fetched.sha256 != options_.sha256) {
      std::filesystem::remove(part_, ignored);
      std::filesystem::remove(facts_, ignored);
      return fail("{}: what came has the SHA-256 {}, and {} was expected; it was dropped. Either the server's file was changed, or "
                  "something between here and there changes what passes",
                  url_, fetched.sha256, options_.sha256);
    }
    if (::rename(part_.c_str(), file_.c_str()) != 0) return disk_error("rename");
    std::filesystem::remove(facts_, ignored);
    MOTIVE_TRY(sync_folder(file_.parent_path()));
    return fetched;
  }

  const std::string url_;
  const Path file_;
  Path part_, facts_;
  const FetchOptions& options_;
  Progress& progress_;
  const CancelFlag* cancel_;
  int part_descriptor_ = -1;
  int attempts_ = 0;
  std::uint64_t have_ = 0;  // bytes of the part
  Identity identity_;       // of what the part holds
  Answer answer_;
  bool accepted_ = false;  // this answer's body goes into the part
  bool resumed_ = false;
  bool restart_ = false;
  std::string reason_;
  Error error_;
  std::optional<Error> broken_;
};

}  // namespace

Result<Fetched> fetch_file(const std::string& url, const Path& file, const FetchOptions& options, Progress& progress,
                           const CancelFlag* cancel) {
  return Fetch(url, file, options, progress, cancel).run();
}

}  // namespace motive
