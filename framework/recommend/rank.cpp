// The two ways of answering queries block by block. Blocks are asked for in one size, whatever the
// number of threads, so that a source that deals them out in turn gives every run the same blocks.

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

#include "framework/base/parallel.h"
#include "framework/recommend/recommender.h"

namespace motive {
namespace {

constexpr std::size_t kBlock = 256;
// Scores held by one thread at a time (16 MiB): large catalogues get smaller blocks.
constexpr std::size_t kScoresPerThread = std::size_t{1} << 22;

using BlockBody = std::function<Status(std::span<const Query>)>;

/// Shared by the threads of one ranking: the first error ends all of them.
class Blocks {
 public:
  Blocks(QuerySource& queries, std::size_t block, RankContext& context)
      : queries_(queries), block_(block), context_(context) {}

  Status run(const std::function<BlockBody()>& make_body) {
    const std::size_t blocks = (queries_.size() + block_ - 1) / block_;
    const std::size_t workers =
        std::clamp<std::size_t>(blocks, 1, static_cast<std::size_t>(std::max(1, context_.threads)));
    parallel_for(workers, static_cast<int>(workers), [&](std::size_t) { work(make_body); });
    if (error_) return *error_;
    return {};
  }

 private:
  void work(const std::function<BlockBody()>& make_body) {
    try {
      const BlockBody body = make_body();
      std::vector<Query> block(block_);
      while (!stop_.load(std::memory_order_relaxed)) {
        if (context_.cancel && context_.cancel->is_set()) {
          return set_error({"ranking was interrupted", ErrorKind::kCancelled});
        }
        const std::size_t n = queries_.next(block);
        if (n == 0) return;
        if (auto status = body(std::span(block).first(n)); !status)
          return set_error(status.error());
        report(n);
      }
    } catch (const std::exception& e) {  // memory, mostly
      set_error(fail("ranking failed: {}", e.what()));
    }
  }

  void report(std::size_t n) {
    const std::scoped_lock lock(mutex_);
    done_ += n;
    if (context_.progress) {
      context_.progress->update(static_cast<double>(done_), static_cast<double>(queries_.size()));
    }
  }

  void set_error(Error error) {
    const std::scoped_lock lock(mutex_);
    if (!error_) error_ = std::move(error);
    stop_ = true;
  }

  QuerySource& queries_;
  const std::size_t block_;
  RankContext& context_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Status BatchRecommender::rank(QuerySource& queries, RankSink& sink, RankContext& context) const {
  const bool all = queries.kind() == CandidateKind::kAll;
  const std::size_t width = all                                        ? queries.n_items()
                            : queries.kind() == CandidateKind::kShared ? queries.shared().size()
                                                                       : 1;
  const std::size_t block =
      std::clamp<std::size_t>(kScoresPerThread / std::max<std::size_t>(width, 1), 1, kBlock);
  const auto make_body = [&]() -> BlockBody {
    return [&, storage = std::vector<float>(), rows = std::vector<std::span<float>>()](
               std::span<const Query> asked) mutable -> Status {
      std::size_t total = 0;
      for (const Query& q : asked) total += all ? queries.n_items() : q.candidates.size();
      storage.resize(std::max(storage.size(), total));
      rows.clear();
      std::size_t at = 0;
      for (const Query& q : asked) {
        const std::size_t n = all ? queries.n_items() : q.candidates.size();
        rows.push_back(std::span(storage).subspan(at, n));
        at += n;
      }
      MOTIVE_TRY(score(asked, rows));
      for (std::size_t i = 0; i < asked.size(); ++i) MOTIVE_TRY(sink.scores(asked[i].row, rows[i]));
      return {};
    };
  };
  return Blocks(queries, block, context).run(make_body);
}

Status FactorRecommender::block_factors(std::span<const Query> queries, std::span<float> out) const {
  const std::size_t dim = queries.empty() ? 0 : out.size() / queries.size();
  for (std::size_t i = 0; i < queries.size(); ++i) MOTIVE_TRY(user_factors(queries[i], out.subspan(i * dim, dim)));
  return {};
}

Status FactorRecommender::rank(QuerySource& queries, RankSink& sink, RankContext& context) const {
  const ItemFactors items = item_factors();
  if (items.dim == 0 || items.vectors.size() != queries.n_items() * items.dim ||
      (!items.bias.empty() && items.bias.size() != queries.n_items())) {
    return fail("the fitted model has {} item vectors, the catalogue {} items; fit it on this data",
                items.dim == 0 ? 0 : items.vectors.size() / items.dim, queries.n_items());
  }
  const auto make_body = [&]() -> BlockBody {
    return [&, users = std::vector<float>(kBlock * items.dim),
            rows = std::vector<std::uint32_t>()](std::span<const Query> asked) mutable -> Status {
      rows.clear();
      for (const Query& query : asked) rows.push_back(query.row);
      MOTIVE_TRY(block_factors(asked, std::span(users).first(asked.size() * items.dim)));
      return sink.factors(rows, std::span<const float>(users).first(rows.size() * items.dim),
                          items);
    };
  };
  return Blocks(queries, kBlock, context).run(make_body);
}

}  // namespace motive
