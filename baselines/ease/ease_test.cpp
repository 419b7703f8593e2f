#include "baselines/ease/ease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++'s bug 105593
#endif

#include <Eigen/Dense>
#include <cmath>
#include <set>

#include "baselines/ease/invert.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

testing::Data::Sequences random_sequences(std::size_t users, std::uint32_t items, std::uint32_t most, Rng& rng) {
  testing::Data::Sequences sequences(users);
  for (auto& sequence : sequences) {
    const std::uint32_t n = rng.below(most);
    for (std::uint32_t k = 0; k < n; ++k) {
      sequence.push_back(std::min(rng.below(items), rng.below(items)));  // some are more popular
    }
  }
  return sequences;
}

Eigen::MatrixXd gram(const testing::Data::Sequences& sequences, std::size_t items, double reg) {
  Eigen::MatrixXd g = reg * Eigen::MatrixXd::Identity(static_cast<Eigen::Index>(items), static_cast<Eigen::Index>(items));
  for (const auto& sequence : sequences) {
    const std::set<std::uint32_t> distinct(sequence.begin(), sequence.end());
    for (const auto i : distinct) {
      for (const auto j : distinct) g(i, j) += 1;
    }
  }
  return g;
}

/// Straight from the formula, in double.
Eigen::MatrixXd weights(const testing::Data::Sequences& sequences, std::size_t items, double reg) {
  const Eigen::MatrixXd p = gram(sequences, items, reg).inverse();
  Eigen::MatrixXd b = p;
  for (Eigen::Index j = 0; j < b.cols(); ++j) {
    b.col(j) = -p.col(j) / p(j, j);
    b(j, j) = 0;
  }
  return b;
}

/// The largest error of any weight of a user who has that item alone, as a share of the largest weight.
double error_of(const Ease& method, const Eigen::MatrixXd& expected) {
  const auto n = static_cast<std::size_t>(expected.rows());
  testing::Queries queries(CandidateKind::kAll, n);
  for (std::uint32_t i = 0; i < n; ++i) queries.add(i, false, {i});
  const auto found = testing::scores_of(method, queries);
  EXPECT_TRUE(found);
  double worst = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (found->at(i)[j] < -1e8f) continue;  // without events
      worst = std::max(worst, std::abs(static_cast<double>(found->at(i)[j]) - expected(i, static_cast<Eigen::Index>(j))));
    }
  }
  return worst / expected.cwiseAbs().maxCoeff();
}

TEST(EaseTest, AgreesWithTheFormula) {
  Rng rng(1, "ease test");
  for (const std::uint32_t items : {30u, 300u, 700u}) {
    const auto sequences = random_sequences(2 * items, items, 40, rng);
    const testing::Data data(sequences, items);
    Ease method({.reg = 20});
    testing::Contexts contexts;
    ASSERT_TRUE(method.fit(data.view(), contexts.fit));
    EXPECT_LT(error_of(method, weights(sequences, items, 20)), 2e-5) << items;
  }
}

TEST(EaseTest, SparseDataAreEliminatedFirstAndGiveTheSameWeights) {
  Rng rng(2, "ease test");
  const auto sequences = random_sequences(900, 900, 4, rng);
  const testing::Data data(sequences, 900);
  Ease method({.reg = 5});
  testing::Contexts contexts;
  ASSERT_TRUE(method.fit(data.view(), contexts.fit));
  EXPECT_GT(contexts.fit.report.at("eliminated").get<int>(), 300) << contexts.fit.report;
  EXPECT_LT(error_of(method, weights(sequences, 900, 5)), 2e-5);
}

TEST(EaseTest, SmallRegularisersAreComputedInDouble) {
  Rng rng(3, "ease test");
  const auto sequences = random_sequences(500, 320, 60, rng);
  const testing::Data data(sequences, 320);
  const auto largest = gram(sequences, 320, 0).selfadjointView<Eigen::Lower>().eigenvalues().maxCoeff();
  for (const double condition : {1e3, 5e4, 9e4, 3e5, 1e7, 1e9}) {
    const double reg = largest / condition;
    Ease method({.reg = reg});
    testing::Contexts contexts;
    ASSERT_TRUE(method.fit(data.view(), contexts.fit));
    EXPECT_EQ(contexts.fit.report.at("precision"), condition < 1e5 ? "float" : "double");
    EXPECT_NEAR(contexts.fit.report.at("condition").get<double>() / condition, 1, .05);
    const double error = error_of(method, weights(sequences, 320, reg));
    std::printf("condition %g error %g\n", condition, error);
    EXPECT_LT(error, 1e-3) << condition;
  }
}

template <class Real>
double inverse_error(std::size_t n, int threads) {
  Rng rng(n, "inverse test");
  const auto size = static_cast<Eigen::Index>(n);
  const Eigen::MatrixXd x = Eigen::MatrixXd::NullaryExpr(size, size, [&] { return rng.normal(); });
  const Eigen::MatrixXd matrix = x * x.transpose() / static_cast<double>(n) + Eigen::MatrixXd::Identity(size, size);
  ease::SymmetricTiles<Real> tiles(n);
  std::fill_n(tiles.tile(0, 0), tiles.values().size(), Real(0));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i / ease::kTile * ease::kTile + ease::kTile - 1 && j < n; ++j) {
      tiles.tile(i / ease::kTile, j / ease::kTile)[i % ease::kTile * ease::kTile + j % ease::kTile] =
          static_cast<Real>(matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
    }
  }
  testing::Contexts contexts;
  contexts.fit.threads = threads;
  EXPECT_TRUE(ease::negative_inverse(tiles, contexts.fit));
  const Eigen::MatrixXd expected = matrix.inverse();
  double worst = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double difference = static_cast<double>(tiles.at(i, j)) + expected(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
      worst = std::max(worst, std::abs(difference));
    }
  }
  return worst / expected.cwiseAbs().maxCoeff();
}

TEST(EaseInverseTest, AgreesWithEigensForAnyNumberOfTiles) {
  for (const std::size_t n : {1u, 2u, 13u, 287u, 288u, 289u, 600u, 900u}) {
    EXPECT_LT(inverse_error<float>(n, 2), 1e-5) << n;
    EXPECT_LT(inverse_error<double>(n, 2), 1e-12) << n;
  }
}

TEST(EaseInverseTest, RefusesWhatIsNotPositiveDefinite) {
  for (const std::size_t bad : {3u, 400u}) {
    ease::SymmetricTiles<float> tiles(500);
    std::fill_n(tiles.tile(0, 0), tiles.values().size(), 0.0f);
    for (std::size_t i = 0; i < 500; ++i) tiles.at(i, i) = i == bad ? -1 : 1;
    testing::Contexts contexts;
    EXPECT_FALSE(ease::negative_inverse(tiles, contexts.fit));
  }
}

TEST(EaseTest, SameBytesForAnyNumberOfThreads) {
  Rng rng(4, "ease test");
  for (const std::uint32_t most : {5u, 60u}) {  // with elimination, and without
    const testing::Data data(random_sequences(800, 700, most, rng), 700);
    std::vector<std::string> bytes;
    for (const int threads : {1, 2, 5}) {
      Ease method({.reg = 10});
      testing::Contexts contexts;
      contexts.fit.threads = threads;
      ASSERT_TRUE(method.fit(data.view(), contexts.fit));
      const testing::TemporaryFolder folder;
      ASSERT_TRUE(method.save(folder.path()));
      bytes.push_back(*read_file(folder.path() / "model.json"));  // with the arrays' checksums
    }
    EXPECT_EQ(bytes[0], bytes[1]);
    EXPECT_EQ(bytes[0], bytes[2]);
  }
}

TEST(EaseTest, AnItemSaysNothingOfItself) {
  rc::check("the score of an item does not depend on whether it is in the history", [] {
    Rng rng(*rc::gen::arbitrary<std::uint64_t>(), "ease property");
    const testing::Data data(random_sequences(30, 20, 10, rng), 20);
    Ease method({.reg = 3});
    testing::Contexts contexts;
    RC_ASSERT(method.fit(data.view(), contexts.fit));
    testing::Queries queries(CandidateKind::kAll, 20);
    queries.add(0, false, {1, 2, 3}).add(1, false, {1, 2, 3, 4});
    const auto found = testing::scores_of(method, queries);
    RC_ASSERT(found);
    RC_ASSERT(std::abs(found->at(0)[4] - found->at(1)[4]) < 1e-6f);
  });
}

TEST(EaseTest, ItemsOutsideTheModelComeLast) {
  const testing::Data data({{0, 1, 2}, {0, 1}, {0, 2, 3}, {1, 0}, {2, 0}}, 5);  // item 3 once, item 4 never
  Ease method({.reg = 1, .max_items = 3});
  testing::Contexts contexts;
  ASSERT_TRUE(method.fit(data.view(), contexts.fit));
  testing::Queries queries(CandidateKind::kAll, 5), some(CandidateKind::kRagged, 5);
  queries.add(0, false, {0, 3, 4});
  some.add(0, false, {0, 3, 4}, {4, 1, 3});
  const auto found = testing::scores_of(method, queries), listed = testing::scores_of(method, some);
  ASSERT_TRUE(found && listed);
  const auto& row = found->at(0);
  EXPECT_EQ(row[3], row[4]);
  EXPECT_LT(row[3], std::min({row[0], row[1], row[2]}));
  EXPECT_THAT(listed->at(0), ::testing::ElementsAre(row[4], row[1], row[3]));
}

TEST(EaseTest, AMatrixThatDoesNotFitIsRefusedBeforeItIsMade) {
  testing::Data::Sequences sequences(2);
  constexpr std::uint32_t kItems = 2000000;  // 16 TB
  for (std::uint32_t i = 0; i < kItems; ++i) sequences[i % 2].push_back(i);
  const testing::Data data(sequences, kItems);
  Ease method({});
  testing::Contexts contexts;
  const Status status = method.fit(data.view(), contexts.fit);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(status.error().message, ::testing::AllOf(::testing::HasSubstr("GB"), ::testing::HasSubstr("max_items")));

  Ease smaller({.reg = 1, .max_items = 100});
  EXPECT_TRUE(smaller.fit(data.view(), contexts.fit));
}

}  // namespace
}  // namespace motive
