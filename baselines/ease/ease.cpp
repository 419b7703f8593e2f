#include "baselines/ease/ease.h"

#include <algorithm>
#include <cmath>

#include "baselines/ease/invert.h"
#include "framework/base/memory.h"
#include "framework/base/parallel.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";
constexpr std::uint32_t kOutside = ~std::uint32_t{0};
/// The score of an item that is not in the model: after all others.
constexpr float kLast = -1e9f;
/// Above this condition number the inverse is computed in double.
constexpr double kFloatCondition = 1e5;

std::string gigabytes(std::uint64_t bytes) { return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9); }

/// An error where `needed` is not to be had.
Status check_memory(std::uint64_t needed, std::uint64_t n, const char* what) {
  const std::uint64_t there = available_memory();
  if (there == 0 || needed <= there) return {};
  return invalid(
      "ease: {} {} items needs {} of memory and there are {}. Give it fewer items (max_items: {} fits), filter rare "
      "items, or take a method that does not look at all pairs of items (item_knn, slim, bpr)",
      what, n, gigabytes(needed), gigabytes(there),
      static_cast<std::uint64_t>(static_cast<double>(n) * std::sqrt(0.9 * static_cast<double>(there) / static_cast<double>(needed))));
}

Status wrong_catalogue(std::size_t fitted, std::size_t asked) {
  return fail("ease was fitted on {} items and asked for {}; fit it on this data", fitted, asked);
}

}  // namespace

const config::Table<EaseParams>& EaseParams::table() {
  static const auto kTable =
      config::Table<EaseParams>("ease")
          .field("reg", &EaseParams::reg, "L2 on the weights, in users: what is added to the diagonal of X'X",
                 config::above(0).up_to(1e9))
          .field("max_items", &EaseParams::max_items,
                 "keeps the most popular items in the model and ranks all others last; 0: all",
                 config::range(0, 1000000));
  return kTable;
}

std::uint64_t Ease::fit_bytes(std::uint64_t n, bool precise) {
  const std::uint64_t width = precise ? sizeof(double) : sizeof(float);
  const std::uint64_t tile = ease::kTileSize * width;
  const std::uint64_t tiles = ease::SymmetricTiles<float>::count(n), rows = ease::SymmetricTiles<float>::tile_rows(n);
  // In double: the result as floats. In float: the sparse rows, one in kSparse entries of 8 bytes.
  const std::uint64_t beside = precise ? tiles * tile / 2 : static_cast<std::uint64_t>(8 / ease::kSparse) * n * n;
  return tiles * tile + 2 * rows * tile + beside;
}

std::uint64_t Ease::rank_bytes(std::uint64_t n) { return n * ((n + 15) / 16 * 16) * sizeof(float); }

Status Ease::fit(const TrainingView& train, FitContext& context) {
  n_items_ = train.n_items();
  std::vector<std::uint32_t> items = ease::model_items(train, static_cast<std::size_t>(params_.max_items));
  const std::size_t n = items.size();
  MOTIVE_TRY(check_memory(fit_bytes(n, false), n, "the inverse over"));
  const ease::Incidence x = ease::make_incidence(train, std::move(items));
  const double condition = ease::largest_eigenvalue(x) / params_.reg + 1;
  const bool precise = condition > kFloatCondition;
  context.report["items"] = n;
  context.report["condition"] = condition;
  context.report["precision"] = precise ? "double" : "float";
  stored_core_ = {};
  ready_ = false;
  weights_ = {};
  if (precise) {
    MOTIVE_TRY(check_memory(fit_bytes(n, true), n, "the inverse (in double: reg is small) over"));
    MOTIVE_TRY(invert<double>(x, context));
  } else {
    MOTIVE_TRY(invert<float>(x, context));
  }
  for (std::uint32_t& item : elimination_.order) item = x.items[item];
  index_items();
  return {};
}

template <class Real>
Status Ease::invert(const ease::Incidence& x, FitContext& context) {
  const auto n = static_cast<double>(x.items.size());
  elimination_ = ease::keep_all(x.items.size());
  ease::SymmetricTiles<Real> tiles;
  if (std::is_same_v<Real, float> && ease::gram_entries(x) < n * n / ease::kSparse) {
    ease::SparseRows rows = ease::sparse_gram(x, params_.reg, context.threads);
    elimination_ = ease::eliminate(rows, context.threads);
    if constexpr (std::is_same_v<Real, float>) tiles = ease::core_tiles(rows, elimination_, context.threads);
  } else {
    tiles = ease::gram_tiles<Real>(x, params_.reg, context.threads);
  }
  context.report["eliminated"] = x.items.size() - elimination_.core;
  if (auto status = ease::negative_inverse(tiles, context); !status) {
    if (status.error().kind == ErrorKind::kCancelled) return Error{"the fit of ease was interrupted", ErrorKind::kCancelled};
    return fail("ease: with reg {:g} {}; a larger reg mends that", params_.reg, status.error().message);
  }
  if constexpr (std::is_same_v<Real, float>) {
    core_ = std::move(tiles);
  } else {
    core_ = ease::SymmetricTiles<float>(tiles.n());
    std::transform(tiles.values().begin(), tiles.values().end(), core_.tile(0, 0),
                   [](Real value) { return static_cast<float>(value); });
  }
  return {};
}

void Ease::index_items() {
  position_.assign(n_items_, kOutside);
  for (std::uint32_t p = 0; p < elimination_.order.size(); ++p) position_[elimination_.order[p]] = p;
}

Status Ease::prepare_weights() const {
  const std::scoped_lock lock(mutex_);
  if (ready_) return {};
  const std::size_t n = elimination_.order.size();
  MOTIVE_TRY(check_memory(rank_bytes(n), n, "ranking with the weights of"));
  const std::span<const float> core = stored_core_.view().empty() ? core_.values() : stored_core_.view();
  weights_ = ease::make_weights(core, elimination_, available_threads());
  ready_ = true;
  return {};
}

void Ease::sum_rows(std::span<const ItemId> history, std::span<float> out) const {
  std::fill(out.begin(), out.end(), 0.0f);
  constexpr std::size_t kChunk = 2048;  // of the sums, in the first cache
  for (std::size_t first = 0; first < out.size(); first += kChunk) {
    const std::size_t last = std::min(out.size(), first + kChunk);
    for (const ItemId i : history) {
      const float* const row = weights_.row(position_[index(i)]);
      for (std::size_t j = first; j < last; ++j) out[j] += row[j];
    }
  }
}

Status Ease::score(std::span<const Query> queries, std::span<const std::span<float>> out) const {
  MOTIVE_TRY(prepare_weights());
  std::vector<float> sums;
  std::vector<ItemId> history;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    history.assign(queries[q].history.begin(), queries[q].history.end());
    std::sort(history.begin(), history.end());
    history.erase(std::unique(history.begin(), history.end()), history.end());
    std::erase_if(history, [&](ItemId i) { return index(i) >= n_items_ || position_[index(i)] == kOutside; });
    const auto candidates = queries[q].candidates;
    if (candidates.empty()) {
      if (out[q].empty()) continue;  // a query without candidates
      if (out[q].size() != n_items_) return wrong_catalogue(n_items_, out[q].size());
      sums.resize(elimination_.order.size());
      sum_rows(history, sums);
      std::fill(out[q].begin(), out[q].end(), kLast);
      for (std::size_t p = 0; p < sums.size(); ++p) out[q][elimination_.order[p]] = sums[p];
      continue;
    }
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (index(candidates[c]) >= n_items_) return wrong_catalogue(n_items_, index(candidates[c]) + 1);
      const std::uint32_t p = position_[index(candidates[c])];
      float sum = 0;
      for (const ItemId i : history) sum += p == kOutside ? 0 : weights_.row(position_[index(i)])[p];
      out[q][c] = p == kOutside ? kLast : sum;
    }
  }
  return {};
}

Status Ease::save(const Path& folder) const {
  const ease::Elimination& e = elimination_;
  const std::span<const float> core = stored_core_.view().empty() ? core_.values() : stored_core_.view();
  ArrayWriter writer(folder, "ease", kVersion);
  writer.values() = {{"catalogue", n_items_}, {"items", e.order.size()},   {"core", e.core},
                     {"levels", e.levels.size()}, {"factors", e.factors.size()}, {"tile", ease::kTile}};
  MOTIVE_TRY(writer.add<std::uint32_t>("items", e.order, {e.order.size()}));
  MOTIVE_TRY(writer.add<float>("core", core, {core.size() / ease::kTileSize, ease::kTile, ease::kTile}));
  MOTIVE_TRY(writer.add<std::uint32_t>("levels", e.levels, {e.levels.size()}));
  MOTIVE_TRY(writer.add<float>("pivots", e.pivots, {e.pivots.size()}));
  MOTIVE_TRY(writer.add<std::uint64_t>("offsets", e.with.offsets, {e.with.offsets.size()}));
  MOTIVE_TRY(writer.add<std::uint32_t>("with", e.with.values, {e.with.values.size()}));
  MOTIVE_TRY(writer.add<float>("factors", e.factors, {e.factors.size()}));
  return writer.finish();
}

namespace {

/// Whether all numbers stay within what they are numbers of.
bool sound(const ease::Elimination& e, std::size_t n_items) {
  const std::size_t n = e.order.size();
  std::vector<char> seen(n_items, 0);
  for (const std::uint32_t item : e.order) {
    if (item >= n_items || seen[item]++) return false;
  }
  std::size_t first = e.core;
  for (const std::uint32_t size : e.levels) {
    if (size > n - first) return false;
    for (std::size_t p = first; p < first + size; ++p) {
      const std::uint64_t from = e.with.offsets[p - e.core], to = e.with.offsets[p - e.core + 1];
      if (from > to || to > e.with.values.size()) return false;
      for (std::uint64_t k = from; k < to; ++k) {
        if (e.with.values[k] >= first) return false;
      }
    }
    first += size;
  }
  return first == n;
}

}  // namespace

Status Ease::load(const Path& folder) {
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "ease", kVersion));
  MOTIVE_ASSIGN(n_items_, reader.number("catalogue"));
  MOTIVE_ASSIGN(const std::uint64_t n, reader.number("items"));
  MOTIVE_ASSIGN(const std::uint64_t core, reader.number("core"));
  MOTIVE_ASSIGN(const std::uint64_t levels, reader.number("levels"));
  MOTIVE_ASSIGN(const std::uint64_t factors, reader.number("factors"));
  const Error damaged = fail("{}: sizes or item numbers are out of range; remove the folder", folder.string());
  if (n > n_items_ || core > n) return damaged;
  ease::Elimination e;
  e.core = core;
  MOTIVE_ASSIGN(e.order, reader.read<std::uint32_t>("items", {n}));
  MOTIVE_ASSIGN(e.levels, reader.read<std::uint32_t>("levels", {levels}));
  MOTIVE_ASSIGN(e.pivots, reader.read<float>("pivots", {n - core}));
  MOTIVE_ASSIGN(e.with.offsets, reader.read<std::uint64_t>("offsets", {n - core + 1}));
  MOTIVE_ASSIGN(e.with.values, reader.read<std::uint32_t>("with", {factors}));
  MOTIVE_ASSIGN(e.factors, reader.read<float>("factors", {factors}));
  const std::uint64_t tiles = ease::SymmetricTiles<float>::count(core);
  MOTIVE_ASSIGN(stored_core_, reader.map<float>("core", {tiles, ease::kTile, ease::kTile}));
  if (!sound(e, n_items_)) return damaged;
  elimination_ = std::move(e);
  core_ = {};
  weights_ = {};
  ready_ = false;
  index_items();
  return {};
}

namespace {

MethodInfo describe(const EaseParams& params) {
  // Scores come from the history alone, whoever's it is.
  MethodInfo info{.code_version = kVersion,
                  .stochastic = false,
                  .unseen_users = true,
                  .any_threads = true,
                  .label = "EASE"};
  const auto items = [params](const Shape& s) {
    return params.max_items ? std::min<std::uint64_t>(s.items, static_cast<std::uint64_t>(params.max_items)) : s.items;
  };
  info.fit_estimate = [items](const Shape& s) {
    const auto n = static_cast<double>(items(s));
    // Measured: 80 to 100 Gflop/s a core with AVX-512; the elimination is not counted on.
    return Estimate{n * n * n / 8e10, Ease::fit_bytes(items(s), false) + 24 * s.events};
  };
  info.rank_estimate = [items](const Shape& s) {
    const auto n = static_cast<double>(items(s));
    const double history = s.users ? static_cast<double>(s.events) / static_cast<double>(s.users) : 0;
    return Estimate{static_cast<double>(s.queries) * history * static_cast<double>(s.candidates) / 1e9 + n * n / 1e9,
                    Ease::rank_bytes(items(s)) + 256 * s.candidates * sizeof(float)};
  };
  return info;
}

const RegisterMethod<EaseParams, Ease> kRegister{
    "ease", "linear autoencoder of histories, in closed form (EASE^R)", "Steck, WWW 2019", describe};

}  // namespace
}  // namespace motive
