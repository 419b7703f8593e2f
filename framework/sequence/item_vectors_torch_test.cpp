#include "framework/sequence/item_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/nn/sparse_product.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::HasSubstr;

/// Items 0 and 1 in training, 2 not; "red" stands with all, "lamp" and "chair" with two.
const testing::Data& data() {
  static const testing::Data kData({{0, 1}, {1, 0}}, 3, {"red lamp", "red chair", "red lamp chair"});
  return kData;
}

TEST(SparseProduct, IsTheDenseOneWithItsGradient) {
  SparseRows rows;
  rows.n_columns = 3;
  rows.columns = {0, 2, 1};
  rows.values = {0.5f, 2.0f, -1.0f};
  rows.offsets = {0, 2, 2, 3};
  const nn::SparseMatrix matrix(rows);
  const torch::Tensor dense = torch::tensor({{0.5f, 0.0f, 2.0f}, {0.0f, 0.0f, 0.0f}, {0.0f, -1.0f, 0.0f}});
  const torch::Tensor w = torch::arange(12, torch::kFloat32).view({3, 4}).requires_grad_(), g = torch::arange(12, torch::kFloat32).view({3, 4}) + 1;
  EXPECT_TRUE(torch::equal(nn::sparse_product(matrix, w), dense.mm(w)));
  const auto gradient = torch::autograd::grad({nn::sparse_product(matrix, w)}, {w}, {g});
  EXPECT_TRUE(torch::allclose(gradient[0], dense.t().mm(g)));
  EXPECT_THROW(nn::sparse_product(matrix, torch::zeros({2, 4})), c10::Error);
}

TEST(ItemVectors, AreIdsWordsOrBoth) {
  const TrainingView view = data().view();
  const ModelItems items = ModelItems::of(view);
  ASSERT_EQ(items.catalogue.size(), 2u);
  const auto words = item_texts({ItemText::kTfidf, true, {}}, *view.items, items, {});
  ASSERT_TRUE(words) << words.error().message;
  const std::int64_t columns = (*words)->columns();
  EXPECT_EQ(columns, 3);
  const auto made = [&](ItemText text, bool ids) {
    ItemVectors vectors(2, columns, 4, ItemVectorOptions{text, ids, {}}, text == ItemText::kNone ? nullptr : *words);
    for (torch::Tensor& p : vectors->parameters()) torch::nn::init::normal_(p);
    return vectors;
  };
  const ItemVectors none = made(ItemText::kNone, true), both = made(ItemText::kTfidf, true), alone = made(ItemText::kTfidf, false);
  EXPECT_EQ(none->parameters().size(), 1u);
  EXPECT_FALSE(none->text_of_catalogue().defined());
  EXPECT_EQ(both->parameters().size(), 2u);
  EXPECT_EQ(alone->parameters().size(), 1u);
  const torch::Tensor all = alone->text_of_catalogue();
  EXPECT_EQ(all.size(0), 3);
  EXPECT_TRUE(torch::allclose(alone->forward(), all.narrow(0, 0, 2)));
  EXPECT_GT(all[2].abs().sum().item<float>(), 0);
}

TEST(ItemVectors, ReadSentenceVectors) {
  const TrainingView view = data().view();
  const ModelItems items = ModelItems::of(view);
  const ItemVectorOptions options{ItemText::kMinilm, false, {}};
  EXPECT_THAT(item_texts(options, *view.items, items, {}).error().message, HasSubstr("motive run"));
  const testing::TemporaryFolder folder;
  const std::vector<float> numbers = {1, 0, 0, 1, 2, 3};
  ASSERT_TRUE(SentenceVectors::write(folder.path(), numbers, 3, 0, {"title"}));
  FeatureFolders features;
  features.add(sentence_vectors({}), folder.path());
  const auto texts = item_texts(options, *view.items, items, features);
  ASSERT_TRUE(texts) << texts.error().message;
  EXPECT_EQ((*texts)->columns(), 2);
  const torch::Tensor weights = torch::randn({2, 4}, torch::requires_grad());
  const torch::Tensor all = (*texts)->of_catalogue(weights), model = (*texts)->of_model(weights);
  EXPECT_TRUE(torch::allclose(all[2], 2 * weights[0] + 3 * weights[1]));
  EXPECT_TRUE(torch::allclose(model, all.narrow(0, 0, 2)));
  EXPECT_TRUE(model.requires_grad());
  EXPECT_FALSE(all.requires_grad());
}

TEST(ItemVectors, SayWhichFieldsThereAre) {
  const TrainingView view = data().view();
  const ModelItems items = ModelItems::of(view);
  EXPECT_THAT(item_texts({ItemText::kTfidf, true, {"brand"}}, *view.items, items, {}).error().message, HasSubstr("`title`"));
  const testing::Data rare({{0, 1}}, 2, {"lamp", "chair"});
  EXPECT_THAT(item_texts({ItemText::kTfidf, true, {}}, *rare.view().items, ModelItems::of(rare.view()), {}).error().message, HasSubstr("2 items or more"));
}

}  // namespace
}  // namespace motive
