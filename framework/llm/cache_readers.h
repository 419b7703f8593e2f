#pragma once
// Purpose: connections that read, lent to one thread at a time; further ones are opened as more threads ask at once.
// Private to the cache.
// Errors: a file that was opened as if nobody wrote it, and that somebody has written since.

#include <condition_variable>
#include <mutex>

#include "framework/llm/cache_tables.h"

namespace motive::llm {

struct Reader {
  std::unique_ptr<Database> database;
  Statement find;  // ?1: key
};

class Readers {
 public:
  /// first: null where the file is written by this process.
  static Result<std::unique_ptr<Readers>> open(const Path& file, Access access, std::unique_ptr<Database> first);

  /// Calls f(Reader&), which gives a Result, with a connection of its own.
  template <class F>
  auto with(const F& f) -> decltype(f(std::declval<Reader&>())) {
    MOTIVE_ASSIGN(std::unique_ptr<Reader> reader, take());
    auto result = f(*reader);
    give_back(std::move(reader));
    MOTIVE_TRY(check_unchanged());
    return result;
  }

 private:
  struct Stamp {
    std::int64_t number = 0, size = 0, time = 0, log = 0;  // inode, bytes, nanoseconds, bytes of -wal
    bool operator==(const Stamp&) const = default;
  };
  Readers(Path file, Access access);
  Stamp stamp() const;
  Status check_unchanged() const;
  Result<std::unique_ptr<Reader>> take();
  void give_back(std::unique_ptr<Reader> reader);

  Path file_, whole_;
  Access access_;
  Stamp opened_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Reader>> idle_;
  int lent_ = 0;
};

}  // namespace motive::llm
