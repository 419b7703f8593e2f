// Does the LibTorch that was found compile, link, load and calculate?

#include <gtest/gtest.h>
#include <torch/torch.h>
#include <torch/version.h>

#include <cstdint>
#include <string>
#include <vector>

namespace motive {
namespace {

torch::Tensor uniform(std::int64_t rows, std::int64_t columns, std::int64_t seed) {
  const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
  return torch::rand({rows, columns}, generator, torch::dtype(torch::kFloat32).device(torch::kCPU));
}

TEST(Torch, IsNewEnoughAndTheOneThatWasConfigured) {
  EXPECT_TRUE(TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6)) << TORCH_VERSION;
  const std::string configured = MOTIVE_TORCH_VERSION;
  const std::string headers =
      std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) + ".";
  EXPECT_EQ(configured.rfind(headers, 0), 0U) << configured << " configured, headers of " << TORCH_VERSION;
}

TEST(Torch, MultipliesMatricesAsAPlainLoopDoes) {
  const std::int64_t rows = 65, inner = 130, columns = 33;  // not multiples of a vector register
  const torch::Tensor a = uniform(rows, inner, 1), b = uniform(inner, columns, 2);
  const torch::Tensor product = torch::mm(a, b);
  const auto left = a.accessor<float, 2>(), right = b.accessor<float, 2>(), found = product.accessor<float, 2>();
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < inner; ++k) sum += double{left[i][k]} * double{right[k][j]};
      ASSERT_NEAR(found[i][j], sum, 1e-5 * sum) << i << "," << j;
    }
  }
}

TEST(Torch, KeepsTheNumberOfThreadsItIsGiven) {
  torch::set_num_threads(1);
  EXPECT_EQ(torch::get_num_threads(), 1);
  const torch::Tensor a = uniform(200, 200, 3);
  const torch::Tensor once = torch::mm(a, a);
  EXPECT_EQ(torch::get_num_threads(), 1);
  EXPECT_TRUE(torch::equal(once, torch::mm(a, a)));
  torch::set_num_threads(2);
  EXPECT_EQ(torch::get_num_threads(), 2);
}

TEST(Torch, DifferentiatesAndCatchesItsOwnErrors) {
  torch::Tensor x = torch::full({3}, 2.0, torch::dtype(torch::kFloat64).device(torch::kCPU).requires_grad(true));
  (x * x).sum().backward();
  EXPECT_TRUE(torch::allclose(x.grad(), torch::full({3}, 4.0, torch::kFloat64)));
  // Thrown in its library, caught in this program: both use the same runtime.
  EXPECT_THROW(torch::mm(uniform(2, 3, 4), uniform(2, 3, 5)), c10::Error);
}

}  // namespace
}  // namespace motive
