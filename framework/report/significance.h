#pragma once
// Purpose: tests between the rows of a table. For the rows r of one data set, split and protocol, and the value z_ru of
// each user under a row (report/summary.h), the differences z_au - z_bu over the users of both are tested by
// stats/paired.h; over split seeds a user is one cluster, as there. Tested are: the best of each column against each of
// its rivals (rows of other labels); the declared reference against all others; and what `claims:` say. p values are
// corrected within the families that SignificanceSpec names; each metric and each reason is a family of its own, and so
// are all claims together.
// Complexity: O(users) a test. Determinism: the same ranks give the same numbers. Errors: none; rows without
// common users are not compared.

#include "framework/report/summary.h"

namespace motive {

/// The users' values of one row, beside tested_specs(), by user number; NaN for users that are not of it.
struct RowUsers {
  std::size_t row = 0;
  std::vector<std::vector<double>> values;
};

/// Metrics that are the mean of a merit over users.
std::vector<std::size_t> tested_specs(const std::vector<MetricSpec>& specs);

/// Tests the rows of one data set, split and protocol. p_adjusted is not filled in yet.
void compare_rows(const Grid& grid, const std::vector<RowUsers>& rows, Summary& summary);
/// Once all rows are compared.
void correct_comparisons(const Grid& grid, Summary& summary);

/// Those of one table, in their order.
std::vector<const Comparison*> comparisons_under(const Summary& summary, const std::string& split, const std::string& protocol,
                                                 TestedAs reason);

/// Above 0, below 0 or neither, by its corrected p.
enum class Verdict { kAbove, kBelow, kUndecided };
Verdict verdict(const Comparison& comparison, double alpha);

/// "paired t-test over users, Holm over the rivals of a column, 5 %".
std::string test_in_words(const SignificanceSpec& spec);
/// "+0.0123 [0.0011, 0.0235], p 0.031".
std::string difference_in_words(const Comparison& comparison);

/// All comparisons: dataset,split,protocol,metric,k,reason,first,first_variant,second,second_variant,difference,low,high,
/// p,p_corrected,effect,users,won,lost,equal.
std::string comparisons_csv(const Summary& summary);

}  // namespace motive
