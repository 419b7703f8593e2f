#include "framework/report/bundle_facts.h"

#include <algorithm>
#include <charconv>

#include "framework/base/hash.h"
#include "framework/base/json.h"
#include "framework/evaluate/csv_zst.h"

namespace motive {
namespace {

constexpr std::size_t kChunkRows = 1 << 16;
constexpr const char *kIndex = "index.json", *kCounts = "facts.json";
constexpr const char *kItems = "items.csv.zst", *kUsers = "users.csv.zst", *kCategories = "categories.csv.zst",
                     *kText = "text.csv.zst";
constexpr std::string_view kItemsHeader = "item,events,in_pool,categories", kUsersHeader = "user,history,known",
                           kCategoriesHeader = "category,targets", kTextHeader = "item,column,value";

/// A file to be: its lines after the header.
struct Lines {
  const char* file;
  std::string_view header;
  std::size_t rows = 0;
  std::string text = {};
};

Lines item_lines(const CellFacts& facts) {
  Lines lines{kItems, kItemsHeader, facts.items.size()};
  for (std::size_t i = 0; i < facts.items.size(); ++i) {
    append_csv(lines.text, facts.items[i]);
    fmt::format_to(std::back_inserter(lines.text), ",{},{},{}\n", facts.item_events[i],
                   facts.in_pool.empty() ? ""
                   : facts.in_pool[i]    ? "1"
                                         : "0",
                   fmt::join(facts.categories_of(i), " "));
  }
  return lines;
}

Lines user_lines(const CellFacts& facts, const UserName& name) {
  Lines lines{kUsers, kUsersHeader, facts.users.size()};
  for (std::size_t u = 0; u < facts.users.size(); ++u) {
    append_csv(lines.text, name(facts.users[u]));
    fmt::format_to(std::back_inserter(lines.text), ",{},{:d}\n", facts.history[u], facts.user_known[u] ? 1 : 0);
  }
  return lines;
}

Lines category_lines(const CellFacts& facts) {
  Lines lines{kCategories, kCategoriesHeader, facts.categories.size()};
  for (std::size_t c = 0; c < facts.categories.size(); ++c) {
    append_csv(lines.text, facts.categories[c]);
    fmt::format_to(std::back_inserter(lines.text), ",{}\n", facts.category_targets[c]);
  }
  return lines;
}

Lines text_lines(const CellFacts& facts) {
  Lines lines{kText, kTextHeader, facts.text.columns.size()};
  for (std::size_t i = 0; i < facts.text.size(); ++i) {
    const auto columns = facts.text.columns_of(i);
    const auto values = facts.text.values_of(i);
    for (std::size_t n = 0; n < columns.size(); ++n) {
      fmt::format_to(std::back_inserter(lines.text), "{},{},{}\n", i, columns[n], values[n]);
    }
  }
  return lines;
}

Status write_lines(const Lines& lines, const Path& folder) {
  // Cut after the first line break beyond a size; a chunk too many does no harm.
  std::vector<std::string_view> chunks;
  for (std::string_view rest = lines.text; !rest.empty();) {
    const std::size_t end = rest.find('\n', std::min(rest.size() - 1, kChunkRows * 16));
    chunks.push_back(rest.substr(0, end + 1));
    rest.remove_prefix(end + 1);
  }
  return write_csv_zst(folder / lines.file, lines.header, chunks.size(), 1,
                       [&](std::size_t chunk, std::string& out) { out = chunks[chunk]; });
}

// ---- and back

bool parse(const std::string& text, auto& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

/// Calls take(fields) for each record; false from it: the record is wrong.
template <class Take>
Status read_lines(const Path& folder, const Json& counts, const Lines& expected, const Take& take) {
  const Path file = folder / expected.file;
  MOTIVE_ASSIGN(const std::string content, read_zst(file));
  std::string_view text = content;
  const std::string header = std::string(expected.header) + "\n";
  if (!text.starts_with(header))
    return fail("{}: the header is not '{}'; get the bundle again", file.string(), expected.header);
  text.remove_prefix(header.size());
  const auto columns = static_cast<std::size_t>(std::count(header.begin(), header.end(), ',')) + 1;
  std::vector<std::string> fields;
  std::size_t rows = 0;
  for (; next_csv_record(text, fields); ++rows) {
    if (fields.size() != columns || !take(fields))
      return fail("{}: record {} is wrong; get the bundle again", file.string(), rows + 1);
  }
  if (counts.value(expected.file, Json()) == rows) return {};
  return fail("{}: has {} records, which {} does not say; get the bundle again", file.string(), rows, kCounts);
}

bool take_item(const std::vector<std::string>& fields, CellFacts& facts) {
  std::uint32_t events = 0;
  if (!parse(fields[1], events)) return false;
  facts.items.add(fields[0]);
  facts.item_events.push_back(events);
  if (!fields[2].empty()) facts.in_pool.push_back(fields[2] == "1");
  for (std::string_view rest = fields[3]; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    std::uint32_t category = 0;
    if (!parse(std::string(rest.substr(0, end)), category) || category >= facts.categories.size()) return false;
    facts.item_categories.push_back(category);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  facts.category_offsets.push_back(facts.item_categories.size());
  return facts.items.size() == facts.item_events.size();  // no id twice
}

bool take_user(const std::vector<std::string>& fields, CellFacts& facts) {
  std::uint32_t history = 0;
  if (!parse(fields[1], history)) return false;
  facts.users.add(fields[0]);
  facts.history.push_back(history);
  facts.user_known.push_back(fields[2] == "1");
  return facts.users.size() == facts.history.size();
}

bool take_category(const std::vector<std::string>& fields, CellFacts& facts) {
  std::uint64_t targets = 0;
  if (!parse(fields[1], targets)) return false;
  facts.categories.add(fields[0]);
  facts.category_targets.push_back(targets);
  return facts.categories.size() == facts.category_targets.size();
}

bool take_word(const std::vector<std::string>& fields, CellFacts& facts) {
  std::uint64_t item = 0;
  std::uint32_t column = 0;
  float value = 0;
  SparseRows& rows = facts.text;
  if (!parse(fields[0], item) || !parse(fields[1], column) || !parse(fields[2], value)) return false;
  if (item >= facts.items.size() || item + 1 < rows.offsets.size() || column >= rows.n_columns) return false;
  while (rows.offsets.size() <= item) rows.offsets.push_back(rows.columns.size());
  rows.columns.push_back(column);
  rows.values.push_back(value);
  return true;
}

}  // namespace

Result<std::string> save_facts(const CellFacts& facts, const UserName& name, const Path& folder) {
  std::vector<Lines> files = {item_lines(facts), user_lines(facts, name), category_lines(facts)};
  if (facts.text.size() > 0) files.push_back(text_lines(facts));
  OrderedJson counts = OrderedJson::object();
  Sha256 content;
  for (const Lines& lines : files) {
    counts[lines.file] = lines.rows;
    content.update(fmt::format("{} {}\n", lines.file, lines.text.size()));
    content.update(lines.text);
  }
  if (facts.text.size() > 0) counts["columns"] = facts.text.n_columns;
  const std::string hash = content.hex().substr(0, 32);
  std::error_code code;
  if (std::filesystem::exists(folder / hash, code)) return hash;
  MOTIVE_TRY(make_folders(folder / hash));
  for (const Lines& lines : files) MOTIVE_TRY(write_lines(lines, folder / hash));
  MOTIVE_TRY(write_file_synced(folder / hash / kCounts, counts.dump(1) + "\n"));
  return hash;
}

Status write_facts_index(const Path& folder, const std::map<std::string, std::string>& by_ranks) {
  MOTIVE_TRY(make_folders(folder));
  return write_file_synced(folder / kIndex, Json(by_ranks).dump(1) + "\n");
}

Result<CellFacts> load_facts(const Path& folder) {
  MOTIVE_ASSIGN(const std::string text, read_file(folder / kCounts));
  const Json counts = Json::parse(text, nullptr, false);
  if (!counts.is_object()) return fail("{}: is damaged; get the bundle again", (folder / kCounts).string());
  CellFacts facts;
  MOTIVE_TRY(
      read_lines(folder, counts, {kCategories, kCategoriesHeader}, [&](const auto& f) { return take_category(f, facts); }));
  MOTIVE_TRY(read_lines(folder, counts, {kItems, kItemsHeader}, [&](const auto& f) { return take_item(f, facts); }));
  MOTIVE_TRY(read_lines(folder, counts, {kUsers, kUsersHeader}, [&](const auto& f) { return take_user(f, facts); }));
  if (!facts.in_pool.empty() && facts.in_pool.size() != facts.items.size()) {
    return fail("{}: says of some items only whether they may be ranked; get the bundle again", (folder / kItems).string());
  }
  if (!counts.contains(kText)) return facts;
  facts.text.n_columns = counts.value("columns", std::size_t{0});
  MOTIVE_TRY(read_lines(folder, counts, {kText, kTextHeader}, [&](const auto& f) { return take_word(f, facts); }));
  while (facts.text.size() < facts.items.size()) facts.text.offsets.push_back(facts.text.columns.size());
  return facts;
}

Result<std::optional<Path>> saved_facts(const Path& store, const std::string& ranks) {
  const Path folder = store / "facts";
  std::error_code code;
  if (!std::filesystem::exists(folder / kIndex, code)) return std::optional<Path>();
  MOTIVE_ASSIGN(const std::string text, read_file(folder / kIndex));
  const Json index = Json::parse(text, nullptr, false);
  const auto found = index.find(ranks);
  if (!index.is_object() || found == index.end() || !found->is_string()) {
    return fail("{}: names no facts for the ranks {}; get the bundle again", (folder / kIndex).string(), ranks);
  }
  return std::optional(folder / found->get<std::string>());
}

}  // namespace motive
