#include "framework/nn/pool.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace motive::nn {
namespace {

TEST(Pool, GivesABlockOfLikeSizeAgain) {
  pool_tensor_memory();
  const void* first = nullptr;
  {
    const torch::Tensor t = torch::empty({100000});
    first = t.data_ptr();
  }
  const torch::Tensor alike = torch::empty({99000});
  EXPECT_EQ(alike.data_ptr(), first);
  EXPECT_NE(torch::empty({99000}).data_ptr(), first);  // in use
}

TEST(Pool, BlocksOfAnySizeAreAlignedAndApart) {
  pool_tensor_memory();
  std::vector<torch::Tensor> held;
  for (const std::int64_t n : {0, 1, 15, 8191, 8192, 8193, 65535, 1000003}) held.push_back(torch::full({n}, static_cast<float>(n)));
  for (const torch::Tensor& t : held) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(t.data_ptr()) % 64, 0u) << t.numel();
    EXPECT_TRUE(t.eq(static_cast<float>(t.numel())).all().item<bool>()) << t.numel();
  }
}

TEST(Pool, BlocksMayEndInAnotherThread) {
  pool_tensor_memory();
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([moved = torch::full({50000}, 1.0f)]() mutable {
      for (int round = 0; round < 200; ++round) moved = moved.narrow(0, 0, 50000 - round - 1) + torch::ones({50000 - round - 1});
    });
    threads.back().join();
  }
  std::vector<std::thread> together;
  for (int k = 0; k < 4; ++k) {
    together.emplace_back([k] {
      for (int round = 0; round < 200; ++round) {
        const torch::Tensor t = torch::full({20000 + 100 * k}, static_cast<float>(k));
        if (!t.eq(static_cast<float>(k)).all().item<bool>()) std::abort();
      }
    });
  }
  for (std::thread& thread : together) thread.join();
}

}  // namespace
}  // namespace motive::nn
