#include "framework/llm/cache.h"

#include "framework/base/hash.h"
#include "framework/data/descriptor.h"
#include "framework/llm/cache_state.h"
#include "framework/base/compress.h"

namespace motive::llm {
namespace {

constexpr int kKeyVersion = 1;

/// With its length before it, so that no two lists of parts are the same text.
void add_part(Sha256& sum, std::string_view part) {
  sum.update(std::to_string(part.size()));
  sum.update(":");
  sum.update(part);
}

Error damaged(const Path& file, std::string_view key, const std::string& why) {
  return fail("{}: the answer {} is {}; `motive cache verify` lists all such rows. Put a copy back, or move the file away and "
              "`motive cache import` an export", file.string(), key_text(key), why);
}

Result<std::optional<StoredAnswer>> find_in(Reader& reader, const Path& file, const std::string& key) {
  Statement& row = reader.find;
  MOTIVE_TRY(row.bind(key));
  const auto there = row.step();
  if (!there || !*there) {
    row.reset();
    if (!there) return there.error();
    return std::optional<StoredAnswer>();
  }
  StoredAnswer answer;
  answer.status = static_cast<int>(row.integer(0));
  answer.usage = {row.integer(1), row.integer(2), row.integer(3), row.integer(4) != 0};
  answer.cost = row.real(5);
  answer.model = row.bytes(6);
  answer.received = row.bytes(7);
  auto body = unpack(row.bytes(8));
  row.reset();
  if (!body) return damaged(file, key, body.error().message);
  answer.body = std::move(*body);
  return std::optional(std::move(answer));
}

Result<CacheStats> stats_of(Database& database) {
  CacheStats stats;
  MOTIVE_ASSIGN(Statement models, database.prepare("SELECT model, COUNT(*), SUM(prompt), SUM(cached), SUM(completion),"
                                                   " MIN(reported), SUM(cost) FROM request GROUP BY model ORDER BY model"));
  stats.usage.reported = true;
  while (true) {
    MOTIVE_ASSIGN(const bool row, models.step());
    if (!row) break;
    const auto answers = static_cast<std::uint64_t>(models.integer(1));
    stats.models.emplace_back(models.bytes(0), answers);
    stats.answers += answers;
    stats.usage.prompt += models.integer(2);
    stats.usage.cached += models.integer(3);
    stats.usage.completion += models.integer(4);
    stats.usage.reported = stats.usage.reported && models.integer(5) != 0;
    stats.cost += models.real(6);
  }
  MOTIVE_ASSIGN(Statement attempts, database.prepare("SELECT COUNT(*), SUM(possibly_billed) FROM attempt"));
  MOTIVE_TRY(attempts.step());
  stats.attempts = static_cast<std::uint64_t>(attempts.integer(0));
  stats.possibly_billed = static_cast<std::uint64_t>(attempts.integer(1));
  return stats;
}

}  // namespace

std::string CacheKey::hash() const {
  Sha256 sum;
  for (const std::string_view part : {std::string_view(body), std::string_view(endpoint_id), std::string_view(path)})
    add_part(sum, part);
  sum.update(fmt::format("{},{},{}", sample, attempt, kKeyVersion));
  return sum.hex();
}

Cache::Cache(std::unique_ptr<State> state) : state_(std::move(state)) {}

Cache::~Cache() = default;

Result<std::unique_ptr<Cache>> Cache::open(const Path& file) {
  auto state = std::make_unique<State>();
  state->file = file;
  MOTIVE_ASSIGN(auto tables, Tables::open(file));
  state->writer = std::make_unique<Writer>(std::move(tables));
  MOTIVE_ASSIGN(state->readers, Readers::open(file, Access::kRead, nullptr));
  return std::unique_ptr<Cache>(new Cache(std::move(state)));
}

Result<std::unique_ptr<Cache>> Cache::open_readonly(const Path& file) {
  auto state = std::make_unique<State>();
  state->file = file;
  Access access{};
  MOTIVE_ASSIGN(auto database, open_for_reading(file, access));
  MOTIVE_ASSIGN(state->readers, Readers::open(file, access, std::move(database)));
  return std::unique_ptr<Cache>(new Cache(std::move(state)));
}

Result<std::optional<StoredAnswer>> Cache::find(const CacheKey& key) {
  const std::string bytes = key_bytes(key.hash());
  if (state_->writer) {
    const std::lock_guard lock(state_->mutex);
    const auto posted = state_->posted.find(bytes);
    if (posted != state_->posted.end()) return std::optional(*posted->second);
  }
  return state_->readers->with([&](Reader& reader) { return find_in(reader, state_->file, bytes); });
}

Status Cache::store(const CacheKey& key, const StoredAnswer& answer, const AttemptRecord& attempt, bool replace, bool durable) {
  MOTIVE_TRY(state_->check_writable());
  const auto row = std::make_shared<const RequestRow>(make_row(key, answer));
  const Writer::Write write = [row, attempt, replace](Tables& tables) -> Status {
    MOTIVE_TRY(tables.put(*row, replace));
    return tables.put(attempt, row->key);
  };
  if (durable) return state_->writer->run(write);
  State* const state = state_.get();
  const auto kept = std::make_shared<const StoredAnswer>(answer);
  const auto forget = [state, row, kept] {
    const std::lock_guard lock(state->mutex);
    const auto posted = state->posted.find(row->key);
    if (posted != state->posted.end() && posted->second == kept) state->posted.erase(posted);
  };
  {
    const std::lock_guard lock(state->mutex);
    state->posted[row->key] = kept;
  }
  const Status posted = state->writer->post(write, row->asked.size() + row->answer.size() + answer.body.size() + 1024, forget);
  if (!posted) forget();
  return posted;
}

Status Cache::record(const AttemptRecord& attempt) {
  MOTIVE_TRY(state_->check_writable());
  return state_->writer->run([&](Tables& tables) { return tables.put(attempt, key_bytes(attempt.key_hash)); });
}

Status Cache::flush() { return state_->writer ? state_->writer->flush() : Status(); }

Result<Spent> Cache::spent(const std::string& experiment) {
  return state_->readers->with([&](Reader& reader) -> Result<Spent> {
    MOTIVE_ASSIGN(Statement sums, reader.database->prepare(
        "SELECT SUM(cost), SUM(prompt + completion), SUM(possibly_billed OR status BETWEEN 200 AND 299)"
        " FROM attempt WHERE experiment=?1"));
    MOTIVE_TRY(sums.bind(experiment));
    MOTIVE_TRY(sums.step());
    return Spent{sums.real(0), sums.integer(1), sums.integer(2)};
  });
}

Result<CacheStats> Cache::stats() {
  return state_->readers->with([&](Reader& reader) -> Result<CacheStats> {
    MOTIVE_ASSIGN(CacheStats stats, stats_of(*reader.database));
    for (const char* ending : {"", "-wal"}) {
      std::error_code code;
      const auto size = std::filesystem::file_size(state_->file.string() + ending, code);
      if (!code) stats.bytes += size;
    }
    return stats;
  });
}

Result<std::vector<std::string>> Cache::verify() {
  return state_->readers->with([&](Reader& reader) -> Result<std::vector<std::string>> {
    std::vector<std::string> faults;
    MOTIVE_ASSIGN(Statement check, reader.database->prepare("PRAGMA integrity_check"));
    while (true) {
      const auto row = check.step();
      if (!row) faults.push_back(row.error().message);
      if (!row || !*row) break;
      if (check.bytes(0) != "ok") faults.emplace_back(check.bytes(0));
    }
    MOTIVE_ASSIGN(Statement rows, reader.database->prepare(kRows));
    while (true) {
      const auto there = rows.step();
      if (!there) faults.push_back(there.error().message);
      if (!there || !*there) break;
      const RequestRow row = row_at(rows);
      const auto asked = unpack(row.asked), answer = unpack(row.answer);
      const std::string name = key_text(row.key);
      if (!asked) faults.push_back(name + ": the request is " + asked.error().message);
      if (!answer) faults.push_back(name + ": the answer is " + answer.error().message);
      if (asked && CacheKey{*asked, row.endpoint, row.path, row.sample, row.attempt}.hash() != name)
        faults.push_back(name + ": is not the hash of its request");
    }
    return faults;
  });
}

Status Cache::put_batch(const std::string& id, const Json& state) {
  MOTIVE_TRY(state_->check_writable());
  const std::string text = state.dump(-1, ' ', false, Json::error_handler_t::replace);
  return state_->writer->run([&](Tables& tables) { return tables.put_batch(id, text); });
}

Result<std::vector<std::pair<std::string, Json>>> Cache::batches() {
  using Batches = std::vector<std::pair<std::string, Json>>;
  return state_->readers->with([&](Reader& reader) -> Result<Batches> {
    Batches all;
    MOTIVE_ASSIGN(Statement rows, reader.database->prepare("SELECT id, state FROM batch_job ORDER BY id"));
    while (true) {
      MOTIVE_ASSIGN(const bool row, rows.step());
      if (!row) return all;
      Json state = Json::parse(rows.bytes(1), nullptr, false);
      const std::string id(rows.bytes(0));
      if (state.is_discarded()) return fail("{}: the batch {} is not as it was written", state_->file.string(), id);
      all.emplace_back(id, std::move(state));
    }
  });
}

Path cache_file() {
  const Path data = cache_data_folder("");  // CACHE/data
  return data.empty() ? Path() : data.parent_path() / "llm" / "answers.sqlite";
}

}  // namespace motive::llm
