#include "baselines/content_knn/sentence_knn.h"

#include <algorithm>
#include <limits>

#include "baselines/content_knn/nearest.h"
#include "framework/features/sentences.h"

namespace motive {
namespace {

constexpr std::size_t kWidth = 32;  // items of a panel
constexpr std::size_t kEvents = 4;  // of a history, that pass over a panel together

constexpr float kNothing = -std::numeric_limits<float>::infinity();  // below every product

using Products = float[kEvents][kWidth];

/// products[e][w] = events[e] . item w, each one chain over the dimension.
void multiply(const float* panel, const float* const* events, std::size_t dim, Products& products) {
  float sums[kEvents][kWidth] = {};
  for (std::size_t d = 0; d < dim; ++d) {
    const float* const items = panel + d * kWidth;
    for (std::size_t e = 0; e < kEvents; ++e) {
      const float value = events[e][d];
      for (std::size_t w = 0; w < kWidth; ++w) sums[e][w] = std::fma(value, items[w], sums[e][w]);
    }
  }
  std::copy(&sums[0][0], &sums[0][0] + kEvents * kWidth, &products[0][0]);
}

/// The same for one item.
void multiply(std::span<const float> item, const float* const* events, float (&products)[kEvents]) {
  float sums[kEvents] = {};
  for (std::size_t d = 0; d < item.size(); ++d) {
    for (std::size_t e = 0; e < kEvents; ++e) sums[e] = std::fma(events[e][d], item[d], sums[e]);
  }
  std::copy(sums, sums + kEvents, products);
}

/// The vectors of the events h, h + 1, ... of a history; after the last one, that again.
struct Events {
  const float* rows[kEvents];
  Events(const SentenceItems& items, std::span<const ItemId> history, std::size_t h) {
    for (std::size_t e = 0; e < kEvents; ++e) rows[e] = items.row(index(history[std::min(h + e, history.size() - 1)])).data();
  }
};

}  // namespace

Status SentenceItems::take(const ContentKnnParams& params, const TrainingView& train, FitContext& context) {
  MOTIVE_ASSIGN(const Path folder, context.features.of(sentence_vectors(params.fields)));
  n = train.n_items();
  MOTIVE_ASSIGN(const SentenceVectors vectors, SentenceVectors::open(folder, n));
  dim = vectors.dim();
  rows.assign(vectors.all().begin(), vectors.all().end());
  for (std::size_t i = 0; i < n; ++i) {  // not every model normalises
    const std::span<float> own = std::span(rows).subspan(i * dim, dim);
    double squares = 0;
    for (const float value : own) squares += static_cast<double>(value) * value;
    if (squares == 0) continue;
    const auto scale = static_cast<float>(1 / std::sqrt(squares));
    for (float& value : own) value *= scale;
  }
  context.report["fields"] = vectors.fields();
  context.report["items without text"] = vectors.without_text();
  return {};
}

Status SentenceItems::save(const Path& folder) const {
  ArrayWriter writer(folder, "content_knn", kContentKnnVersion);
  writer.values()["items"] = n;
  writer.values()["dim"] = dim;
  MOTIVE_TRY(writer.add<float>("sentences", rows, {n, dim}));
  return writer.finish();
}

Status SentenceItems::load(const Path& folder) {
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "content_knn", kContentKnnVersion));
  MOTIVE_ASSIGN(n, reader.number("items"));
  MOTIVE_ASSIGN(dim, reader.number("dim"));
  MOTIVE_ASSIGN(rows, reader.read<float>("sentences", {n, dim}));
  return {};
}

Status MeanSentenceKnn::user_factors(const Query& query, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0f);
  const std::size_t m = query.history.size();
  for (std::size_t h = 0; h < m; ++h) {
    if (index(query.history[h]) >= items_.n) return of_other_data(items_.n);
    const auto event = items_.row(index(query.history[h]));
    const float weight = params_.weight(m, h) / static_cast<float>(m);
    for (std::size_t d = 0; d < out.size(); ++d) out[d] = std::fma(weight, event[d], out[d]);
  }
  return {};
}

Status NearestSentenceKnn::fit(const TrainingView& train, FitContext& context) {
  MOTIVE_TRY(items_.take(params_, train, context));
  pack();
  return {};
}

Status NearestSentenceKnn::load(const Path& folder) {
  MOTIVE_TRY(items_.load(folder));
  pack();
  return {};
}

void NearestSentenceKnn::pack() {
  const std::size_t panels = (items_.n + kWidth - 1) / kWidth;
  panels_.assign(panels * kWidth * items_.dim, 0.0f);
  for (std::size_t i = 0; i < items_.n; ++i) {
    float* const panel = panels_.data() + i / kWidth * kWidth * items_.dim + i % kWidth;
    for (std::size_t d = 0; d < items_.dim; ++d) panel[d * kWidth] = items_.row(i)[d];
  }
}

void NearestSentenceKnn::score_all(std::span<const ItemId> history, std::span<float> out) const {
  const std::size_t m = history.size(), k = std::min(static_cast<std::size_t>(params_.neighbours), m);
  std::vector<float> nearest(kWidth * k);  // [W×k] descending
  const auto list_of = [&](std::size_t w) { return std::span(nearest).subspan(w * k, k); };
  for (std::size_t first = 0; first < out.size(); first += kWidth) {
    std::fill(nearest.begin(), nearest.end(), kNothing);
    const std::size_t width = std::min(kWidth, out.size() - first);
    for (std::size_t h = 0; h < m; h += kEvents) {
      Products products;
      multiply(panels_.data() + first * items_.dim, Events(items_, history, h).rows, items_.dim, products);
      for (std::size_t e = 0; e < std::min(kEvents, m - h); ++e) {
        const float weight = params_.weight(m, h + e);
        for (std::size_t w = 0; w < width; ++w) insert(list_of(w), weight * products[e][w]);
      }
    }
    for (std::size_t w = 0; w < width; ++w) out[first + w] = mean_of(list_of(w));
  }
}

void NearestSentenceKnn::score_list(std::span<const ItemId> history, std::span<const ItemId> candidates, std::span<float> out) const {
  const std::size_t m = history.size();
  std::vector<float> nearest(std::min(static_cast<std::size_t>(params_.neighbours), m));
  for (std::size_t c = 0; c < out.size(); ++c) {
    std::fill(nearest.begin(), nearest.end(), kNothing);
    for (std::size_t h = 0; h < m; h += kEvents) {
      float products[kEvents];
      multiply(items_.row(index(candidates[c])), Events(items_, history, h).rows, products);
      for (std::size_t e = 0; e < std::min(kEvents, m - h); ++e) insert(nearest, params_.weight(m, h + e) * products[e]);
    }
    out[c] = mean_of(nearest);
  }
}

Status NearestSentenceKnn::score(std::span<const Query> queries, std::span<const std::span<float>> out) const {
  const auto foreign = [&](ItemId item) { return index(item) >= items_.n; };
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Query& query = queries[q];
    const bool all = query.candidates.empty();
    if ((all && !out[q].empty() && out[q].size() != items_.n) || std::any_of(query.candidates.begin(), query.candidates.end(), foreign) ||
        std::any_of(query.history.begin(), query.history.end(), foreign)) {
      return of_other_data(items_.n);
    }
    if (query.history.empty()) {
      std::fill(out[q].begin(), out[q].end(), 0.0f);
    } else if (all) {
      score_all(query.history, out[q]);
    } else {
      score_list(query.history, query.candidates, out[q]);
    }
  }
  return {};
}

}  // namespace motive
