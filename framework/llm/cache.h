#pragma once
// Purpose: every answer of a language model, kept for good. Two processes may use one cache at a time.
//   key = SHA-256(canonical body, endpoint's name, API path, sample index, attempt index, schema version)
// Raw bodies are kept (zstd), never what was made of them; nothing expires. SQLite in WAL mode, synchronous FULL, one
// writer thread that commits what has come every few milliseconds; store() returns after the commit.
// Tables: request (a row a key: the body asked, and the answer that counts), attempt (a row a try: when, for which
// experiment, status, filtered headers, usage, latency, cost, outcome known or not), batch_job.
// Complexity: find() under 50 microseconds with a million rows. Thread-safe.
// Errors: a file that is no cache or of another version, a full disk: named with the file, and what to do.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/llm/wire.h"

namespace motive::llm {

/// What names an answer. endpoint_id: EndpointConfig::identity() in canonical form.
struct CacheKey {
  std::string body, endpoint_id, path;
  std::uint64_t sample = 1;
  int attempt = 0;  // of counted re-asks
  std::string hash() const;  // 64 hexadecimal digits
};

/// An answer that counts: what a server said with a final status (2xx, or a rejection that never changes).
struct StoredAnswer {
  int status = 200;
  std::string body;
  Usage usage;
  double cost = 0;      // when it was paid
  std::string model;    // as the server named it
  std::string received; // UTC, ISO 8601
};

/// One try, paid or not.
struct AttemptRecord {
  std::string key_hash, experiment, module;
  int status = 0;            // 0: no answer
  std::string failure;       // "timeout after sending", "connection reset": possibly billed
  bool possibly_billed = false;
  Json headers;              // only those that are named in the documentation; never a key
  Usage usage;
  double cost = 0, seconds = 0;
};

struct CacheStats {
  std::uint64_t answers = 0, attempts = 0, bytes = 0, possibly_billed = 0;
  Usage usage;      // of the answers, as is the cost; spent() has what was paid
  double cost = 0;
  std::vector<std::pair<std::string, std::uint64_t>> models;  // as servers named them, answers of each
};

/// What has been paid under an experiment's name. calls: tries that were answered by 2xx, or were possibly billed.
struct Spent {
  double money = 0;
  std::int64_t tokens = 0, calls = 0;
};

struct MergeReport {
  std::uint64_t added = 0, present = 0, conflicts = 0;  // conflicts: another answer to the same key; the own one stays
  std::vector<std::string> conflicting;                 // key hashes, at most 20
};

class Cache {
 public:
  /// Makes the folder and file where missing. `file`: FOLDER/answers.sqlite.
  static Result<std::unique_ptr<Cache>> open(const Path& file);
  /// Reads only; an error where it does not exist. For replay: never writes, works on a read-only file system.
  static Result<std::unique_ptr<Cache>> open_readonly(const Path& file);
  ~Cache();

  Result<std::optional<StoredAnswer>> find(const CacheKey& key);
  /// The answer and the try that brought it, committed when this returns. An answer that is there already stays unless
  /// `replace`. durable false: returns at once (answers that cost nothing to get again); find() knows them, flush() waits
  /// for them and tells what could not be written.
  Status store(const CacheKey& key, const StoredAnswer& answer, const AttemptRecord& attempt, bool replace, bool durable = true);
  /// A try without an answer that counts.
  Status record(const AttemptRecord& attempt);
  Status flush();

  Result<Spent> spent(const std::string& experiment);
  Result<CacheStats> stats();

  /// Every answer, ordered by key hash, as JSON lines compressed by zstd, and FILE.manifest.json beside it: SHA-256,
  /// number of lines, model ids with what their answers cost and from when to when they came, endpoints. The same answers
  /// give the same bytes. experiments: only answers that a try under one of these names brought; empty: all.
  Result<std::uint64_t> export_to(const Path& file, const std::vector<std::string>& experiments = {});
  Result<MergeReport> import_from(const Path& file);
  /// Every row's hash again, every body decompressed; the rows that are not what they say.
  Result<std::vector<std::string>> verify();

  // Batches (batch.h): submitted jobs by id, so that a killed run asks for them again instead of sending them again.
  Status put_batch(const std::string& id, const Json& state);
  Result<std::vector<std::pair<std::string, Json>>> batches();

 private:
  struct State;
  explicit Cache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// $MOTIVE_CACHE/llm/answers.sqlite, else in the user's cache folder.
Path cache_file();

}  // namespace motive::llm
