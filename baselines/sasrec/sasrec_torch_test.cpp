// Parity with sasrec_values.py, which pads, masks and computes in double; fits at the edges.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/sasrec/sasrec.h"
#include "framework/nn/safetensors.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t kItems = 23;  // as sasrec_values.py has it, and what follows

struct Case {
  std::string variant, loss;
  bool tied = true;
  std::string name() const { return variant + "." + loss + (tied ? ".tied" : ".untied"); }
  SasRecParams params() const {
    const Json given = {{"variant", variant}, {"loss", loss}, {"tied", tied}, {"dim", 16}, {"heads", 2}, {"blocks", 2},
                        {"max_len", 6}, {"negatives", 3}, {"gbce_t", 0.75}, {"dropout", 0.3}};
    config::Errors errors;
    const auto params = config::parse<SasRecParams>(config::from_json(given, "test"), errors);
    EXPECT_TRUE(errors.empty()) << errors.error().message;
    return params;
  }
};

const Case kCases[] = {{"pre_ln", "ce"}, {"post_ln", "ce"}, {"official_q_only", "ce"}, {"pre_ln", "bce1"}, {"pre_ln", "bceN"},
                       {"pre_ln", "gbce"}, {"pre_ln", "sampled_ce"}, {"pre_ln", "ce", false}, {"pre_ln", "sampled_ce", false}};

std::vector<std::int64_t> list(const torch::Tensor& t) {
  const torch::Tensor dense = t.contiguous();
  return {dense.data_ptr<std::int64_t>(), dense.data_ptr<std::int64_t>() + dense.numel()};
}

bool close(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() && torch::allclose(a.to(torch::kFloat64), b.to(torch::kFloat64), 1e-4, 1e-5);
}

class SasRecParityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    torch::set_num_threads(1);  // for so small tensors, threads would mostly wait for each other
    auto read = nn::read_tensors(Path(MOTIVE_SOURCE_DIR) / "baselines/sasrec/sasrec_values.safetensors");
    ASSERT_TRUE(read) << read.error().message;
    values_ = std::move(*read);
  }
  const torch::Tensor& at(const std::string& name) const { return values_.tensors.at(name); }

  /// The batch of these users, with the negatives that Python had.
  sasrec::Batch batch(const SasRecParams& params) const {
    Sequences sequences;
    std::vector<std::uint32_t> users;
    const auto offsets = list(at("offsets"));
    for (const std::int64_t item : list(at("events"))) sequences.events.values.push_back(static_cast<std::uint32_t>(item));
    sequences.events.offsets.assign(offsets.begin(), offsets.end());
    sequences.seen = sequences.events;  // asked for draws alone, which are replaced
    sequences.seen.offsets.assign(offsets.size(), 0);
    for (std::uint32_t u = 0; u + 1 < offsets.size(); ++u) users.push_back(u);
    Rng draws(1, "unused");
    sasrec::Batch batch = sasrec::make_batch(sequences, users, kItems, params, draws);
    EXPECT_EQ(batch.inputs.tokens, list(at("inputs")));
    EXPECT_EQ(batch.targets, list(at("targets")));
    batch.negatives = list(at("negatives").narrow(1, 0, params.sampled()));
    return batch;
  }

  nn::TensorFile values_;
};

TEST_F(SasRecParityTest, HiddenStatesLossesAndGradientsAreThoseOfAPaddedReference) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name());
    const SasRecParams params = c.params();
    const ItemVectors vectors(kItems, 0, params.dim, ItemVectorOptions{}, nullptr);
    sasrec::Network network(params, kItems, vectors);
    const Status taken = nn::take_module(values_, "weights.", *network);
    ASSERT_TRUE(taken) << taken.error().message;
    const sasrec::Batch made = batch(params);
    const torch::Tensor items = vectors->forward();
    const torch::Tensor hidden = network->forward(items, made.inputs, nullptr);
    EXPECT_TRUE(close(hidden, at(c.variant + ".hidden")));
    const torch::Tensor loss =
        sasrec::batch_loss(params, made, hidden, network->output_items(items)) / static_cast<double>(made.targets.size());
    EXPECT_TRUE(close(loss.view({1}), at(c.name() + ".loss"))) << loss;
    const auto named = network->named_parameters();
    const auto gradients = torch::autograd::grad({loss}, network->parameters());
    for (std::size_t k = 0; k < named.size(); ++k) {
      const torch::Tensor& expected = at(c.name() + ".gradient." + named[k].key());
      EXPECT_TRUE(close(gradients[k], expected))
          << named[k].key() << ": off by " << (gradients[k] - expected).abs().max().item<float>() << " of "
          << expected.abs().max().item<float>();
    }
  }
}

TEST_F(SasRecParityTest, APartOfABatchAddsWhatItWouldAddInTheWhole) {
  const SasRecParams params = Case{"pre_ln", "ce"}.params();
  const ItemVectors vectors(kItems, 0, params.dim, ItemVectorOptions{}, nullptr);
  sasrec::Network network(params, kItems, vectors);
  const Status taken = nn::take_module(values_, "weights.", *network);
  ASSERT_TRUE(taken) << taken.error().message;
  const nn::Packed all = batch(params).inputs;
  const torch::Tensor together = network->forward(vectors->forward(), all, nullptr);
  for (std::size_t b = 0; b < all.size(); ++b) {
    const auto first = all.offsets[b], size = all.offsets[b + 1] - first;
    nn::Packed one;
    one.add(std::span(all.tokens).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(size)), 6);
    EXPECT_TRUE(close(network->forward(vectors->forward(), one, nullptr), together.narrow(0, first, size)));
  }
}

SasRecParams small() {
  SasRecParams p;
  p.dim = 8;
  p.heads = 2;
  p.blocks = 1;
  p.max_len = 5;
  p.epochs = 3;
  p.batch = 4;
  p.validate_every = 0;
  return p;
}

testing::Data::Sequences walks(std::uint32_t users, std::uint32_t items) {
  testing::Data::Sequences sequences(users);
  for (std::uint32_t u = 0; u < users; ++u) {
    for (std::uint32_t k = 0; k < 2 + u % 7; ++k) sequences[u].push_back((u + k * (1 + u % 3)) % items);
  }
  return sequences;
}

Status fit(SasRec& method, const testing::Data& data, const Path& checkpoints = {}) {
  testing::Contexts contexts;
  contexts.fit.checkpoints = checkpoints;
  return method.fit(data.view(), contexts.fit);
}

std::vector<float> fitted_items(const SasRecParams& params, const testing::Data& data) {
  SasRec method(params);
  const Status status = fit(method, data);
  EXPECT_TRUE(status) << status.error().message;
  const ItemFactors factors = method.item_factors();
  return {factors.vectors.begin(), factors.vectors.end()};
}

TEST(SasRecTest, HeadsThatDoNotDivideAreAnErrorOfTheTableAndOfTheFit) {
  config::Errors errors;
  config::parse<SasRecParams>(config::from_json(Json{{"dim", 10}, {"heads", 3}}, "test"), errors);
  ASSERT_FALSE(errors.empty());
  EXPECT_THAT(errors.error().message, AllOf(HasSubstr("heads"), HasSubstr("does not divide `dim: 10`")));
  SasRecParams params = small();
  params.heads = 3;
  SasRec method(params);
  const Status status = fit(method, testing::Data(walks(5, 9), 9));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(status.error().message, AllOf(HasSubstr("sasrec"), HasSubstr("`heads: 3` does not divide `dim: 8`")));
}

TEST(SasRecTest, OneItemOneEventOrNoTargetAtAllCanBeFitted) {
  for (const SasRecLoss loss :
       {SasRecLoss::kBce1, SasRecLoss::kBceN, SasRecLoss::kGbce, SasRecLoss::kCe, SasRecLoss::kSampledCe}) {
    SasRecParams params = small();
    params.loss = loss;
    const testing::Data one({{0, 0, 0}, {0, 0}}, 1), single({{0}, {1}, {}}, 2), nothing({{}, {}}, 2);
    for (const testing::Data* data : {&one, &single, &nothing}) {
      const std::vector<float> items = fitted_items(params, *data);
      EXPECT_EQ(items.size(), data->view().n_items() * 8);
      for (const float x : items) EXPECT_TRUE(std::isfinite(x));
    }
  }
}

TEST(SasRecTest, ABatchLargerThanTheDataIsTheWholeData) {
  const testing::Data data(walks(9, 12), 12);
  SasRecParams whole = small(), larger = small();
  whole.batch = 9;
  larger.batch = 1000000;
  EXPECT_EQ(fitted_items(whole, data), fitted_items(larger, data));
}

TEST(SasRecTest, WithAMaxLenOfOneTheLastItemAloneCounts) {
  SasRecParams params = small();
  params.max_len = 1;
  SasRec method(params);
  ASSERT_TRUE(fit(method, testing::Data(walks(9, 12), 12)));
  testing::Queries queries(CandidateKind::kAll, 12);
  queries.add(0, true, {1, 2, 3}).add(1, true, {3}).add(2, true, {4});
  const auto scores = testing::scores_of(method, queries);
  ASSERT_TRUE(scores);
  EXPECT_EQ(scores->at(0), scores->at(1));
  EXPECT_NE(scores->at(1), scores->at(2));
}

TEST(SasRecTest, ALossThatIsNotFiniteSaysWhereItHappened) {
  const testing::Data data(walks(9, 12), 12);
  SasRecParams params = small();
  params.lr = 1;
  params.epochs = 4;
  const testing::TemporaryFolder folder;
  // Interrupted after an epoch, so that there is a checkpoint, in which weights are then blown up.
  struct Interrupt : Progress {
    CancelFlag flag;
    void update(double, double, std::string_view) override {}
    void epoch_ended(int) override { flag.set(); }
  } interrupt;
  testing::Contexts contexts;
  contexts.fit.checkpoints = folder.path();
  contexts.fit.progress = &interrupt;
  contexts.fit.cancel = &interrupt.flag;
  SasRec first(params), second(params);
  ASSERT_FALSE(first.fit(data.view(), contexts.fit));
  const Path checkpoint = folder.path() / "checkpoint.safetensors";
  auto file = nn::read_tensors(checkpoint);
  ASSERT_TRUE(file) << file.error().message;
  file->tensors.at("network.transformer.last_norm.weight").fill_(3e38f);
  ASSERT_TRUE(nn::write_tensors(checkpoint, *file));
  const Status status = fit(second, data, folder.path());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kFailed);
  EXPECT_THAT(status.error().message, AllOf(HasSubstr("sasrec: the loss is"), HasSubstr("in epoch 2, step 1,"),
                                            HasSubstr("learning rate 1 "), HasSubstr("gradient of norm")));
}

}  // namespace
}  // namespace motive
