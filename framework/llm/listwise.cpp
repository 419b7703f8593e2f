#include "framework/llm/listwise.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "framework/llm/later.h"

namespace motive::llm {
namespace {

class Listwise {
 public:
  Listwise(Client& client, const ListwiseOptions& options, std::size_t n, std::uint32_t row, const ShowCandidates& show)
      : client_(client), options_(options), n_(n), row_(row), show_(show) {
    result_.reasons.resize(n);
  }

  Result<ListwiseResult> run() {
    std::vector<std::vector<std::uint32_t>> orders;
    IndependentCalls calls;
    for (std::uint32_t b = 0; b < std::max(1U, options_.permutations); ++b) {
      std::vector<std::uint32_t> places = shown_order(n_, options_.prompt_seed, row_, b);
      if (b == 0) result_.shown = places;
      MOTIVE_TRY(calls.made(options_.window == 0 || n_ <= options_.window ? all_at_once(places, b) : by_windows(places, b)));
      orders.push_back(std::move(places));
    }
    MOTIVE_TRY(calls.all_there());
    for (std::size_t a = 0; a < orders.size(); ++a) {
      for (std::size_t b = a + 1; b < orders.size(); ++b) result_.taus.push_back(kendall_tau(orders[a], orders[b]));
    }
    result_.order = orders.size() == 1 ? std::move(orders[0]) : borda(orders, options_.prompt_seed, row_);
    return std::move(result_);
  }

 private:
  Status all_at_once(std::vector<std::uint32_t>& places, std::uint32_t permutation) {
    return reorder(places, std::min(options_.top, n_), permutation);
  }

  /// From the end to the start: the best of a window move on into the next.
  Status by_windows(std::vector<std::uint32_t>& places, std::uint32_t permutation) {
    for (const auto& [begin, end] : sliding_windows(n_, options_.window, options_.stride)) {
      std::vector<std::uint32_t> part(places.begin() + static_cast<std::ptrdiff_t>(begin), places.begin() + static_cast<std::ptrdiff_t>(end));
      MOTIVE_TRY(reorder(part, part.size(), permutation));
      std::copy(part.begin(), part.end(), places.begin() + static_cast<std::ptrdiff_t>(begin));
    }
    return {};
  }

  /// One call: the places as shown become the places best first.
  Status reorder(std::vector<std::uint32_t>& places, std::size_t wanted, std::uint32_t permutation) {
    std::vector<std::string> ids;
    for (std::size_t p = 0; p < places.size(); ++p) ids.push_back(candidate_id(p, places.size()));
    ChatRequest request{.messages = show_(places, ids, wanted), .temperature = options_.temperature, .top_p = options_.top_p,
                        .max_tokens = options_.max_tokens, .task = "ranking",
                        .schema = ranking_schema(places.size(), wanted, options_.reasons), .module = options_.module};
    MOTIVE_ASSIGN(const Answer answer, client_.chat(options_.endpoint, request, options_.llm_seed));
    const ListedIds listed = answer.outcome == Outcome::kOk ? ids_in(answer.json) : ListedIds{};
    const RepairedList repaired = repair(listed.ids, places.size(), wanted, options_.prompt_seed, row_);
    count(answer.outcome, repaired.faults);
    if (permutation == 0) {
      result_.listed = repaired.listed;
      for (std::size_t i = 0; i < listed.ids.size() && i < listed.reasons.size(); ++i) {
        const auto id = std::find(ids.begin(), ids.end(), listed.ids[i]);
        if (id == ids.end()) continue;
        std::string& reason = result_.reasons[places[static_cast<std::size_t>(id - ids.begin())]];
        if (reason.empty()) reason = listed.reasons[i];
      }
    }
    std::vector<std::uint32_t> ordered;
    for (const std::uint32_t place : repaired.order) ordered.push_back(places[place]);
    places = std::move(ordered);
    return {};
  }

  void count(Outcome outcome, const ListFaults& faults) {
    if (outcome != Outcome::kOk) {
      ++result_.counts[fmt::format("answers {}", outcome_name(outcome))];
      result_.strict = false;
      return;
    }
    result_.strict &= faults.valid();
    if (faults.valid()) return;
    ++result_.counts["lists repaired"];
    result_.counts["listed twice"] += faults.repeated;
    result_.counts["listed and invented"] += faults.unknown;
    result_.counts["missing in lists"] += faults.missing;
  }

  Client& client_;
  const ListwiseOptions& options_;
  std::size_t n_;
  std::uint32_t row_;
  const ShowCandidates& show_;
  ListwiseResult result_;
};

}  // namespace

Result<ListwiseResult> rank_listwise(Client& client, const ListwiseOptions& options, std::size_t n, std::uint32_t row,
                                     const ShowCandidates& show) {
  return Listwise(client, options, n, row, show).run();
}

}  // namespace motive::llm
