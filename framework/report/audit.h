#pragma once
// Purpose: `motive audit`: which numbers of a printed table no ranking can give. With one positive a user, a share
// p_r of the users has it at rank r, sum of p_r <= 1 (users without an answer have no rank), and
//   HR@k = sum of p_r          NDCG@k = sum of p_r / log2(r+1)          MRR@k = sum of p_r / r          over r <= k
// however the ranks came about. Averages over users, seeds, runs and orders of ties have this form too. So, for cutoffs
// k < m (k = 0: from nothing) and increments d = value@m - value@k:
//   range      0 <= value <= 1 (NDCG, MRR and HR alike)       order      value@k <= value@m
//   NDCG, HR   dHR / log2(m+1) <= dNDCG <= dHR / log2(k+2)    MRR, HR    dHR / m <= dMRR <= dHR / (k+1)
//   MRR, NDCG  dNDCG log2(m+1) / m <= dMRR <= dNDCG log2(k+2) / (k+1)
//   all three  dMRR lies in the convex hull of the points (1, 1/log2(r+1), 1/r), r = k+1..m, times dHR
//   MRR without a cutoff = MRR@k + something between 0 and (1 - HR@k) / (k+1)
//   users      HR@k N S is a whole number, where N users and S seeds are given (not under expected values of ties)
// Rounding: a printed number stands for all that print as it does, half a unit of its last digit on either side. A
// check is violated where no choice from these intervals holds it (each number occurs once in a check, so this is
// exact). Numbers of metrics.csv and summary.csv are exact. Floating-point error: kAuditTolerance.
// Remarks are no violations: values below chance, k / (n+1) for HR@k among n sampled negatives, and by more than two
// standard errors where the number of users is known.
// Several positives a user: these bounds do not hold. A cell with recall or precision that is not HR or HR / k, or
// without HR beside it, is not auditable. A table that hides it (HR and NDCG alone) cannot be told.
// Source: definitions of metrics.h. Complexity: O(cells x cutoffs^2 x largest cutoff). Deterministic.
// Errors: kInvalid with file and line: no such columns, fields missing, broken numbers, a number given twice.

#include <string>
#include <vector>

#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/evaluate/metrics.h"

namespace motive {

inline constexpr double kAuditTolerance = 1e-9;
inline constexpr int kLargestAuditCutoff = 100000;

struct AuditOptions {
  std::uint64_t users = 0;     // N; 0: not known, whole numbers of hits are not checked
  std::uint64_t seeds = 1;     // S: runs over the same users that were averaged
  int negatives = 0;           // sampled negatives, for chance, where the table names no protocol
  bool percent = false;        // all numbers are in percent
  bool one_positive = false;   // recall is HR by another name
};

/// A number as it is printed, and what it stands for.
struct PrintedNumber {
  std::string text;  // "0.340"
  double value = 0, low = 0, high = 0;
  int decimals = 0;  // of the value as a fraction
  bool exact() const { return low == high; }
};

struct AuditValue {
  MetricSpec spec;  // k 0: no cutoff
  PrintedNumber number;
  std::uint64_t line = 0;
};

/// The numbers of a model on a data set, split and protocol: all that must fit together.
struct AuditCell {
  std::vector<std::string> name;  // beside AuditTable::columns
  std::uint64_t line = 0;         // of its first number
  std::uint64_t users = 0;        // from a column `users`; 0: not known
  int negatives = 0;              // from its protocol; 0: full ranking, or not known
  bool has_gaps = false;                         // a number of an audited metric is left out
  std::vector<AuditValue> values;
};

struct AuditTable {
  std::string file, form;            // form: "long form", "summary.csv", ... in words
  std::vector<std::string> columns;  // that name cells
  std::vector<AuditCell> cells;      // in order of first appearance
  std::vector<std::string> ignored;  // metrics that are not audited
  bool exact = false;
};

/// "0.40", ".40", "4e-05", "40%": with the interval of what prints so; `exact`: that number alone.
Result<PrintedNumber> printed_number(std::string_view text, bool percent = false, bool exact = false);

/// Tells by the header what it is: a long form (columns metric, k and value), metrics.csv, summary.csv, table.csv, or a
/// wide table with columns such as hr@5, NDCG@10, HR5, N@10. Separators: comma, tab, semicolon.
Result<AuditTable> read_audit_table(const Path& file, const AuditOptions& options = {});

struct CellAudit {
  std::size_t cell = 0;                         // into AuditTable::cells
  std::string not_auditable;                    // why not; "": it was audited
  bool empty = false;                           // not auditable because it holds no numbers: failed, n/a, not printed
  bool compared = false;                        // two numbers or more that bind each other
  std::vector<std::string> violations, remarks;  // in words, with numbers
};

struct Audit {
  AuditTable table;
  std::vector<CellAudit> cells;  // beside table.cells
  std::size_t audited() const;
  std::size_t impossible() const;
};

Audit audit(AuditTable table, const AuditOptions& options = {});

/// For people; the last line is the verdict: "15 of 27 cells impossible".
std::string audit_text(const Audit& audit);
std::string audit_verdict(const Audit& audit);
OrderedJson audit_json(const Audit& audit);

}  // namespace motive
