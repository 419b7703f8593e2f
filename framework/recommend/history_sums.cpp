#include "framework/recommend/history_sums.h"

#include <algorithm>

#include "framework/recommend/arrays.h"

namespace motive {

void distinct_items(std::span<const ItemId> history, std::size_t n_items,
                    std::vector<std::uint32_t>& distinct) {
  distinct.clear();
  for (const ItemId item : history) {
    if (index(item) < n_items) distinct.push_back(static_cast<std::uint32_t>(index(item)));
  }
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
}

Status ScoreSums::begin(const Query& query, std::span<float> out) {
  const bool all = query.candidates.empty();
  if (all && out.size() != n_items_ && !out.empty()) {
    return fail("{} was fitted on {} items and asked for {}; fit it on this data", method_, n_items_,
                out.size());
  }
  for (const ItemId candidate : query.candidates) {
    if (index(candidate) >= n_items_) {
      return fail("{} was fitted on {} items and asked for number {}; fit it on this data", method_,
                  n_items_, index(candidate));
    }
  }
  candidates_ = query.candidates;
  out_ = out;
  if (all) {
    std::fill(out.begin(), out.end(), 0.0f);
    sums_ = out;
  } else {
    scratch_.resize(n_items_, 0.0f);
    sums_ = scratch_;
  }
  return {};
}

void ScoreSums::add(std::span<const std::uint32_t> items, std::span<const float> values) {
  if (sums_.empty()) return;
  for (std::size_t e = 0; e < items.size(); ++e) sums_[items[e]] += values[e];
  if (!candidates_.empty()) added_.push_back(items);
}

void ScoreSums::add(std::span<const std::uint32_t> items, float value) {
  if (sums_.empty()) return;
  for (const std::uint32_t item : items) sums_[item] += value;
  if (!candidates_.empty()) added_.push_back(items);
}

void ScoreSums::finish() {
  for (std::size_t c = 0; c < candidates_.size(); ++c) out_[c] = scratch_[index(candidates_[c])];
  for (const auto items : added_) {  // back to zero, without touching all of [I]
    for (const std::uint32_t item : items) scratch_[item] = 0;
  }
  added_.clear();
}

Status score_histories(const SparseRows& rows, std::string_view method,
                       std::span<const Query> queries, std::span<const std::span<float>> out) {
  ScoreSums sums(method, rows.size());
  std::vector<std::uint32_t> history;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    MOTIVE_TRY(sums.begin(queries[q], out[q]));
    distinct_items(queries[q].history, rows.size(), history);
    for (const std::uint32_t i : history) sums.add(rows.columns_of(i), rows.values_of(i));
    sums.finish();
  }
  return {};
}

Status save_item_rows(const SparseRows& rows, const ItemRowNames& names, const Path& folder) {
  ArrayWriter writer(folder, names.method, names.code_version);
  const std::size_t total = rows.columns.size();
  writer.values()["items"] = rows.size();
  writer.values()[names.values] = total;
  MOTIVE_TRY(writer.add<std::uint64_t>("offsets", rows.offsets, {rows.offsets.size()}));
  MOTIVE_TRY(writer.add<std::uint32_t>(names.columns, rows.columns, {total}));
  MOTIVE_TRY(writer.add<float>(names.values, rows.values, {total}));
  return writer.finish();
}

Result<SparseRows> load_item_rows(const ItemRowNames& names, const Path& folder) {
  MOTIVE_ASSIGN(const ArrayReader reader,
                ArrayReader::open(folder, names.method, names.code_version));
  MOTIVE_ASSIGN(const std::uint64_t n, reader.number("items"));
  MOTIVE_ASSIGN(const std::uint64_t total, reader.number(names.values));
  SparseRows rows;
  rows.n_columns = n;
  MOTIVE_ASSIGN(rows.offsets, reader.read<std::uint64_t>("offsets", {n + 1}));
  MOTIVE_ASSIGN(rows.columns, reader.read<std::uint32_t>(names.columns, {total}));
  MOTIVE_ASSIGN(rows.values, reader.read<float>(names.values, {total}));
  const bool in_range = std::all_of(rows.columns.begin(), rows.columns.end(),
                                    [n](std::uint32_t j) { return j < n; });
  if (!in_range || rows.offsets.front() != 0 || rows.offsets.back() != total ||
      !std::is_sorted(rows.offsets.begin(), rows.offsets.end())) {
    return fail("{}: offsets or item numbers are out of range; remove the folder", folder.string());
  }
  return rows;
}

}  // namespace motive
