#include "framework/sequence/sequence_recommender.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <numeric>

#include "framework/base/parallel.h"
#include "framework/nn/pool.h"

namespace motive {
namespace {

constexpr const char* kModelFile = "model.safetensors";
constexpr const char* kCheckpointFile = "checkpoint.safetensors";
constexpr const char* kNetwork = "network.";
constexpr const char* kBest = "best.";

/// One seed for everything that step draws.
std::uint64_t step_index(int epoch, std::size_t step) { return static_cast<std::uint64_t>(epoch) << 32 | step; }

Json parsed(const nn::TensorFile& file, const std::string& text) {
  const auto found = file.texts.find(text);
  return found == file.texts.end() ? Json() : Json::parse(found->second, nullptr, false);
}

/// What train_epochs goes on from, whole.
bool is_loop(const Json& loop) {
  if (!loop.is_object() || !loop.value("best", Json()).is_number() || !loop.value("curve", Json()).is_array()) return false;
  for (const char* number : {"trained", "best_epoch", "looks_since"}) {
    if (!loop.value(number, Json()).is_number_integer()) return false;
  }
  return true;
}

/// Of the same method, version, parameters and whatever else `identity` has.
Status check_identity(const nn::TensorFile& file, const Json& identity, const Path& path) {
  const Json stored = parsed(file, "identity");
  if (stored == identity) return {};
  if (!stored.is_object()) return fail("{}: not a model of Motive", path.string());
  for (const auto& [key, value] : identity.items()) {
    if (stored.value(key, Json()) != value) {
      return fail("{}: its {} is {}, not {}", path.string(), key, stored.value(key, Json()).dump(), value.dump());
    }
  }
  return fail("{}: a model of something else", path.string());
}

}  // namespace

/// The training of one fit.
struct SequenceRecommender::Trainer {
  SequenceRecommender& method;
  FitContext& context;
  std::vector<torch::Tensor> parameters;
  nn::Adam adam;
  Json identity;
  const std::vector<std::uint32_t> samples;
  std::vector<torch::Tensor> best;
  double last_loss = 0;

  Trainer(SequenceRecommender& m, FitContext& c, const TrainingView& train)
      : method(m), context(c), parameters(m.network_->parameters()), adam(parameters, m.settings_.adam), identity(m.identity()),
        samples(m.begin(train, c)) {
    identity["seed"] = c.init_seed;
    identity["events"] = train.n_events();
    identity["validates"] = c.validation != nullptr;
    identity["epochs told"] = c.selected ? *c.selected : Json();
  }

  int threads() const { return std::max(1, std::min(context.threads, method.settings_.threads)); }

  double rate_factor(std::int64_t step, std::int64_t steps) const {
    const auto warmup = static_cast<std::int64_t>(method.settings_.warmup_steps);
    if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
    if (!method.settings_.decay) return 1;
    return std::max(0.0, static_cast<double>(steps - step) / static_cast<double>(std::max<std::int64_t>(1, steps - warmup)));
  }

  Error not_finite(double loss, int epoch, std::size_t step, double norm) const {
    return Error{fmt::format("{}: the loss is {} in epoch {}, step {}, with learning rate {:g} and a gradient of norm {:g}; try a "
                             "tenth of the learning rate",
                             method.settings_.method, loss, epoch, step + 1, method.settings_.adam.lr, norm)};
  }

  /// Loss and gradients of every part, a thread each, as shares of the mean over the targets of all.
  double forward_backward(std::size_t parts, std::size_t targets, std::uint64_t seed, std::vector<nn::Gradients>& gradients) {
    std::vector<double> losses(parts);
    std::vector<std::string> errors(parts);
    gradients.assign(parts, {});
    parallel_for(parts, threads(), [&](std::size_t part) {
      at::set_num_threads(1);
      try {
        nn::DropoutSeeds seeds(seed + part);
        const torch::Tensor loss = method.loss(part, seeds) / static_cast<double>(targets);
        losses[part] = loss.item<double>();
        gradients[part] = torch::autograd::grad({loss}, parameters, {}, {}, false, /*allow_unused=*/true);
      } catch (const std::exception& error) {  // not through the threads
        errors[part] = error.what();
      }
    });
    for (const std::string& error : errors) {
      if (!error.empty()) throw std::runtime_error(error);
    }
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  }

  Status epoch(int number, int total) {
    const auto batch = static_cast<std::size_t>(method.settings_.batch);
    const std::size_t steps = (samples.size() + batch - 1) / batch;
    std::vector<std::uint32_t> order = samples;
    context.rng("order", static_cast<std::uint64_t>(number)).shuffle(std::span(order));
    const auto all = static_cast<std::int64_t>(steps) * total, before = static_cast<std::int64_t>(steps) * (number - 1);
    double sum = 0;
    std::vector<nn::Gradients> gradients;
    for (std::size_t step = 0; step < steps; ++step) {
      if (context.cancel && context.cancel->is_set()) {
        return Error{"the fit of " + method.settings_.method + " was interrupted", ErrorKind::kCancelled};
      }
      Rng draws = context.rng("step", step_index(number, step));
      const std::uint64_t seed = draws.next();
      const auto shown = std::span(order).subspan(step * batch).first(std::min(batch, order.size() - step * batch));
      const Parts parts = split_evenly(shown, static_cast<std::size_t>(method.settings_.threads));
      const std::size_t targets = method.begin_step(parts, draws);
      const double loss = forward_backward(parts.size(), targets, seed, gradients);
      if (!std::isfinite(loss)) return not_finite(loss, number, step, nn::norm_of(gradients));
      adam.step(gradients, rate_factor(before + static_cast<std::int64_t>(step), all), threads());
      sum += loss;
      if (context.progress) {
        context.progress->update(number - 1 + static_cast<double>(step + 1) / static_cast<double>(steps), total,
                                 fmt::format("loss {:.4f}", sum / static_cast<double>(step + 1)));
      }
    }
    last_loss = steps ? sum / static_cast<double>(steps) : 0;
    return {};
  }

  void keep() {
    best.clear();
    for (const torch::Tensor& p : parameters) best.push_back(p.detach().clone());
  }

  void take_kept() {
    const torch::NoGradGuard none;
    for (std::size_t k = 0; k < best.size(); ++k) parameters[k].copy_(best[k]);
    method.publish(method.vectors_->forward());
  }

  Status write_checkpoint(const Json& loop) const {
    nn::TensorFile file;
    nn::put_module(*method.network_, kNetwork, file);
    const auto named = method.network_->named_parameters();
    for (std::size_t k = 0; k < named.size(); ++k) {
      file.tensors["adam.first." + named[k].key()] = adam.first()[k];
      file.tensors["adam.second." + named[k].key()] = adam.second()[k];
      if (!best.empty()) file.tensors[kBest + named[k].key()] = best[k];
    }
    file.texts = {{"identity", identity.dump()}, {"loop", loop.dump()}, {"steps", std::to_string(adam.steps())},
                  {"loss", Json(last_loss).dump()}};
    return nn::write_tensors(context.checkpoints / kCheckpointFile, file);
  }

  /// Where the loop stood, or null where nothing can be taken up; `why` then says why not, if something was there.
  Json resume(std::string& why) {
    const Path path = context.checkpoints / kCheckpointFile;
    std::error_code code;
    if (context.checkpoints.empty() || !std::filesystem::exists(path, code)) return {};
    const auto taken = take_up(path);
    if (taken) return *taken;
    why = taken.error().message;
    return {};
  }

  Result<Json> take_up(const Path& path) {
    MOTIVE_ASSIGN(const nn::TensorFile file, nn::read_tensors(path));
    MOTIVE_TRY(check_identity(file, identity, path));
    std::vector<torch::Tensor> first, second, kept;
    for (const auto& one : method.network_->named_parameters()) {
      const auto shape = one.value().sizes();
      MOTIVE_ASSIGN(const torch::Tensor m, file.get("adam.first." + one.key(), shape));
      MOTIVE_ASSIGN(const torch::Tensor v, file.get("adam.second." + one.key(), shape));
      first.push_back(m), second.push_back(v);
      const auto stored = file.get(kBest + one.key(), shape);
      if (stored) kept.push_back(*stored);
    }
    const Json steps = parsed(file, "steps"), loop = parsed(file, "loop"), loss = parsed(file, "loss");
    if (!steps.is_number_integer() || !is_loop(loop) || !loss.is_number() || (!kept.empty() && kept.size() != first.size())) {
      return fail("{}: incomplete", path.string());
    }
    MOTIVE_TRY(nn::take_module(file, kNetwork, *method.network_));
    adam.restore(steps, first, second);
    best = std::move(kept);
    last_loss = loss;
    return loop;
  }
};

Json SequenceRecommender::identity() const {
  return {{"method", settings_.method}, {"version", settings_.version}, {"parameters", settings_.params},
          {"items", items_.catalogue.size()}, {"catalogue", items_.number.size()}};
}

/// columns: of the items' texts.
void SequenceRecommender::make(std::int64_t columns) {
  const auto n = std::max<std::int64_t>(1, static_cast<std::int64_t>(items_.catalogue.size()));
  vectors_ = ItemVectors(n, columns, settings_.dim, settings_.vectors, texts_);
  network_ = make_network(n, vectors_);
}

Status SequenceRecommender::fit(const TrainingView& train, FitContext& context) {
  if (settings_.dim % settings_.heads != 0) {
    return invalid("{}: `heads: {}` does not divide `dim: {}`; take another number of either", settings_.method, settings_.heads, settings_.dim);
  }
  nn::pool_tensor_memory();
  torch::manual_seed(context.rng("initial parameters").next() >> 1);
  items_ = ModelItems::of(train);
  MOTIVE_ASSIGN(texts_, item_texts(settings_.vectors, *train.items, items_, context.features));
  make(texts_ ? texts_->columns() : 0);
  Trainer trainer(*this, context, train);
  EpochSteps steps{.train = [&](int number, int total) { return trainer.epoch(number, total); },
                   .describe = [&] { return Json{{"loss", trainer.last_loss}}; },
                   .publish = [&] { publish(vectors_->forward()); },
                   .keep = [&] { trainer.keep(); },
                   .take_kept = [&] { trainer.take_kept(); },
                   .checkpoint = {},
                   .resume = {}};
  if (!context.checkpoints.empty()) {
    std::string why;
    steps.checkpoint = [&](const Json& loop) { return trainer.write_checkpoint(loop); };
    steps.resume = trainer.resume(why);
    if (!why.empty()) context.report["checkpoint"] = "not taken up: " + why;
  }
  return train_epochs(*this, settings_.method, settings_.epochs, steps, context);
}

void SequenceRecommender::publish(const torch::Tensor& items) {
  const torch::NoGradGuard none;
  table_ = items.detach();
  const auto dim = static_cast<std::size_t>(settings_.dim);
  const auto spread = [&](const torch::Tensor& table, std::size_t width, std::vector<float>& out) {
    const torch::Tensor dense = table.detach().contiguous();
    const float* const from = dense.data_ptr<float>();
    out.assign(items_.number.size() * width, 0.0f);
    for (std::size_t m = 0; m < items_.catalogue.size(); ++m) {
      std::copy_n(from + m * width, width, out.data() + items_.catalogue[m] * width);
    }
  };
  spread(item_table(table_), dim, factors_);
  if (const torch::Tensor text = vectors_->text_of_catalogue(); text.defined()) {
    const float* const from = text.data_ptr<float>();
    for (std::size_t i = 0; i < items_.number.size(); ++i) {
      if (items_.number[i] == kNoNumber) std::copy_n(from + i * dim, dim, factors_.data() + i * dim);
    }
  }
  if (item_bias().defined()) spread(item_bias(), 1, bias_);
}

ItemFactors SequenceRecommender::item_factors() const { return {factors_, bias_, static_cast<std::size_t>(settings_.dim)}; }

Status SequenceRecommender::user_factors(const Query& query, std::span<float> out) const {
  return block_factors(std::span(&query, 1), out);
}

Status SequenceRecommender::block_factors(std::span<const Query> queries, std::span<float> out) const {
  const torch::NoGradGuard none;
  at::set_num_threads(1);  // blocks of queries go to several threads
  const auto dim = static_cast<std::size_t>(settings_.dim);
  nn::Packed histories;
  std::vector<std::int64_t> tokens;
  std::vector<std::size_t> asked;  // a history without a known item is the vector 0: items differ by their bias alone
  for (std::size_t q = 0; q < queries.size(); ++q) {
    tokens.clear();
    items_.append(queries[q].history, tokens);
    if (tokens.empty()) continue;
    add_history(tokens, histories);
    asked.push_back(q);
  }
  std::fill(out.begin(), out.end(), 0.0f);
  if (asked.empty()) return {};
  const torch::Tensor vectors = read(table_, histories).contiguous();
  const float* const from = vectors.data_ptr<float>();
  for (std::size_t k = 0; k < asked.size(); ++k) std::copy_n(from + k * dim, dim, out.data() + asked[k] * dim);
  return {};
}

Status SequenceRecommender::save(const Path& folder) const {
  nn::TensorFile file;
  nn::put_module(*network_, kNetwork, file);
  file.tensors["items"] = torch::tensor(std::vector<std::int64_t>(items_.catalogue.begin(), items_.catalogue.end()), torch::kInt64);
  if (settings_.vectors.text != ItemText::kNone) {  // whoever loads this has no texts
    const std::vector<std::int64_t> shape{static_cast<std::int64_t>(items_.number.size()), settings_.dim};
    file.tensors["vectors"] = torch::from_blob(const_cast<float*>(factors_.data()), shape).clone();
  }
  file.texts = {{"identity", identity().dump()}};
  return nn::write_tensors(folder / kModelFile, file);
}

Status SequenceRecommender::load(const Path& folder) {
  const Path path = folder / kModelFile;
  MOTIVE_ASSIGN(const nn::TensorFile file, nn::read_tensors(path));
  MOTIVE_ASSIGN(const torch::Tensor numbers, file.get("items", {-1}));
  const Json stored = parsed(file, "identity");
  const Json catalogue = stored.is_object() ? stored.value("catalogue", Json()) : Json();
  if (!catalogue.is_number_unsigned() || catalogue > 1u << 28 || numbers.scalar_type() != torch::kInt64) {
    return fail("{}: not a model of Motive", path.string());
  }
  items_.catalogue.clear();
  items_.number.assign(catalogue, kNoNumber);
  for (const std::int64_t item : std::span(numbers.data_ptr<std::int64_t>(), static_cast<std::size_t>(numbers.numel()))) {
    if (item < 0 || static_cast<std::size_t>(item) >= items_.number.size()) return fail("{}: an item is out of range", path.string());
    items_.number[static_cast<std::size_t>(item)] = static_cast<std::uint32_t>(items_.catalogue.size());
    items_.catalogue.push_back(static_cast<std::uint32_t>(item));
  }
  MOTIVE_TRY(check_identity(file, identity(), path));
  texts_ = nullptr;
  const auto words = file.get("network.items.words", {-1, settings_.dim});
  make(words ? words->size(0) : 0);
  auto taken = take_network(file);
  if (!taken) return fail("{}: {}", path.string(), taken.error().message);
  return {};
}

Status SequenceRecommender::take_network(const nn::TensorFile& file) {
  MOTIVE_TRY(nn::take_module(file, kNetwork, *network_));
  if (settings_.vectors.text == ItemText::kNone) {
    publish(vectors_->forward());
    return {};
  }
  MOTIVE_ASSIGN(const torch::Tensor all, file.get("vectors", {static_cast<std::int64_t>(items_.number.size()), settings_.dim}));
  MOTIVE_ASSIGN(const torch::Tensor known, file.get("items", {-1}));
  const torch::Tensor dense = all.to(torch::kFloat32).contiguous();
  publish(dense.index_select(0, known));
  factors_.assign(dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel());
  return {};
}

}  // namespace motive
