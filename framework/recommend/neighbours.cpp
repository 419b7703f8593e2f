#include "framework/recommend/neighbours.h"

#include <algorithm>
#include <mutex>

#include "framework/base/parallel.h"

namespace motive {
namespace {

// Rows that one thread does in one go. A tile may clear counters of size [I], so there are at most
// some thousand of them.
std::size_t tile_size(std::size_t n_rows) { return std::max<std::size_t>(64, n_rows / 1024 + 1); }

bool interrupted(const FitContext& context) { return context.cancel && context.cancel->is_set(); }

}  // namespace

Lists item_users(const SeenItems& seen, std::size_t n_items) {
  Lists holders;
  holders.offsets.assign(n_items + 1, 0);
  holders.values.resize(seen.items.size());
  for (const ItemId item : seen.items) ++holders.offsets[index(item) + 1];
  for (std::size_t i = 0; i < n_items; ++i) holders.offsets[i + 1] += holders.offsets[i];
  std::vector<std::uint64_t> next(holders.offsets.begin(), holders.offsets.end() - 1);
  for (std::size_t u = 0; u + 1 < seen.offsets.size(); ++u) {
    for (const ItemId item : seen.of(user_id(u))) {
      holders.values[next[index(item)]++] = static_cast<std::uint32_t>(u);
    }
  }
  return holders;
}

void keep_nearest(std::vector<Neighbour>& row, std::size_t k) {
  if (row.size() > k) {
    const auto nearer = [](const Neighbour& a, const Neighbour& b) {
      return a.similarity != b.similarity ? a.similarity > b.similarity : a.number < b.number;
    };
    std::nth_element(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(k), row.end(), nearer);
    row.resize(k);
  }
  std::sort(row.begin(), row.end(),
            [](const Neighbour& a, const Neighbour& b) { return a.number < b.number; });
}

void RowTile::add_row(std::span<const Neighbour> entries) {
  sizes.push_back(static_cast<std::uint32_t>(entries.size()));
  for (const Neighbour& entry : entries) {
    columns.push_back(entry.number);
    values.push_back(entry.similarity);
  }
}

Result<SparseRows> rows_by_tiles(std::size_t n_rows, std::size_t n_columns, const MakeTile& make,
                                 std::string_view method, const FitContext& context) {
  const std::size_t rows_each = tile_size(n_rows);
  std::vector<RowTile> tiles((n_rows + rows_each - 1) / rows_each);
  std::size_t done = 0;
  std::mutex mutex;
  parallel_for(tiles.size(), context.threads, [&](std::size_t t) {
    if (interrupted(context)) return;
    const std::size_t first = t * rows_each, last = std::min(n_rows, first + rows_each);
    make(first, last, tiles[t]);
    if (interrupted(context)) return;  // the tile may lack rows
    const std::scoped_lock lock(mutex);
    ++done;
    if (context.progress) {
      context.progress->update(static_cast<double>(std::min(n_rows, done * rows_each)),
                               static_cast<double>(n_rows));
    }
  });
  if (done != tiles.size()) {
    return Error{fmt::format("the fit of {} was interrupted", method), ErrorKind::kCancelled};
  }
  std::size_t total = 0;
  for (const RowTile& tile : tiles) total += tile.columns.size();
  SparseRows rows;
  rows.n_columns = n_columns;
  rows.offsets.reserve(n_rows + 1);
  rows.columns.reserve(total);
  rows.values.reserve(total);
  for (RowTile& tile : tiles) {
    for (const std::uint32_t size : tile.sizes) rows.offsets.push_back(rows.offsets.back() + size);
    rows.columns.insert(rows.columns.end(), tile.columns.begin(), tile.columns.end());
    rows.values.insert(rows.values.end(), tile.values.begin(), tile.values.end());
    tile = {};
  }
  return rows;
}

}  // namespace motive
