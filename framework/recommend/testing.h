#pragma once
// Purpose: small data, queries and a sink in memory, for the tests of methods. A test of a method
// needs neither files nor the evaluator.

#include <stdlib.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

#include "framework/base/temporary_folder.h"
#include "framework/recommend/recommender.h"

namespace motive::testing {

using test::TemporaryFolder;

/// One string column that owns its bytes.
class Strings {
 public:
  void add(std::string_view text) {
    bytes_ += text;
    offsets_.push_back(bytes_.size());
  }
  StringsView view() const { return {offsets_, bytes_}; }

 private:
  std::vector<std::uint64_t> offsets_{0};
  std::string bytes_;
};

/// Training events as one list of item numbers a user; raw ids "u0", "u1", ... and "i0", "i1", ...
/// Each item has a title; times count up from 1.
class Data {
 public:
  using Sequences = std::vector<std::vector<std::uint32_t>>;
  /// titles: of the first items; the others are called "item number 7".
  Data(const Sequences& sequences, std::size_t n_items,
       const std::vector<std::string>& titles = {}) {
    offsets_.push_back(0);
    for (std::size_t u = 0; u < sequences.size(); ++u) {
      for (const std::uint32_t i : sequences[u]) {
        items_.push_back(item_id(i));
        times_.push_back(static_cast<std::int64_t>(items_.size()));
        ratings_.push_back(static_cast<float>(1 + i % 5));
      }
      offsets_.push_back(items_.size());
      user_ids_.add(fmt::format("u{}", u));
    }
    for (std::size_t i = 0; i < n_items; ++i) {
      item_ids_.add(fmt::format("i{}", i));
      titles_.add(i < titles.size() ? titles[i] : fmt::format("item number {}", i));
    }
    catalogue_ = Catalogue(item_ids_.view(), {{"title", titles_.view()}});
    users_ = UserTable(user_ids_.view(), {});
  }
  Data(const Data&) = delete;  // the views point into it
  Data& operator=(const Data&) = delete;

  TrainingView view() const { return {{offsets_, items_, times_, ratings_}, &catalogue_, &users_}; }

 private:
  std::vector<std::uint64_t> offsets_;
  std::vector<ItemId> items_;
  std::vector<std::int64_t> times_;
  std::vector<float> ratings_;
  Strings user_ids_, item_ids_, titles_;
  Catalogue catalogue_;
  UserTable users_;
};

/// Queries from a list. block: the most that one next() gives (0: what is asked for).
class Queries : public QuerySource {
 public:
  Queries(CandidateKind kind, std::size_t n_items, std::vector<ItemId> shared = {})
      : kind_(kind), n_items_(n_items), shared_(std::move(shared)) {}

  Queries& add(std::size_t user, bool in_training, std::vector<std::uint32_t> history,
               std::vector<std::uint32_t> candidates = {}) {
    const auto row = static_cast<std::uint32_t>(queries_.size());
    return add_row(row, user, in_training, std::move(history), std::move(candidates));
  }
  Queries& add_row(std::uint32_t row, std::size_t user, bool in_training,
                   std::vector<std::uint32_t> history, std::vector<std::uint32_t> candidates = {}) {
    Query query{row, user_id(user), in_training, keep(history), {}, {}, {}};
    if (kind_ == CandidateKind::kRagged) query.candidates = keep(candidates);
    if (kind_ == CandidateKind::kShared) query.candidates = shared_;
    queries_.push_back(query);
    return *this;
  }
  void set_block(std::size_t block) { block_ = block; }
  void reverse() { std::reverse(queries_.begin(), queries_.end()); }
  void rewind() { at_ = 0; }
  const std::vector<Query>& list() const { return queries_; }

  CandidateKind kind() const override { return kind_; }
  std::size_t size() const override { return queries_.size(); }
  std::size_t n_items() const override { return n_items_; }
  std::span<const ItemId> shared() const override { return shared_; }
  std::size_t next(std::span<Query> out) override {
    const std::scoped_lock lock(mutex_);
    const std::size_t most = block_ == 0 ? out.size() : std::min(block_, out.size());
    const std::size_t n = std::min(most, queries_.size() - at_);
    std::copy_n(queries_.begin() + static_cast<std::ptrdiff_t>(at_), n, out.begin());
    at_ += n;
    return n;
  }

 private:
  std::span<const ItemId> keep(const std::vector<std::uint32_t>& numbers) {
    lists_.emplace_back();
    for (const std::uint32_t i : numbers) lists_.back().push_back(item_id(i));
    return lists_.back();
  }
  CandidateKind kind_;
  std::size_t n_items_, block_ = 0, at_ = 0;
  std::vector<ItemId> shared_;
  std::deque<std::vector<ItemId>> lists_;  // a deque: spans into it stay valid
  std::vector<Query> queries_;
  std::mutex mutex_;
};

/// Keeps what is delivered. Factors are multiplied out.
class Sink : public RankSink {
 public:
  explicit Sink(const Queries& queries) {
    for (const Query& query : queries.list()) by_row_[query.row] = query;
  }
  Status scores(std::uint32_t row, std::span<const float> values) override {
    const std::scoped_lock lock(mutex_);
    if (!by_row_.count(row)) return fail("row {} was not asked for", row);
    for (const float value : values) {
      if (!std::isfinite(value)) return fail("row {}: score {}", row, value);
    }
    ++delivered[row];
    found[row].assign(values.begin(), values.end());
    return {};
  }
  Status ranking(std::uint32_t row, std::span<const ItemId> best_first,
                 std::string_view variant) override {
    const std::scoped_lock lock(mutex_);
    if (!by_row_.count(row)) return fail("row {} was not asked for", row);
    ++delivered[row];
    lists[{row, std::string(variant)}].assign(best_first.begin(), best_first.end());
    return {};
  }
  Status factors(std::span<const std::uint32_t> rows, std::span<const float> users,
                 const ItemFactors& items) override {
    const std::size_t n_items = items.vectors.size() / items.dim;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (!by_row_.count(rows[r])) return fail("row {} was not asked for", rows[r]);
      std::vector<ItemId> wanted(by_row_[rows[r]].candidates.begin(),
                                 by_row_[rows[r]].candidates.end());
      if (wanted.empty()) {
        for (std::size_t i = 0; i < n_items; ++i) wanted.push_back(item_id(i));
      }
      std::vector<float> values;
      for (const ItemId i : wanted) {
        const auto item = items.vectors.subspan(index(i) * items.dim, items.dim);
        const auto user = users.subspan(r * items.dim, items.dim);
        const float bias = items.bias.empty() ? 0.0f : items.bias[index(i)];
        values.push_back(std::inner_product(item.begin(), item.end(), user.begin(), bias));
      }
      MOTIVE_TRY(scores(rows[r], values));
    }
    return {};
  }
  void count(std::string_view what, std::uint64_t n) override {
    const std::scoped_lock lock(mutex_);
    counts[std::string(what)] += n;
  }

  std::map<std::uint32_t, std::vector<float>> found;  // scores by row
  std::map<std::pair<std::uint32_t, std::string>, std::vector<ItemId>> lists;
  std::map<std::string, std::uint64_t> counts;
  std::map<std::uint32_t, int> delivered;

 private:
  std::map<std::uint32_t, Query> by_row_;
  std::mutex mutex_;
};

/// Contexts with nothing attached.
struct Contexts {
  Contexts() {
    fit.progress = rank.progress = &progress;
    fit.cancel = rank.cancel = &cancel;
  }
  NoProgress progress;
  CancelFlag cancel;
  FitContext fit;
  RankContext rank;
};

/// Scores of all queries by row; an error of rank is returned.
inline Result<std::map<std::uint32_t, std::vector<float>>> scores_of(const Recommender& method,
                                                                     Queries& queries,
                                                                     int threads = 1) {
  Contexts contexts;
  contexts.rank.threads = threads;
  queries.rewind();
  Sink sink(queries);
  MOTIVE_TRY(method.rank(queries, sink, contexts.rank));
  return sink.found;
}

}  // namespace motive::testing
