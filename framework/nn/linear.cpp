#include "framework/nn/linear.h"

#include "framework/nn/panels.h"

namespace motive::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::size_t kRowTile = 256;  // rows of a sum over rows that stay in the cache

std::size_t size_of(const torch::Tensor& t, std::int64_t d) { return static_cast<std::size_t>(t.size(d)); }

struct PanelLinear : torch::autograd::Function<PanelLinear> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_in, const torch::Tensor& weight, const torch::Tensor& bias) {
    const torch::NoGradGuard none;
    const torch::Tensor x = x_in.contiguous();
    context->save_for_backward({x, weight});
    return panel_linear(x, weight.t().contiguous(), bias);
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], weight = saved[1].contiguous(), g = gradients[0].contiguous();
    const std::size_t rows = size_of(x, 0), in = size_of(weight, 1), out = size_of(weight, 0);
    torch::Tensor dx = torch::empty_like(x), dweight = torch::zeros_like(weight);
    const float* const slope = g.data_ptr<float>();
    panel_product({.m = rows, .n = in, .k = out, .row_step = out, .k_step = 1, .b_step = in, .c_step = in, .add = false}, slope,
                  weight.data_ptr<float>(), dx.data_ptr<float>());
    for (std::size_t first = 0; first < rows; first += kRowTile) {
      panel_product({.m = out, .n = in, .k = std::min(kRowTile, rows - first), .row_step = 1, .k_step = out, .b_step = in, .c_step = in},
                    slope + first * out, x.data_ptr<float>() + first * in, dweight.data_ptr<float>());
    }
    return {dx, dweight, g.sum(0)};
  }
};

bool fits(std::int64_t width) { return width % static_cast<std::int64_t>(kLanes) == 0 && width <= kWidestPanel; }

}  // namespace

torch::Tensor panel_linear(const torch::Tensor& x, const torch::Tensor& turned, const torch::Tensor& bias) {
  const torch::Tensor dense = x.contiguous();
  const std::size_t in = size_of(turned, 0), out = size_of(turned, 1);
  torch::Tensor y = torch::empty({x.size(0), turned.size(1)});
  y.copy_(bias);
  panel_product({.m = size_of(x, 0), .n = out, .k = in, .row_step = in, .k_step = 1, .b_step = out, .c_step = out},
                dense.data_ptr<float>(), turned.data_ptr<float>(), y.data_ptr<float>());
  return y;
}

torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias) {
  if (!fits(weight.size(0)) || !fits(weight.size(1)) || x.scalar_type() != torch::kFloat32) return torch::linear(x, weight, bias);
  TORCH_CHECK(x.dim() == 2 && x.size(1) == weight.size(1) && bias.numel() == weight.size(0), "linear: x [T×I], a weight [O×I], a bias [O]");
  return PanelLinear::apply(x, weight, bias);
}

}  // namespace motive::nn
