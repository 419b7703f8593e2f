// Files of models, and scores.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "framework/sequence/tiny_testing.h"

namespace motive::tiny {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Scores = std::map<std::uint32_t, std::vector<float>>;

class SequenceModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const testing::Data data(walks(), kItems);
    testing::Contexts contexts;
    ASSERT_TRUE(method_.fit(data.view(), contexts.fit));
    ASSERT_TRUE(method_.save(folder_.path()));
  }
  Path file() const { return folder_.path() / "model.safetensors"; }
  static Scores scores(const Recommender& method, const testing::Data::Sequences& histories) {
    testing::Queries queries(CandidateKind::kAll, kItems);
    for (std::size_t u = 0; u < histories.size(); ++u) queries.add(u, false, histories[u]);
    auto found = testing::scores_of(method, queries);
    EXPECT_TRUE(found);
    return found ? *found : Scores();
  }
  /// Why a method refuses the folder.
  std::string refusal(const TinyOptions& options = {}) const {
    Tiny method(options);
    const Status status = method.load(folder_.path());
    EXPECT_FALSE(status);
    return status ? "" : status.error().message;
  }
  void edit(const std::function<void(nn::TensorFile&)>& change) const {
    auto content = nn::read_tensors(file());
    ASSERT_TRUE(content) << content.error().message;
    change(*content);
    ASSERT_TRUE(nn::write_tensors(file(), *content));
  }

  Tiny method_;
  testing::TemporaryFolder folder_;
};

TEST_F(SequenceModelTest, WhatIsLoadedGivesTheSameScores) {
  Tiny again;
  ASSERT_TRUE(again.load(folder_.path()));
  const testing::Data::Sequences histories = {{1, 2, 3}, {4}, {}, {11}, {10, 11, 0, 0, 5, 6}};
  EXPECT_EQ(scores(again, histories), scores(method_, histories));
}

TEST_F(SequenceModelTest, ItemsThatAreNotInTheModelAreNotReadAndGetNothing) {
  const Scores found = scores(method_, {{}, {11}, {11, 11}, {3}, {11, 3, 11}});
  const ItemFactors factors = method_.item_factors();
  ASSERT_EQ(factors.bias.size(), kItems);
  EXPECT_EQ(found.at(0), std::vector<float>(factors.bias.begin(), factors.bias.end())) << "an empty history: the bias alone";
  EXPECT_EQ(found.at(1), found.at(0));
  EXPECT_EQ(found.at(2), found.at(0));
  EXPECT_NE(found.at(3), found.at(0));
  EXPECT_EQ(found.at(4), found.at(3));
  for (const auto& [row, values] : found) EXPECT_EQ(values.at(11), 0) << row;
}

TEST_F(SequenceModelTest, AModelOfSomethingElseIsRefusedWithTheReason) {
  EXPECT_THAT(refusal({.parameter = "b"}),
              AllOf(HasSubstr(file().string()), HasSubstr(R"(its parameters is {"p":"a"}, not {"p":"b"})")));
  EXPECT_THAT(refusal({.version = "2"}), HasSubstr(R"(its version is "1", not "2")"));
  edit([](nn::TensorFile& f) { f.texts["identity"].replace(f.texts["identity"].find("tiny"), 4, "huge"); });
  EXPECT_THAT(refusal(), HasSubstr(R"(its method is "huge", not "tiny")"));
  edit([](nn::TensorFile& f) { f.texts.erase("identity"); });
  EXPECT_THAT(refusal(), HasSubstr("not a model of Motive"));
}

TEST_F(SequenceModelTest, ADamagedModelIsRefusedWithTheReason) {
  const std::string whole_file = *read_file(file());
  const auto write = [&](const std::string& content) { ASSERT_TRUE(write_file_synced(file(), content)); };
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, whole_file.size() / 2, whole_file.size() - 1}) {
    write(whole_file.substr(0, size));
    EXPECT_THAT(refusal(), HasSubstr(file().string())) << size;
  }
  std::string altered = whole_file;
  altered[altered.size() - 9] ^= 4;
  write(altered);
  EXPECT_THAT(refusal(), HasSubstr("altered"));

  const auto items_of = [&](const torch::Tensor& items) {
    write(whole_file);
    edit([&](nn::TensorFile& f) { f.tensors.at("items") = items; });
    return refusal();
  };
  EXPECT_THAT(items_of(torch::arange(2, 13)), HasSubstr("an item is out of range"));
  EXPECT_THAT(items_of(torch::arange(-1, 10)), HasSubstr("an item is out of range"));
  EXPECT_THAT(items_of(torch::arange(0, 9)), HasSubstr("items"));
  EXPECT_THAT(items_of(torch::zeros({11})), HasSubstr("not a model of Motive"));
  EXPECT_THAT(items_of(torch::zeros({11, 1}, torch::kInt64)), HasSubstr("tensor items has shape"));

  write(whole_file);
  edit([](nn::TensorFile& f) { f.tensors["network.items.words"] = torch::zeros({}); });
  EXPECT_TRUE(Tiny().load(folder_.path())) << "what is not asked for is not looked at";
  edit([](nn::TensorFile& f) { f.tensors.erase("network.mix.weight"); });
  EXPECT_THAT(refusal(), HasSubstr("no tensor network.mix.weight"));
  write(whole_file);
  edit([](nn::TensorFile& f) { f.tensors.at("network.items.ids") = torch::zeros({11, 3}); });
  EXPECT_THAT(refusal(), HasSubstr("network.items.ids has shape [11, 3], not [11, 4]"));
}

}  // namespace
}  // namespace motive::tiny
