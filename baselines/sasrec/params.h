#pragma once
// Purpose: the parameters of SASRec. Known without LibTorch, so that plans and help need none.

#include <string>
#include <vector>

#include "framework/config/table.h"
#include "framework/sequence/parameters.h"

namespace motive {

inline constexpr const char* kSasRecVersion = "1";

enum class SasRecVariant { kPreLn, kPostLn, kOfficialQOnly };
enum class SasRecLoss { kBce1, kBceN, kGbce, kCe, kSampledCe };

struct SasRecParams {
  SasRecVariant variant = SasRecVariant::kPreLn;
  SasRecLoss loss = SasRecLoss::kCe;
  int dim = 64;
  int blocks = 2;
  int heads = 2;
  int max_len = 50;
  double dropout = 0.5;
  int negatives = 16;
  double gbce_t = 0.75;
  bool tied = true;
  int epochs = 200;
  int batch = 128;
  double lr = 0.001;
  double beta2 = 0.98;
  int validate_every = 5;
  int patience = 10;
  ItemText item_text = ItemText::kNone;
  bool item_ids = true;
  std::vector<std::string> text_fields;
  int threads = 1;

  /// Negatives a target gets: bce1 has one, ce none.
  int sampled() const { return loss == SasRecLoss::kBce1 ? 1 : loss == SasRecLoss::kCe ? 0 : negatives; }
  static const config::Table<SasRecParams>& table();
};

}  // namespace motive
