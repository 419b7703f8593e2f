#include "framework/recommend/epochs.h"

#include <algorithm>
#include <cmath>

namespace motive {
namespace {

/// The number of epochs that an earlier fit selected; 0 where there was none.
Result<int> selected_epochs(std::string_view name, const FitContext& context) {
  if (!context.selected || !context.selected->contains("epochs")) return 0;
  const Json& epochs = context.selected->at("epochs");
  if (!epochs.is_number_integer() || epochs < 1 || epochs > 1000000) {
    return fail("{}: the selected number of epochs is {}", name, epochs.dump());
  }
  return epochs.get<int>();
}

}  // namespace

Status train_epochs(const Recommender& method, std::string_view name, const EpochOptions& options, const EpochSteps& steps,
                    FitContext& context) {
  MOTIVE_ASSIGN(const int told, selected_epochs(name, context));
  const int epochs = told ? told : options.epochs;
  const bool selects = !told && context.validation && options.validate_every > 0;
  double best = -1;
  int best_epoch = 0, looks_since = 0, trained = 0;
  Json curve = Json::array();
  while (trained < epochs && !(selects && looks_since >= options.patience)) {
    MOTIVE_TRY(steps.train(++trained, epochs));
    if (context.progress) context.progress->epoch_ended(trained);
    Json point = steps.describe();
    point["epoch"] = trained;
    if (selects && (trained % options.validate_every == 0 || trained == epochs)) {
      steps.publish();
      MOTIVE_ASSIGN(const double ndcg, context.validation->ndcg(method));
      point["ndcg@10"] = ndcg;
      if (ndcg > best) {
        best = ndcg;
        best_epoch = trained;
        looks_since = 0;
        steps.keep();
      } else {
        ++looks_since;
      }
    }
    if (context.progress) {
      context.progress->update(trained, epochs, fmt::format("loss {:.4f}", point.at("loss").get<double>()));
    }
    curve.push_back(std::move(point));
  }
  selects ? steps.take_kept() : steps.publish();
  context.report["selected"] = {{"epochs", selects ? best_epoch : trained}};
  context.report["curve"] = std::move(curve);
  return {};
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace motive
