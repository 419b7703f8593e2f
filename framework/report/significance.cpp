#include "framework/report/significance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "framework/report/csv.h"
#include "framework/stats/corrections.h"

namespace motive {
namespace {

const char* reason_name(TestedAs reason) {
  return reason == TestedAs::kBest ? "best" : reason == TestedAs::kReference ? "reference" : "claim";
}

class Comparer {
 public:
  Comparer(const Grid& grid, const std::vector<RowUsers>& rows, Summary& summary) : grid_(grid), rows_(rows), summary_(summary) {}

  void best(std::size_t tested, std::size_t spec) {
    const RowUsers* top = nullptr;
    for (const RowUsers& row : rows_) {
      if (std::isnan(mean_of(row, spec))) continue;
      if (top == nullptr || mean_of(row, spec) > mean_of(*top, spec)) top = &row;
    }
    if (top != nullptr) against_all(*top, tested, spec, TestedAs::kBest);
  }

  void reference(std::size_t tested, std::size_t spec) {
    if (const RowUsers* row = row_of(grid_.significance.reference)) against_all(*row, tested, spec, TestedAs::kReference);
  }

  void claims(std::size_t tested, std::size_t spec) {
    for (std::size_t c = 0; c < grid_.claims.size(); ++c) {
      const ClaimSpec& claim = grid_.claims[c];
      const CellResult& here = summary_.of(summary_.rows[rows_.front().row]);
      if (claim.metric != summary_.specs[spec] || claim.split != here.split) continue;
      if (!claim.dataset.empty() && claim.dataset != here.dataset) continue;
      if (!claim.candidates.empty() && !is_protocol(claim.candidates, here.protocol)) continue;
      const RowUsers* better = row_of(claim.better);
      const RowUsers* worse = row_of(claim.worse);
      if (better != nullptr && worse != nullptr) compare(*better, *worse, tested, spec, TestedAs::kClaim, c);
    }
  }

 private:
  const CellResult& cell(const RowUsers& row) const { return summary_.of(summary_.rows[row.row]); }
  double mean_of(const RowUsers& row, std::size_t spec) const { return summary_.rows[row.row].stats[spec].mean; }

  bool is_protocol(const std::string& candidates, const std::string& protocol) const {
    return std::any_of(grid_.protocols.begin(), grid_.protocols.end(),
                       [&](const ProtocolInfo& p) { return p.candidates == candidates && p.protocol == protocol; });
  }

  /// The method's own ranking under this label.
  const RowUsers* row_of(const std::string& label) const {
    const auto at = std::find_if(rows_.begin(), rows_.end(), [&](const RowUsers& r) { return cell(r).label == label && cell(r).variant.empty(); });
    return label.empty() || at == rows_.end() ? nullptr : &*at;
  }

  void against_all(const RowUsers& first, std::size_t tested, std::size_t spec, TestedAs reason) {
    for (const RowUsers& rival : rows_) {
      // Variants of one method are no rivals of each other.
      if (cell(rival).label != cell(first).label) compare(first, rival, tested, spec, reason, 0);
    }
  }

  void compare(const RowUsers& first, const RowUsers& second, std::size_t tested, std::size_t spec, TestedAs reason, std::size_t claim) {
    const std::vector<double>&a = first.values[tested], &b = second.values[tested];
    std::vector<double> differences;
    for (std::size_t u = 0; u < std::min(a.size(), b.size()); ++u) {
      if (!std::isnan(a[u]) && !std::isnan(b[u])) differences.push_back(a[u] - b[u]);
    }
    if (differences.size() < 2) return;
    const SignificanceSpec& s = grid_.significance;
    const PairedOptions options{.test = s.test, .level = 1 - s.alpha, .resamples = s.resamples, .seed = s.seed};
    summary_.comparisons.push_back({reason, first.row, second.row, spec, claim, paired_test(differences, options), 1});
  }

  const Grid& grid_;
  const std::vector<RowUsers>& rows_;
  Summary& summary_;
};

std::string p_in_words(double p) { return p < 0.001 ? "p < 0.001" : fmt::format("p {:.3f}", p); }

}  // namespace

std::vector<std::size_t> tested_specs(const std::vector<MetricSpec>& specs) {
  std::vector<std::size_t> tested;
  for (std::size_t m = 0; m < specs.size(); ++m) {
    if (metric_help(specs[m].kind).per_user && metric_help(specs[m].kind).is_merit) tested.push_back(m);
  }
  return tested;
}

void compare_rows(const Grid& grid, const std::vector<RowUsers>& rows, Summary& summary) {
  if (rows.size() < 2) return;
  Comparer comparer(grid, rows, summary);
  const std::vector<std::size_t> specs = tested_specs(summary.specs);
  for (std::size_t t = 0; t < specs.size(); ++t) {
    comparer.best(t, specs[t]);
    comparer.reference(t, specs[t]);
    comparer.claims(t, specs[t]);
  }
}

void correct_comparisons(const Grid& grid, Summary& summary) {
  const SignificanceSpec& s = grid.significance;
  std::map<std::tuple<int, std::size_t, std::string, std::string, std::string>, std::vector<std::size_t>> families;
  for (std::size_t i = 0; i < summary.comparisons.size(); ++i) {
    const Comparison& c = summary.comparisons[i];
    const CellResult& at = summary.of(summary.rows[c.first]);
    const bool claim = c.reason == TestedAs::kClaim;
    const bool group = !claim && s.family != TestFamily::kExperiment;
    families[{static_cast<int>(c.reason), claim ? 0 : c.spec, group ? at.split : "", group ? at.protocol : "",
              group && s.family == TestFamily::kColumn ? at.dataset : ""}].push_back(i);
  }
  for (const auto& [key, members] : families) {
    std::vector<double> p;
    for (const std::size_t i : members) p.push_back(summary.comparisons[i].result.p);
    if (s.correction == Correction::kHolm) p = holm(p);
    if (s.correction == Correction::kBenjaminiHochberg) p = benjamini_hochberg(p);
    for (std::size_t i = 0; i < members.size(); ++i) summary.comparisons[members[i]].p_adjusted = p[i];
  }
}

std::vector<const Comparison*> comparisons_under(const Summary& summary, const std::string& split, const std::string& protocol,
                                                 TestedAs reason) {
  std::vector<const Comparison*> found;
  for (const Comparison& c : summary.comparisons) {
    const CellResult& cell = summary.of(summary.rows[c.first]);
    if (c.reason == reason && cell.split == split && cell.protocol == protocol) found.push_back(&c);
  }
  return found;
}

Verdict verdict(const Comparison& comparison, double alpha) {
  if (!(comparison.p_adjusted < alpha)) return Verdict::kUndecided;
  return comparison.result.difference > 0 ? Verdict::kAbove : Verdict::kBelow;
}

std::string test_in_words(const SignificanceSpec& s) {
  static constexpr const char* kFamilies[] = {"the rivals of a column", "the rivals of a metric over all data sets of the table",
                                              "the rivals of a metric in the whole experiment"};
  const std::string family = kFamilies[static_cast<std::size_t>(s.family)];
  const std::string correction = s.correction == Correction::kHolm              ? ", Holm over " + family
                                 : s.correction == Correction::kBenjaminiHochberg ? ", Benjamini-Hochberg over " + family
                                                                                  : ", not corrected for the number of tests";
  return fmt::format("{} over users{}, {:g} %", paired_test_name(s.test), correction, 100 * s.alpha);
}

std::string difference_in_words(const Comparison& c) {
  const auto bound = [](double x) { return std::isfinite(x) ? fmt::format("{:+.4f}", x) : std::string(x < 0 ? "-inf" : "inf"); };
  return fmt::format("{:+.4f} [{}, {}], {}", c.result.difference, bound(c.result.interval.low), bound(c.result.interval.high),
                     p_in_words(c.p_adjusted));
}

std::string comparisons_csv(const Summary& summary) {
  std::string out = "dataset,split,protocol,metric,k,reason,first,first_variant,second,second_variant,difference,low,high,p,"
                    "p_corrected,effect,users,won,lost,equal\n";
  for (const Comparison& c : summary.comparisons) {
    const CellResult& a = summary.of(summary.rows[c.first]);
    const CellResult& b = summary.of(summary.rows[c.second]);
    const MetricSpec& spec = summary.specs[c.spec];
    out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(a.dataset), csv_field(a.split),
                       csv_field(a.protocol), spec.name(), spec.k > 0 ? fmt::format("{}", spec.k) : "", reason_name(c.reason),
                       csv_field(a.label), csv_field(a.variant), csv_field(b.label), csv_field(b.variant), csv_number(c.result.difference),
                       csv_number(c.result.interval.low), csv_number(c.result.interval.high), csv_number(c.result.p), csv_number(c.p_adjusted),
                       csv_number(c.result.effect), c.result.n, c.result.won,
                       c.result.lost, c.result.equal);
  }
  return out;
}

}  // namespace motive
