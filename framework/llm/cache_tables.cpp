#include "framework/llm/cache_tables.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <thread>

#include "framework/base/compress.h"

namespace motive::llm {
namespace {

constexpr std::int64_t kApplication = 0x4d6f4c41;  // "MoLA"

constexpr const char* kSchema = R"(
CREATE TABLE endpoint(id INTEGER PRIMARY KEY, identity BLOB NOT NULL, path BLOB NOT NULL, UNIQUE(identity, path));
CREATE TABLE request(
  id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, endpoint INTEGER NOT NULL REFERENCES endpoint, sample INTEGER NOT NULL,
  attempt INTEGER NOT NULL, status INTEGER NOT NULL, prompt INTEGER NOT NULL, cached INTEGER NOT NULL,
  completion INTEGER NOT NULL, reported INTEGER NOT NULL, cost REAL NOT NULL, model BLOB NOT NULL, received BLOB NOT NULL,
  asked BLOB NOT NULL, answer BLOB NOT NULL);
CREATE TABLE attempt(
  id INTEGER PRIMARY KEY, key BLOB NOT NULL, at BLOB NOT NULL, experiment BLOB NOT NULL, module BLOB NOT NULL,
  status INTEGER NOT NULL, failure BLOB NOT NULL, possibly_billed INTEGER NOT NULL, headers BLOB NOT NULL,
  prompt INTEGER NOT NULL, cached INTEGER NOT NULL, completion INTEGER NOT NULL, reported INTEGER NOT NULL,
  cost REAL NOT NULL, seconds REAL NOT NULL);
CREATE INDEX attempt_spent ON attempt(experiment, cost, prompt, completion, status, possibly_billed);
CREATE TABLE batch_job(id BLOB PRIMARY KEY, state BLOB NOT NULL);
)";

constexpr const char* kInsert =
    "INSERT INTO request(key, endpoint, sample, attempt, status, prompt, cached, completion, reported, cost, model, received,"
    " asked, answer) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT(key) DO ";
constexpr const char* kReplace =
    "UPDATE SET status=excluded.status, prompt=excluded.prompt, cached=excluded.cached, completion=excluded.completion,"
    " reported=excluded.reported, cost=excluded.cost, model=excluded.model, received=excluded.received, answer=excluded.answer";
constexpr const char* kInsertAttempt =
    "INSERT INTO attempt(key, at, experiment, module, status, failure, possibly_billed, headers, prompt, cached, completion,"
    " reported, cost, seconds) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

double finite(double value) { return std::isfinite(value) ? value : 0; }

/// Whether the file still has to be made; an error where it is something else.
Result<bool> is_blank(Database& database, const Path& file) {
  MOTIVE_TRY(database.run("SAVEPOINT look"));  // one state of the file, which another process may be making
  MOTIVE_ASSIGN(const std::int64_t application, database.number("PRAGMA application_id"));
  MOTIVE_ASSIGN(const std::int64_t version, database.number("PRAGMA user_version"));
  MOTIVE_ASSIGN(const std::int64_t tables, database.number("SELECT COUNT(*) FROM sqlite_master"));
  MOTIVE_TRY(database.run("RELEASE look"));
  if (application == 0 && version == 0 && tables == 0) return true;
  if (application != kApplication)
    return invalid("{}: is a database of something else, no cache of answers; name another file", file.string());
  if (version > kSchemaVersion) {
    return invalid("{}: was made by a newer Motive (its version is {}, this program knows {}); use that program, or another file",
                   file.string(), version, kSchemaVersion);
  }
  if (version < kSchemaVersion) return fail("{}: was not made whole; move it away", file.string());
  return false;
}

/// A file that lacks its end is found when somebody needs a page of it: too late. What is in -wal may be lacking.
Status check_length(Database& database, const Path& file) {
  std::error_code code;
  const Path whole = std::filesystem::weakly_canonical(file, code);
  MOTIVE_ASSIGN(const std::int64_t pages, database.number("PRAGMA page_count"));
  MOTIVE_ASSIGN(const std::int64_t page, database.number("PRAGMA page_size"));
  const auto size = std::filesystem::file_size(whole, code);
  if (code || size >= static_cast<std::uintmax_t>(pages * page)) return {};
  const auto log = std::filesystem::file_size(whole.string() + "-wal", code);
  if (!code && log > 0) return {};
  return fail("{}: is cut short: {} bytes of {}. Put a whole copy back, or move it away and `motive cache import` an export",
              file.string(), size, pages * page);
}

/// Several processes may do this at once: all but one find it busy, or done.
Status use_log(Database& database, const Path& file) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::string mode;
  while (true) {
    const Status done = database.run("PRAGMA journal_mode=WAL", &mode);
    if (done && mode == "wal") break;
    if (std::chrono::steady_clock::now() > deadline) {
      if (!done) return done;
      return fail("{}: cannot have a write-ahead log here; keep it on a local disk ($MOTIVE_CACHE)", file.string());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  // Keys come in no order, so many pages change at once: kept in memory, and copied from the log into the file less often.
  MOTIVE_TRY(database.run("PRAGMA cache_size=-65536"));        // KB
  MOTIVE_TRY(database.run("PRAGMA wal_autocheckpoint=8192"));  // pages
  return database.run("PRAGMA synchronous=FULL");
}

Status make_tables(Database& database, const Path& file) {
  MOTIVE_TRY(database.run("BEGIN IMMEDIATE"));
  const auto blank = is_blank(database, file);  // another process may have been first
  if (!blank || !*blank) {
    MOTIVE_TRY(database.run("ROLLBACK"));
    return blank ? Status() : Status(blank.error());
  }
  MOTIVE_TRY(database.run(kSchema));
  MOTIVE_TRY(database.run(fmt::format("PRAGMA application_id={}", kApplication).c_str()));
  MOTIVE_TRY(database.run(fmt::format("PRAGMA user_version={}", kSchemaVersion).c_str()));
  MOTIVE_TRY(database.run("COMMIT"));
  return sync_folder(file.has_parent_path() ? file.parent_path() : Path("."));
}

Result<std::unique_ptr<Database>> open_as(const Path& file, Access access) {
  MOTIVE_ASSIGN(auto database, Database::open(file, access));
  MOTIVE_ASSIGN(const bool blank, is_blank(*database, file));
  if (blank) return invalid("{}: is empty: nothing was ever kept in it", file.string());
  MOTIVE_TRY(check_length(*database, file));
  return database;
}

Status check_named(const Path& file) {
  if (!file.empty()) return {};
  return invalid("there is no home folder to keep answers in; name a folder with $MOTIVE_CACHE");
}

bool may_write(const Path& file) {
  return ::access(file.c_str(), W_OK) == 0 && ::access(file.has_parent_path() ? file.parent_path().c_str() : ".", W_OK) == 0;
}

}  // namespace

Result<std::unique_ptr<Database>> open_for_writing(const Path& file) {
  MOTIVE_TRY(check_named(file));
  if (file.has_parent_path()) MOTIVE_TRY(make_folders(file.parent_path()));
  MOTIVE_ASSIGN(auto database, Database::open(file, Access::kWrite));
  if (database->readonly())
    return fail("{}: may only be read; check its permissions, or name another folder with $MOTIVE_CACHE", file.string());
  MOTIVE_ASSIGN(const bool blank, is_blank(*database, file));  // before anything in it is changed
  if (!blank) MOTIVE_TRY(check_length(*database, file));
  MOTIVE_TRY(use_log(*database, file));
  if (blank) MOTIVE_TRY(make_tables(*database, file));
  return database;
}

/// SQLite wants to share what a log (-wal) holds by a file beside it (-shm), also with those who only read.
Result<std::unique_ptr<Database>> open_for_reading(const Path& file, Access& access) {
  MOTIVE_TRY(check_named(file));
  std::error_code code;
  if (!std::filesystem::exists(file, code)) {
    return invalid("{}: there is no such cache of answers; ask a server first, or `motive cache import` an export",
                   file.string());
  }
  const Path whole = std::filesystem::canonical(file, code);
  const auto log = std::filesystem::file_size(whole.string() + "-wal", code);
  const bool logged = !code && log > 0;
  const bool shared = std::filesystem::exists(whole.string() + "-shm", code);
  if (may_write(whole)) {
    access = Access::kRead;
    return open_as(file, access);
  }
  if (shared) {  // somebody writes it now, or did when the folder was copied
    access = Access::kShared;
    if (auto database = open_as(file, access)) return database;
  }
  access = logged ? Access::kAlone : Access::kImmutable;
  return open_as(file, access);
}

RequestRow make_row(const CacheKey& key, const StoredAnswer& answer) {
  return {key_bytes(key.hash()), key.endpoint_id,   key.path,
          key.sample,            key.attempt,       pack(key.body),
          pack(answer.body),     answer.status,     answer.usage,
          finite(answer.cost),   answer.model,      answer.received.empty() ? now_utc() : answer.received};
}

std::string key_bytes(std::string_view hex) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (hex.size() != 64 || std::any_of(hex.begin(), hex.end(), [&](char c) { return digit(c) < 0; })) return std::string(hex);
  std::string bytes(32, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
  return bytes;
}

std::string key_text(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

std::string now_utc() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string kept_headers(const Json& headers) {
  Json kept = Json::object();
  if (!headers.is_object()) return "{}";
  for (const auto& [name, value] : headers.items()) {
    std::string low = name;
    std::transform(low.begin(), low.end(), low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (low.starts_with("retry-after") || low.starts_with("x-ratelimit-") || low == "x-request-id" ||
        low == "openai-processing-ms" || low == "content-type")
      kept[low] = value;
  }
  return kept.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::unique_ptr<Tables>> Tables::open(const Path& file) {
  auto tables = std::make_unique<Tables>();
  MOTIVE_ASSIGN(tables->database_, open_for_writing(file));
  Database& database = *tables->database_;
  MOTIVE_ASSIGN(tables->add_, database.prepare(std::string(kInsert) + "NOTHING"));
  MOTIVE_ASSIGN(tables->replace_, database.prepare(std::string(kInsert) + kReplace));
  MOTIVE_ASSIGN(tables->find_, database.prepare("SELECT status, answer FROM request WHERE key=?1"));
  MOTIVE_ASSIGN(tables->attempt_, database.prepare(kInsertAttempt));
  MOTIVE_ASSIGN(tables->batch_, database.prepare("INSERT OR REPLACE INTO batch_job(id, state) VALUES(?1, ?2)"));
  MOTIVE_ASSIGN(tables->add_endpoint_, database.prepare("INSERT OR IGNORE INTO endpoint(identity, path) VALUES(?1, ?2)"));
  MOTIVE_ASSIGN(tables->find_endpoint_, database.prepare("SELECT id FROM endpoint WHERE identity=?1 AND path=?2"));
  return tables;
}

void Tables::roll_back() {
  endpoints_.clear();  // their rows may be among those that are gone
  [[maybe_unused]] const Status status = database_->run("ROLLBACK");  // SQLite may have done it already
}

Result<std::int64_t> Tables::endpoint_id(const std::string& identity, const std::string& path) {
  const auto known = endpoints_.find({identity, path});
  if (known != endpoints_.end()) return known->second;
  const std::string_view identity_bytes = identity, path_bytes = path;
  MOTIVE_TRY(add_endpoint_.run(identity_bytes, path_bytes));
  MOTIVE_TRY(find_endpoint_.bind(identity_bytes, path_bytes));
  MOTIVE_TRY(find_endpoint_.step());
  const std::int64_t id = find_endpoint_.integer(0);
  find_endpoint_.reset();
  endpoints_[{identity, path}] = id;
  return id;
}

Result<bool> Tables::put(const RequestRow& row, bool replace) {
  MOTIVE_ASSIGN(const std::int64_t endpoint, endpoint_id(row.endpoint, row.path));
  Statement& statement = replace ? replace_ : add_;
  const Usage& u = row.usage;
  MOTIVE_TRY(statement.run(row.key, endpoint, static_cast<std::int64_t>(row.sample), row.attempt, row.status, u.prompt,
                           u.cached, u.completion, int{u.reported}, row.cost, row.model, row.received, row.asked, row.answer));
  return database_->changes() > 0;
}

Status Tables::put(const AttemptRecord& a, std::string_view key) {
  return attempt_.run(key, now_utc(), a.experiment, a.module, a.status, a.failure, int{a.possibly_billed},
                      kept_headers(a.headers), a.usage.prompt, a.usage.cached, a.usage.completion, int{a.usage.reported},
                      finite(a.cost), finite(a.seconds));
}

Status Tables::put_batch(const std::string& id, const std::string& state) { return batch_.run(id, state); }

Result<std::pair<int, std::string>> Tables::answer_of(std::string_view key) {
  MOTIVE_TRY(find_.bind(key));
  MOTIVE_ASSIGN(const bool row, find_.step());
  std::pair<int, std::string> found{0, ""};
  if (row) found = {static_cast<int>(find_.integer(0)), std::string(find_.bytes(1))};
  find_.reset();
  return found;
}

RequestRow row_at(const Statement& s) {
  const auto text = [&](int column) { return std::string(s.bytes(column)); };
  RequestRow row{text(0), text(1), text(2), static_cast<std::uint64_t>(s.integer(3)), static_cast<int>(s.integer(4))};
  row.status = static_cast<int>(s.integer(5));
  row.usage = {s.integer(6), s.integer(7), s.integer(8), s.integer(9) != 0};
  row.cost = s.real(10);
  row.model = text(11);
  row.received = text(12);
  row.asked = text(13);
  row.answer = text(14);
  return row;
}

}  // namespace motive::llm
