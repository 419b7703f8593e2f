#include "framework/nn/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/nn/exp.h"
#include "framework/nn/panels.h"

namespace motive::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::size_t kItemTile = 256;  // rows of the table that stay in the cache while rows of x pass

/// What the gradients are computed in: all widths padded with zeros to whole vectors.
class Chunks {
 public:
  Chunks(const torch::Tensor& table, const torch::Tensor& bias)
      : items_(static_cast<std::size_t>(table.size(0))), dim_(static_cast<std::size_t>(table.size(1))),
        columns_((items_ + kColumns - 1) / kColumns * kColumns), table_(table.data_ptr<float>()),
        bias_(bias.numel() > 0 ? bias.data_ptr<float>() : nullptr), panels_(columns_ * dim_),
        scores_(static_cast<std::size_t>(kCrossEntropyRows) * columns_) {
    // Strips of 64 items, each [D×64]: what one strip of scores reads stays in the first cache.
    for (std::size_t i = 0; i < items_; ++i) {
      float* const to = panels_.data() + i / kColumns * kColumns * dim_ + i % kColumns;
      for (std::size_t d = 0; d < dim_; ++d) to[d * kColumns] = table_[i * dim_ + d];
    }
  }

  /// Adds to the gradients of n rows of x, of the table and of the bias; returns the loss of the rows.
  double add(const float* x, std::size_t n, const std::int64_t* targets, float* dx, float* dtable, float* dbias) {
    for (std::size_t c = 0; c < columns_; c += kColumns) {
      panel_product({.m = n, .n = kColumns, .k = dim_, .row_step = dim_, .k_step = 1, .b_step = kColumns, .c_step = columns_, .add = false},
                    x, panels_.data() + c * dim_, scores_.data() + c);
    }
    double loss = 0;
    for (std::size_t r = 0; r < n; ++r) loss += to_gradient(scores_.data() + r * columns_, static_cast<std::size_t>(targets[r]));
    for (std::size_t i = 0; i < items_; i += kItemTile) {
      panel_product({.m = n, .n = dim_, .k = std::min(kItemTile, items_ - i), .row_step = columns_, .k_step = 1, .b_step = dim_, .c_step = dim_},
                    scores_.data() + i, table_ + i * dim_, dx);
    }
    panel_product({.m = items_, .n = dim_, .k = n, .row_step = 1, .k_step = columns_, .b_step = dim_, .c_step = dim_},
                  scores_.data(), x, dtable);
    for (std::size_t r = 0; bias_ && r < n; ++r) {
      const float* const row = scores_.data() + r * columns_;
      for (std::size_t i = 0; i < items_; ++i) dbias[i] += row[i];
    }
    return loss;
  }

 private:
  /// A row of scores becomes what it adds to the gradient; returns its loss.
  double to_gradient(float* row, std::size_t target) const {
    const auto n = static_cast<std::int64_t>(items_);
    for (std::size_t i = 0; bias_ && i < items_; ++i) row[i] += bias_[i];
    const float at_target = row[target];
    const float most = max_of(row, n);
    const float sum = exp_in_place(row, n, most);
    const float factor = 1 / sum;
    for (std::size_t i = 0; i < items_; ++i) row[i] *= factor;
    row[target] -= 1;
    return std::log(static_cast<double>(sum)) + static_cast<double>(most) - static_cast<double>(at_target);
  }

  const std::size_t items_, dim_, columns_;
  const float *const table_, *const bias_;
  std::vector<float> panels_, scores_;
};

torch::Tensor padded(const torch::Tensor& matrix) {
  const auto lanes = static_cast<std::int64_t>(kLanes);
  const std::int64_t extra = (lanes - matrix.size(1) % lanes) % lanes;
  return extra ? torch::constant_pad_nd(matrix, {0, extra}).contiguous() : matrix.contiguous();
}

struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_in, const torch::Tensor& table_in,
                               const torch::Tensor& bias, const torch::Tensor& targets) {
    const torch::NoGradGuard none;
    const torch::Tensor x = padded(x_in), table = padded(table_in);
    const std::int64_t rows = x.size(0), dim = x.size(1);
    torch::Tensor dx = torch::zeros_like(x), dtable = torch::zeros_like(table), dbias = torch::zeros_like(bias);
    Chunks chunks(table, bias);
    double loss = 0;
    for (std::int64_t first = 0; first < rows; first += kCrossEntropyRows) {
      const std::int64_t n = std::min(kCrossEntropyRows, rows - first);
      loss += chunks.add(x.data_ptr<float>() + first * dim, static_cast<std::size_t>(n), targets.data_ptr<std::int64_t>() + first,
                         dx.data_ptr<float>() + first * dim, dtable.data_ptr<float>(), dbias.data_ptr<float>());
    }
    context->save_for_backward({dx.narrow(1, 0, x_in.size(1)), dtable.narrow(1, 0, x_in.size(1)), dbias});
    return torch::full({}, loss, torch::kFloat32);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const float factor = gradients[0].item<float>();
    const auto scaled = [&](const torch::Tensor& t) { return factor == 1.0f ? t : t * factor; };
    return {scaled(saved[0]), scaled(saved[1]), scaled(saved[2]), {}};
  }
};

}  // namespace

torch::Tensor cross_entropy_sum(const torch::Tensor& x, const torch::Tensor& table, const torch::Tensor& bias,
                                const torch::Tensor& targets) {
  TORCH_CHECK(x.dim() == 2 && table.dim() == 2 && x.size(1) == table.size(1) && targets.numel() == x.size(0),
              "cross_entropy_sum: x [T×D], a table [I×D] and targets [T]");
  TORCH_CHECK(!bias.defined() || bias.numel() == table.size(0), "cross_entropy_sum: a bias [I]");
  const torch::Tensor ids = targets.contiguous();
  const std::int64_t* const target = ids.data_ptr<std::int64_t>();
  const bool inside = std::all_of(target, target + ids.numel(), [&](std::int64_t i) { return i >= 0 && i < table.size(0); });
  TORCH_CHECK(inside, "cross_entropy_sum: a target is not below ", table.size(0));
  const torch::Tensor b = bias.defined() ? bias.contiguous() : torch::empty({0}, torch::kFloat32);  // autograd takes no undefined ones
  return CrossEntropy::apply(x, table, b, ids);
}

}  // namespace motive::nn
