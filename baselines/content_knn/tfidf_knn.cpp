#include "baselines/content_knn/tfidf_knn.h"

#include <algorithm>
#include <cmath>

#include "baselines/content_knn/nearest.h"
#include "framework/recommend/arrays.h"
#include "framework/text/text_fields.h"
#include "framework/text/tfidf.h"

namespace motive {

/// What one thread works with, cleared after each query where it was touched.
struct TfidfKnn::Scratch {
  std::vector<float> profile;          // [V] weights of words
  std::vector<std::uint32_t> touched;  // words with a weight, ascending
  std::vector<float> scores;           // [I] one event's products
  std::vector<float> nearest;          // [I×k] or [candidates×k], descending
};

Status TfidfKnn::fit(const TrainingView& train, FitContext& context) {
  MOTIVE_ASSIGN(const std::vector<std::string> fields,
                text_fields_of(*train.items, params_.fields, "content_knn", "fields"));
  if (context.cancel && context.cancel->is_set()) {
    return Error{"the fit of content_knn was interrupted", ErrorKind::kCancelled};
  }
  const TfidfOptions options{.sublinear = params_.sublinear,
                             .smooth_idf = true,
                             .min_df = params_.min_df,
                             .tokenizer = {.stop_words = params_.stop_words}};
  items_ = item_tfidf(*train.items, fields, options).rows;
  words_ = transposed(items_);
  context.report["fields"] = fields;
  context.report["words"] = items_.n_columns;
  if (context.progress) {
    const auto n = static_cast<double>(items_.size());
    context.progress->update(n, n, fmt::format("{} words", items_.n_columns));
  }
  return {};
}

/// profile = sum of w_h x_h. Words in ascending order, so that an item's products are added in the
/// order of its row.
void TfidfKnn::weigh(std::span<const ItemId> history, Scratch& scratch) const {
  for (std::size_t h = 0; h < history.size(); ++h) {
    const std::size_t item = index(history[h]);
    if (item >= items_.size()) continue;
    const float weight = params_.weight(history.size(), h);
    const auto words = items_.columns_of(item);
    const auto values = items_.values_of(item);
    for (std::size_t e = 0; e < words.size(); ++e) {
      float& at = scratch.profile[words[e]];
      if (at == 0) scratch.touched.push_back(words[e]);
      at += weight * values[e];
    }
  }
  std::sort(scratch.touched.begin(), scratch.touched.end());
  scratch.touched.erase(std::unique(scratch.touched.begin(), scratch.touched.end()),
                        scratch.touched.end());
}

/// Adds profile . x_c to the score of every item c that shares a word with the profile.
void TfidfKnn::add_products(Scratch& scratch, std::span<float> scores) const {
  for (const std::uint32_t word : scratch.touched) {
    const float weight = scratch.profile[word];
    for (std::uint64_t e = words_.offsets[word]; e < words_.offsets[word + 1]; ++e) {
      float& score = scores[words_.columns[e]];
      score = std::fma(weight, words_.values[e], score);
    }
  }
}

float TfidfKnn::product(std::size_t item, const Scratch& scratch) const {
  const auto words = items_.columns_of(item);
  const auto values = items_.values_of(item);
  float sum = 0;
  for (std::size_t e = 0; e < words.size(); ++e)
    sum = std::fma(scratch.profile[words[e]], values[e], sum);
  return sum;
}

namespace {

template <class Profile>
void clear(Profile& scratch) {
  for (const std::uint32_t word : scratch.touched) scratch.profile[word] = 0;
  scratch.touched.clear();
}

}  // namespace

void TfidfKnn::score_mean(const Query& query, std::span<float> out, Scratch& scratch) const {
  weigh(query.history, scratch);
  if (query.candidates.empty()) {
    std::fill(out.begin(), out.end(), 0.0f);
    add_products(scratch, out);
  } else {
    for (std::size_t c = 0; c < out.size(); ++c)
      out[c] = product(index(query.candidates[c]), scratch);
  }
  const auto m = static_cast<float>(std::max<std::size_t>(1, query.history.size()));
  for (float& score : out) score /= m;
  clear(scratch);
}

void TfidfKnn::score_nearest(const Query& query, std::span<float> out, Scratch& scratch) const {
  const std::size_t k = std::min(static_cast<std::size_t>(params_.neighbours),
                                 std::max<std::size_t>(1, query.history.size()));
  scratch.nearest.assign(out.size() * k, 0.0f);
  scratch.scores.resize(out.size());
  const auto list_of = [&](std::size_t c) { return std::span(scratch.nearest).subspan(c * k, k); };
  for (std::size_t h = 0; h < query.history.size(); ++h) {
    // One event, weighed by its place in the whole history.
    const float weight = params_.weight(query.history.size(), h);
    weigh(query.history.subspan(h, 1), scratch);
    if (query.candidates.empty()) {
      std::fill(scratch.scores.begin(), scratch.scores.end(), 0.0f);
      add_products(scratch, scratch.scores);
    } else {
      for (std::size_t c = 0; c < out.size(); ++c)
        scratch.scores[c] = product(index(query.candidates[c]), scratch);
    }
    for (std::size_t c = 0; c < out.size(); ++c) {
      if (scratch.scores[c] > 0) insert(list_of(c), weight * scratch.scores[c]);
    }
    clear(scratch);
  }
  for (std::size_t c = 0; c < out.size(); ++c) out[c] = mean_of(list_of(c));
}

Status TfidfKnn::score(std::span<const Query> queries,
                         std::span<const std::span<float>> out) const {
  Scratch scratch;
  scratch.profile.assign(items_.n_columns, 0.0f);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Query& query = queries[q];
    const bool all = query.candidates.empty();
    const auto foreign = std::find_if(query.candidates.begin(), query.candidates.end(),
                                      [&](ItemId item) { return index(item) >= items_.size(); });
    if ((all && !out[q].empty() && out[q].size() != items_.size()) ||
        foreign != query.candidates.end()) {
      return of_other_data(items_.size());
    }
    if (out[q].empty()) continue;
    if (params_.neighbours == 0) {
      score_mean(query, out[q], scratch);
    } else {
      score_nearest(query, out[q], scratch);
    }
  }
  return {};
}

Status TfidfKnn::save(const Path& folder) const {
  ArrayWriter writer(folder, "content_knn", kContentKnnVersion);
  writer.values()["items"] = items_.size();
  writer.values()["words"] = items_.n_columns;
  writer.values()["entries"] = items_.columns.size();
  MOTIVE_TRY(writer.add<std::uint64_t>("offsets", items_.offsets, {items_.offsets.size()}));
  MOTIVE_TRY(writer.add<std::uint32_t>("columns", items_.columns, {items_.columns.size()}));
  MOTIVE_TRY(writer.add<float>("values", items_.values, {items_.values.size()}));
  return writer.finish();
}

Status TfidfKnn::load(const Path& folder) {
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "content_knn", kContentKnnVersion));
  MOTIVE_ASSIGN(const std::uint64_t n, reader.number("items"));
  MOTIVE_ASSIGN(const std::uint64_t words, reader.number("words"));
  MOTIVE_ASSIGN(const std::uint64_t entries, reader.number("entries"));
  SparseRows rows;
  rows.n_columns = words;
  MOTIVE_ASSIGN(rows.offsets, reader.read<std::uint64_t>("offsets", {n + 1}));
  MOTIVE_ASSIGN(rows.columns, reader.read<std::uint32_t>("columns", {entries}));
  MOTIVE_ASSIGN(rows.values, reader.read<float>("values", {entries}));
  const bool in_range = std::all_of(rows.columns.begin(), rows.columns.end(),
                                    [&](std::uint32_t c) { return c < words; });
  if (!in_range || rows.offsets.front() != 0 || rows.offsets.back() != entries ||
      !std::is_sorted(rows.offsets.begin(), rows.offsets.end())) {
    return fail("{}: offsets or word numbers are out of range; remove the folder", folder.string());
  }
  items_ = std::move(rows);
  words_ = transposed(items_);
  return {};
}

}  // namespace motive
