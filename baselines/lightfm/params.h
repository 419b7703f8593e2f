#pragma once
// Purpose: the parameters of `lightfm`, what it can do with them, and good ones by name.

#include <string>
#include <vector>

#include "framework/recommend/registry.h"

namespace motive {

enum class LightFmLoss { kLogistic, kBpr, kWarp, kWarpKos };
enum class LightFmSchedule { kAdagrad, kAdadelta };
enum class LightFmRegularisation { kLazy, kDecoupled };
enum class LightFmWeights { kNone, kRating };
enum class LightFmNewUsers { kHistory, kFeatures, kBoth };
enum class LightFmParallel { kNone, kHogwild, kPartition };

struct LightFmParams {
  LightFmLoss loss = LightFmLoss::kWarp;
  int dim = 64;
  int epochs = 100;
  LightFmSchedule schedule = LightFmSchedule::kAdagrad;
  double lr = 0.05;
  double rho = 0.95, epsilon = 1e-6;
  LightFmRegularisation regularisation = LightFmRegularisation::kLazy;
  double reg_user = 3e-4, reg_item = 3e-4;
  int max_sampled = 10;
  int k = 5, n = 10;
  int negatives = 4;
  bool bias = true, user_bias = true;
  LightFmWeights weights = LightFmWeights::kNone;
  double positive_from = 0;
  std::vector<std::string> item_features, user_features;
  bool item_identity = true, user_identity = true;
  bool normalise = true;
  std::vector<std::string> text_fields = {"title", "description"};
  std::string separators = ",;>|";
  int hash_buckets = 4096;
  int max_words = 20;
  int min_count = 2;
  LightFmNewUsers new_users = LightFmNewUsers::kHistory;
  LightFmParallel parallel = LightFmParallel::kNone;
  int threads = 2;
  int validate_every = 0;
  int patience = 3;
  int fit_threads() const { return parallel == LightFmParallel::kNone ? 1 : threads; }
  static const config::Table<LightFmParams>& table();
};

inline constexpr const char* kLightFmVersion = "1";
MethodInfo describe_lightfm(const LightFmParams& params);
std::vector<Preset> lightfm_presets();

}  // namespace motive
