#include "baselines/ease/eliminate.h"

#include <algorithm>
#include <numeric>

#include "framework/base/parallel.h"

namespace motive::ease {
namespace {

constexpr std::size_t kRowsATask = 32;
constexpr std::size_t kFewest = 16;  // smaller sets are not worth a round

void for_rows(std::size_t n, int threads, const std::function<void(std::size_t)>& body) {
  parallel_for((n + kRowsATask - 1) / kRowsATask, threads, [&](std::size_t task) {
    for (std::size_t i = task * kRowsATask; i < std::min(n, (task + 1) * kRowsATask); ++i) body(i);
  });
}

/// A row as dense sums, with the list of what is in it. All zero between uses.
struct DenseRow {
  std::vector<double> sums;
  std::vector<char> inside;
  std::vector<std::uint32_t> items;
  void resize(std::size_t n) {
    sums.resize(n, 0.0);
    inside.resize(n, 0);
    items.clear();
  }
  void add(std::uint32_t i, double value) {
    if (!inside[i]) {
      inside[i] = 1;
      items.push_back(i);
    }
    sums[i] += value;
  }
};

class Eliminator {
 public:
  Eliminator(SparseRows& rows, int threads)
      : rows_(rows), threads_(threads), state_(rows.size(), State::kCore) {}

  Elimination run() {
    while (true) {
      const std::vector<std::uint32_t> set = choose();
      if (set.size() < kFewest) break;
      take_out(set);
    }
    return positions();
  }

 private:
  enum class State : char { kCore, kLeaving, kLeft };

  /// Items that stand with few others and not with each other; those with the fewest first.
  std::vector<std::uint32_t> choose() const {
    std::vector<std::uint32_t> order;
    double entries = 0;
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
      if (state_[i] != State::kCore) continue;
      entries += static_cast<double>(rows_[i].size());
      order.push_back(i);
    }
    const auto n = static_cast<double>(rows_.size());
    if (order.empty() || entries > n * n / kSparse) return {};
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return rows_[a].size() < rows_[b].size();
    });
    const std::size_t limit = order.size() / 32;
    // Items with few neighbours leave before others, as they fill in the least; but not one by one.
    for (std::size_t most = 3 * rows_[order[0]].size() / 2 + 4;; most *= 2) {
      std::vector<std::uint32_t> set = independent(order, std::min(most, limit));
      if (set.size() >= kFewest || most >= limit) return set;
    }
  }

  /// Of `order`, items with at most `most` entries that have no entry with each other.
  std::vector<std::uint32_t> independent(const std::vector<std::uint32_t>& order, std::size_t most) const {
    std::vector<char> taken(rows_.size(), 0);
    std::vector<std::uint32_t> set;
    for (const std::uint32_t i : order) {
      if (rows_[i].size() > most) break;
      if (taken[i]) continue;
      set.push_back(i);
      for (const Entry& e : rows_[i]) taken[e.item] = 1;
    }
    std::sort(set.begin(), set.end());
    return set;
  }

  void take_out(const std::vector<std::uint32_t>& set) {
    std::vector<char> touched(rows_.size(), 0);
    for (const std::uint32_t v : set) {
      state_[v] = State::kLeaving;
      for (const Entry& e : rows_[v]) touched[e.item] = 1;
    }
    std::vector<std::uint32_t> others;
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
      if (touched[i] && state_[i] == State::kCore) others.push_back(i);
    }
    for_rows(others.size(), threads_, [&](std::size_t k) { update(others[k]); });
    for (const std::uint32_t v : set) state_[v] = State::kLeft;
    sets_.push_back(set);
  }

  double diagonal(std::uint32_t v) const {
    const auto found = std::lower_bound(rows_[v].begin(), rows_[v].end(), v,
                                        [](const Entry& e, std::uint32_t i) { return e.item < i; });
    return static_cast<double>(found->value);
  }

  void update(std::uint32_t a) {
    thread_local DenseRow row;
    row.resize(rows_.size());
    for (const Entry& e : rows_[a]) {
      if (state_[e.item] == State::kCore) row.add(e.item, static_cast<double>(e.value));
    }
    const auto old = static_cast<std::ptrdiff_t>(row.items.size());
    for (const Entry& v : rows_[a]) {
      if (state_[v.item] != State::kLeaving) continue;
      const double pivot = diagonal(v.item);
      for (const Entry& b : rows_[v.item]) {
        if (b.item == v.item) continue;
        row.add(b.item, -static_cast<double>(v.value) * static_cast<double>(b.value) / pivot);
      }
    }
    std::sort(row.items.begin() + old, row.items.end());
    std::inplace_merge(row.items.begin(), row.items.begin() + old, row.items.end());
    rows_[a].clear();
    for (const std::uint32_t i : row.items) {
      rows_[a].push_back({i, static_cast<float>(row.sums[i])});
      row.sums[i] = 0;
      row.inside[i] = 0;
    }
  }

  Elimination positions() const {
    Elimination e;
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
      if (state_[i] == State::kCore) e.order.push_back(i);
    }
    e.core = e.order.size();
    for (auto set = sets_.rbegin(); set != sets_.rend(); ++set) {
      e.levels.push_back(static_cast<std::uint32_t>(set->size()));
      e.order.insert(e.order.end(), set->begin(), set->end());
    }
    std::vector<std::uint32_t> position(rows_.size());
    for (std::uint32_t p = 0; p < e.order.size(); ++p) position[e.order[p]] = p;
    for (std::size_t p = e.core; p < e.order.size(); ++p) {
      std::vector<Entry> with;
      const double pivot = diagonal(e.order[p]);
      for (const Entry& entry : rows_[e.order[p]]) {
        if (entry.item == e.order[p]) continue;
        with.push_back({position[entry.item], static_cast<float>(static_cast<double>(entry.value) / pivot)});
      }
      std::sort(with.begin(), with.end(), [](const Entry& a, const Entry& b) { return a.item < b.item; });
      e.pivots.push_back(static_cast<float>(1 / pivot));
      for (const Entry& entry : with) {
        e.with.values.push_back(entry.item);
        e.factors.push_back(entry.value);
      }
      e.with.offsets.push_back(e.with.values.size());
    }
    return e;
  }

  SparseRows& rows_;
  const int threads_;
  std::vector<State> state_;
  std::vector<std::vector<std::uint32_t>> sets_;
};

}  // namespace

SparseRows sparse_gram(const Incidence& x, double reg, int threads) {
  const std::size_t n = x.items.size();
  SparseRows rows(n);
  for_rows(n, threads, [&](std::size_t i) {
    thread_local std::vector<std::uint32_t> counts, touched;
    counts.resize(n, 0);
    touched.clear();
    count_together(x, i, counts, touched);
    std::sort(touched.begin(), touched.end());
    rows[i].reserve(touched.size());
    for (const std::uint32_t j : touched) {
      rows[i].push_back({j, static_cast<float>(counts[j] + (j == i ? reg : 0))});
      counts[j] = 0;
    }
  });
  return rows;
}

Elimination eliminate(SparseRows& rows, int threads) { return Eliminator(rows, threads).run(); }

Elimination keep_all(std::size_t n) {
  Elimination e;
  e.core = n;
  e.order.resize(n);
  std::iota(e.order.begin(), e.order.end(), 0u);
  return e;
}

SymmetricTiles<float> core_tiles(const SparseRows& rows, const Elimination& elimination, int threads) {
  std::vector<std::uint32_t> position(rows.size());
  for (std::uint32_t p = 0; p < elimination.order.size(); ++p) position[elimination.order[p]] = p;
  SymmetricTiles<float> tiles(elimination.core);
  parallel_for(tiles.tile_rows(), threads, [&](std::size_t t) {
    std::fill_n(tiles.tile(t, 0), (t + 1) * kTileSize, 0.0f);
    for (std::size_t p = t * kTile; p < t * kTile + tiles.extent(t); ++p) {
      for (const Entry& e : rows[elimination.order[p]]) {
        const std::size_t q = position[e.item];
        if (q <= p) tiles.at(p, q) = e.value;
        if (q < p && q / kTile == t) tiles.tile(t, t)[q % kTile * kTile + p % kTile] = e.value;
      }
    }
  });
  return tiles;
}

template <class Real>
SymmetricTiles<Real> gram_tiles(const Incidence& x, double reg, int threads) {
  const std::size_t n = x.items.size();
  SymmetricTiles<Real> tiles(n);
  parallel_for(tiles.tile_rows(), threads, [&](std::size_t t) {
    std::fill_n(tiles.tile(t, 0), (t + 1) * kTileSize, Real(0));
    for (std::size_t i = t * kTile; i < t * kTile + tiles.extent(t); ++i) {
      for (const std::uint32_t u : x.by_item.of(i)) {
        for (const std::uint32_t j : x.by_user.of(u)) {
          if (j / kTile > t) break;
          tiles.tile(t, j / kTile)[i % kTile * kTile + j % kTile] += Real(1);
        }
      }
      tiles.at(i, i) += static_cast<Real>(reg);
    }
  });
  return tiles;
}

template SymmetricTiles<float> gram_tiles(const Incidence&, double, int);
template SymmetricTiles<double> gram_tiles(const Incidence&, double, int);

}  // namespace motive::ease
