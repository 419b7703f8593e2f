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

/// Where the loop stands: all that decides how it goes on.
struct Loop {
  int trained = 0, best_epoch = 0, looks_since = 0;
  double best = -1;
  Json curve = Json::array();

  Json to_json() const {
    return {{"trained", trained}, {"best_epoch", best_epoch}, {"looks_since", looks_since}, {"best", best}, {"curve", curve}};
  }
  void resume(const Json& from) {
    trained = from.at("trained"), best_epoch = from.at("best_epoch"), looks_since = from.at("looks_since");
    best = from.at("best"), curve = from.at("curve");
  }
};

}  // namespace

Status train_epochs(const Recommender& method, std::string_view name, const EpochOptions& options, const EpochSteps& steps,
                    FitContext& context) {
  MOTIVE_ASSIGN(const int told, selected_epochs(name, context));
  const int epochs = told ? told : options.epochs;
  const bool selects = !told && context.validation && options.validate_every > 0;
  Loop loop;
  if (steps.resume.is_object()) loop.resume(steps.resume);
  while (loop.trained < epochs && !(selects && loop.looks_since >= options.patience)) {
    MOTIVE_TRY(steps.train(++loop.trained, epochs));
    if (context.progress) context.progress->epoch_ended(loop.trained);
    Json point = steps.describe();
    point["epoch"] = loop.trained;
    if (selects && (loop.trained % options.validate_every == 0 || loop.trained == epochs)) {
      steps.publish();
      MOTIVE_ASSIGN(const double ndcg, context.validation->ndcg(method));
      point["ndcg@10"] = ndcg;
      ++loop.looks_since;
      if (ndcg > loop.best) {
        loop.best = ndcg, loop.best_epoch = loop.trained, loop.looks_since = 0;
        steps.keep();
      }
    }
    if (context.progress) {
      context.progress->update(loop.trained, epochs, fmt::format("loss {:.4f}", point.at("loss").get<double>()));
    }
    loop.curve.push_back(std::move(point));
    if (steps.checkpoint) MOTIVE_TRY(steps.checkpoint(loop.to_json()));
  }
  selects ? steps.take_kept() : steps.publish();
  context.report["selected"] = {{"epochs", selects ? loop.best_epoch : loop.trained}};
  context.report["curve"] = std::move(loop.curve);
  return {};
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace motive
