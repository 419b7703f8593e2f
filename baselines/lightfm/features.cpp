#include "baselines/lightfm/features.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "framework/data/string_pool.h"

namespace motive::lightfm {
namespace {

constexpr const char* kText = "text";
using Entry = std::pair<std::uint32_t, float>;  // column, value
using Entries = std::vector<std::vector<Entry>>;  // by row

std::string names_of(const TableView& table) {
  std::vector<std::string> names;
  for (const auto& [name, column] : table.fields()) names.push_back("`" + name + "`");
  return names.empty() ? "no fields at all" : fmt::format("{}", fmt::join(names, ", "));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The distinct values of one text, in its order.
std::vector<std::string_view> values_of(std::string_view text, const std::string& separators) {
  std::vector<std::string_view> values;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view value = trimmed(text.substr(0, end));
    if (!value.empty() && std::find(values.begin(), values.end(), value) == values.end()) {
      values.push_back(value);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return values;
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash ^ (hash >> 32);
}

Entries categories(const TableView& table, const std::string& field, const std::string& separators) {
  StringPool pool;
  Entries rows(table.size());
  for (std::size_t r = 0; r < table.size(); ++r) {
    for (const std::string_view value : values_of(table.text(r, field), separators)) {
      rows[r].emplace_back(pool.add(value), 1.0f);
    }
  }
  return rows;
}

/// Words as columns, or their buckets.
Entries words(const TableView& table, std::span<const std::string> fields,
              const FeatureOptions& options) {
  TfidfOptions tfidf;
  tfidf.tokenizer.stop_words = true;
  const TfidfBuilder::Result found = item_tfidf(table, fields, tfidf);
  Entries rows(table.size());
  for (std::size_t r = 0; r < table.size(); ++r) {
    const auto columns = found.rows.columns_of(r);
    const auto values = found.rows.values_of(r);
    std::vector<Entry>& row = rows[r];
    for (std::size_t e = 0; e < columns.size(); ++e) row.emplace_back(columns[e], values[e]);
    const auto most = static_cast<std::size_t>(options.max_words);
    if (most > 0 && row.size() > most) {
      std::stable_sort(row.begin(), row.end(),
                       [](const Entry& a, const Entry& b) { return a.second > b.second; });
      row.resize(most);
    }
    if (options.hash_buckets > 0) {
      std::map<std::uint32_t, float> buckets;
      for (const auto& [word, value] : row) {
        const auto n = static_cast<std::uint64_t>(options.hash_buckets);
        buckets[static_cast<std::uint32_t>(fnv1a(found.words[word]) % n)] += value;
      }
      row.assign(buckets.begin(), buckets.end());
    }
  }
  return rows;
}

/// Numbers anew the columns that enough rows with events have, from `first` on; the others go.
/// Returns how many stay.
std::size_t keep_common(Entries& rows, const std::vector<bool>& has_events, int min_count,
                        std::size_t first) {
  std::vector<std::uint32_t> counts;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (const auto& [column, value] : rows[r]) {
      if (column >= counts.size()) counts.resize(column + 1, 0);
      counts[column] += has_events[r];
    }
  }
  std::vector<std::uint32_t> number(counts.size(), StringPool::kAbsent);
  std::size_t kept = 0;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] >= static_cast<std::uint32_t>(std::max(1, min_count))) {
      number[c] = static_cast<std::uint32_t>(first + kept++);
    }
  }
  for (auto& row : rows) {
    std::erase_if(row, [&](const Entry& e) { return number[e.first] == StringPool::kAbsent; });
    for (auto& [column, value] : row) column = number[column];
    std::sort(row.begin(), row.end());
  }
  return kept;
}

Result<Entries> entries_of(const TableView& table, const std::string& field,
                           const FeatureOptions& options) {
  if (field != kText || options.text_fields.empty()) {
    if (table.has(field)) return categories(table, field, options.separators);
    return invalid("lightfm: `{}` names `{}`, and the table of this data set has {}. Name one of "
                   "those{}",
                   options.parameter, field, names_of(table),
                   options.text_fields.empty() ? "" : ", or `text` for the words of `text_fields`");
  }
  std::vector<std::string> there;
  for (const std::string& name : options.text_fields) {
    if (table.has(name)) there.push_back(name);
  }
  if (!there.empty()) return words(table, there, options);
  return Error{fmt::format("lightfm: `{}` asks for `text`, the words of {}, and this data set has "
                           "{}. Name others in `text_fields`, or leave `text` out",
                           options.parameter, fmt::join(options.text_fields, ", "),
                           names_of(table)),
               ErrorKind::kNotApplicable};
}

}  // namespace

Result<FieldFeatures> read_fields(const TableView& table, const std::vector<bool>& has_events,
                                  const FeatureOptions& options) {
  FieldFeatures result;
  Entries all(table.size());
  for (const std::string& field : options.fields) {
    MOTIVE_ASSIGN(Entries rows, entries_of(table, field, options));
    const std::size_t kept =
        keep_common(rows, has_events, options.min_count, result.rows.n_columns);
    if (kept == 0) {
      return invalid("lightfm: `{}`: no value of `{}` stands with {} or more rows that have "
                     "training events. Lower `min_count`, or leave `{}` out",
                     options.parameter, field, options.min_count, field);
    }
    result.rows.n_columns += kept;
    result.counts[field] = kept;
    for (std::size_t r = 0; r < all.size(); ++r) {
      all[r].insert(all[r].end(), rows[r].begin(), rows[r].end());
    }
  }
  for (const auto& row : all) {
    for (const auto& [column, value] : row) {
      result.rows.columns.push_back(column);
      result.rows.values.push_back(value);
    }
    result.rows.offsets.push_back(result.rows.columns.size());
    result.empty += row.empty();
  }
  return result;
}

FeatureMatrix assemble(const FieldFeatures& fields, bool identity, const std::vector<bool>& own,
                       bool normalise) {
  const std::size_t n = own.size();
  const std::size_t shift = identity ? n : 0;
  FeatureMatrix matrix;
  SparseRows& rows = matrix.rows;
  rows.n_columns = shift + fields.rows.n_columns;
  for (std::size_t r = 0; r < n; ++r) {
    const std::size_t begin = rows.values.size();
    if (identity && own[r]) {
      rows.columns.push_back(static_cast<std::uint32_t>(r));
      rows.values.push_back(1.0f);
    }
    for (const std::uint32_t column : fields.rows.columns_of(r)) {
      rows.columns.push_back(static_cast<std::uint32_t>(shift + column));
    }
    const auto values = fields.rows.values_of(r);
    rows.values.insert(rows.values.end(), values.begin(), values.end());
    rows.offsets.push_back(rows.values.size());
    if (!normalise) continue;
    const auto row = std::span(rows.values).subspan(begin);
    const float sum = std::accumulate(row.begin(), row.end(), 0.0f);
    for (float& value : row) value /= sum;
  }
  return matrix;
}

FeatureMatrix identity_matrix(std::size_t n) {
  FeatureMatrix matrix;
  matrix.identity = true;
  matrix.rows.n_columns = n;
  matrix.rows.columns.resize(n);
  std::iota(matrix.rows.columns.begin(), matrix.rows.columns.end(), 0u);
  matrix.rows.values.assign(n, 1.0f);
  matrix.rows.offsets.resize(n + 1);
  std::iota(matrix.rows.offsets.begin(), matrix.rows.offsets.end(), std::uint64_t{0});
  return matrix;
}

}  // namespace motive::lightfm
