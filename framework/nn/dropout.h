#pragma once
// Purpose: dropout whose mask is a hash of (seed, element), so that it needs no state, no memory and no
// generator that threads would have to share.
//   y[e] = x[e] / (1 - p) where keep(seed, e), else 0
// Determinism: the mask depends on seed and e alone, never on threads. Complexity: O(elements).
// Autograd: differentiable in x. Errors: none; p = 0 gives x itself.

#include <torch/torch.h>

#include <cstdint>

namespace motive::nn {

/// Seeds of the dropouts of one step, each a different one. What trains makes one a step.
class DropoutSeeds {
 public:
  explicit DropoutSeeds(std::uint64_t step_seed) : state_(step_seed) {}
  std::uint32_t next() {
    state_ += 0x9E3779B97F4A7C15ull;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
  }

 private:
  std::uint64_t state_;
};

/// Whether element e stays: its hash is at least threshold = p 2^32. A mixer of two multiplications
/// (Wellons' triple32 without its last round), which vectorises.
inline std::uint32_t dropout_hash(std::uint32_t seed, std::uint32_t e) {
  std::uint32_t x = e * 0x9E3779B9u ^ seed;
  x ^= x >> 17;
  x *= 0xED5AD4BBu;
  x ^= x >> 11;
  x *= 0xAC4C1B51u;
  x ^= x >> 15;
  return x;
}
inline std::uint32_t dropout_threshold(double p) {
  return p <= 0 ? 0 : static_cast<std::uint32_t>(p * 4294967295.0);
}

torch::Tensor dropout(const torch::Tensor& x, double p, std::uint32_t seed);

}  // namespace motive::nn
