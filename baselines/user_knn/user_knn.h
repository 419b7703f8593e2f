#pragma once
// Purpose: user-based nearest neighbours over the binary user-item matrix. H_u: distinct items of u.
//   n_uv = sum over the items in H_u and H_v of a_i, n_u = sum over H_u of a_i
//          a_i = 1, or with inverse_frequency ln(1 + U / users who have i)
//   sim(u, v) = n_uv / (sqrt(n_u n_v) + shrinkage)   normalise: true
//   sim(u, v) = n_uv / (1 + shrinkage / n_uv)        normalise: false  (co-occurrence)
//   score(u, c) = sum of sim(u, v) over those of the `neighbours` training users most like u who have
//                 c (ties: the lower user number)
// H_u of a query is its visible history, H_v of a neighbour its training events; nobody is his own
// neighbour. Source: Herlocker et al., An algorithmic framework for performing collaborative
// filtering, SIGIR 1999, for lists as in Sarwar et al., EC 2000; inverse user frequency after Breese
// et al., UAI 1998.
// Shapes: training events twice, by user and by item; no [U×U] anywhere.
// Complexity: fit is the sorting of the events; a query costs the sum over its items of the users who
// have them, and the events of its neighbours. Memory: 8 bytes an event, and U*4 bytes a thread that
// ranks. Determinism: no randomness; sums in ascending order of items and of users.
// Errors: a model of other data.

#include "framework/base/sparse_rows.h"
#include "framework/config/table.h"
#include "framework/recommend/neighbours.h"
#include "framework/recommend/recommender.h"
#include "framework/recommend/registry.h"

namespace motive {

struct UserKnnParams {
  int neighbours = 80;
  double shrinkage = 20;
  bool normalise = true;
  bool inverse_frequency = true;
  static const config::Table<UserKnnParams>& table();
};

class UserKnn final : public BatchRecommender {
 public:
  explicit UserKnn(const UserKnnParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

  /// The neighbours of who asks, ascending by number.
  std::vector<Neighbour> neighbours_of(const Query& query) const;

 private:
  class Search;  // what one thread works with
  void set_histories(SeenItems seen, std::size_t n_items);
  float similarity(double shared, double own, double other) const;

  UserKnnParams params_;
  std::vector<std::uint64_t> offsets_;  // [U+1]
  std::vector<std::uint32_t> items_;    // of each user, distinct, ascending
  Lists holders_;
  std::vector<float> item_weights_;     // [I] a_i
  std::vector<double> user_weights_;    // [U] n_v
};

}  // namespace motive
