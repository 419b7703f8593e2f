#include "baselines/lightfm/update.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "baselines/lightfm/model.h"
#include "framework/base/files.h"
#include "framework/recommend/testing.h"

namespace motive::lightfm {
namespace {

constexpr std::size_t kDim = 13, kStride = 16;  // the last block is not full

/// One feature's parameters, in double.
struct Held {
  alignas(64) double vector[kStride] = {}, sum[kStride] = {}, moment[kStride] = {};
  double bias = 0, bias_sum = 0, bias_moment = 0;

  Held() = default;
  explicit Held(Rng& rng) {
    for (std::size_t k = 0; k < kStride; ++k) {
      vector[k] = k < kDim ? rng.normal() / 2 : 0;
      sum[k] = 1 + rng.uniform();
      moment[k] = k < kDim ? rng.uniform() : 0;
    }
    bias = rng.normal();
    bias_sum = 1 + rng.uniform();
    bias_moment = rng.uniform();
  }
  Row<double> row() { return {vector, sum, moment, &bias, &bias_sum, &bias_moment}; }
};

alignas(64) const double kMask[8] = {1, 1, 1, 1, 1, 0, 0, 0};
constexpr double kEta = 0.3, kRho = 0.9, kEpsilon = 1e-3;

template <class R>
Steps<double, R> steps(double decay_user, double decay_item) {
  return {{kEta, kRho, kEpsilon}, decay_user, decay_item, kStride / 8, kMask, true, true};
}

/// What a rule should make of one number, written once more.
template <class R>
void check_number(double before, double sum, double moment, double gradient, double decay,
                  double after, double sum_after, double moment_after, double& used) {
  double local, value = R::kScales ? before : before * (1 - kEta * decay);
  if (R::kMoments) {
    sum = kRho * sum + (1 - kRho) * gradient * gradient;
    local = std::sqrt((moment + kEpsilon) / (sum + kEpsilon));
    moment = kRho * moment + (1 - kRho) * local * local * gradient * gradient;
    EXPECT_NEAR(moment_after, moment, 1e-7);
  } else {
    local = kEta / std::sqrt(sum);
    sum += gradient * gradient;
  }
  value -= local * gradient;
  EXPECT_NEAR(after, R::kScales ? value * (1 + decay * local) : value, 1e-7);
  EXPECT_NEAR(sum_after, sum, 1e-6);
  used += local;
}

/// Every number of a row against the gradient by central differences of `loss`.
template <class R, class Loss>
void check_row(Held& before, const Held& after, double decay, bool bias_gradient_is_slope,
               double slope, const Loss& loss, double& used) {
  const auto gradient_at = [&](double& place) {
    constexpr double kH = 1e-5;
    const double start = place;
    place = start + kH;
    const double up = loss();
    place = start - kH;
    const double down = loss();
    place = start;
    return (up - down) / (2 * kH);
  };
  for (std::size_t k = 0; k < kDim; ++k) {
    check_number<R>(before.vector[k], before.sum[k], before.moment[k],
                    gradient_at(before.vector[k]), decay, after.vector[k], after.sum[k],
                    after.moment[k], used);
  }
  for (std::size_t k = kDim; k < kStride; ++k) EXPECT_EQ(after.vector[k], 0);
  check_number<R>(before.bias, before.bias_sum, before.bias_moment,
                  bias_gradient_is_slope ? slope : gradient_at(before.bias), decay, after.bias,
                  after.bias_sum, after.bias_moment, used);
}

double product(const double* a, const double* b) { return std::inner_product(a, a + kDim, b, 0.0); }

template <class R>
class StepTest : public ::testing::Test {};
using Rules = ::testing::Types<Rule<double, false, false>, Rule<double, false, true>,
                               Rule<double, true, false>, Rule<double, true, true>>;
TYPED_TEST_SUITE(StepTest, Rules);

constexpr double kDecayUser = 0.2, kDecayItem = 0.1;

TYPED_TEST(StepTest, APairIsTheGradientByCentralDifferences) {
  Rng rng(1, "lightfm gradient");
  for (int repeat = 0; repeat < 10; ++repeat) {
    Held u(rng), i(rng), j(rng);
    const auto difference = [&] {
      return product(u.vector, i.vector) - product(u.vector, j.vector) + i.bias - j.bias;
    };
    const auto loss = [&] { return std::log1p(std::exp(-difference())); };
    const double slope = bpr_slope(difference());
    Held after_u = u, after_i = i, after_j = j;
    const double total =
        pair_step<double, TypeParam>(steps<TypeParam>(kDecayUser, kDecayItem), after_u.row(),
                                     after_i.row(), after_j.row(), slope, 1.0, 1.0);
    double used = 0;
    check_row<TypeParam>(u, after_u, kDecayUser, true, slope, loss, used);  // a quirk of theirs
    check_row<TypeParam>(i, after_i, kDecayItem, false, slope, loss, used);
    check_row<TypeParam>(j, after_j, kDecayItem, false, slope, loss, used);
    EXPECT_NEAR(total, TypeParam::kScales ? used : 0, 1e-6);
  }
}

TYPED_TEST(StepTest, APointIsTheGradientByCentralDifferences) {
  Rng rng(2, "lightfm gradient");
  for (int repeat = 0; repeat < 10; ++repeat) {
    Held u(rng), i(rng);
    const double y = repeat % 2;
    const auto score = [&] { return product(u.vector, i.vector) + u.bias + i.bias; };
    const auto loss = [&] { return std::log1p(std::exp(score())) - y * score(); };
    const double slope = logistic_slope(score(), y);
    Held after_u = u, after_i = i;
    const double total = point_step<double, TypeParam>(
        steps<TypeParam>(kDecayUser, kDecayItem), after_u.row(), after_i.row(), slope, 1.0, 1.0);
    double used = 0;
    check_row<TypeParam>(u, after_u, kDecayUser, false, slope, loss, used);
    check_row<TypeParam>(i, after_i, kDecayItem, false, slope, loss, used);
    EXPECT_NEAR(total, TypeParam::kScales ? used : 0, 1e-6);
  }
}

TYPED_TEST(StepTest, AFeatureIsTheGradientByCentralDifferences) {
  Rng rng(3, "lightfm gradient");
  for (int repeat = 0; repeat < 10; ++repeat) {
    // The hinge of warp, weight 1.7: the item is 0.6 of f and 0.4 of another feature.
    Held u(rng), f(rng), g(rng), j(rng);
    const double x = 0.6, weight = 1.7;
    alignas(64) double direction[kStride] = {};
    std::copy_n(u.vector, kDim, direction);
    const auto loss = [&] {
      double s = x * f.bias + 0.4 * g.bias;
      for (std::size_t k = 0; k < kDim; ++k) {
        s += u.vector[k] * (x * f.vector[k] + 0.4 * g.vector[k]);
      }
      return weight * (1 - s + product(u.vector, j.vector) + j.bias);
    };
    Held after = f;
    const double total =
        feature_step<double, TypeParam>(steps<TypeParam>(kDecayUser, kDecayItem), after.row(), x,
                                        -weight, direction, kDecayItem, true);
    double used = 0;
    check_row<TypeParam>(f, after, kDecayItem, false, 0, loss, used);
    EXPECT_NEAR(total, TypeParam::kScales ? used : 0, 1e-6);
  }
}

TEST(StepTest, InverseRootIsCloseInFloat) {
  alignas(64) float x[16];
  for (float low = 1e-6f; low < 1e8f; low *= 3) {
    for (std::size_t k = 0; k < 16; ++k) x[k] = low * (1 + static_cast<float>(k) / 8);
    const V<float> y = inverse_root(*reinterpret_cast<const V<float>*>(x));
    for (std::size_t k = 0; k < 16; ++k) EXPECT_NEAR(y[k] * std::sqrt(x[k]), 1, 4e-7);
  }
}

// ---- parity with lightfm

SparseRows sparse(const Json& json) {
  return {json.at("offsets"), json.at("columns"), json.at("values"), json.at("n_columns")};
}

/// Reads or compares all numbers of one side: use(name, number in the file, number here).
template <class Use>
void visit(const Json& state, Parameters& parameters, const Use& use) {
  const std::size_t dim = parameters.dim();
  const bool moments = parameters.row(0).moment != nullptr;
  for (std::size_t f = 0; f < parameters.size(); ++f) {
    const Row<float> row = parameters.row(f);
    for (std::size_t k = 0; k < dim; ++k) {
      use("vectors", state.at("vectors").at(f * dim + k).get<double>(), row.vector[k]);
      use("sums", state.at("sums").at(f * dim + k).get<double>(), row.sum[k]);
      if (moments) use("moments", state.at("moments").at(f * dim + k).get<double>(), row.moment[k]);
    }
    use("bias", state.at("bias").at(f).get<double>(), *row.bias);
    use("bias_sums", state.at("bias_sums").at(f).get<double>(), *row.bias_sum);
    if (moments) use("bias_moments", state.at("bias_moments").at(f).get<double>(), *row.bias_moment);
  }
}

Batch batch_of(const Json& call) {
  Batch batch;
  for (const Json& e : call) {
    batch.examples.push_back({e.at("user"), e.at("item"), e.at("weight"), e.at("y"),
                              e.at("n_positives")});
    const auto draws = e.at("draws").get<std::vector<std::uint32_t>>();
    batch.width = draws.size();
    batch.draws.insert(batch.draws.end(), draws.begin(), draws.end());
  }
  return batch;
}

LightFmParams params_of(const Json& all, const Json& one) {
  LightFmParams p;
  const std::string loss = one.at("loss");
  p.loss = loss == "logistic" ? LightFmLoss::kLogistic
           : loss == "bpr"    ? LightFmLoss::kBpr
           : loss == "warp"   ? LightFmLoss::kWarp
                              : LightFmLoss::kWarpKos;
  p.schedule = one.at("schedule") == "adagrad" ? LightFmSchedule::kAdagrad
                                               : LightFmSchedule::kAdadelta;
  p.dim = all.at("dim");
  p.lr = all.at("lr");
  p.max_sampled = all.at("max_sampled");
  p.k = all.at("k");
  p.n = all.at("n");
  p.reg_user = one.at("alpha").at(0);
  p.reg_item = one.at("alpha").at(1);
  return p;
}

void check_case(const Json& all, const Json& one, const testing::Data& data) {
  const LightFmParams params = params_of(all, one);
  const auto examples = Examples::make(params, data.view());
  ASSERT_TRUE(examples);
  const auto matrix = [&](const char* side) {
    FeatureMatrix result{sparse(one.at(side)), false};
    result.identity = result.rows.n_columns == result.rows.size();
    return result;
  };
  const FeatureMatrix users = matrix("user_features"), items = matrix("item_features");
  Model model(params, *examples, users, items, Rng(1, "users"), Rng(1, "items"));
  const auto read = [](const char*, double there, float& here) { here = static_cast<float>(there); };
  visit(one.at("before").at("user"), model.users, read);
  visit(one.at("before").at("item"), model.items, read);
  const Run run = make_run(model);
  Tally tally;
  for (const Json& call : one.at("calls")) {
    run(batch_of(call), tally);
    model.merge(tally);
    model.divide();
  }
  int numbers = 0;
  const auto compare = [&](const char* name, double there, float& here) {
    EXPECT_NEAR(here, there, 1e-5 * std::max(1.0, std::abs(there))) << name << ' ' << one.at("loss");
    ++numbers;
  };
  visit(one.at("after").at("user"), model.users, compare);
  visit(one.at("after").at("item"), model.items, compare);
  EXPECT_GT(numbers, 60);
}

TEST(ParityTest, StepsAreThoseOfLightfm) {
  const auto text = read_file(Path(MOTIVE_SOURCE_DIR) / "baselines/lightfm/parity_values.json");
  ASSERT_TRUE(text);
  const Json all = Json::parse(*text);
  const testing::Data data(all.at("known").get<testing::Data::Sequences>(), all.at("items"));
  EXPECT_EQ(all.at("cases").size(), 32u);
  for (const Json& one : all.at("cases")) {
    SCOPED_TRACE(one.at("loss").dump() + one.at("schedule").dump() + one.at("alpha").dump() +
                 one.at("item_features").at("n_columns").dump());
    check_case(all, one, data);
  }
}

}  // namespace
}  // namespace motive::lightfm
