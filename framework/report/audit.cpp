#include "framework/report/audit.h"

#include <algorithm>

#include "framework/report/audit_parts.h"

namespace motive {
namespace {

using namespace audit_parts;

bool is_merit(MetricKind kind) { return kind == MetricKind::kHr || kind == MetricKind::kNdcg || kind == MetricKind::kMrr; }

/// Why recall or precision beside HR says that users have several positives; "": with one, recall is HR and precision
/// HR / k.
std::string several_positives(const CellNumbers& numbers, const AuditValue& value) {
  const auto& [kind, k] = value.spec;
  const Number hr = numbers.find(MetricKind::kHr, k);
  const std::string what = titled(kind, k) + " " + value.number.text;
  if (hr == nullptr) return fmt::format("{} without {}", titled(kind, k), titled(MetricKind::kHr, k));
  const bool recall = kind == MetricKind::kRecall;
  if (hr == &value.number || Form().add(recall ? 1 : k, &value.number).add(-1, hr).may_be_zero()) return "";
  return fmt::format("{} is not {} {}{}", what, titled(MetricKind::kHr, k), hr->text, recall ? "" : fmt::format(" / {}", k));
}

/// True where the cell claims one positive a user, and has something to look at.
bool claims_one_positive(const CellNumbers& numbers, const AuditOptions& options, CellAudit& out) {
  bool any = false;
  for (const AuditValue& value : numbers.cell().values) {
    if (is_merit(value.spec.kind)) {
      any = true;
      continue;
    }
    const std::string several = several_positives(numbers, value);
    if (several.empty()) {
      any = true;
    } else if (!options.one_positive) {
      out.not_auditable = several + ": several positives a user";
      return false;
    } else if (numbers.find(MetricKind::kHr, value.spec.k) != nullptr) {
      out.violations.push_back(several + ", as it would be with one positive a user");
    }
  }
  out.empty = numbers.cell().values.empty() && numbers.cell().has_gaps;
  if (!any) out.not_auditable = out.empty ? "no numbers" : "no hr, ndcg or mrr";
  return any;
}

void check_ranges(const AuditCell& cell, const AuditOptions& options, CellAudit& out) {
  for (const AuditValue& value : cell.values) {
    const std::string what = titled(value.spec.kind, value.spec.k) + " " + value.number.text;
    if (Form(1).add(-1, &value.number).is_negative()) {
      const bool percent = options.percent || value.number.text.ends_with('%');
      out.violations.push_back(what + (percent ? " is above 100 %" : " is above 1 (if it is in percent: --percent)"));
    }
    if (Form().add(1, &value.number).is_negative()) out.violations.push_back(what + " is below 0");
  }
}

/// HR x users x seeds counts hits.
void check_whole_hits(const CellNumbers& numbers, const AuditOptions& options, CellAudit& out) {
  if (options.users == 0) return;
  const double runs = static_cast<double>(options.users) * static_cast<double>(std::max<std::uint64_t>(1, options.seeds));
  for (const int k : numbers.cutoffs()) {
    const Number hr = numbers.find(MetricKind::kHr, k);
    if (hr == nullptr) continue;
    out.compared = true;
    const double slack = 1e-9 * std::max(1.0, runs);
    if (std::floor(hr->high * runs + slack) >= std::ceil(hr->low * runs - slack)) continue;
    const double hits = std::floor(hr->value * runs);
    out.violations.push_back(fmt::format("{} {} is no whole number of users among {:.0f}{}: {:.0f} are {:.6f}, {:.0f} are {:.6f}",
                                         titled(MetricKind::kHr, k), hr->text, runs, options.seeds > 1 ? " (users x seeds)" : "",
                                         hits, hits / runs, hits + 1, (hits + 1) / runs));
  }
}

/// Mean of one user's value under a random order among `candidates`, and its standard deviation.
std::pair<double, double> chance_of(const MetricSpec& spec, double candidates) {
  double mean = 0, squares = 0;
  for (int r = 1; r <= spec.k; ++r) {
    mean += weight(spec.kind, r) / candidates;
    squares += weight(spec.kind, r) * weight(spec.kind, r) / candidates;
  }
  return {mean, std::sqrt(std::max(0.0, squares - mean * mean))};
}

/// A remark where values are below what a random order reaches; by two standard errors where the users are known.
void check_chance(const AuditCell& cell, const AuditOptions& options, CellAudit& out) {
  if (cell.negatives == 0) return;
  const double candidates = cell.negatives + 1;
  const std::uint64_t users = options.users > 0 ? options.users : cell.users;
  std::string below;
  for (const AuditValue& value : cell.values) {
    const MetricSpec& spec = value.spec;
    if (!is_merit(spec.kind) || spec.k == 0 || spec.k >= candidates) continue;
    const auto [chance, deviation] = chance_of(spec, candidates);
    const double error = users > 0 ? deviation / std::sqrt(static_cast<double>(users)) : 0;
    if (value.number.high >= chance - 2 * error - kAuditTolerance) continue;
    below += fmt::format("{}{} {} ({})", below.empty() ? "" : ", ", titled(spec.kind, spec.k), value.number.text,
                         four_decimals(chance));
  }
  if (!below.empty()) out.remarks.push_back(fmt::format("below chance among 1+{}: {}", cell.negatives, below));
}

CellAudit audit_cell(const AuditCell& cell, const AuditOptions& options) {
  CellAudit out;
  const CellNumbers numbers(cell, options.one_positive);
  if (!claims_one_positive(numbers, options, out)) return out;
  check_ranges(cell, options, out);
  check_bounds(numbers, out);
  check_whole_hits(numbers, options, out);
  check_chance(cell, options, out);
  return out;
}

}  // namespace

std::size_t Audit::audited() const {
  return static_cast<std::size_t>(
      std::count_if(cells.begin(), cells.end(), [](const CellAudit& c) { return c.not_auditable.empty(); }));
}

std::size_t Audit::impossible() const {
  return static_cast<std::size_t>(
      std::count_if(cells.begin(), cells.end(), [](const CellAudit& c) { return !c.violations.empty(); }));
}

Audit audit(AuditTable table, const AuditOptions& options) {
  Audit result;
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    result.cells.push_back(audit_cell(table.cells[i], options));
    result.cells.back().cell = i;
  }
  result.table = std::move(table);
  return result;
}

}  // namespace motive
