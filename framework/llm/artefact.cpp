// The cache as a file to publish: lines ordered by key, compressed, with a manifest beside it.
#include <set>

#include "framework/base/hash.h"
#include "framework/llm/artefact_lines.h"
#include "framework/llm/cache_state.h"
#include "framework/base/compress.h"

namespace motive::llm {
namespace {

constexpr const char* kFormat = "motive answers of language models";
constexpr int kFormatVersion = 1;
constexpr std::size_t kRowsAtOnce = 500;  // of an import, in one transaction: other processes write in between

Path manifest_of(const Path& file) { return file.string() + ".manifest.json"; }

/// What the answers cost, and when: prices change, and the sum with its dates says what was paid.
struct ModelSum {
  std::uint64_t answers = 0;
  Usage usage;
  double cost = 0;
  std::string first, last;
};

class Manifest {
 public:
  void add(const RequestRow& row, std::string_view line) {
    content_.update(line);
    ++lines_;
    ++endpoints_[{row.endpoint, row.path}];
    ModelSum& sum = models_[row.model];
    ++sum.answers;
    sum.usage.prompt += row.usage.prompt;
    sum.usage.cached += row.usage.cached;
    sum.usage.completion += row.usage.completion;
    sum.cost += row.cost;
    if (sum.first.empty() || row.received < sum.first) sum.first = row.received;
    if (row.received > sum.last) sum.last = row.received;
  }
  std::uint64_t lines() const { return lines_; }

  std::string text(std::string_view compressed) {
    Json models = Json::array(), endpoints = Json::array();
    for (const auto& [model, sum] : models_) {
      models.push_back({{"model", text_to_json(model)},
                        {"answers", sum.answers},
                        {"prompt_tokens", sum.usage.prompt},
                        {"cached_tokens", sum.usage.cached},
                        {"completion_tokens", sum.usage.completion},
                        {"cost", sum.cost},
                        {"first_received", text_to_json(sum.first)},
                        {"last_received", text_to_json(sum.last)}});
    }
    for (const auto& [endpoint, answers] : endpoints_) {
      endpoints.push_back(
          {{"endpoint", text_to_json(endpoint.first)}, {"path", text_to_json(endpoint.second)}, {"answers", answers}});
    }
    const Json manifest = {{"format", kFormat},       {"version", kFormatVersion},
                           {"lines", lines_},         {"sha256", sha256_hex(compressed)},
                           {"content_sha256", content_.hex()}, {"models", models}, {"endpoints", endpoints}};
    return manifest.dump(2) + "\n";
  }

 private:
  Sha256 content_;  // of the lines; zstd of another version may compress them otherwise
  std::uint64_t lines_ = 0;
  std::map<std::string, ModelSum> models_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> endpoints_;
};

/// What was asked under these names, answered or not.
Result<std::set<std::string>> keys_of(Reader& reader, const std::vector<std::string>& experiments) {
  std::set<std::string> keys;
  MOTIVE_ASSIGN(Statement tries, reader.database->prepare("SELECT DISTINCT key FROM attempt WHERE experiment=?1"));
  for (const std::string& experiment : experiments) {
    MOTIVE_TRY(tries.bind(std::string_view(experiment)));
    while (true) {
      MOTIVE_ASSIGN(const bool there, tries.step());
      if (!there) break;
      keys.emplace(tries.bytes(0));
    }
  }
  return keys;
}

/// Where there is a manifest, the file must be the one that it describes.
Status check_manifest(const Path& file, const std::string& content) {
  const Path path = manifest_of(file);
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return {};
  MOTIVE_ASSIGN(const std::string text, read_file(path));
  const Json manifest = Json::parse(text, nullptr, false);
  if (!manifest.is_object() || manifest.value("format", Json()) != kFormat)
    return invalid("{}: is no manifest of an export; get both files again", path.string());
  const Json version = manifest.value("version", Json());
  if (!version.is_number_integer() || version.get<int>() > kFormatVersion)
    return invalid("{}: was made by a newer Motive; use that program", path.string());
  if (manifest.value("sha256", Json()) == sha256_hex(content)) return {};
  return invalid("{}: is not the file that {} describes (its SHA-256 differs); get both again, or export again", file.string(),
                 path.filename().string());
}

/// One row of an import. It is written anew where a transaction is tried again, so it counts for itself.
struct Merged {
  enum { kAdded, kPresent, kConflict } what = kAdded;
};

Status merge_row(Tables& tables, const RequestRow& row, Merged& merged) {
  MOTIVE_ASSIGN(const bool added, tables.put(row, false));
  merged.what = Merged::kAdded;
  if (added) return {};
  MOTIVE_ASSIGN(const auto own, tables.answer_of(row.key));
  const auto same = [&] {
    if (own.first != row.status) return false;
    if (own.second == row.answer) return true;
    const auto own_body = unpack(own.second), body = unpack(row.answer);
    return own_body && body && *own_body == *body;
  };
  merged.what = same() ? Merged::kPresent : Merged::kConflict;
  return {};
}

Status merge_rows(Writer& writer, const std::vector<RequestRow>& rows, MergeReport& report) {
  std::vector<Merged> merged(rows.size());
  const Status written = writer.run([&](Tables& tables) -> Status {
    for (std::size_t i = 0; i < rows.size(); ++i) MOTIVE_TRY(merge_row(tables, rows[i], merged[i]));
    return {};
  });
  if (!written) return written;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (merged[i].what == Merged::kAdded) ++report.added;
    if (merged[i].what == Merged::kPresent) ++report.present;
    if (merged[i].what == Merged::kConflict) {
      ++report.conflicts;
      if (report.conflicting.size() < 20) report.conflicting.push_back(key_text(rows[i].key));
    }
  }
  return {};
}

}  // namespace

Result<std::uint64_t> Cache::export_to(const Path& file, const std::vector<std::string>& experiments) {
  std::error_code code;
  if (std::filesystem::equivalent(file, state_->file, code))
    return invalid("{}: is the cache itself; name another file, such as answers.jsonl.zst", file.string());
  MOTIVE_TRY(flush());
  Manifest manifest;
  LinePacker packer;
  const Status read = state_->readers->with([&](Reader& reader) -> Status {
    MOTIVE_ASSIGN(const std::set<std::string> wanted, keys_of(reader, experiments));
    MOTIVE_ASSIGN(Statement rows, reader.database->prepare(kRows));
    while (true) {
      MOTIVE_ASSIGN(const bool there, rows.step());
      if (!there) return {};
      const RequestRow row = row_at(rows);
      if (!experiments.empty() && wanted.count(row.key) == 0) continue;
      auto line = line_of(row);
      if (!line) {
        return fail("{}: {}; `motive cache verify` lists all such rows, nothing was exported", state_->file.string(),
                    line.error().message);
      }
      *line += '\n';
      packer.add(*line);
      manifest.add(row, *line);
    }
  });
  if (!read) return read.error();
  const std::string content = packer.finish();
  MOTIVE_TRY(write_file_atomic(file, content));
  MOTIVE_TRY(write_file_atomic(manifest_of(file), manifest.text(content)));
  return manifest.lines();
}

Result<MergeReport> Cache::import_from(const Path& file) {
  MOTIVE_TRY(state_->check_writable());
  MOTIVE_ASSIGN(const std::string content, read_file(file));
  MOTIVE_TRY(check_manifest(file, content));
  constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";  // of zstd
  if (!content.starts_with(kMagic)) return invalid("{}: was not made by `motive cache export`", file.string());
  MergeReport report;
  LineUnpacker lines(content);
  std::vector<RequestRow> rows;
  std::string line;
  for (std::uint64_t number = 1;; ++number) {
    const auto more = lines.next(line);
    if (!more) return fail("{}: line {}: {}; get the file again", file.string(), number, more.error().message);
    if (*more) {
      auto row = row_of(line);
      if (!row)
        return invalid("{}: line {}: {}; was it made by `motive cache export`?", file.string(), number, row.error().message);
      rows.push_back(std::move(*row));
    }
    if (rows.size() == kRowsAtOnce || (!*more && !rows.empty())) {
      MOTIVE_TRY(merge_rows(*state_->writer, rows, report));
      rows.clear();
    }
    if (!*more) return report;
  }
}

}  // namespace motive::llm
