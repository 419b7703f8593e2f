#include "framework/split/cold_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "framework/base/rng.h"

namespace motive {
namespace {

/// The part of the drawn order that is cold in this fold. All ids take part, so that parts never depend on
/// what another part left.
std::vector<std::uint32_t> one_fold(const ColdFacts& facts, const ColdChoice& choice, bool validation) {
  std::vector<std::uint32_t> order(facts.drawn.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(facts.drawn[a], a) < std::tie(facts.drawn[b], b);
  });
  const std::uint64_t fold = (choice.fold + (validation ? 1 : 0)) % choice.folds;
  const std::uint64_t begin = order.size() * fold / choice.folds, end = order.size() * (fold + 1) / choice.folds;
  std::vector<std::uint32_t> chosen;
  for (std::uint64_t i = begin; i < end; ++i) {
    if (facts.events[order[i]] > 0) chosen.push_back(order[i]);
  }
  return chosen;
}

}  // namespace

std::string select_name(Select select) {
  switch (select) {
    case Select::kRandom: return "random";
    case Select::kNewest: return "newest";
    case Select::kFewest: return "fewest";
    case Select::kPaper: return "paper";
  }
  return "";
}

std::string describe_choice(const ColdChoice& choice, const std::string& what) {
  // The number of the fold stays out: one line defines all folds of a table.
  if (choice.folds > 0) return fmt::format("{} random folds of the {}, one at a time,", choice.folds, what);
  const double share = 100 * choice.fraction;
  switch (choice.select) {
    case Select::kRandom: return fmt::format("a random {:g} % of the {}", share, what);
    case Select::kNewest: return fmt::format("the newest {:g} % of the {} (by first event)", share, what);
    case Select::kFewest: return fmt::format("the {:g} % of the {} with the fewest events (equals drawn)", share, what);
    case Select::kPaper:
      return fmt::format("the {} with all events after the 90th percentile of time and fewer than 3 of them", what);
  }
  return "";
}

bool choice_draws(const ColdChoice& choice) {
  return choice.folds > 0 || choice.select == Select::kRandom || choice.select == Select::kFewest;
}

std::vector<std::uint64_t> drawn_order(const ColdChoice& choice, const char* what, std::size_t n) {
  std::vector<std::uint64_t> drawn(n);
  for (std::size_t i = 0; i < n; ++i) drawn[i] = Rng(choice.seed, what, i).next();
  return drawn;
}

std::vector<std::uint32_t> choose_cold(const PreparedData& data, const ColdFacts& facts, const ColdChoice& choice,
                                       bool validation) {
  std::vector<std::uint32_t> chosen;
  if (choice.folds > 0) {
    chosen = one_fold(facts, choice, validation);
    std::sort(chosen.begin(), chosen.end());
    return chosen;
  }
  for (std::uint32_t i = 0; i < facts.events.size(); ++i) {
    if (facts.events[i] > 0) chosen.push_back(i);
  }
  const auto& times = data.events().times;
  const auto age = [&](std::uint32_t id) {  // larger: newer
    const std::uint64_t e = facts.first[id];
    return std::tuple(times.empty() ? 0 : times[e], data.positions()[e]);
  };
  std::sort(chosen.begin(), chosen.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (choice.select == Select::kNewest && age(a) != age(b)) return age(a) > age(b);
    if (choice.select == Select::kFewest && facts.events[a] != facts.events[b]) return facts.events[a] < facts.events[b];
    return std::tie(facts.drawn[a], a) < std::tie(facts.drawn[b], b);
  });
  const auto n = static_cast<std::size_t>(std::floor(choice.fraction * static_cast<double>(chosen.size()) + 0.5 + 1e-9));
  chosen.resize(std::min(std::max<std::size_t>(1, n), chosen.size()));
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace motive
