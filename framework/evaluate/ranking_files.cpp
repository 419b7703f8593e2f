#include <algorithm>
#include <charconv>

#include "framework/evaluate/csv_zst.h"
#include "framework/evaluate/ranking.h"

namespace motive {
namespace {

constexpr std::size_t kChunkRows = 1 << 16;
constexpr std::string_view kRanksHeader = "user,positive,above,tied,candidates";
constexpr std::string_view kTopHeader = "user,rank,item,score";
constexpr std::string_view kPrefix = "ranks", kSuffix = ".csv.zst";
constexpr const char* kTopFile = "top_k.csv.zst";
constexpr const char* kDiagnostics = "diagnostics.json";
constexpr const char* kExplanations = "explanations.jsonl.zst";

std::string ranks_file(const std::string& variant) {
  return variant.empty() ? fmt::format("{}{}", kPrefix, kSuffix)
                         : fmt::format("{}.{}{}", kPrefix, variant, kSuffix);
}

std::size_t chunks(std::size_t n) { return (n + kChunkRows - 1) / kChunkRows; }

struct Names {
  const QuerySet& queries;
  const UserTable& users;
  const Catalogue& items;
  std::string_view user(std::size_t query) const { return users.id(index(queries.users[query])); }
  std::string_view item(ItemId item) const { return items.id(index(item)); }
};

Status write_ranks(const Path& file, std::span<const RankRow> rows, const Names& names,
                   int threads) {
  return write_csv_zst(
      file, kRanksHeader, chunks(rows.size()), threads, [&](std::size_t chunk, std::string& out) {
        const std::size_t begin = chunk * kChunkRows;
        for (const RankRow& row : rows.subspan(begin, std::min(kChunkRows, rows.size() - begin))) {
          append_csv(out, names.user(row.query));
          out += ',';
          append_csv(out, names.item(row.positive));
          fmt::format_to(std::back_inserter(out), ",{},{},{}\n", row.above, row.tied,
                         row.candidates);
        }
      });
}

Status write_top(const Path& file, const Ranking& ranking, const Names& names, int threads) {
  constexpr std::size_t kChunkQueries = 1 << 13;
  const auto& top = ranking.top;
  return write_csv_zst(file, kTopHeader, (top.size() + kChunkQueries - 1) / kChunkQueries, threads,
                       [&](std::size_t chunk, std::string& out) {
                         for (std::size_t q = chunk * kChunkQueries;
                              q < std::min(top.size(), (chunk + 1) * kChunkQueries); ++q) {
                           for (std::size_t i = 0; i < top[q].size(); ++i) {
                             append_csv(out, names.user(q));
                             fmt::format_to(std::back_inserter(out), ",{},", i + 1);
                             append_csv(out, names.item(top[q][i].item));
                             fmt::format_to(std::back_inserter(out), ",{}\n", top[q][i].score);
                           }
                         }
                       });
}

/// A line a query: {"user": raw id, "said": what the method gave}.
Status write_explanations(const Path& file, const Ranking& ranking, const Names& names) {
  if (ranking.explanations.empty()) return {};
  return write_csv_zst(file, "", chunks(ranking.explanations.size()), 1, [&](std::size_t chunk, std::string& out) {
    const std::size_t begin = chunk * kChunkRows, end = std::min(ranking.explanations.size(), begin + kChunkRows);
    for (std::size_t i = begin; i < end; ++i) {
      const auto& [row, json] = ranking.explanations[i];
      out += Json{{"user", std::string(names.user(row))}, {"said", Json::parse(json, nullptr, false)}}.dump() + "\n";
    }
  });
}

bool parse_number(const std::string& text, std::uint32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// Rows that the file should have, from diagnostics.json.
Result<std::size_t> stored_rows(const Path& folder, const std::string& file) {
  MOTIVE_ASSIGN(const std::string text, read_file(folder / kDiagnostics));
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("rows") || !json.at("rows").is_object() ||
      !json.at("rows").contains(file) || !json.at("rows").at(file).is_number_unsigned()) {
    return fail("{}: does not say how many rows {} has; remove the folder, it will be made again",
                (folder / kDiagnostics).string(), file);
  }
  return json.at("rows").at(file).get<std::size_t>();
}

}  // namespace

Status write_ranking(const Ranking& ranking, const QuerySet& queries, const UserTable& users,
                     const Catalogue& items, const Path& folder, int threads) {
  const Names names{queries, users, items};
  OrderedJson rows = OrderedJson::object();
  for (const auto& variant : ranking.variants) {
    const std::string file = ranks_file(variant.name);
    MOTIVE_TRY(write_ranks(folder / file, variant.rows, names, threads));
    rows[file] = variant.rows.size();
  }
  if (!ranking.top.empty()) {
    MOTIVE_TRY(write_top(folder / kTopFile, ranking, names, threads));
    std::size_t listed = 0;
    for (std::size_t q = 0; q < ranking.top.size(); ++q) listed += ranking.top[q].size();
    rows[kTopFile] = listed;
  }
  OrderedJson counts = OrderedJson::object();
  for (const auto& [what, n] : ranking.counts) counts[what] = n;
  OrderedJson diagnostics = {{"counts", counts}, {"rows", rows}};
  if (!ranking.panel.is_null()) {
    std::uint64_t candidates = 0, asked = 0;  // of a query once, whatever the number of its targets
    for (std::uint32_t last = ~0U; const RankRow& row : ranking.variants.front().rows) {
      if (row.query == std::exchange(last, row.query)) continue;
      candidates += row.candidates;
      ++asked;
    }
    diagnostics["queries"] = asked;
    diagnostics["candidates"] = candidates;
    diagnostics["panel"] = ranking.panel;
  }
  MOTIVE_TRY(write_explanations(folder / kExplanations, ranking, names));
  return write_file_synced(folder / kDiagnostics, diagnostics.dump(1) + "\n");
}

Status write_ranking(const Ranking& ranking, const QuerySet& queries, const PreparedData& data,
                     const Path& folder, int threads) {
  return write_ranking(ranking, queries, data.users(), data.items(), folder, threads);
}

Result<std::vector<StoredRank>> read_ranks(const Path& folder, const std::string& variant) {
  const std::string name = ranks_file(variant);
  const Path file = folder / name;
  MOTIVE_ASSIGN(const std::size_t n_rows, stored_rows(folder, name));
  MOTIVE_ASSIGN(const std::string content, read_zst(file));
  std::string_view text = content;
  if (!text.starts_with(std::string(kRanksHeader) + "\n")) {
    return fail("{}: the header is not '{}'", file.string(), kRanksHeader);
  }
  text.remove_prefix(kRanksHeader.size() + 1);
  std::vector<StoredRank> rows;
  rows.reserve(std::min<std::size_t>(n_rows, content.size() / 9));  // a row has at least 9 bytes
  std::vector<std::string> fields;
  while (next_csv_record(text, fields)) {
    StoredRank row;
    const bool whole = fields.size() == 5 && parse_number(fields[2], row.above) &&
                       parse_number(fields[3], row.tied) && parse_number(fields[4], row.candidates);
    const std::uint64_t last = std::uint64_t{row.above} + row.tied;
    const bool unanswered = row.above == row.candidates && row.tied == 0;
    if (!whole || (last >= row.candidates && !unanswered)) {
      return fail("{}: record {} is not a rank (user, item, above + tied < candidates)",
                  file.string(), rows.size() + 1);
    }
    row.user = std::move(fields[0]);
    row.positive = std::move(fields[1]);
    rows.push_back(std::move(row));
  }
  if (rows.size() != n_rows) {
    return fail("{}: {} records instead of {}; remove the folder, it will be made again",
                file.string(), rows.size(), n_rows);
  }
  return rows;
}

Result<std::vector<StoredList>> read_lists(const Path& folder) {
  const Path file = folder / kTopFile;
  MOTIVE_ASSIGN(const std::size_t n_rows, stored_rows(folder, kTopFile));
  MOTIVE_ASSIGN(const std::string content, read_zst(file));
  std::string_view text = content;
  if (!text.starts_with(std::string(kTopHeader) + "\n")) {
    return fail("{}: the header is not '{}'", file.string(), kTopHeader);
  }
  text.remove_prefix(kTopHeader.size() + 1);
  std::vector<StoredList> lists;
  std::vector<std::string> fields;
  std::size_t rows = 0;
  for (; next_csv_record(text, fields); ++rows) {
    std::uint32_t rank = 0;
    const bool whole = fields.size() == 4 && parse_number(fields[1], rank);
    if (whole && rank == 1) lists.push_back({fields[0], {}});
    if (!whole || lists.empty() || lists.back().user != fields[0] ||
        rank != lists.back().items.size() + 1) {
      return fail("{}: record {} is not the next of a list (user, rank, item, score)",
                  file.string(), rows + 1);
    }
    lists.back().items.push_back(std::move(fields[2]));
  }
  if (rows != n_rows) {
    return fail("{}: {} records instead of {}; remove the folder, it will be made again",
                file.string(), rows, n_rows);
  }
  return lists;
}

Result<std::vector<std::string>> variants_of(const Path& folder) {
  std::vector<std::string> variants;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    const std::string middle =
        name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
    if (middle.empty()) variants.push_back("");
    if (middle.size() > 1 && middle.front() == '.') variants.push_back(middle.substr(1));
  }
  if (error) return fail("{}: cannot list the folder: {}", folder.string(), error.message());
  if (variants.empty()) return fail("{}: holds no ranks", folder.string());
  std::sort(variants.begin(), variants.end());
  return variants;
}

}  // namespace motive
