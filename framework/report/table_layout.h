#pragma once
// Purpose: where a table that is too wide is cut, the same for every form of output that has a width: data sets side by side
// while there is room; a data set that is too wide alone is cut where the metric changes, and a metric that is too wide alone
// between its columns. `make(dataset, columns)` gives a group with width(), in the unit of `room`. Determinism: pure
// functions. Errors: none; a column wider than the room stands alone.

#include <utility>
#include <vector>

#include "framework/report/table.h"

namespace motive {

/// The columns of one data set in pieces that fit.
template <class Room, class Make>
std::vector<std::vector<std::size_t>> cut_columns(const Table& table, std::size_t dataset, Room room, const Make& make) {
  std::vector<std::vector<std::size_t>> pieces;
  const auto fits = [&](std::vector<std::size_t> a, const std::vector<std::size_t>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return make(dataset, std::move(a)).width() <= room;
  };
  for (std::size_t c = 0; c < table.columns.size();) {
    std::vector<std::size_t> metric;
    for (; c < table.columns.size(); ++c) {
      const bool same = metric.empty() || table.columns[c].kind == table.columns[metric.front()].kind;
      if (!same || (!metric.empty() && !fits(metric, {c}))) break;
      metric.push_back(c);
    }
    if (!pieces.empty() && fits(pieces.back(), metric)) {
      pieces.back().insert(pieces.back().end(), metric.begin(), metric.end());
    } else {
      pieces.push_back(metric);
    }
  }
  return pieces;
}

/// Groups that stand side by side, `gap` between two of them.
template <class Group, class Room, class Make>
std::vector<std::vector<Group>> side_by_side(const Table& table, Room room, Room gap, const Make& make) {
  std::vector<std::size_t> all(table.columns.size());
  for (std::size_t c = 0; c < all.size(); ++c) all[c] = c;
  std::vector<std::vector<Group>> blocks;
  Room used{};
  for (std::size_t d = 0; d < table.datasets.size(); ++d) {
    Group whole = make(d, all);
    if (whole.width() <= room) {
      const Room width = gap + whole.width();
      if (blocks.empty() || used + width > room) {
        blocks.emplace_back();
        used = whole.width();
      } else {
        used += width;
      }
      blocks.back().push_back(std::move(whole));
      continue;
    }
    for (auto& columns : cut_columns(table, d, room, make)) {
      blocks.emplace_back();
      blocks.back().push_back(make(d, std::move(columns)));
    }
    used = room;
  }
  return blocks;
}

}  // namespace motive
