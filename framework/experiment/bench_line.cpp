#include "framework/experiment/bench_line.h"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "framework/base/console.h"
#include "framework/evaluate/sequence_file.h"
#include "framework/evaluate/timing.h"
#include "framework/experiment/program.h"
#include "framework/experiment/run_folder.h"
#include "framework/experiment/schema.h"

namespace motive {
namespace {

constexpr std::uint64_t kNegativesSeed = 20240229;  // every method ranks the same sampled negatives

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Keeps the seconds of each epoch; shows how far the fit is.
class EpochClock final : public Progress {
 public:
  explicit EpochClock(std::string label) : label_(std::move(label)) {}
  void update(double done, double total, std::string_view note) override {
    if (total <= 0) return;
    const double left = done > 0 ? seconds_since(start_) * (total - done) / done : -1;
    Console::instance().status(done / total, fmt::format("{} {}", label_, note), left);
  }
  void epoch_ended(int) override {
    seconds_.push_back(seconds_since(last_));
    last_ = Clock::now();
  }
  /// Ascending; a fit that announced none is one epoch.
  std::vector<double> seconds(double fit) const {
    std::vector<double> sorted = seconds_.empty() ? std::vector<double>{fit} : seconds_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

 private:
  std::string label_;
  Clock::time_point start_ = Clock::now(), last_ = start_;
  std::vector<double> seconds_;
};

/// Training events with the tables that a view needs: raw ids, no text.
class TrainingData {
 public:
  explicit TrainingData(const SequenceFile& file) : events_(file.train()) {
    for (const std::string& id : file.user_ids) add(id, user_offsets_, user_bytes_);
    for (const std::uint64_t id : file.item_ids) add(std::to_string(id), item_offsets_, item_bytes_);
    items_ = Catalogue({item_offsets_, item_bytes_}, {});
    users_ = UserTable({user_offsets_, user_bytes_}, {});
  }
  TrainingData(const TrainingData&) = delete;  // the views point into it
  TrainingData& operator=(const TrainingData&) = delete;
  TrainingView view() const { return {events_.view(), &items_, &users_}; }

 private:
  static void add(const std::string& id, std::vector<std::uint64_t>& offsets, std::string& bytes) {
    bytes += id;
    offsets.push_back(bytes.size());
  }
  EventsCopy events_;
  std::vector<std::uint64_t> user_offsets_{0}, item_offsets_{0};
  std::string user_bytes_, item_bytes_;
  Catalogue items_;
  UserTable users_;
};

/// The model's parameters as an experiment would give them, made from the options.
class ModelNode {
 public:
  ModelNode(const BenchOptions& options, config::Errors& errors) : options_(options) {
    params_.kind = config::Node::Kind::kMap;
    for (const std::string& override : options.overrides) config::apply_override(params_, override, errors);
    if (const Method* method = Registry::instance().find(options.model); method && !method->planned) {
      fields_ = method->parameters->schema()["properties"];
    }
    const bool preset = params_.find("preset") != nullptr;
    set("epochs", options.epochs);
    set("dim", options.dim ? options.dim : preset ? std::nullopt : std::optional<int>(64));
    set("max_len", fields_.contains("max_len") ? std::optional<int>(options.max_len) : std::nullopt);
    const config::Node* parallel = params_.find("parallel");
    const Method* method = Registry::instance().find(options.model);
    const bool shares = (method && method->torch) || (parallel && parallel->scalar != "none");
    if (shares && fields_.contains("threads")) set("threads", options.threads);
  }

  config::Node node() const {
    config::Node node;
    node.kind = config::Node::Kind::kMap;
    node.mark = mark("--model");
    node.add(options_.model, node.mark, params_);
    return node;
  }

 private:
  static config::Mark mark(const std::string& option) { return {option, 0, 0}; }

  /// Where the method has the field and --set does not say otherwise.
  void set(const std::string& key, std::optional<int> value) {
    if (!value || params_.find(key)) return;
    if (!fields_.contains(key)) {
      if (key == "epochs") Console::instance().note(options_.model + " has no epochs: --epochs changes nothing");
      return;
    }
    config::Node node;
    node.kind = config::Node::Kind::kScalar;
    node.scalar = std::to_string(*value);
    node.mark = mark("--" + key);
    params_.add(key, node.mark, std::move(node));
  }

  const BenchOptions& options_;
  config::Node params_;
  OrderedJson fields_ = OrderedJson::object();
};

OrderedJson head(const std::string& name) {
  const OrderedJson environment = motive::environment();
  return {{"peer", "motive-" + name},
          {"package", "motive"},
          {"version", environment.at("version")},
          {"git_revision", environment.at("git_revision")}};
}

/// Fits, and adds what the fit cost.
Status timed_fit(Recommender& method, const TrainingView& train, const MethodInfo& info, const BenchOptions& options,
                 OrderedJson& line) {
  EpochClock clock(options.model);
  CancelFlag cancel;
  FitContext context;
  context.init_seed = options.seed;
  context.threads = info.any_threads ? options.threads : std::min(options.threads, info.fit_threads);
  context.progress = &clock, context.cancel = &cancel;
  const auto start = Clock::now();
  const double processor = processor_seconds();
  const Status fitted = method.fit(train, context);
  const double wall = seconds_since(start);
  const double cores = (processor_seconds() - processor) / std::max(wall, 1e-9);
  Console::instance().clear_status();
  MOTIVE_TRY(fitted);
  const std::vector<double> epochs = clock.seconds(wall);
  const std::size_t n = epochs.size();
  const double median = std::max(1e-9, (epochs[(n - 1) / 2] + epochs[n / 2]) / 2);
  line["fit_threads"] = context.threads;
  line["epochs"] = n;
  line["fit_seconds"] = wall;
  line["cores_used"] = cores;
  line["seconds_per_epoch"] = median;
  line["seconds_per_epoch_min"] = epochs.front();
  line["interactions_per_s"] = static_cast<double>(train.n_events()) / median;
  line["peak_rss_mb"] = peak_rss_mb();
  return {};
}

/// What every ranking of the line needs.
struct Judged {
  const SequenceFile& file;
  const Recommender& method;
  const MethodInfo& info;
  QuerySet queries;
  std::vector<std::uint32_t> train_counts;
  std::vector<std::uint8_t> user_in_training;
};

Judged judged(const SequenceFile& file, const Recommender& method, const MethodInfo& info, const TrainingView& train) {
  Judged out{file, method, info, file.test(info.uses_order ? TestHistory::kTrainValid : TestHistory::kTrain),
             item_counts(train), {}};
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    out.user_in_training.push_back(train.events.items_of(user_id(u)).empty() ? 0 : 1);
  }
  return out;
}

Result<OrderedJson> rank_among(const Judged& judged, const Ledger& ledger, const std::string& prefix,
                               const BenchOptions& options) {
  const RankTask task{.queries = &judged.queries, .ledger = &ledger, .train_counts = judged.train_counts,
                      .unseen_items = judged.info.unseen_items, .user_in_training = judged.user_in_training,
                      .n_items = judged.file.n_items()};
  NoProgress silent;
  CancelFlag cancel;
  RankContext context{.seed = options.seed, .threads = options.threads, .progress = &silent, .cancel = &cancel};
  MOTIVE_ASSIGN(const Ranking ranking, rank_with(judged.method, task, context));
  return all_metrics(prefix, ranking.variants.front().rows);
}

/// The full ranking, timed, and the sampled ones.
Status add_quality(const Judged& judged, const BenchOptions& options, OrderedJson& line) {
  const auto start = Clock::now();
  const Ledger full = Ledger::full(std::vector<bool>(judged.file.n_items(), true));
  MOTIVE_ASSIGN(const OrderedJson all, rank_among(judged, full, "full_", options));
  line["eval_seconds"] = seconds_since(start);
  line.update(all);
  for (const int n : {29, 100}) {
    const auto sampled = Ledger::sample(judged.file.all(), judged.file.n_items(), judged.queries,
                                        {.negatives = n, .seed = kNegativesSeed});
    if (!sampled) {  // a small file: the line does without
      Console::instance().note(sampled.error().message);
      continue;
    }
    MOTIVE_ASSIGN(const OrderedJson found, rank_among(judged, *sampled, fmt::format("uni{}_", n), options));
    line.update(found);
  }
  return {};
}

Result<OrderedJson> evaluation_line(const BenchOptions& options) {
  OrderedJson line = head("evaluation");
  MOTIVE_ASSIGN(const OrderedJson timing,
                time_evaluation({.sequences = options.sequences, .users = options.users, .items = options.items,
                                 .dim = static_cast<std::size_t>(options.dim.value_or(64)),
                                 .threads = options.threads, .seed = options.seed}));
  line.update(timing);
  return line;
}

}  // namespace

Result<OrderedJson> bench_line(const BenchOptions& options) {
  if (options.model == "evaluation") return evaluation_line(options);
  if (options.sequences.empty()) return invalid("bench line: --sequences FILE is missing; only --model evaluation can do without");
  config::Errors errors;
  const ModelConfig model = read_model(ModelNode(options, errors).node(), errors);
  MOTIVE_TRY(errors.status());
  if (model.method->planned) return Error{fmt::format("{}: not available yet", model.name), ErrorKind::kUnavailable};
  MOTIVE_ASSIGN(const SequenceFile file, read_sequences(options.sequences));
  const MethodInfo info = model.method->describe(model.params);
  const OrderedJson params = model.method->parameters->echo(model.params);

  const auto start = Clock::now();
  const TrainingData data(file);
  const TrainingView train = data.view();
  MOTIVE_ASSIGN(const std::unique_ptr<Recommender> method, make_method(*model.method, model.params));
  OrderedJson line = head(model.name);
  line["model"] = model.name;
  line["label"] = model.label;
  line["data"] = file.name;
  line["users"] = file.n_users();
  line["items"] = file.n_items();
  line["train_interactions"] = train.n_events();
  line["dim"] = params.contains("dim") ? params.at("dim") : OrderedJson(options.dim.value_or(64));
  line["threads"] = options.threads;
  line["seed"] = options.seed;
  line["params"] = params;
  line["prepare_seconds"] = seconds_since(start);
  MOTIVE_TRY(timed_fit(*method, train, info, options, line));
  MOTIVE_TRY(add_quality(judged(file, *method, info, train), options, line));
  return line;
}

}  // namespace motive
