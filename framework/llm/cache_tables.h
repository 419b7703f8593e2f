#pragma once
// Purpose: the tables of the cache's file, and what is written into them within a transaction. Private to the cache.
//   endpoint  what answered: identity and path, once for all of their rows
//   request   a row a key: what was asked, the answer that counts. Small columns first: sums then read no bodies
//   attempt   a row a try, paid or not
//   batch_job submitted batches, by id

#include <map>

#include "framework/llm/cache.h"
#include "framework/llm/sqlite.h"

namespace motive::llm {

inline constexpr int kSchemaVersion = 1;

/// A row of `request`; bodies as they stand there (compress.h), the key as 32 bytes.
struct RequestRow {
  std::string key, endpoint, path;
  std::uint64_t sample = 1;
  int attempt = 0;
  std::string asked, answer;
  int status = 0;
  Usage usage;
  double cost = 0;
  std::string model, received;
};

RequestRow make_row(const CacheKey& key, const StoredAnswer& answer);
/// 64 hexadecimal digits as 32 bytes; anything else as it is.
std::string key_bytes(std::string_view hex);
std::string key_text(std::string_view bytes);
std::string now_utc();
/// Those headers that say something of an answer, and never who asked: retry-after*, x-ratelimit-*, x-request-id,
/// openai-processing-ms, content-type. As JSON.
std::string kept_headers(const Json& headers);

/// Opens a file for writing: makes what is missing, refuses what is not a cache of this version.
Result<std::unique_ptr<Database>> open_for_writing(const Path& file);
/// The same for reading. `access`: how it can be, for further connections.
Result<std::unique_ptr<Database>> open_for_reading(const Path& file, Access& access);

/// Writes of one connection.
class Tables {
 public:
  static Result<std::unique_ptr<Tables>> open(const Path& file);

  Status begin() { return database_->run("BEGIN IMMEDIATE"); }
  Status commit() { return database_->run("COMMIT"); }
  void roll_back();

  /// True: it was added, or replaced what was there.
  Result<bool> put(const RequestRow& row, bool replace);
  Status put(const AttemptRecord& attempt, std::string_view key);
  Status put_batch(const std::string& id, const std::string& state);
  /// Status and body of the answer that is there.
  Result<std::pair<int, std::string>> answer_of(std::string_view key);

 private:
  Result<std::int64_t> endpoint_id(const std::string& identity, const std::string& path);
  std::unique_ptr<Database> database_;
  Statement add_, replace_, find_, attempt_, batch_, add_endpoint_, find_endpoint_;
  std::map<std::pair<std::string, std::string>, std::int64_t> endpoints_;
};

/// All answers ordered by key; row_at() reads a row of it.
inline constexpr const char* kRows =
    "SELECT r.key, e.identity, e.path, r.sample, r.attempt, r.status, r.prompt, r.cached, r.completion, r.reported, r.cost,"
    " r.model, r.received, r.asked, r.answer FROM request r JOIN endpoint e ON e.id = r.endpoint ORDER BY r.key";
RequestRow row_at(const Statement& statement);

}  // namespace motive::llm
