#pragma once
// Purpose: what the tests of this folder share.

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "framework/nn/dropout.h"

namespace motive::nn {

/// Of the same shape, and apart by at most 1e-5 and `relative` of the numbers.
inline bool close(const torch::Tensor& a, const torch::Tensor& b, double relative = 1e-4) {
  return a.sizes() == b.sizes() && torch::allclose(a.to(torch::kFloat64), b.to(torch::kFloat64), relative, 1e-5);
}

/// Tensors of tests are small: threads would mostly wait for each other.
class OneThread : public ::testing::Environment {
  void SetUp() override { at::set_num_threads(1); }
};
inline ::testing::Environment* const kOneThread = ::testing::AddGlobalTestEnvironment(new OneThread);

/// Another number of LibTorch's threads, for a while.
class Threads {
 public:
  explicit Threads(int n) : before_(at::get_num_threads()) { at::set_num_threads(n); }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  const int before_;
};

}  // namespace motive::nn
