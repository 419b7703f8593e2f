#include "baselines/als/als.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++'s bug 105593
#endif

#include <Eigen/Dense>
#include <cmath>
#include <numeric>

#include "framework/config/node.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

testing::Data::Sequences random_sequences(std::size_t users, std::uint32_t items, std::uint32_t most, Rng& rng) {
  testing::Data::Sequences sequences(users);
  for (auto& sequence : sequences) {
    const std::uint32_t n = rng.below(most);
    for (std::uint32_t k = 0; k < n; ++k) sequence.push_back(std::min(rng.below(items), rng.below(items)));
  }
  return sequences;
}

AlignedRows random_rows(std::size_t n, std::size_t dim, Rng& rng) {
  AlignedRows rows(n, dim);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t k = 0; k < dim; ++k) rows.row(r)[k] = static_cast<float>(0.3 * rng.normal());
  }
  return rows;
}

Eigen::MatrixXd dense(const AlignedRows& rows) {
  Eigen::MatrixXd out(rows.size(), rows.dim());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t k = 0; k < rows.dim(); ++k) {
      out(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(k)) = static_cast<double>(rows.row(r)[k]);
    }
  }
  return out;
}

std::vector<std::uint32_t> first_rows(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 3u);
  return rows;
}

/// (alpha F'F + S'S + r I)^-1 S'1, in double: S the rows the row has events with.
Eigen::VectorXd normal_equations(const Eigen::MatrixXd& f, const std::vector<std::uint32_t>& rows, double alpha, double r) {
  Eigen::MatrixXd a = alpha * f.transpose() * f + r * Eigen::MatrixXd::Identity(f.cols(), f.cols());
  Eigen::VectorXd b = Eigen::VectorXd::Zero(f.cols());
  for (const std::uint32_t row : rows) {
    a += f.row(row).transpose() * f.row(row);
    b += f.row(row).transpose();
  }
  return a.ldlt().solve(b);
}

TEST(AlsRowTest, EveryWayOfSolvingARowAgreesWithTheNormalEquations) {
  Rng rng(1, "als test");
  for (const std::size_t dim : {1u, 7u, 16u, 40u, 64u, 100u}) {
    AlignedRows other = random_rows(400, dim, rng);
    const als::Basis basis = als::turn_to_eigenbasis(other, 2);
    const Eigen::MatrixXd f = dense(other);
    const Eigen::MatrixXd product = f.transpose() * f;  // diagonal by now
    for (std::size_t k = 0; k < dim; ++k) {
      const auto e = static_cast<Eigen::Index>(k);
      EXPECT_NEAR(product(e, e), basis.spectrum[k], 1e-4 * basis.spectrum.back());
    }
    EXPECT_LT((product - Eigen::MatrixXd(product.diagonal().asDiagonal())).cwiseAbs().maxCoeff(), 1e-4 * basis.spectrum.back());
    for (const std::size_t n : {0u, 1u, 5u, 32u, 33u, 60u, 300u}) {
      const auto rows = first_rows(n);
      const Eigen::VectorXd expected = normal_equations(f, rows, 0.05, 0.7);
      for (const int steps : {0, 60}) {
        als::RowSolver solver(other, basis.spectrum, 0.05, steps);
        AlignedRows x = random_rows(1, dim, rng);  // where CG begins
        solver.solve(rows, 0.7, x.row(0));
        const double error = (dense(x).row(0).transpose() - expected).norm();
        EXPECT_LT(error, 2e-4 * std::max(1e-3, expected.norm())) << "dim " << dim << ", n " << n << ", steps " << steps;
      }
    }
  }
}

TEST(AlsRowTest, ATurnChangesNoProduct) {
  Rng rng(2, "als test");
  for (const std::size_t dim : {5u, 64u, 150u}) {
    AlignedRows side = random_rows(3000, dim, rng);
    AlignedRows row = random_rows(1, dim, rng), scratch(1, dim);
    const Eigen::VectorXd before = dense(side) * dense(row).transpose();
    const als::Basis basis = als::turn_to_eigenbasis(side, 2);
    als::turn_row(basis.turn, row.row(0), scratch.row(0));
    const Eigen::VectorXd after = dense(side) * dense(row).transpose();
    EXPECT_LT((before - after).cwiseAbs().maxCoeff(), 1e-4);
  }
}

Als fitted(const AlsParams& params, const testing::Data& data, int threads = 1, std::uint64_t seed = 1) {
  Als method(params);
  testing::Contexts contexts;
  contexts.fit.threads = threads;
  contexts.fit.init_seed = seed;
  const Status status = method.fit(data.view(), contexts.fit);
  EXPECT_TRUE(status) << status.error().message;
  return method;
}

TEST(AlsTest, TheLossNeverRisesWithTheExactSolver) {
  rc::check("loss after n + 1 epochs <= loss after n", [] {
    Rng rng(*rc::gen::arbitrary<std::uint64_t>(), "als property");
    const testing::Data data(random_sequences(40 + rng.below(60), 30 + rng.below(100), 20, rng), 130);
    AlsParams params{.dim = static_cast<int>(1 + rng.below(24)), .epochs = 1, .alpha = 0.2 * rng.uniform(),
                     .reg = 0.01 + rng.uniform(), .nu = rng.uniform(), .solver = AlsSolver::kCholesky};
    double before = std::numeric_limits<double>::infinity();
    for (params.epochs = 1; params.epochs <= 6; ++params.epochs) {
      const double loss = fitted(params, data).loss(data.view());
      RC_ASSERT(loss <= before * (1 + 1e-5));
      before = loss;
    }
  });
}

/// The loss as a function of one user's vector, in double.
struct UserLoss {
  Eigen::MatrixXd items;
  std::vector<std::uint32_t> rows;
  double alpha, regulariser;
  double operator()(const Eigen::VectorXd& x) const {
    double loss = alpha * (items * x).squaredNorm() + regulariser * x.squaredNorm();
    for (const std::uint32_t i : rows) loss += std::pow(1 - items.row(i).dot(x), 2);
    return loss;
  }
};

TEST(AlsTest, TheGradientOfTheLossIsZeroAtAFoldedInUser) {
  Rng rng(4, "als test");
  constexpr std::size_t kItems = 60;
  const testing::Data data(random_sequences(100, kItems, 12, rng), kItems);
  const AlsParams params{.dim = 12, .epochs = 4, .alpha = 0.03, .reg = 0.1, .nu = 0.5};
  const Als method = fitted(params, data);
  const auto counts = item_counts(data.view());
  std::size_t active = 0;
  for (const auto n : counts) active += n > 0;
  for (const std::size_t n : {1u, 4u, 20u, 45u}) {
    UserLoss loss{Eigen::MatrixXd(kItems, 12), {}, params.alpha, 0};
    for (std::size_t i = 0; i < kItems; ++i) {
      for (std::size_t k = 0; k < 12; ++k) {
        loss.items(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = static_cast<double>(method.item_factors().vectors[i * 12 + k]);
      }
    }
    std::vector<ItemId> history;
    for (std::uint32_t i = 0; i < kItems && loss.rows.size() < n; ++i) {
      if (counts[i] == 0) continue;
      loss.rows.push_back(i);
      history.push_back(item_id(i));
    }
    loss.regulariser = params.reg * std::pow(static_cast<double>(loss.rows.size()) + params.alpha * static_cast<double>(active), params.nu);
    std::vector<float> found(12);
    ASSERT_TRUE(method.user_factors({.user_in_training = false, .history = history}, found));
    Eigen::VectorXd x(12);
    for (std::size_t k = 0; k < 12; ++k) x[static_cast<Eigen::Index>(k)] = static_cast<double>(found[k]);
    const double scale = loss(Eigen::VectorXd::Zero(12));
    for (Eigen::Index k = 0; k < 12; ++k) {
      const Eigen::VectorXd step = 1e-4 * Eigen::VectorXd::Unit(12, k);
      EXPECT_NEAR((loss(x + step) - loss(x - step)) / 2e-4, 0, 1e-4 * scale) << n << ", " << k;
    }
  }
}

TEST(AlsTest, ManyStepsOfCgGiveWhatCholeskyGives) {
  Rng rng(5, "als test");
  const testing::Data data(random_sequences(300, 80, 70, rng), 80);
  AlsParams params{.dim = 20, .epochs = 3, .alpha = 0.1, .reg = 0.2};
  params.cg_steps = 60;
  const Als by_cg = fitted(params, data);
  params.solver = AlsSolver::kCholesky;
  const Als exact = fitted(params, data);
  EXPECT_NEAR(by_cg.loss(data.view()) / exact.loss(data.view()), 1, 1e-4);
  testing::Queries queries(CandidateKind::kAll, 80);
  for (std::uint32_t u = 0; u < 300; ++u) queries.add(u, true, {});
  const auto a = testing::scores_of(by_cg, queries), b = testing::scores_of(exact, queries);
  ASSERT_TRUE(a && b);
  for (std::uint32_t u = 0; u < 300; ++u) {
    for (std::size_t i = 0; i < 80; ++i) ASSERT_NEAR(a->at(u)[i], b->at(u)[i], 2e-3) << u << ", " << i;
  }
}

TEST(AlsTest, AKnownUsersVectorIsWhatFoldingInTheirTrainingEventsGives) {
  Rng rng(6, "als test");
  const auto sequences = random_sequences(200, 90, 30, rng);
  const testing::Data data(sequences, 90);
  const Als method = fitted({.dim = 24, .epochs = 5}, data);
  testing::Queries known(CandidateKind::kAll, 90), folded(CandidateKind::kAll, 90);
  for (std::uint32_t u = 0; u < 200; ++u) {
    known.add(u, true, sequences[u]);
    folded.add(u, false, sequences[u]);
  }
  const auto a = testing::scores_of(method, known), b = testing::scores_of(method, folded);
  ASSERT_TRUE(a && b);
  for (std::uint32_t u = 0; u < 200; ++u) {
    for (std::size_t i = 0; i < 90; ++i) ASSERT_NEAR(a->at(u)[i], b->at(u)[i], 1e-4);
  }
}

TEST(AlsTest, SameBytesForAnyNumberOfThreads) {
  Rng rng(7, "als test");
  const testing::Data data(random_sequences(3000, 700, 60, rng), 700);
  for (const AlsSolver solver : {AlsSolver::kCg, AlsSolver::kCholesky}) {
    std::vector<std::string> bytes;
    for (const int threads : {1, 2, 5}) {
      const testing::TemporaryFolder folder;
      ASSERT_TRUE(fitted({.dim = 33, .epochs = 2, .solver = solver}, data, threads).save(folder.path()));
      bytes.push_back(*read_file(folder.path() / "model.json"));  // with the arrays' checksums
    }
    EXPECT_EQ(bytes[0], bytes[1]);
    EXPECT_EQ(bytes[0], bytes[2]);
  }
}

TEST(AlsTest, RefusesParametersOutOfBounds) {
  for (const char* params : {R"({"dim": 0})", R"({"reg": 0})", R"({"alpha": -1})", R"({"epochs": 0})", R"({"cg_steps": 0})"}) {
    config::Errors errors;
    Registry::instance().find("als")->parameters->parse(config::from_json(Json::parse(params), "test"), errors);
    EXPECT_FALSE(errors.empty()) << params;
  }
}

}  // namespace
}  // namespace motive
