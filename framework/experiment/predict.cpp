#include "framework/experiment/predict.h"

#include <algorithm>

#include "framework/experiment/stages.h"

namespace motive {
namespace {

std::optional<UserId> find_user(const UserTable& users, const std::string& id) {
  for (std::size_t u = 0; u < users.size(); ++u) {
    if (users.id(u) == id) return user_id(u);
  }
  return std::nullopt;
}

/// One query without a truth: the user's history as at test time, or all his events where he is not tested.
QuerySet query_for(const OpenSplit& open, UserId user) {
  const QuerySet test = open.split.test(TestHistory::kTrainValid);
  QuerySet one;
  one.users = {user};
  one.target_offsets = {0, 0};
  const auto at = std::find(test.users.begin(), test.users.end(), user);
  if (at != test.users.end()) {
    const auto history = test.history_of(static_cast<std::size_t>(at - test.users.begin()));
    one.history.assign(history.begin(), history.end());
  } else {
    const auto events = open.data.events().items_of(user);
    one.history.assign(events.begin(), events.end());
  }
  one.history_offsets = {0, one.history.size()};
  one.mask = one.history;
  std::sort(one.mask.begin(), one.mask.end());
  one.mask.erase(std::unique(one.mask.begin(), one.mask.end()), one.mask.end());
  one.mask_offsets = {0, one.mask.size()};
  return one;
}

Result<Prediction> predict_with(const Store& store, const CellRecord& record, const OpenSplit& open, UserId user,
                                std::size_t top) {
  MOTIVE_ASSIGN(const LoadedFit fit, load_fit(store, record.fit));
  if (!fit.info.endpoints.empty()) {
    return Error{fmt::format("{} asks a language model about each user; `motive explain DIR {} USER` tells what it said of a test user",
                             record.result.label, record.result.label), ErrorKind::kNotApplicable};
  }
  const QuerySet query = query_for(open, user);
  const EventsCopy train = training_events(open.split, fit.spec);
  const std::size_t n_items = open.data.items().size();
  const TrainingFacts facts = training_facts(train.view(), n_items);
  std::vector<bool> pool(n_items, false);
  for (const ItemId item : open.data.events().items) pool[index(item)] = true;
  const Ledger ledger = Ledger::full(std::move(pool));
  const RankTask task = rank_task(fit, open, query, ledger, facts, top);
  NoProgress progress;
  CancelFlag cancel;
  RankContext context = rank_context(fit, open, store);
  context.progress = &progress;
  context.cancel = &cancel;
  MOTIVE_ASSIGN(const Ranking ranking, rank_with(*fit.method, task, context));
  Prediction prediction{record.result.label, record.result.dataset, record.result.seeds, {}, {}};
  const Catalogue& items = open.data.items();
  for (const ItemId item : query.history) {
    prediction.history.emplace_back(items.id(index(item)), items.text(index(item), "title"));
  }
  for (const TopItem& item : ranking.top[0]) {
    prediction.items.push_back({std::string(items.id(index(item.item))), std::string(items.text(index(item.item), "title")), item.score});
  }
  return prediction;
}

}  // namespace

Result<Prediction> predict(const Path& folder, const std::string& label, const std::string& user, std::size_t top) {
  MOTIVE_ASSIGN(const Path root, store_of(folder));
  MOTIVE_ASSIGN(const Store store, Store::open(root));
  MOTIVE_ASSIGN(auto records, done_cells_of(folder, label));
  for (CellRecord& record : records) {
    record.fit.resize(std::min(record.fit.size(), record.fit.find('+')));  // with folds: the first
    MOTIVE_ASSIGN(const Json spec, read_spec(store, "fits", record.fit));
    MOTIVE_ASSIGN(const OpenSplit open, open_split(store, spec.at("split")));
    if (const auto found = find_user(open.data.users(), user)) return predict_with(store, record, open, *found, top);
  }
  return invalid("there is no user `{}` in the data of this run", user);
}

}  // namespace motive
