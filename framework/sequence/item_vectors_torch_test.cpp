#include "framework/sequence/item_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  const auto words = ItemWords::of(*view.items, items, {});
  ASSERT_TRUE(words) << words.error().message;
  const auto columns = static_cast<std::int64_t>((*words)->catalogue.n_columns);
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

TEST(ItemVectors, SayWhichFieldsThereAre) {
  const TrainingView view = data().view();
  const ModelItems items = ModelItems::of(view);
  EXPECT_THAT(ItemWords::of(*view.items, items, {"brand"}).error().message, HasSubstr("`title`"));
  const testing::Data rare({{0, 1}}, 2, {"lamp", "chair"});
  EXPECT_THAT(ItemWords::of(*rare.view().items, ModelItems::of(rare.view()), {}).error().message, HasSubstr("2 items or more"));
}

}  // namespace
}  // namespace motive
