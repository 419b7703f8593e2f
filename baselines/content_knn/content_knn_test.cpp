#include "baselines/content_knn/content_knn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "framework/features/sentences.h"
#include "framework/recommend/testing.h"
#include "framework/text/tfidf.h"

namespace motive {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

const std::vector<std::string> kTitles = {"red wooden train", "red wooden horse",
                                          "blue metal train", "blue metal robot",
                                          "Red wooden train", "",
                                          "green robot",      "train station"};

const testing::Data& shop() {
  static const testing::Data data({{0, 2}, {1, 3}, {}}, kTitles.size(), kTitles);
  return data;
}

std::unique_ptr<ContentKnn> fitted(const ContentKnnParams& params, const TrainingView& view) {
  auto method = std::make_unique<ContentKnn>(params);
  testing::Contexts contexts;
  const Status status = method->fit(view, contexts.fit);
  EXPECT_TRUE(status) << status.error().message;
  return method;
}

/// Straight from the formula, with dense rows.
std::vector<double> by_definition(const ContentKnnParams& params,
                                  const std::vector<std::uint32_t>& history) {
  const std::vector<std::string> fields{"title"};
  const SparseRows rows = item_tfidf(*shop().view().items, fields,
                                     {.sublinear = params.sublinear, .min_df = params.min_df})
                              .rows;
  std::vector<double> scores;
  for (std::size_t c = 0; c < rows.size(); ++c) {
    std::vector<double> near;
    for (std::size_t h = 0; h < history.size(); ++h) {
      const double age = static_cast<double>(history.size() - 1 - h);
      const double weight = params.half_life > 0 ? std::pow(2, -age / params.half_life) : 1;
      near.push_back(weight * dot(rows, history[h], c));
    }
    std::sort(near.rbegin(), near.rend());
    if (params.neighbours > 0)
      near.resize(std::min(near.size(), static_cast<std::size_t>(params.neighbours)));
    double sum = 0;
    for (const double value : near) sum += value;
    scores.push_back(sum / static_cast<double>(near.size()));
  }
  return scores;
}

TEST(ContentKnnTest, AgreesWithTheFormula) {
  const std::vector<std::uint32_t> history = {0, 3, 5, 2, 0};
  for (const int neighbours : {0, 1, 2, 9}) {
    for (const double half_life : {0.0, 1.5}) {
      const ContentKnnParams params{.fields = {}, .half_life = half_life, .neighbours = neighbours};
      const auto method = fitted(params, shop().view());
      testing::Queries queries(CandidateKind::kAll, kTitles.size());
      queries.add(2, false, history);
      const auto found = testing::scores_of(*method, queries);
      ASSERT_TRUE(found);
      const auto expected = by_definition(params, history);
      for (std::size_t c = 0; c < expected.size(); ++c) {
        EXPECT_NEAR(static_cast<double>(found->at(0)[c]), expected[c], 1e-6)
            << c << " " << neighbours << " " << half_life;
      }
    }
  }
}

TEST(ContentKnnTest, TheSameScoresForAllItemsAndForLists) {
  for (const int neighbours : {0, 2}) {
    const auto method = fitted({.fields = {}, .neighbours = neighbours}, shop().view());
    testing::Queries all(CandidateKind::kAll, kTitles.size()),
        list(CandidateKind::kRagged, kTitles.size());
    all.add(0, true, {0, 2, 6});
    list.add(0, true, {0, 2, 6}, {7, 1, 3, 4});
    const auto every = testing::scores_of(*method, all), some = testing::scores_of(*method, list);
    ASSERT_TRUE(every && some);
    const auto& row = every->at(0);
    EXPECT_EQ(some->at(0),
              (std::vector<float>{row[7], row[1], row[3], row[4]}));  // to the last bit
    EXPECT_EQ(row[0], row[4]);  // the same words: an exact tie
    EXPECT_EQ(row[5], 0);       // no text
    EXPECT_GT(row[2], row[3]);
  }
}

TEST(ContentKnnTest, WithoutAHistoryAllTie) {
  const auto method = fitted({}, shop().view());
  testing::Queries queries(CandidateKind::kAll, kTitles.size());
  queries.add(2, false, {}).add(2, false, {5});
  const auto found = testing::scores_of(*method, queries);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->at(0), Each(0.0f));
  EXPECT_THAT(found->at(1), Each(0.0f));
}

TEST(ContentKnnTest, SaysWhatItLacks) {
  testing::Strings ids, brands;
  ids.add("i0");
  brands.add("acme");
  const Catalogue without(ids.view(), {}), other(ids.view(), {{"brand", brands.view()}});
  TrainingView view = shop().view();
  testing::Contexts contexts;
  view.items = &without;
  const Status none = ContentKnn({}).fit(view, contexts.fit);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kNotApplicable);
  EXPECT_THAT(none.error().message, HasSubstr("no fields at all"));
  view.items = &other;
  const Status unread = ContentKnn({}).fit(view, contexts.fit);
  ASSERT_FALSE(unread);
  EXPECT_THAT(unread.error().message, HasSubstr("`brand`"));
  const Status unknown = ContentKnn({.fields = {"brand", "colour"}}).fit(view, contexts.fit);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(unknown.error().message, HasSubstr("`colour`"));
  EXPECT_TRUE(ContentKnn({.fields = {"brand"}}).fit(view, contexts.fit));
  EXPECT_EQ(contexts.fit.report["fields"], Json::array({"brand"}));
}

/// Vectors of eight items, those of 0 and 4 the same, 5 without text; not of length 1.
struct Sentences {
  std::vector<float> numbers;
  testing::TemporaryFolder folder;
  testing::Contexts contexts;
  static constexpr std::size_t kDim = 3;
  Sentences() {
    for (std::size_t i = 0; i < kTitles.size(); ++i) {
      for (std::size_t d = 0; d < kDim; ++d) {
        numbers.push_back(i == 5 ? 0 : static_cast<float>(std::sin(1.3 * static_cast<double>(i % 4 == 0 && i < 5 ? 0 : i) + 2.1 * static_cast<double>(d)) * 2));
      }
    }
    EXPECT_TRUE(SentenceVectors::write(folder.path(), numbers, kTitles.size(), 1, {"title"}));
    contexts.fit.features.add(sentence_vectors({}), folder.path());
  }
  double cosine(std::size_t a, std::size_t b) const {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t d = 0; d < kDim; ++d) {
      const double x = static_cast<double>(numbers[a * kDim + d]), y = static_cast<double>(numbers[b * kDim + d]);
      ab += x * y, aa += x * x, bb += y * y;
    }
    return ab == 0 ? 0 : ab / std::sqrt(aa * bb);
  }
};

std::vector<double> by_definition(const ContentKnnParams& params, const Sentences& sentences, const std::vector<std::uint32_t>& history) {
  std::vector<double> scores;
  for (std::size_t c = 0; c < kTitles.size(); ++c) {
    std::vector<double> near;
    for (std::size_t h = 0; h < history.size(); ++h) {
      const double age = static_cast<double>(history.size() - 1 - h);
      near.push_back((params.half_life > 0 ? std::pow(2, -age / params.half_life) : 1) * sentences.cosine(history[h], c));
    }
    std::sort(near.rbegin(), near.rend());
    if (params.neighbours > 0) near.resize(std::min(near.size(), static_cast<std::size_t>(params.neighbours)));
    double sum = 0;
    for (const double value : near) sum += value;
    scores.push_back(sum / static_cast<double>(near.size()));
  }
  return scores;
}

TEST(ContentKnnTest, SentencesAgreeWithTheFormula) {
  Sentences sentences;
  const std::vector<std::uint32_t> history = {0, 3, 5, 2, 0, 7};
  for (const int neighbours : {0, 1, 2, 5, 9}) {
    for (const double half_life : {0.0, 1.5}) {
      const ContentKnnParams params{.text = ContentText::kMinilm, .fields = {}, .half_life = half_life, .neighbours = neighbours};
      ContentKnn method(params), loaded(params);
      ASSERT_TRUE(method.fit(shop().view(), sentences.contexts.fit));
      const testing::TemporaryFolder model;
      ASSERT_TRUE(method.save(model.path()));
      ASSERT_TRUE(loaded.load(model.path()));
      testing::Queries all(CandidateKind::kAll, kTitles.size()), list(CandidateKind::kRagged, kTitles.size());
      all.add(2, false, history).add(2, false, {});
      list.add(2, false, history, {6, 4, 0, 5}).add(2, false, {}, {1, 2});
      const auto found = testing::scores_of(loaded, all), some = testing::scores_of(method, list);
      ASSERT_TRUE(found && some);
      const auto expected = by_definition(params, sentences, history);
      for (std::size_t c = 0; c < expected.size(); ++c) {
        EXPECT_NEAR(static_cast<double>(found->at(0)[c]), expected[c], 1e-6) << c << " " << neighbours << " " << half_life;
      }
      const auto& row = found->at(0);
      EXPECT_EQ(row[0], row[4]);
      EXPECT_EQ(some->at(0), (std::vector<float>{row[6], row[4], row[0], row[5]}));  // to the last bit
      EXPECT_THAT(found->at(1), Each(0.0f));
      EXPECT_THAT(some->at(1), Each(0.0f));
    }
  }
  EXPECT_EQ(sentences.contexts.fit.report["items without text"], 1);
}

TEST(ContentKnnTest, SentencesOfOtherItemsAreRefused) {
  Sentences sentences;
  const testing::Data smaller({{0, 1}}, 3);
  const ContentKnnParams params{.text = ContentText::kMinilm, .fields = {}};
  EXPECT_FALSE(ContentKnn(params).fit(smaller.view(), sentences.contexts.fit));
  testing::Contexts none;
  const Status missing = ContentKnn(params).fit(shop().view(), none.fit);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("sentence vectors"));
}

}  // namespace
}  // namespace motive
