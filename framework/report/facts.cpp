#include "framework/report/facts.h"

#include <algorithm>
#include <map>

#include "framework/evaluate/cell_facts.h"
#include "framework/evaluate/ledger.h"
#include "framework/experiment/stages.h"
#include "framework/report/bundle_facts.h"

namespace motive {
namespace {

/// What decides the facts of a cell, from the nodes behind it.
struct Origin {
  Json ranks, fit, candidates;
  std::string key(const std::string& protocol) const {
    return fmt::format("{} {} {} {}", fit.at("split").dump(), fit.at("events").dump(),
                       ranks.at("test_history").dump(), protocol);
  }
};

Result<CellFacts> load_facts(const Store& store, const Origin& origin, bool with_text,
                             bool with_pool) {
  MOTIVE_ASSIGN(const OpenSplit open, open_split(store, origin.fit.at("split")));
  const bool shows_valid = origin.ranks.at("test_history") == "train_valid";
  const QuerySet test = test_queries(open.split, origin.candidates,
                                     shows_valid ? TestHistory::kTrainValid : TestHistory::kTrain);
  const EventsCopy train = training_events(open.split, origin.fit);
  CellFacts facts = cell_facts(open.data.items(), open.data.users(), train.view(), test, with_text);
  if (with_pool) {
    MOTIVE_ASSIGN(const Ledger ledger,
                  Ledger::open(store.folder("candidates", origin.ranks.at("candidates")), test));
    for (std::size_t i = 0; i < ledger.n_items(); ++i)
      facts.in_pool.push_back(ledger.in_pool(item_id(i)));
  }
  return facts;
}

class StoredFacts {
 public:
  StoredFacts(bool with_text, bool with_pool) : with_text_(with_text), with_pool_(with_pool) {}

  Result<std::shared_ptr<const CellFacts>> of(const CellResult& cell) {
    MOTIVE_ASSIGN(const Store store, Store::open(cell.ranks.parent_path().parent_path()));
    auto facts = of(store, cell);
    if (facts) return facts;
    return fail(
        "slices and metrics of lists need the split that {} was ranked under: {}; run the "
        "experiment again",
        cell.label, facts.error().message);
  }

 private:
  Result<std::shared_ptr<const CellFacts>> of(const Store& store, const CellResult& cell) {
    const std::string group = cell.dataset + "\n" + cell.split;
    if (group != group_) kept_.clear();
    group_ = group;
    MOTIVE_ASSIGN(const auto saved, saved_facts(store.root(), cell.ranks.filename().string()));
    if (saved) {
      auto& kept = kept_[saved->string()];
      if (!kept) {
        MOTIVE_ASSIGN(CellFacts facts, motive::load_facts(*saved));
        kept = std::make_shared<const CellFacts>(std::move(facts));
      }
      return kept;
    }
    Origin origin;
    MOTIVE_ASSIGN(origin.ranks, read_spec(store, "ranks", cell.ranks.filename().string()));
    MOTIVE_ASSIGN(origin.fit, read_spec(store, "fits", origin.ranks.at("fit")));
    MOTIVE_ASSIGN(origin.candidates, read_spec(store, "candidates", origin.ranks.at("candidates")));
    auto& kept = kept_[origin.key(cell.protocol)];
    if (!kept) {
      MOTIVE_ASSIGN(CellFacts facts, load_facts(store, origin, with_text_, with_pool_));
      kept = std::make_shared<const CellFacts>(std::move(facts));
    }
    return kept;
  }

  bool with_text_, with_pool_;
  std::string group_;
  std::map<std::string, std::shared_ptr<const CellFacts>> kept_;
};

}  // namespace

FactsSource stored_facts(bool with_text, bool with_pool) {
  auto facts = std::make_shared<StoredFacts>(with_text, with_pool);
  return [facts](const CellResult& cell) { return facts->of(cell); };
}

FactsSource stored_facts(const Grid& grid) {
  const auto wants = [&](MetricKind kind) {
    return std::find(grid.metrics.begin(), grid.metrics.end(), kind) != grid.metrics.end();
  };
  return stored_facts(wants(MetricKind::kDiversity), wants(MetricKind::kCoverage) || wants(MetricKind::kGini));
}

}  // namespace motive
