#include "baselines/item_knn/item_knn.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "framework/base/parallel.h"
#include "framework/recommend/arrays.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";
// Items that one thread does in one go. Each tile clears counters of size [I], so there are at most
// 1024 tiles.
std::size_t tile_size(std::size_t n_items) { return std::max<std::size_t>(64, n_items / 1024 + 1); }

/// Users of each item as CSR, ascending.
struct Inverted {
  std::vector<std::uint64_t> offsets;  // [I+1]
  std::vector<std::uint32_t> users;
};

Inverted invert(const SeenItems& seen, std::size_t n_items) {
  Inverted inverted;
  inverted.offsets.assign(n_items + 1, 0);
  inverted.users.resize(seen.items.size());
  for (const ItemId item : seen.items) ++inverted.offsets[index(item) + 1];
  for (std::size_t i = 0; i < n_items; ++i) inverted.offsets[i + 1] += inverted.offsets[i];
  std::vector<std::uint64_t> next(inverted.offsets.begin(), inverted.offsets.end() - 1);
  for (std::size_t u = 0; u + 1 < seen.offsets.size(); ++u) {
    for (const ItemId item : seen.of(user_id(u))) {
      inverted.users[next[index(item)]++] = static_cast<std::uint32_t>(u);
    }
  }
  return inverted;
}

/// Neighbours of the items of one tile.
struct Tile {
  std::vector<std::uint32_t> sizes;  // per item
  std::vector<std::uint32_t> items;
  std::vector<float> similarities;
};

struct Neighbour {
  float similarity;
  std::uint32_t item;
};

class Similarities {
 public:
  Similarities(const ItemKnnParams& params, const SeenItems& seen, const Inverted& inverted)
      : params_(params), seen_(seen), inverted_(inverted) {}

  Tile tile(std::size_t first, std::size_t last) const {
    Tile tile;
    std::vector<std::uint32_t> together(inverted_.offsets.size() - 1, 0);
    std::vector<std::uint32_t> touched;
    std::vector<Neighbour> row;
    for (std::size_t i = first; i < last; ++i) {
      count_together(i, together, touched);
      row.clear();
      for (const std::uint32_t j : touched) {
        if (j != i) row.push_back({similarity(i, j, together[j]), j});
        together[j] = 0;
      }
      touched.clear();
      keep_nearest(row);
      tile.sizes.push_back(static_cast<std::uint32_t>(row.size()));
      for (const Neighbour& n : row) {
        tile.items.push_back(n.item);
        tile.similarities.push_back(n.similarity);
      }
    }
    return tile;
  }

 private:
  void count_together(std::size_t i, std::vector<std::uint32_t>& together,
                      std::vector<std::uint32_t>& touched) const {
    for (std::uint64_t e = inverted_.offsets[i]; e < inverted_.offsets[i + 1]; ++e) {
      for (const ItemId j : seen_.of(user_id(inverted_.users[e]))) {
        if (together[index(j)]++ == 0) touched.push_back(static_cast<std::uint32_t>(index(j)));
      }
    }
  }

  float similarity(std::size_t i, std::size_t j, std::uint32_t together) const {
    const double n = together;
    if (!params_.normalise) return static_cast<float>(n / (1 + params_.shrinkage / n));
    const double norm = std::sqrt(static_cast<double>(degree(i)) * static_cast<double>(degree(j)));
    return static_cast<float>(n / (norm + params_.shrinkage));
  }

  std::uint64_t degree(std::size_t i) const {
    return inverted_.offsets[i + 1] - inverted_.offsets[i];
  }

  void keep_nearest(std::vector<Neighbour>& row) const {
    const auto k = static_cast<std::size_t>(params_.neighbours);
    if (row.size() > k) {
      const auto nearer = [](const Neighbour& a, const Neighbour& b) {
        return a.similarity != b.similarity ? a.similarity > b.similarity : a.item < b.item;
      };
      std::nth_element(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(k), row.end(),
                       nearer);
      row.resize(k);
    }
    std::sort(row.begin(), row.end(),
              [](const Neighbour& a, const Neighbour& b) { return a.item < b.item; });
  }

  const ItemKnnParams& params_;
  const SeenItems& seen_;
  const Inverted& inverted_;
};

}  // namespace

const config::Table<ItemKnnParams>& ItemKnnParams::table() {
  static const auto kTable =
      config::Table<ItemKnnParams>("item_knn")
          .field("neighbours", &ItemKnnParams::neighbours,
                 "how many most similar items are kept of each item", config::range(1, 1000000))
          .field("shrinkage", &ItemKnnParams::shrinkage,
                 "added to the denominator: similarities seen by few users count less",
                 config::range(0, 1e6))
          .field("normalise", &ItemKnnParams::normalise,
                 "true: cosine; false: number of users who have both items");
  return kTable;
}

Status ItemKnn::fit(const TrainingView& train, FitContext& context) {
  const std::size_t n = train.n_items();
  const SeenItems seen = seen_items(train);
  const Inverted inverted = invert(seen, n);
  const Similarities similarities(params_, seen, inverted);
  const std::size_t tile_items = tile_size(n);
  const std::size_t n_tiles = (n + tile_items - 1) / tile_items;
  std::vector<Tile> tiles(n_tiles);
  std::atomic<std::size_t> done{0};
  parallel_for(n_tiles, context.threads, [&](std::size_t t) {
    if (context.cancel && context.cancel->is_set()) return;
    tiles[t] = similarities.tile(t * tile_items, std::min(n, (t + 1) * tile_items));
    ++done;
  });
  if (done != n_tiles) return Error{"the fit of item_knn was interrupted", ErrorKind::kCancelled};

  std::size_t total = 0;
  for (const Tile& tile : tiles) total += tile.items.size();
  offsets_.assign(1, 0);
  offsets_.reserve(n + 1);
  neighbours_.clear();
  neighbours_.reserve(total);
  similarities_.clear();
  similarities_.reserve(total);
  for (Tile& tile : tiles) {
    for (const std::uint32_t size : tile.sizes) offsets_.push_back(offsets_.back() + size);
    neighbours_.insert(neighbours_.end(), tile.items.begin(), tile.items.end());
    similarities_.insert(similarities_.end(), tile.similarities.begin(), tile.similarities.end());
    tile = {};
  }
  if (context.progress) {
    context.progress->update(static_cast<double>(n), static_cast<double>(n),
                             fmt::format("{} similarities", total));
  }
  return {};
}

Status ItemKnn::score(std::span<const Query> queries, std::span<const std::span<float>> out) const {
  std::vector<float> scores;  // [I], for queries that do not ask for all items
  std::vector<ItemId> history;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto candidates = queries[q].candidates;
    const bool all = candidates.empty();
    if (all && out[q].size() != n_items() && !out[q].empty()) {
      return fail("item_knn was fitted on {} items and asked for {}; fit it on this data",
                  n_items(), out[q].size());
    }
    if (!all) scores.resize(n_items(), 0.0f);
    const std::span<float> row = all ? out[q] : std::span<float>(scores);
    if (all) std::fill(row.begin(), row.end(), 0.0f);
    history.assign(queries[q].history.begin(), queries[q].history.end());
    std::sort(history.begin(), history.end());
    history.erase(std::unique(history.begin(), history.end()), history.end());
    std::erase_if(history, [&](ItemId i) { return index(i) >= row.size(); });
    for (const ItemId i : history) {
      for (std::uint64_t e = offsets_[index(i)]; e < offsets_[index(i) + 1]; ++e) {
        row[neighbours_[e]] += similarities_[e];
      }
    }
    if (all) continue;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (index(candidates[c]) >= n_items()) {
        return fail("item_knn was fitted on {} items and asked for number {}; fit it on this data",
                    n_items(), index(candidates[c]));
      }
      out[q][c] = scores[index(candidates[c])];
    }
    for (const ItemId i : history) {  // back to zero, without touching all of [I]
      for (std::uint64_t e = offsets_[index(i)]; e < offsets_[index(i) + 1]; ++e) {
        scores[neighbours_[e]] = 0;
      }
    }
  }
  return {};
}

std::span<const std::uint32_t> ItemKnn::neighbours_of(std::size_t item) const {
  return std::span(neighbours_).subspan(offsets_[item], offsets_[item + 1] - offsets_[item]);
}

std::span<const float> ItemKnn::similarities_of(std::size_t item) const {
  return std::span(similarities_).subspan(offsets_[item], offsets_[item + 1] - offsets_[item]);
}

Status ItemKnn::save(const Path& folder) const {
  ArrayWriter writer(folder, "item_knn", kVersion);
  writer.values()["items"] = n_items();
  writer.values()["similarities"] = neighbours_.size();
  MOTIVE_TRY(writer.add<std::uint64_t>("offsets", offsets_, {offsets_.size()}));
  MOTIVE_TRY(writer.add<std::uint32_t>("neighbours", neighbours_, {neighbours_.size()}));
  MOTIVE_TRY(writer.add<float>("similarities", similarities_, {similarities_.size()}));
  return writer.finish();
}

Status ItemKnn::load(const Path& folder) {
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "item_knn", kVersion));
  MOTIVE_ASSIGN(const std::uint64_t n, reader.number("items"));
  MOTIVE_ASSIGN(const std::uint64_t total, reader.number("similarities"));
  MOTIVE_ASSIGN(offsets_, reader.read<std::uint64_t>("offsets", {n + 1}));
  MOTIVE_ASSIGN(neighbours_, reader.read<std::uint32_t>("neighbours", {total}));
  MOTIVE_ASSIGN(similarities_, reader.read<float>("similarities", {total}));
  const bool in_range =
      std::all_of(neighbours_.begin(), neighbours_.end(), [n](std::uint32_t j) { return j < n; });
  if (!in_range || offsets_.front() != 0 || offsets_.back() != total ||
      !std::is_sorted(offsets_.begin(), offsets_.end())) {
    return fail("{}: offsets or item numbers are out of range; remove the folder", folder.string());
  }
  return {};
}

namespace {

MethodInfo describe(const ItemKnnParams& params) {
  // Scores come from the history alone, whoever's it is.
  MethodInfo info{
      .code_version = kVersion, .stochastic = false, .unseen_users = true, .label = "ItemKNN"};
  const auto k = static_cast<std::uint64_t>(params.neighbours);
  info.fit_estimate = [k](const Shape& s) {
    const double per_user =
        s.users ? static_cast<double>(s.events) / static_cast<double>(s.users) : 0;
    // Histories are skewed: their mean square is some three times the square of their mean.
    return Estimate{3 * static_cast<double>(s.events) * per_user / 1e8,
                    2 * s.items * std::min(k, s.items) * 8 + 12 * s.events + 16 * s.items, 0};
  };
  info.rank_estimate = [k](const Shape& s) {
    return Estimate{
        static_cast<double>(s.queries) * static_cast<double>(s.candidates + 10 * k) / 1e9,
        s.items * std::min(k, s.items) * 8 + 256 * s.candidates * sizeof(float), 0};
  };
  return info;
}

const RegisterMethod<ItemKnnParams, ItemKnn> kRegister{
    "item_knn", "items similar to those of the history (cosine over users)",
    "Deshpande & Karypis, TOIS 2004", describe};

}  // namespace
}  // namespace motive
