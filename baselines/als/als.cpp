#include "baselines/als/als.h"

#include <algorithm>
#include <cmath>

#include "framework/recommend/arrays.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";

Lists events_by_user(const TrainingView& train) {
  SeenItems seen = seen_items(train);
  Lists events;
  events.offsets = std::move(seen.offsets);
  events.values.reserve(seen.items.size());
  for (const ItemId i : seen.items) events.values.push_back(static_cast<std::uint32_t>(index(i)));
  return events;
}

double active(const Lists& events) {
  std::size_t n = 0;
  for (std::size_t r = 0; r < events.size(); ++r) n += !events.of(r).empty();
  return static_cast<double>(n);
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

AlignedRows padded(std::span<const float> flat, std::size_t rows, std::size_t dim) {
  AlignedRows out(rows, dim);
  for (std::size_t r = 0; r < rows; ++r) std::copy_n(flat.data() + r * dim, dim, out.row(r));
  return out;
}

}  // namespace

const config::Table<AlsParams>& AlsParams::table() {
  static const auto kTable =
      config::Table<AlsParams>("als")
          .field("dim", &AlsParams::dim, "length of the vectors", config::range(1, 1024))
          .field("epochs", &AlsParams::epochs, "passes; each solves all items, then all users",
                 config::range(1, 10000))
          .field("alpha", &AlsParams::alpha,
                 "weight of a pair of user and item without an event; one with an event has 1 more",
                 config::range(0, 100))
          .field("reg", &AlsParams::reg, "L2 on the vectors", config::above(0).up_to(1e6))
          .field("nu", &AlsParams::nu,
                 "how the L2 of a vector grows with its events: reg (n + alpha N)^nu, N users or items",
                 config::range(0, 2))
          .choice("solver", &AlsParams::solver, "how a row with more than 32 events is solved",
                  {{"cg", AlsSolver::kCg}, {"cholesky", AlsSolver::kCholesky}})
          .field("cg_steps", &AlsParams::cg_steps, "cg: steps from the row as it was before",
                 config::range(1, 1000));
  return kTable;
}

als::Settings Als::settings(double others) const {
  return {params_.alpha, params_.reg, params_.nu,
          params_.solver == AlsSolver::kCg ? params_.cg_steps : 0, others};
}

Status Als::fit(const TrainingView& train, FitContext& context) {
  const auto dim = static_cast<std::size_t>(params_.dim);
  const Lists by_user = events_by_user(train);
  const Lists by_item = transposed(by_user, train.n_items());
  item_events_ = item_counts(train);
  active_items_ = static_cast<std::uint64_t>(active(by_item));
  users_ = AlignedRows(train.n_users(), dim);
  items_ = AlignedRows(train.n_items(), dim);
  Rng rng = context.rng("als start");
  const double scale = 0.1 / std::sqrt(static_cast<double>(dim));
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    if (by_user.of(u).empty()) continue;
    for (std::size_t k = 0; k < dim; ++k) users_.row(u)[k] = static_cast<float>(scale * rng.normal());
  }
  MOTIVE_TRY(run_epochs(by_user, by_item, context));
  if (!all_finite(users_.values()) || !all_finite(items_.values())) {
    return fail("als: some factors are not finite; reg is {:g}: try a larger one", params_.reg);
  }
  flat_items_.clear();
  if (items_.stride() != dim) items_.copy_to(flat_items_);
  return {};
}

Status Als::run_epochs(const Lists& by_user, const Lists& by_item, FitContext& context) {
  const als::Settings for_items = settings(active(by_user)), for_users = settings(active(by_item));
  const Error interrupted{"the fit of als was interrupted", ErrorKind::kCancelled};
  for (int epoch = 1; epoch <= params_.epochs; ++epoch) {
    const als::Basis of_users = als::turn_to_eigenbasis(users_, context.threads);
    if (!als::solve_side(by_item, users_, of_users, for_items, context.threads, context.cancel, items_)) {
      return interrupted;
    }
    const als::Basis of_items = als::turn_to_eigenbasis(items_, context.threads);
    if (!als::solve_side(by_user, items_, of_items, for_users, context.threads, context.cancel, users_)) {
      return interrupted;
    }
    spectrum_.assign(of_items.spectrum.begin(), of_items.spectrum.end());
    if (context.progress) {
      context.progress->epoch_ended(epoch);
      context.progress->update(epoch, params_.epochs);
    }
  }
  return {};
}

double Als::loss(const TrainingView& train) const {
  const Lists by_user = events_by_user(train), by_item = transposed(by_user, train.n_items());
  const std::size_t dim = users_.dim();
  double loss = 0;
  for (std::size_t u = 0; u < by_user.size(); ++u) {
    for (const std::uint32_t i : by_user.of(u)) {
      double score = 0;
      for (std::size_t k = 0; k < dim; ++k) {
        score += static_cast<double>(users_.row(u)[k]) * static_cast<double>(items_.row(i)[k]);
      }
      loss += (1 - score) * (1 - score);
    }
  }
  const std::vector<double> of_users = als::gram(users_, 1), of_items = als::gram(items_, 1);
  for (std::size_t e = 0; e < of_users.size(); ++e) loss += params_.alpha * of_users[e] * of_items[e];
  const auto norms = [&](const Lists& events, const AlignedRows& side, double others) {
    for (std::size_t r = 0; r < events.size(); ++r) {
      double norm = 0;
      for (std::size_t k = 0; k < dim; ++k) norm += std::pow(static_cast<double>(side.row(r)[k]), 2);
      loss += als::regulariser(settings(others), events.of(r).size()) * norm;
    }
  };
  norms(by_user, users_, active(by_item));
  norms(by_item, items_, active(by_user));
  return loss;
}

ItemFactors Als::item_factors() const {
  return {flat_items_.empty() ? items_.values() : std::span<const float>(flat_items_), {},
          static_cast<std::size_t>(params_.dim)};
}

Status Als::user_factors(const Query& query, std::span<float> out) const {
  if (query.user_in_training) {
    if (index(query.user) >= users_.size()) {
      return fail("als was fitted on {} users and asked for number {}; fit it on this data",
                  users_.size(), index(query.user));
    }
    std::copy_n(users_.row(index(query.user)), out.size(), out.begin());
    return {};
  }
  std::vector<std::uint32_t> rows;
  for (const ItemId i : query.history) {
    if (index(i) < items_.size() && item_events_[index(i)] > 0) rows.push_back(static_cast<std::uint32_t>(index(i)));
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  als::Settings exact = settings(static_cast<double>(active_items_));
  exact.steps = 0;
  const std::vector<double> spectrum(spectrum_.begin(), spectrum_.end());
  als::RowSolver solver(items_, spectrum, exact.alpha, exact.steps);
  AlignedRows x(1, items_.dim());
  solver.solve(rows, als::regulariser(exact, rows.size()), x.row(0));
  std::copy_n(x.row(0), out.size(), out.begin());
  return {};
}

Status Als::save(const Path& folder) const {
  const auto dim = static_cast<std::uint64_t>(params_.dim);
  ArrayWriter writer(folder, "als", kVersion);
  writer.values() = {{"users", users_.size()}, {"items", items_.size()}, {"dim", dim}, {"active_items", active_items_}};
  std::vector<float> users;
  users_.copy_to(users);
  MOTIVE_TRY(writer.add<float>("users", users, {users_.size(), dim}));
  MOTIVE_TRY(writer.add<float>("items", item_factors().vectors, {items_.size(), dim}));
  MOTIVE_TRY(writer.add<float>("spectrum", spectrum_, {dim}));
  MOTIVE_TRY(writer.add<std::uint32_t>("item_events", item_events_, {items_.size()}));
  return writer.finish();
}

Status Als::load(const Path& folder) {
  const auto dim = static_cast<std::uint64_t>(params_.dim);
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "als", kVersion));
  MOTIVE_ASSIGN(const std::uint64_t n_users, reader.number("users"));
  MOTIVE_ASSIGN(const std::uint64_t n_items, reader.number("items"));
  MOTIVE_ASSIGN(active_items_, reader.number("active_items"));
  MOTIVE_ASSIGN(const auto users, reader.map<float>("users", {n_users, dim}));
  MOTIVE_ASSIGN(const auto items, reader.map<float>("items", {n_items, dim}));
  MOTIVE_ASSIGN(spectrum_, reader.read<float>("spectrum", {dim}));
  MOTIVE_ASSIGN(item_events_, reader.read<std::uint32_t>("item_events", {n_items}));
  users_ = padded(users.view(), n_users, dim);
  items_ = padded(items.view(), n_items, dim);
  flat_items_.clear();
  if (items_.stride() != dim) items_.copy_to(flat_items_);
  return {};
}

namespace {

MethodInfo describe(const AlsParams& p) {
  MethodInfo info{.code_version = kVersion,
                  .unseen_users = true,  // solved from their history
                  .any_threads = true,
                  .label = fmt::format("ALS {} ep", p.epochs)};
  const auto row = static_cast<std::uint64_t>((p.dim + 15) / 16 * 16) * sizeof(float);
  info.fit_estimate = [p, row](const Shape& s) {
    const double dim = p.dim, rows = static_cast<double>(s.users + s.items);
    const double flops = 6 * rows * dim * dim + 40 * dim * dim * dim + 80 * static_cast<double>(s.events) * dim;
    return Estimate{p.epochs * flops / 3e10, 2 * (s.users + s.items) * row + 16 * s.events + 32 * (s.users + s.items)};
  };
  info.rank_estimate = [p, row](const Shape& s) {
    const double products = static_cast<double>(s.queries) * static_cast<double>(s.candidates);
    return Estimate{products * p.dim / 1e10, (s.users + 2 * s.items) * row};
  };
  return info;
}

const RegisterMethod<AlsParams, Als> kRegister{
    "als", "matrix factorisation by alternating least squares over all pairs (implicit feedback)",
    "Hu et al., ICDM 2008; Rendle et al., RecSys 2022", describe,
    {{"dense", "best on validation of MovieLens 100K: for users with a hundred events (README)",
      Json{{"alpha", 0.15}, {"reg", 0.02}, {"nu", 0.8}}}}};

}  // namespace
}  // namespace motive
