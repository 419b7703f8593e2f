#include "framework/text/tfidf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <map>

namespace motive {
namespace {

using Row = std::vector<std::pair<std::uint32_t, double>>;

TfidfBuilder::Result tfidf(const std::vector<std::string>& texts, const TfidfOptions& options) {
  TfidfBuilder builder(options);
  for (const std::string& text : texts) {
    builder.add(text);
    builder.end_text();
  }
  return builder.finish();
}

void expect_rows(const TfidfBuilder::Result& found, const std::vector<Row>& expected) {
  ASSERT_EQ(found.rows.size(), expected.size());
  for (std::size_t r = 0; r < expected.size(); ++r) {
    ASSERT_EQ(found.rows.columns_of(r).size(), expected[r].size()) << "row " << r;
    for (std::size_t e = 0; e < expected[r].size(); ++e) {
      EXPECT_EQ(found.rows.columns_of(r)[e], expected[r][e].first) << "row " << r;
      EXPECT_NEAR(static_cast<double>(found.rows.values_of(r)[e]), expected[r][e].second, 1e-7)
          << "row " << r;
    }
  }
}

// Numbers of scikit-learn 1.9.1: TfidfVectorizer(token_pattern=r"(?u)\b\w+\b", lowercase=False,
// sublinear_tf=..., min_df=...), the texts normalised with unicodedata.normalize("NFKC",
// text).casefold().
const std::vector<std::string> kTexts = {"Red wooden train, red wheels", "Blue train", "",
                                         "The RED balloon: 99 red balloons",
                                         "wheels wheels wheels, blue Straße STRASSE"};

TEST(Tfidf, AgreesWithScikitLearnSublinear) {
  const auto found = tfidf(kTexts, {});
  EXPECT_THAT(found.words, ::testing::ElementsAre("99", "balloon", "balloons", "blue", "red",
                                                  "strasse", "the", "train", "wheels", "wooden"));
  expect_rows(
      found,
      {{{4, 0.669116097}, {7, 0.395190746}, {8, 0.395190746}, {9, 0.489828743}},
       {{3, 0.707106781}, {7, 0.707106781}},
       {},
       {{0, 0.412884451}, {1, 0.412884451}, {2, 0.412884451}, {4, 0.564008618}, {6, 0.412884451}},
       {{3, 0.319302330}, {5, 0.670091793}, {8, 0.670091793}}});
}

TEST(Tfidf, AgreesWithScikitLearnCounts) {
  expect_rows(
      tfidf(kTexts, {.sublinear = false}),
      {{{4, 0.728535991}, {7, 0.364267996}, {8, 0.364267996}, {9, 0.451500791}},
       {{3, 0.707106781}, {7, 0.707106781}},
       {},
       {{0, 0.389141461}, {1, 0.389141461}, {2, 0.389141461}, {4, 0.627913762}, {6, 0.389141461}},
       {{3, 0.248873400}, {5, 0.616944330}, {8, 0.746620201}}});
}

TEST(Tfidf, AgreesWithScikitLearnUnsmoothed) {
  const auto found = tfidf(kTexts, {.smooth_idf = false});
  expect_rows(
      found,
      {{{4, 0.653096649}, {7, 0.385729402}, {8, 0.385729402}, {9, 0.525252723}},
       {{3, 0.707106781}, {7, 0.707106781}},
       {},
       {{0, 0.424628208}, {1, 0.424628208}, {2, 0.424628208}, {4, 0.527980623}, {6, 0.424628208}},
       {{3, 0.305425395}, {5, 0.704182820}, {8, 0.640969488}}});
}

TEST(Tfidf, AgreesWithScikitLearnWithoutRareWords) {
  const auto found = tfidf(kTexts, {.min_df = 2});
  EXPECT_THAT(found.words, ::testing::ElementsAre("blue", "red", "train", "wheels"));
  expect_rows(found, {{{1, 0.767494567}, {2, 0.453294655}, {3, 0.453294655}},
                      {{0, 0.707106781}, {2, 0.707106781}},
                      {},
                      {{1, 1.0}},
                      {{0, 0.430165282}, {3, 0.902750148}}});
}

std::vector<std::string> random_texts() {
  return *rc::gen::container<std::vector<std::string>>(
      rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c', 'd', ' ', ' ')));
}

RC_GTEST_PROP(Tfidf, RowsHaveLengthOneAndDotsAreCosines, ()) {
  const auto texts = random_texts();
  const auto found = tfidf(texts, {});
  const SparseRows columns = transposed(found.rows), again = transposed(columns);
  RC_ASSERT(again.columns == found.rows.columns && again.offsets == found.rows.offsets &&
            again.values == found.rows.values);
  for (std::size_t a = 0; a < texts.size(); ++a) {
    const bool empty = found.rows.columns_of(a).empty();
    RC_ASSERT(std::abs(dot(found.rows, a, a) - (empty ? 0.0 : 1.0)) < 1e-6);
    for (std::size_t b = 0; b < a; ++b) {
      std::map<std::uint32_t, double> row;
      for (std::size_t e = 0; e < found.rows.columns_of(a).size(); ++e) {
        row[found.rows.columns_of(a)[e]] = static_cast<double>(found.rows.values_of(a)[e]);
      }
      double sum = 0;
      for (std::size_t e = 0; e < found.rows.columns_of(b).size(); ++e) {
        sum += row[found.rows.columns_of(b)[e]] * static_cast<double>(found.rows.values_of(b)[e]);
      }
      RC_ASSERT(std::abs(dot(found.rows, a, b) - sum) < 1e-12);
      RC_ASSERT(dot(found.rows, a, b) == dot(found.rows, b, a));
    }
  }
}

TEST(Tfidf, PiecesOfATextAreOneText) {
  TfidfBuilder builder(TfidfOptions{});
  builder.add("red");
  builder.add("train");  // a field of its own: not "redtrain"
  builder.end_text();
  const auto found = builder.finish();
  EXPECT_THAT(found.words, ::testing::ElementsAre("red", "train"));
  EXPECT_EQ(found.rows.size(), 1u);
}

}  // namespace
}  // namespace motive
