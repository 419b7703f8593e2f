#pragma once
// Purpose: what the checks of audit.cpp and audit_bounds.cpp share: linear forms over printed numbers, and the numbers
// of one cell by metric and cutoff. Private to the audit.

#include <cmath>
#include <set>

#include "framework/report/audit.h"

namespace motive::audit_parts {

using Number = const PrintedNumber*;

inline double discount(double rank) { return 1 / std::log2(rank + 1); }
inline std::string four_decimals(double value) { return fmt::format("{:.4f}", value); }

inline const char* title(MetricKind kind) {
  switch (kind) {
    case MetricKind::kHr: return "HR";
    case MetricKind::kNdcg: return "NDCG";
    case MetricKind::kMrr: return "MRR";
    case MetricKind::kRecall: return "Recall";
    default: return "Precision";
  }
}

/// "HR@5", or "MRR" where there is no cutoff.
inline std::string titled(MetricKind kind, int k) { return k > 0 ? fmt::format("{}@{}", title(kind), k) : title(kind); }

/// What one positive at a rank adds to HR, NDCG or MRR.
inline double weight(MetricKind kind, double rank) {
  return kind == MetricKind::kHr ? 1 : kind == MetricKind::kNdcg ? discount(rank) : 1 / rank;
}

/// constant + sum of factor x number, where each number may be anything in its interval.
class Form {
 public:
  explicit Form(double constant = 0) : low_(constant), high_(constant) {}
  Form& add(double factor, Number number) {
    if (number == nullptr) return *this;  // value@0 is nothing
    low_ += factor * (factor >= 0 ? number->low : number->high);
    high_ += factor * (factor >= 0 ? number->high : number->low);
    exact_ &= number->exact();
    return *this;
  }
  bool is_negative() const { return high_ < -kAuditTolerance; }
  bool may_be_zero() const { return low_ <= kAuditTolerance && high_ >= -kAuditTolerance; }
  /// Of a negative form: by how much it misses zero.
  std::string miss() const { return fmt::format("{}{:.2g}", exact_ ? "off by " : "beyond rounding by ", -high_); }

 private:
  double low_, high_;
  bool exact_ = true;
};

/// A cell's numbers by metric and cutoff. Where recall is HR by another name, it stands in for it.
class CellNumbers {
 public:
  CellNumbers(const AuditCell& cell, bool recall_is_hr) : cell_(cell), recall_is_hr_(recall_is_hr) {
    for (const AuditValue& value : cell.values) {
      if (value.spec.k > 0) cutoffs_.insert(value.spec.k);
    }
  }
  Number find(MetricKind kind, int k) const {
    const Number found = written(kind, k);
    return found == nullptr && kind == MetricKind::kHr && recall_is_hr_ ? written(MetricKind::kRecall, k) : found;
  }
  const std::set<int>& cutoffs() const { return cutoffs_; }
  const AuditCell& cell() const { return cell_; }

 private:
  Number written(MetricKind kind, int k) const {
    for (const AuditValue& value : cell_.values) {
      if (value.spec == MetricSpec{kind, k}) return &value.number;
    }
    return nullptr;
  }

  const AuditCell& cell_;
  bool recall_is_hr_;
  std::set<int> cutoffs_;
};

/// The bounds between cutoffs and between metrics: audit_bounds.cpp.
void check_bounds(const CellNumbers& numbers, CellAudit& out);

}  // namespace motive::audit_parts
