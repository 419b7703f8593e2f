#include "framework/experiment/stages.h"

#include <algorithm>

#include "framework/evaluate/canaries.h"
#include "framework/evaluate/subset.h"
#include "framework/experiment/program.h"
#include "framework/experiment/split_spec.h"
#include "framework/experiment/stage_llm.h"
#include "framework/experiment/stage_parts.h"

namespace motive {
namespace {

constexpr std::size_t kCanaryUsers = 2000;

Status prepare_stage(const NodeSpec& node, const Json& context, const Path& folder, const StageContext& stage) {
  MOTIVE_ASSIGN(const Descriptor descriptor, descriptor_from_json(context.at("descriptor")));
  MOTIVE_ASSIGN(const FilterOptions filters, filters_from_json(node.spec.at("filters")));
  return prepare(descriptor, filters, folder, *stage.progress, stage.cancel);
}

Status split_stage(const NodeSpec& node, const Json& context, const Path& folder, const StageContext& stage) {
  MOTIVE_ASSIGN(const PreparedData data, PreparedData::open(stage.store->folder("prepared", node.spec.at("prepared"))));
  MOTIVE_ASSIGN(const MadeSplit made, make_split(data, node.spec, context.value("path", "")));
  return write_split(data, made, folder);
}

Status features_stage(const NodeSpec& node, const Json& task_context, const Path& folder, const StageContext& stage) {
  const auto start = std::chrono::steady_clock::now();
  const FeatureKind* kind = FeatureKinds::instance().find(node.spec.at("kind").get<std::string>());
  if (!kind || !kind->make) return fail("features of kind {} are not part of this program", node.spec.at("kind").dump());
  MOTIVE_ASSIGN(const PreparedData data, PreparedData::open(stage.store->folder("prepared", node.spec.at("prepared"))));
  MOTIVE_ASSIGN(const StageLlm llm, open_llm(task_context, stage));
  FeatureContext context{node.spec.at("input"), stage.threads, stage.progress, stage.cancel, llm.client.get()};
  MOTIVE_TRY(kind->make(node.spec.at("params"), data.items(), context, folder));
  MOTIVE_TRY(llm.write(folder));
  return write_timing(folder, start, stage.threads, llm.sent());
}

LedgerOptions ledger_options(const Json& spec, const Json& context) {
  LedgerOptions options{.negatives = spec.at("negatives"), .seed = spec.value("seed", std::uint64_t{0}),
                        .targets = spec.at("targets"), .listed = spec.at("listed"), .file = context.value("path", "")};
  if (spec.at("distribution") == "popularity") options.distribution = Distribution::kPopularity;
  for (const Pool pool : {Pool::kCatalogue, Pool::kCold, Pool::kWarm, Pool::kTrain, Pool::kAllItems}) {
    if (spec.at("pool") == pool_name(pool)) options.pool = pool;
  }
  return options;
}

/// rank_context() with what the stage runs under.
RankContext rank_context(const LoadedFit& fit, const OpenSplit& open, const StageContext& stage) {
  RankContext context = rank_context(fit, open, *stage.store);
  context.threads = stage.threads;
  context.progress = stage.progress;
  context.cancel = stage.cancel;
  return context;
}

/// The first items of the full ranking over the pool, by the retriever that the spec names.
Status retrieve(const NodeSpec& node, const OpenSplit& open, const LedgerFacts& facts, const Path& folder, const StageContext& stage) {
  const Json& retriever = node.spec.at("retriever");
  LedgerOptions options = ledger_options(node.spec, Json::object());
  options.retriever = retriever.at("label");
  options.keep = retriever.at("keep");
  MOTIVE_ASSIGN(const LoadedFit fit, load_fit(*stage.store, retriever.at("fit")));
  const QuerySet queries = test_queries(open.split, node.spec, history_of(node.spec));
  const std::size_t n_items = open.data.items().size();
  MOTIVE_ASSIGN(const Ledger whole, Ledger::whole(open.data.events(), n_items, options, facts));
  const EventsCopy train = training_events(open.split, fit.spec);
  const TrainingFacts training = training_facts(train.view(), n_items);
  const RankTask task = rank_task(fit, open, queries, whole, training, static_cast<std::size_t>(options.keep));
  RankContext context = rank_context(fit, open, stage);
  MOTIVE_ASSIGN(const Ranking ranking, rank_with(*fit.method, task, context));
  Retrieved found;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    for (const TopItem& item : ranking.top[q]) found.items.push_back(item.item);
    found.offsets.push_back(found.items.size());
  }
  return Ledger::keep(whole, queries, options, found, folder);
}

Status candidates_stage(const NodeSpec& node, const Json& context, const Path& folder, const StageContext& stage) {
  MOTIVE_ASSIGN(const OpenSplit open, open_split(*stage.store, node.spec.at("split")));
  const QuerySet test = test_queries(open.split, node.spec, TestHistory::kTrainValid);
  if (test.size() == 0) return invalid("candidates: no test user has a warm target to spare; leave the mixed pool out");
  const EventsCopy train = open.split.train();
  const std::size_t n_items = open.data.items().size();
  const TrainingFacts facts = training_facts(train.view(), n_items);
  const LedgerFacts known{open.split.cold_items(), facts.counts, &open.data.items(), &open.data.users()};
  MOTIVE_TRY(node.spec.contains("retriever")
                 ? retrieve(node, open, known, folder, stage)
                 : Ledger::make(open.data.events(), n_items, test, ledger_options(node.spec, context), folder, known));
  MOTIVE_ASSIGN(const Ledger ledger, Ledger::open(folder, test));
  const RankTask task{.queries = &test, .ledger = &ledger, .train_counts = facts.counts, .unseen_items = true,
                      .user_in_training = facts.user_in_training, .top_k = 0, .n_items = open.data.items().size()};
  MOTIVE_ASSIGN(const auto canaries, run_canaries(task, open.data, kCanaryUsers, 1, stage.threads));
  Json list = Json::array();
  std::string broken;
  for (const Canary& canary : canaries) {
    list.push_back({{"name", canary.name}, {"hr@10", canary.value}, {"expected", canary.expected},
                    {"tolerance", canary.tolerance}, {"ok", canary.ok}});
    if (canary.fatal && !canary.ok) {
      broken += fmt::format(" {}: hr@10 {} instead of {} (tolerance {});", canary.name, canary.value, canary.expected,
                            canary.tolerance);
    }
  }
  if (!broken.empty()) return fail("the evaluator failed its canaries, so no number of it can be trusted:{}", broken);
  return write_file_synced(folder / "canaries.json", list.dump(1) + "\n");
}

/// A cell in which no query can be answered by the method's own declaration is n/a, never a number.
Status check_abilities(const LoadedFit& fit, const RankTask& task) {
  const QuerySet& queries = *task.queries;
  const auto trained = [&](ItemId item) { return task.train_counts[index(item)] > 0; };
  const auto known = [&](UserId user) { return task.user_in_training[index(user)] != 0; };
  if (!fit.info.unseen_items && std::none_of(queries.targets.begin(), queries.targets.end(), trained)) {
    return Error{"cannot score items without training events, and every target is one", ErrorKind::kNotApplicable};
  }
  if (!fit.info.unseen_users && std::none_of(queries.users.begin(), queries.users.end(), known)) {
    return Error{"cannot rank for users without training events, and every test user is one", ErrorKind::kNotApplicable};
  }
  const auto nothing_known = [&](std::size_t q) { return !known(queries.users[q]) && queries.history_of(q).empty(); };
  std::size_t blank = 0;
  for (std::size_t q = 0; q < queries.size(); ++q) blank += nothing_known(q);
  if (!fit.info.empty_history && blank == queries.size()) {
    return Error{"cannot rank for users of whom nothing is known, and nothing is known of any test user", ErrorKind::kNotApplicable};
  }
  return {};
}

Status ranks_stage(const NodeSpec& node, const Json& task_context, const Path& folder, const StageContext& stage) {
  const auto start = std::chrono::steady_clock::now();
  MOTIVE_ASSIGN(const LoadedFit fit, load_fit(*stage.store, node.spec.at("fit")));
  MOTIVE_ASSIGN(const OpenSplit open, open_split(*stage.store, fit.spec.at("split")));
  MOTIVE_ASSIGN(const Json candidates, read_spec(*stage.store, "candidates", node.spec.at("candidates")));
  const QuerySet queries = test_queries(open.split, candidates, history_of(node.spec));
  MOTIVE_ASSIGN(const Ledger ledger, Ledger::open(stage.store->folder("candidates", node.spec.at("candidates")), queries));
  const EventsCopy train = training_events(open.split, fit.spec);
  const TrainingFacts facts = training_facts(train.view(), open.data.items().size());
  const RankTask task = rank_task(fit, open, queries, ledger, facts, kStoredTopK);
  MOTIVE_TRY(check_abilities(fit, task));
  MOTIVE_ASSIGN(const StageLlm llm, open_llm(task_context, stage));
  RankContext context = rank_context(fit, open, stage);
  context.llm = llm.client.get();
  context.llm_seed = node.spec.value("llm_seed", std::uint64_t{1});
  context.prompt_seed = node.spec.value("prompt_seed", std::uint64_t{1});
  MOTIVE_ASSIGN(const Ranking ranking, rank_with(*fit.method, task, context));
  MOTIVE_TRY(write_ranking(ranking, queries, open.data, folder));
  MOTIVE_TRY(llm.write(folder));
  return write_timing(folder, start, stage.threads, llm.sent());
}

}  // namespace

Status run_stage(const NodeSpec& node, const Json& context, const Path& folder, const StageContext& stage) {
  if (node.kind == "prepared") return prepare_stage(node, context, folder, stage);
  if (node.kind == "splits") return split_stage(node, context, folder, stage);
  if (node.kind == "candidates") return candidates_stage(node, context, folder, stage);
  if (node.kind == "features") return features_stage(node, context, folder, stage);
  if (node.kind == "fits") return fit_stage(node, context, folder, stage);
  if (node.kind == "trials") return trial_stage(node, folder, stage);
  if (node.kind == "chosen") return choose_stage(node, folder, stage);
  if (node.kind == "ranks") return ranks_stage(node, context, folder, stage);
  return invalid("unknown kind of node: {}", node.kind);
}

Json place_to_json(const FitPlace& place) {
  return {{"dataset", place.dataset}, {"split", place.split}, {"split_seed", place.split_seed},
          {"order_seed", place.order_seed}, {"fold", place.fold}};
}

Result<Json> read_spec(const Store& store, const std::string& kind, const std::string& hash) {
  MOTIVE_ASSIGN(const Json node, read_json(store.folder(kind, hash) / "node.json"));
  if (!node.contains("spec")) return fail("{}: node.json has no spec", store.folder(kind, hash).string());
  return node.at("spec");
}

Result<OpenSplit> open_split(const Store& store, const std::string& hash) {
  MOTIVE_ASSIGN(const Json spec, read_spec(store, "splits", hash));
  MOTIVE_ASSIGN(PreparedData data, PreparedData::open(store.folder("prepared", spec.at("prepared"))));
  MOTIVE_ASSIGN(Split split, Split::open(store.folder("splits", hash), data));
  return OpenSplit{std::move(data), std::move(split)};
}

QuerySet test_queries(const Split& split, const Json& candidates_spec, TestHistory history) {
  const bool warm = candidates_spec.at("targets") == kWarmTargets;
  const TargetSet targets = warm ? TargetSet::kWarm : TargetSet::kSplit;
  QuerySet all = candidates_spec.value("on", "") == "validation" ? split.validation(targets) : split.test(history, targets);
  if (!candidates_spec.contains("users")) return all;
  const Json& users = candidates_spec.at("users");
  return take_queries(all, sample_queries(all.size(), users.at("sample"), users.at("seed")));
}

TestHistory history_of(const Json& spec) {
  return spec.at("test_history") == "train_valid" ? TestHistory::kTrainValid : TestHistory::kTrain;
}

TrainingFacts training_facts(const EventsView& train, std::size_t n_items) {
  TrainingFacts facts{std::vector<std::uint32_t>(n_items, 0), std::vector<std::uint8_t>(train.users(), 0)};
  for (const ItemId item : train.items) ++facts.counts[index(item)];
  for (std::size_t u = 0; u < train.users(); ++u) facts.user_in_training[u] = !train.items_of(user_id(u)).empty();
  return facts;
}

RankTask rank_task(const LoadedFit& fit, const OpenSplit& open, const QuerySet& queries, const Ledger& ledger,
                   const TrainingFacts& facts, std::size_t top_k) {
  return {.queries = &queries, .ledger = &ledger, .train_counts = facts.counts, .unseen_items = fit.info.unseen_items,
          .user_in_training = facts.user_in_training, .top_k = top_k, .n_items = open.data.items().size(),
          .user_table = &open.data.users(), .catalogue = &open.data.items()};
}

RankContext rank_context(const LoadedFit& fit, const OpenSplit& open, const Store& store) {
  RankContext context{.seed = fit.spec.value("seed", std::uint64_t{0})};
  context.items = &open.data.items();
  context.users = &open.data.users();
  context.features = features_of(fit.spec, store);
  return context;
}

EventsCopy training_events(const Split& split, const Json& fit_spec) {
  return fit_spec.at("events") == "train_valid" ? split.train_and_valid() : split.train();
}

Result<LoadedFit> load_fit(const Store& store, const std::string& hash) {
  LoadedFit fit;
  MOTIVE_ASSIGN(fit.spec, read_spec(store, "fits", hash));
  MOTIVE_ASSIGN(const MethodOf of, method_of(store, fit.spec));
  fit.info = of.method->describe(of.params);
  MOTIVE_ASSIGN(fit.method, make_method(*of.method, of.params));
  MOTIVE_TRY(fit.method->load(store.folder("fits", hash) / "model"));
  return fit;
}

}  // namespace motive
