#include "framework/llm/cache_readers.h"

#include <sys/stat.h>

namespace motive::llm {
namespace {

constexpr int kMostReaders = 8;  // each has 2 MB of pages
constexpr const char* kFind =
    "SELECT status, prompt, cached, completion, reported, cost, model, received, answer FROM request WHERE key=?1";

Result<std::unique_ptr<Reader>> make_reader(std::unique_ptr<Database> database) {
  auto reader = std::make_unique<Reader>();
  reader->database = std::move(database);
  MOTIVE_ASSIGN(reader->find, reader->database->prepare(kFind));
  return reader;
}

}  // namespace

Readers::Readers(Path file, Access access) : file_(std::move(file)), access_(access) {
  std::error_code code;
  whole_ = std::filesystem::canonical(file_, code);
  opened_ = stamp();
}

Result<std::unique_ptr<Readers>> Readers::open(const Path& file, Access access, std::unique_ptr<Database> first) {
  std::unique_ptr<Readers> readers(new Readers(file, access));
  if (first) {
    MOTIVE_ASSIGN(auto reader, make_reader(std::move(first)));
    readers->idle_.push_back(std::move(reader));
  }
  return readers;
}

Readers::Stamp Readers::stamp() const {
  struct stat info {};
  struct stat log {};
  if (::stat(whole_.c_str(), &info) != 0) return {};
  const bool logged = ::stat((whole_.string() + "-wal").c_str(), &log) == 0;
  return {static_cast<std::int64_t>(info.st_ino), info.st_size, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec,
          logged ? log.st_size : 0};
}

/// Without locks, pages of two states may have been read together.
Status Readers::check_unchanged() const {
  if ((access_ != Access::kImmutable && access_ != Access::kAlone) || stamp() == opened_) return {};
  return fail("{}: was changed by somebody while it was read without the right to write; run the same command again",
              file_.string());
}

Result<std::unique_ptr<Reader>> Readers::take() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return !idle_.empty() || lent_ < kMostReaders; });
    ++lent_;
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return reader;
    }
  }
  auto database = Database::open(file_, access_);
  auto reader = database ? make_reader(std::move(*database)) : Result<std::unique_ptr<Reader>>(database.error());
  if (!reader) give_back(nullptr);
  return reader;
}

void Readers::give_back(std::unique_ptr<Reader> reader) {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (reader) idle_.push_back(std::move(reader));
  }
  returned_.notify_one();
}

}  // namespace motive::llm
