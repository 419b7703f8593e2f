#pragma once
// Purpose: metrics beyond accuracy, of L_u: the first k of user u's stored list (top_k.csv.zst).
//   novelty    mean over i in L_u of -log2((n_i + 1) / (N + I)); n_i: training events of i, N: of
//              all, I: items (mean self-information, Zhou et al., PNAS 2010; the 1 keeps items
//              without events finite)
//   diversity  mean over the pairs i, j of L_u of 1 - |C_i & C_j| / |C_i + C_j|, C: categories; 1
//              where both have none (intra-list diversity, Smyth & McClave, 2001). Where the data
//              has no categories, 1 - cos(x_i, x_j), x: TF-IDF of title and description. 0 for
//              lists of fewer than two
//   coverage   |union of all L_u| / items of the pool
//   gini       sum over the I items of the pool, c_1 <= .. <= c_I, of (2i - I - 1) c_i / (I sum c);
//              c: lists that have the item. 0: all equally often; 1 - 1/I: one item in all lists
// novelty and diversity are means over users, 0 where a user has no list; coverage and gini belong
// to a whole cell. NaN where a metric cannot be had: diversity without categories and text.
// Complexity: O(k) a user, O(k^2) for diversity; O(I log I) at the end.

#include "framework/evaluate/cell_facts.h"
#include "framework/evaluate/metrics.h"

namespace motive {

class ListMetrics {
 public:
  /// specs: of all metrics; those that are not read from lists are left alone. facts must stay
  /// alive.
  ListMetrics(const std::vector<MetricSpec>& specs, const CellFacts& facts);

  /// One user's list, best first, as numbers of facts.items; writes his values beside specs (0 for
  /// those of a whole cell).
  void add(std::span<const std::uint32_t> list, std::span<double> values);
  /// Writes the values of the whole cell beside specs.
  void finish(std::span<double> values) const;

 private:
  double novelty(std::span<const std::uint32_t> list) const;
  double diversity(std::span<const std::uint32_t> list) const;
  double distance(std::uint32_t a, std::uint32_t b) const;

  const std::vector<MetricSpec>& specs_;
  const CellFacts& facts_;
  double events_ = 0;  // N
  std::vector<std::vector<std::uint32_t>>
      listed_;  // beside specs: [I] lists that have the item; empty where not asked
};

/// 0 where there is nothing. Sorts `counts`.
double gini(std::vector<std::uint32_t>& counts);

}  // namespace motive
