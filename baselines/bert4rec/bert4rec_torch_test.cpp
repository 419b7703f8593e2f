// Parity with bert4rec_values.py, which pads, masks and computes in double; samples; fits at the edges.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/bert4rec/bert4rec.h"
#include "framework/nn/cross_entropy.h"
#include "framework/nn/rows.h"
#include "framework/nn/safetensors.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kItems = 23;  // as bert4rec_values.py has it

Bert4RecParams small() {
  Bert4RecParams p;
  p.dim = 16, p.heads = 2, p.inner = 32, p.max_len = 6, p.epochs = 2, p.batch = 4, p.validate_every = 0;
  return p;
}

std::vector<std::int64_t> list(const torch::Tensor& t) { return {t.data_ptr<std::int64_t>(), t.data_ptr<std::int64_t>() + t.numel()}; }

bool close(const torch::Tensor& a, const torch::Tensor& b) {
  return a.sizes() == b.sizes() && torch::allclose(a.to(torch::kFloat64), b.to(torch::kFloat64), 1e-4, 1e-5);
}

/// Samples of whole users, with the masks that Python had.
bert4rec::Batch batch_of(const nn::TensorFile& values) {
  const auto events = list(values.tensors.at("events")), lengths = list(values.tensors.at("lengths"));
  const auto hidden = list(values.tensors.at("hidden")), counts = list(values.tensors.at("hidden_counts"));
  Sequences sequences;
  for (const std::int64_t item : events) sequences.events.values.push_back(static_cast<std::uint32_t>(item));
  bert4rec::Batch batch;
  auto next = hidden.begin();
  for (std::size_t u = 0; u < lengths.size(); ++u) {
    const auto n = static_cast<std::uint32_t>(lengths[u]);
    sequences.events.offsets.push_back(sequences.events.offsets.back() + n);
    const std::vector<std::uint32_t> hides(next, next + counts[u]);
    next += counts[u];
    bert4rec::add_sample(sequences, {static_cast<std::uint32_t>(u), 0, n}, hides, 6, batch);
  }
  return batch;
}

TEST(Bert4RecParityTest, VectorsLossAndGradientsAreThoseOfAPaddedReference) {
  const auto values = nn::read_tensors(Path(MOTIVE_SOURCE_DIR) / "baselines/bert4rec/bert4rec_values.safetensors");
  ASSERT_TRUE(values) << values.error().message;
  const ItemVectors vectors(kItems, 0, 16, ItemVectorOptions{}, nullptr);
  bert4rec::Network network(small(), kItems, vectors);
  const Status taken = nn::take_module(*values, "weights.", *network);
  ASSERT_TRUE(taken) << taken.error().message;
  const bert4rec::Batch batch = batch_of(*values);
  EXPECT_EQ(batch.targets, list(values->tensors.at("targets")));

  const torch::Tensor table = vectors->forward();
  const torch::Tensor z = network->forward(table, batch.inputs, nn::numbers(batch.hidden), nullptr);
  EXPECT_TRUE(close(z, values->tensors.at("z")));
  const torch::Tensor loss =
      nn::cross_entropy_sum(z, table, network->bias(), nn::numbers(batch.targets)) / static_cast<double>(batch.targets.size());
  EXPECT_TRUE(close(loss.view({1}), values->tensors.at("loss")));
  const auto named = network->named_parameters();
  const auto gradients = torch::autograd::grad({loss}, network->parameters());
  ASSERT_EQ(gradients.size(), named.size());
  for (std::size_t k = 0; k < gradients.size(); ++k) {
    EXPECT_TRUE(close(gradients[k], values->tensors.at("gradient." + named[k].key()))) << named[k].key();
  }
}

TEST(Bert4RecSamplesTest, WindowsCoverLongSequencesFromTheEnd) {
  Sequences sequences;
  sequences.users = {0, 1};
  sequences.events.offsets = {0, 4, 19};
  sequences.events.values.assign(19, 0);
  Bert4RecParams params = small();
  params.stride = 0.5;
  std::vector<std::vector<std::uint32_t>> found;
  for (const bert4rec::Window& w : bert4rec::windows_of(sequences, params)) found.push_back({w.user, w.first, w.last});
  EXPECT_THAT(found, ElementsAre(ElementsAre(0, 0, 4), ElementsAre(1, 9, 15), ElementsAre(1, 6, 12), ElementsAre(1, 3, 9),
                                 ElementsAre(1, 0, 6)));
}

TEST(Bert4RecSamplesTest, MasksHideTheShareAskedForAndAtLeastOne) {
  Rng draws(1, "masks");
  Bert4RecParams params = small();
  params.mask = 0.5, params.last_item = 0;
  std::vector<int> hidden(6);
  for (int round = 0; round < 600; ++round) {
    const auto places = bert4rec::draw_mask(6, params, draws);
    ASSERT_EQ(places.size(), 3u);
    ASSERT_TRUE(std::is_sorted(places.begin(), places.end()));
    for (const std::uint32_t place : places) ++hidden.at(place);
  }
  for (const int n : hidden) EXPECT_NEAR(n, 300, 60);
  params.mask = 0;
  EXPECT_EQ(bert4rec::draw_mask(6, params, draws).size(), 1u);
  params.mask = 1;
  EXPECT_THAT(bert4rec::draw_mask(2, params, draws), ElementsAre(0, 1));
  params.last_item = 1;
  EXPECT_THAT(bert4rec::draw_mask(6, params, draws), ElementsAre(5));
}

TEST(Bert4RecTest, EdgesOfDataAndParametersGiveAFit) {
  struct Edge {
    testing::Data::Sequences sequences;
    std::uint32_t items;
    int max_len, batch, copies;
  };
  for (const Edge& edge : {Edge{{{}, {0}}, 2, 6, 4, 0}, Edge{{{0, 0, 0}}, 1, 6, 4, 0}, Edge{{{0, 1, 2}, {1, 2}}, 3, 2, 100, 0},
                           Edge{{{0, 1, 2, 0, 1, 2, 0, 1}, {1, 2}}, 3, 3, 1, 2}}) {
    const testing::Data data(edge.sequences, edge.items);
    Bert4RecParams params = small();
    params.max_len = edge.max_len, params.batch = edge.batch, params.copies = edge.copies;
    Bert4Rec method(params);
    testing::Contexts contexts;
    const Status status = method.fit(data.view(), contexts.fit);
    EXPECT_TRUE(status) << status.error().message;
  }
}

TEST(Bert4RecTest, ParametersThatMakeNoSenseAreRefused) {
  const auto refused = [](const std::string& yaml) {
    config::Errors errors;
    config::parse<Bert4RecParams>(config::parse_yaml(yaml, "test", errors), errors);
    return errors.empty() ? "" : errors.error().message;
  };
  EXPECT_THAT(refused("heads: 3"), HasSubstr("does not divide `dim: 64`"));
  EXPECT_THAT(refused("max_len: 1"), HasSubstr("max_len"));
  EXPECT_THAT(refused("item_ids: false"), HasSubstr("`item_text`"));
  EXPECT_EQ(refused("{item_ids: false, item_text: tfidf}"), "");
}

}  // namespace
}  // namespace motive
