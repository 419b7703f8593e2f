#pragma once
// Purpose: `significance:` and `claims:` of an experiment. A claim is one sentence that a test can decide:
//   A beats B on SPLIT, METRIC@K
//   A beats B on SPLIT with CANDIDATES of DATASET, METRIC@K      (both narrow it down; each may be left out)
// A and B are labels, or names of methods where one model alone is of that method. It is decided once for every data set
// and protocol that it means. Errors: kInvalid with what was expected.

#include <optional>
#include <string>

#include "framework/config/table.h"
#include "framework/experiment/cells.h"

namespace motive {

struct ExperimentConfig;

struct SignificanceConfig {
  std::optional<std::string> reference, primary;
  PairedTest test = PairedTest::kPairedT;
  Correction correction = Correction::kHolm;
  TestFamily family = TestFamily::kColumn;
  double alpha = 0.05;
  int resamples = 10000;
  std::uint64_t seed = 1;
  static const config::Table<SignificanceConfig>& table();
};

/// Labels and metrics of the experiment in the place of what was given.
Result<SignificanceSpec> significance_of(const ExperimentConfig& config);
Result<ClaimSpec> read_claim(const std::string& text, const ExperimentConfig& config);

/// "" or what is wrong with either.
std::string check_significance(const ExperimentConfig& config);
std::string check_claims(const ExperimentConfig& config);

}  // namespace motive
