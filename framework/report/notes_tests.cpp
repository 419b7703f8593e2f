#include "framework/report/notes_tests.h"

#include <algorithm>

#include "framework/report/significance.h"
#include "framework/report/spread.h"

namespace motive {
namespace {

std::string name_of(const CellResult& cell) { return cell.variant.empty() ? cell.label : cell.label + " (" + cell.variant + ")"; }

std::string place_of(const Table& table, std::size_t dataset, std::size_t column) {
  const std::string metric = metric_title(table.columns[column]);
  return table.datasets.size() > 1 ? metric + " on " + table.datasets[dataset] : metric;
}

/// "BPR in hr@10, ndcg@10; ItemKNN in mrr@10".
std::string winners(const Table& table) {
  std::vector<std::pair<std::string, std::vector<std::string>>> found;
  for (const TableRow& row : table.rows) {
    std::vector<std::string> places;
    for (std::size_t d = 0; d < row.datasets.size(); ++d) {
      for (std::size_t c = 0; c < row.datasets[d].values.size(); ++c) {
        if (row.datasets[d].values[c].significant) places.push_back(place_of(table, d, c));
      }
    }
    if (!places.empty()) found.emplace_back(row.name(), std::move(places));
  }
  std::vector<std::string> parts;
  for (const auto& [name, places] : found) parts.push_back(fmt::format("{} in {}", name, fmt::join(places, ", ")));
  return fmt::format("{}", fmt::join(parts, "; "));
}

/// The declared metric, else that of the report, else the first that is tested: metrics of a whole cell are not.
std::optional<MetricSpec> primary_of(const Grid& grid, const Summary& summary) {
  if (grid.significance.primary) return grid.significance.primary;
  const MetricSpec* own = report_metric(summary);
  if (own != nullptr && metric_help(own->kind).per_user) return *own;
  const auto tested = tested_specs(summary.specs);
  return tested.empty() ? std::nullopt : std::optional(summary.specs[tested.front()]);
}

std::vector<const Comparison*> shown(const Summary& summary, const Table& table, TestedAs reason) {
  return comparisons_under(summary, table.split, table.protocol, reason);
}

std::string reference_note(const Grid& grid, const Summary& summary, const Table& table) {
  const auto primary = primary_of(grid, summary);
  if (grid.significance.reference.empty() || !primary) return "";
  std::vector<std::string> parts[3];
  for (const Comparison* c : shown(summary, table, TestedAs::kReference)) {
    if (!(summary.specs[c->spec] == *primary)) continue;
    const CellResult& rival = summary.of(summary.rows[c->second]);
    const std::string on = table.datasets.size() > 1 ? " on " + rival.dataset : "";
    parts[static_cast<std::size_t>(verdict(*c, grid.significance.alpha))].push_back(name_of(rival) + on + " " + difference_in_words(*c));
  }
  std::string text;
  const auto add = [&](const char* what, const std::vector<std::string>& list) {
    if (!list.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : "; ", what, fmt::join(list, ", "));
  };
  add("above", parts[0]);
  add("below", parts[1]);
  add("undecided against", parts[2]);
  if (text.empty()) return "";
  return fmt::format("{} in {}: {} ({})", grid.significance.reference, metric_title(*primary), text, test_in_words(grid.significance));
}

/// "bpr: split 62 %, init 21 %, rest 17 %", for rows whose cells vary in two kinds of seeds or more.
std::string spread_note(const Grid& grid, const Summary& summary, const Table& table) {
  const auto primary = primary_of(grid, summary);
  if (!primary) return "";
  const auto spec = static_cast<std::size_t>(std::find(summary.specs.begin(), summary.specs.end(), *primary) - summary.specs.begin());
  std::vector<std::string> rows;
  for (const SummaryRow& row : summary.rows) {
    const CellResult& cell = summary.of(row);
    if (cell.split != table.split || cell.protocol != table.protocol || !cell.variant.empty()) continue;
    const auto parts = spread_of(summary, row, spec);
    if (!parts) continue;
    std::vector<std::string> shares;
    for (const VariancePart& part : parts->parts) shares.push_back(fmt::format("{} {:.0f} %", part.name, 100 * part.share));
    rows.push_back(fmt::format("{}{}: {}", cell.label, table.datasets.size() > 1 ? " on " + cell.dataset : "", fmt::join(shares, ", ")));
  }
  return rows.empty() ? "" : fmt::format("of {} over seeds: {} (variance components; variance.csv has all)", metric_title(*primary), fmt::join(rows, "; "));
}

std::string claim_in_words(const Grid& grid, const Summary& summary, const Comparison& c, bool with_dataset) {
  const Verdict v = verdict(c, grid.significance.alpha);
  const char* word = v == Verdict::kAbove ? "true" : v == Verdict::kBelow ? "false" : "undecided";
  const CellResult& cell = summary.of(summary.rows[c.first]);
  const auto tests = std::count_if(summary.comparisons.begin(), summary.comparisons.end(),
                                   [](const Comparison& other) { return other.reason == TestedAs::kClaim; });
  const std::string times = tests > 1 && grid.significance.correction != Correction::kNone
                                ? fmt::format(", corrected for {} tests of claims", tests) : "";
  return fmt::format("\"{}\"{}: {}: {}{}; {} users won, {} lost, {} alike", grid.claims[c.claim].text, with_dataset ? " on " + cell.dataset : "",
                     word, difference_in_words(c), times, with_thousands(c.result.won), with_thousands(c.result.lost),
                     with_thousands(c.result.equal));
}

}  // namespace

std::vector<TableNote> test_notes(const Grid& grid, const Summary& summary, const Table& table) {
  std::vector<TableNote> notes;
  if (!table.slice.empty()) return notes;
  if (!shown(summary, table, TestedAs::kBest).empty()) {
    const std::string who = winners(table);
    notes.push_back({"Tests", fmt::format("significantly above every rival: {} ({})", who.empty() ? "nobody" : who,
                                          test_in_words(grid.significance)), false});
  }
  if (std::string text = reference_note(grid, summary, table); !text.empty()) notes.push_back({"Reference", std::move(text), false});
  if (std::string text = spread_note(grid, summary, table); !text.empty()) notes.push_back({"Spread", std::move(text), false});
  auto tested = shown(summary, table, TestedAs::kClaim);
  std::stable_sort(tested.begin(), tested.end(), [](const Comparison* a, const Comparison* b) { return a->claim < b->claim; });
  for (const Comparison* c : tested) {
    notes.push_back({"Claim", claim_in_words(grid, summary, *c, table.datasets.size() > 1), false});
  }
  for (std::size_t i = 0; i < grid.claims.size(); ++i) {
    const ClaimSpec& claim = grid.claims[i];
    const bool known = std::any_of(tested.begin(), tested.end(), [&](const Comparison* c) { return c->claim == i; });
    const bool here = claim.split == table.split &&
                      std::any_of(grid.protocols.begin(), grid.protocols.end(), [&](const ProtocolInfo& p) {
                        return p.protocol == table.protocol && (claim.candidates.empty() || claim.candidates == p.candidates);
                      });
    if (!known && here) notes.push_back({"Claim", fmt::format("\"{}\": undecided: one of the two has no numbers here", claim.text), false});
  }
  return notes;
}

}  // namespace motive
