#include "framework/llm/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace motive::llm {
namespace {

constexpr int kPatience = 120'000;  // tries of a millisecond each

/// SQLite's own handler sleeps up to a tenth of a second between tries: of two busy writers one would starve.
int wait_for_others(void*, int tries) {
  if (tries >= kPatience) return 0;
  sqlite3_sleep(1);
  return 1;
}

/// A path as a URI of SQLite's.
std::string uri_of(const Path& file, const char* query) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    const bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || std::strchr("/._-~", c) != nullptr;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri + query;
}

/// The system's reason for the last failure, of the file or of its log; 0 where there is none.
int system_error_of(sqlite3* handle) {
  int number = sqlite3_system_errno(handle);
  sqlite3_file* log = nullptr;
  if (number == 0) sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
  if (number != 0 || sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK) return number;
  if (log && log->pMethods) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

Error disk_full(const Path& file, const char* doing, const char* why) {
  return fail("{}: cannot {}: {}; free some space and run the same command again, what was committed is kept", file.string(),
              doing, why);
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Error Statement::error(const char* doing) const { return database_->error(doing); }

bool Statement::put(int place, std::int64_t value) { return sqlite3_bind_int64(statement_, place, value) == SQLITE_OK; }

bool Statement::put(int place, double value) { return sqlite3_bind_double(statement_, place, value) == SQLITE_OK; }

bool Statement::put(int place, std::string_view value) {
  const char* data = value.data() ? value.data() : "";  // a null pointer would be NULL
  return sqlite3_bind_blob64(statement_, place, data, value.size(), SQLITE_STATIC) == SQLITE_OK;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error(sqlite3_stmt_readonly(statement_) ? "read" : "write");
}

void Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<std::unique_ptr<Database>> Database::open(const Path& file, Access access) {
  std::error_code code;
  // SQLite puts -wal and -shm beside what a link points to; an absolute path is never taken for a special name.
  Path whole = std::filesystem::weakly_canonical(std::filesystem::absolute(file, code), code);
  if (code) return fail("{}: cannot open: {}", file.string(), code.message());
  if (std::filesystem::is_directory(whole, code)) return invalid("{}: is a folder; name the file in it", file.string());
  std::unique_ptr<Database> database(new Database(file, access));
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  if (access == Access::kWrite) flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  else if (access == Access::kRead) flags |= SQLITE_OPEN_READWRITE;
  else flags |= SQLITE_OPEN_READONLY;
  const std::string uri = uri_of(whole, access == Access::kImmutable ? "?immutable=1" : "");
  const char* system = access == Access::kAlone ? "unix-none" : nullptr;
  if (sqlite3_open_v2(uri.c_str(), &database->handle_, flags, system) != SQLITE_OK) return database->error("open");
  sqlite3_extended_result_codes(database->handle_, 1);
  sqlite3_busy_handler(database->handle_, wait_for_others, nullptr);
  // With locks of its own for good, a connection keeps in memory what others share by -shm.
  if (access == Access::kAlone) MOTIVE_TRY(database->run("PRAGMA locking_mode=EXCLUSIVE"));
  if (access != Access::kWrite) MOTIVE_TRY(database->run("PRAGMA query_only=1"));
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int size = static_cast<int>(sql.size());
  if (sqlite3_prepare_v3(handle_, sql.data(), size, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
    return error("read");
  return Statement(this, statement);
}

Status Database::run(const char* sql, std::string* answer) {
  const auto keep = [](void* out, int columns, char** values, char**) {
    auto* text = static_cast<std::string*>(out);
    if (text && text->empty() && columns > 0 && values[0]) *text = values[0];
    return 0;
  };
  if (answer) answer->clear();
  if (sqlite3_exec(handle_, sql, keep, answer, nullptr) == SQLITE_OK) return {};
  return error(access_ == Access::kWrite ? "write" : "read");
}

Result<std::int64_t> Database::number(const char* sql) {
  MOTIVE_ASSIGN(Statement statement, prepare(sql));
  MOTIVE_ASSIGN(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

bool Database::readonly() const { return sqlite3_db_readonly(handle_, "main") == 1; }

Error Database::error(const char* doing) const {
  if (handle_ == nullptr) return fail("{}: cannot {}: no memory", file_.string(), doing);
  const std::string name = file_.string();
  const int system = system_error_of(handle_);
  const int code = sqlite3_extended_errcode(handle_);
  const bool outside = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  // -shm is made longer only here, and by a few kilobytes.
  if (code == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE) return disk_full(file_, doing, "the disk is full");
  if (outside && (system == ENOSPC || system == EDQUOT || system == EFBIG)) return disk_full(file_, doing, std::strerror(system));
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      return invalid("{}: is no cache of answers, or its beginning is damaged; name another file, or move it away", name);
    case SQLITE_CORRUPT:
      return fail("{}: is damaged ({}); `motive cache verify` says what of it can be read. Put a copy back, or move it away and "
                  "`motive cache import` an export", name, sqlite3_errmsg(handle_));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail("{}: cannot {}: another process has kept it for {} s; wait for it or end it, then run the same command again",
                  name, doing, kPatience / 1000);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return fail("{}: cannot {}: {}; check the permissions of the file and its folder", name, doing,
                  outside && system != 0 ? std::strerror(system) : sqlite3_errmsg(handle_));
    default: break;
  }
  return fail("{}: cannot {}: {}{}{}", name, doing, sqlite3_errmsg(handle_), outside && system != 0 ? ", " : "",
              outside && system != 0 ? std::strerror(system) : "");
}

}  // namespace motive::llm
