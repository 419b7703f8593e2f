#pragma once
// Purpose: SQLite by Results: a connection, prepared statements, and its errors in words that name the file and what to
// do. Bound texts must live until step() has returned. A connection is used by one thread at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "framework/base/files.h"

struct sqlite3;
struct sqlite3_stmt;

namespace motive::llm {

enum class Access {
  kWrite,      // makes the file where missing
  kRead,       // changes no table; may make -wal and -shm, and takes them away again when it is the last one
  kShared,     // the file itself is read-only; whoever writes it has made -wal and -shm
  kImmutable,  // the file alone, as if nobody ever wrote it: no locks, no other files
  kAlone,      // the file and its -wal, without -shm and without locks: where nothing can be made
};

class Database;

class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  /// Starts it anew with these values of ?1, ?2, ...: whole numbers, double, std::string_view (as bytes).
  template <class... Values>
  Status bind(const Values&... values) {
    reset();
    [[maybe_unused]] int place = 0;
    const bool fits = (put(++place, values) && ...);
    return fits ? Status() : Status(error("bind"));
  }
  /// True: there is a row. False: done.
  Result<bool> step();
  /// bind and step, for what gives no row.
  template <class... Values>
  Status run(const Values&... values) {
    MOTIVE_TRY(bind(values...));
    const auto row = step();
    reset();
    return row ? Status() : Status(row.error());
  }
  /// Ends reading, so that the connection holds no old state of the file.
  void reset();

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view bytes(int column) const;  // until the next step or reset

 private:
  friend class Database;
  Statement(Database* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  bool put(int place, std::int64_t value);
  bool put(int place, int value) { return put(place, std::int64_t{value}); }
  bool put(int place, double value);
  bool put(int place, std::string_view value);
  Error error(const char* doing) const;

  Database* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  /// Waits for other processes where it must, two minutes at most.
  static Result<std::unique_ptr<Database>> open(const Path& file, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<Statement> prepare(std::string_view sql);
  /// Statements without rows; of a row that comes all the same, the first value is in `answer`.
  Status run(const char* sql, std::string* answer = nullptr);
  Result<std::int64_t> number(const char* sql);
  std::int64_t changes() const;  // rows of the last statement
  bool readonly() const;
  /// Of the last call, which failed while `doing` ("open", "read", "write").
  Error error(const char* doing) const;

 private:
  friend class Statement;
  Database(Path file, Access access) : file_(std::move(file)), access_(access) {}
  Path file_;
  Access access_;
  sqlite3* handle_ = nullptr;
};

}  // namespace motive::llm
