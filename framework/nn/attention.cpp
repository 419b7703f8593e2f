#include "framework/nn/attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "framework/nn/dropout.h"
#include "framework/nn/exp.h"

namespace motive::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kGrainTokens = 64;  // a task has about so many

struct Shape {
  std::int64_t dim, heads, width;  // width: of a head
  float scale;
  bool causal;
  double dropout;
  std::uint32_t seed;
};

/// The head of one sequence: its rows, its weights. W: its width where the compiler knows it, else 0.
template <std::int64_t W>
class Head {
 public:
  explicit Head(const Shape& shape) : s_(shape) {}

  /// first: row of the sequence's first token; n: its tokens.
  void place(std::int64_t first, std::int64_t n, std::int64_t head) {
    first_ = first, n_ = n, head_ = head;
    at_ = first * s_.dim + head * s_.width;
    const auto size = static_cast<std::size_t>(n);
    weights_.resize(size);
    change_.resize(size);
    kept_.assign(size, 1.0f);
  }

  void forward(const float* q, const float* k, const float* v, float* out) {
    turn(k, turned_);
    for (std::int64_t i = 0; i < n_; ++i) {
      const std::int64_t n = seen_by(i);
      weigh(row(q, i), n);
      drop(i, n);
      float* const o = row(out, i);
      std::fill_n(o, width(), 0.0f);
      for (std::int64_t j = 0; j < n; ++j) axpy(weights_[at(j)] * kept_[at(j)], row(v, j), o);
    }
  }

  void backward(const float* q, const float* k, const float* v, const float* g, float* dq, float* dk, float* dv) {
    turn(k, turned_);
    turn(v, turned_values_);
    for (float* gradient : {dq, dk, dv}) {
      for (std::int64_t i = 0; i < n_; ++i) std::fill_n(row(gradient, i), width(), 0.0f);
    }
    for (std::int64_t i = 0; i < n_; ++i) {
      const std::int64_t n = seen_by(i);
      weigh(row(q, i), n);
      drop(i, n);
      products(row(g, i), turned_values_, n, 1, change_.data());
      float mean = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        axpy(weights_[at(j)] * kept_[at(j)], row(g, i), row(dv, j));
        change_[at(j)] *= kept_[at(j)];
        mean += weights_[at(j)] * change_[at(j)];
      }
      for (std::int64_t j = 0; j < n; ++j) {
        const float slope = s_.scale * weights_[at(j)] * (change_[at(j)] - mean);
        axpy(slope, row(k, j), row(dq, i));
        axpy(slope, row(q, i), row(dk, j));
      }
    }
  }

 private:
  static std::size_t at(std::int64_t j) { return static_cast<std::size_t>(j); }
  std::int64_t width() const { return W > 0 ? W : s_.width; }
  std::int64_t seen_by(std::int64_t i) const { return s_.causal ? i + 1 : n_; }
  const float* row(const float* matrix, std::int64_t i) const { return matrix + at_ + i * s_.dim; }
  float* row(float* matrix, std::int64_t i) const { return matrix + at_ + i * s_.dim; }

  /// turned[c][j] = matrix[j][c], so that products with all rows run along j.
  void turn(const float* matrix, std::vector<float>& turned) const {
    turned.resize(static_cast<std::size_t>(n_ * width()));
    for (std::int64_t j = 0; j < n_; ++j) {
      for (std::int64_t c = 0; c < width(); ++c) turned[static_cast<std::size_t>(c * n_ + j)] = row(matrix, j)[c];
    }
  }
  /// out[j] = factor * x . matrix_j for j < n
  void products(const float* x, const std::vector<float>& turned, std::int64_t n, float factor, float* out) const {
    std::fill_n(out, n, 0.0f);
    for (std::int64_t c = 0; c < width(); ++c) {
      const float f = factor * x[c];
      const float* const column = turned.data() + c * n_;
      for (std::int64_t j = 0; j < n; ++j) out[j] += f * column[j];
    }
  }
  /// weights_: softmax of the products with the first n keys.
  void weigh(const float* x, std::int64_t n) {
    float* const w = weights_.data();
    products(x, turned_, n, s_.scale, w);
    const float factor = 1 / exp_in_place(w, n, max_of(w, n));
    for (std::int64_t j = 0; j < n; ++j) w[j] *= factor;
  }
  /// kept_: of the weights of row i, 0 or 1 / (1 - p).
  void drop(std::int64_t i, std::int64_t n) {
    if (s_.dropout <= 0) return;
    const std::uint32_t line = dropout_hash(s_.seed, static_cast<std::uint32_t>((first_ + i) * s_.heads + head_));
    const std::uint32_t threshold = dropout_threshold(s_.dropout);
    const auto scale = static_cast<float>(1 / (1 - s_.dropout));
    float* const kept = kept_.data();
    for (std::int64_t j = 0; j < n; ++j) kept[j] = dropout_hash(line, static_cast<std::uint32_t>(j)) >= threshold ? scale : 0.0f;
  }
  void axpy(float factor, const float* in, float* out) const {
    for (std::int64_t c = 0; c < width(); ++c) out[c] += factor * in[c];
  }

  const Shape s_;
  std::int64_t first_ = 0, n_ = 0, head_ = 0, at_ = 0;
  std::vector<float> weights_, change_, kept_, turned_, turned_values_;
};

/// body(head) for every head of every sequence, a sequence by one thread.
template <std::int64_t W, class Body>
void for_each_head_of(const std::vector<std::int64_t>& offsets, const Shape& shape, const Body& body) {
  const auto sequences = static_cast<std::int64_t>(offsets.size()) - 1;
  const std::int64_t tokens = std::max<std::int64_t>(1, offsets.back());
  const std::int64_t grain = std::max<std::int64_t>(1, sequences * kGrainTokens / tokens);
  at::parallel_for(0, sequences, grain, [&](std::int64_t begin, std::int64_t end) {
    Head<W> head(shape);
    for (std::int64_t b = begin; b < end; ++b) {
      const auto at = static_cast<std::size_t>(b);
      if (offsets[at] == offsets[at + 1]) continue;
      for (std::int64_t h = 0; h < shape.heads; ++h) {
        head.place(offsets[at], offsets[at + 1] - offsets[at], h);
        body(head);
      }
    }
  });
}

template <class Body>
void for_each_head(const std::vector<std::int64_t>& offsets, const Shape& shape, const Body& body) {
  switch (shape.width) {
    case 16: return for_each_head_of<16>(offsets, shape, body);
    case 32: return for_each_head_of<32>(offsets, shape, body);
    case 64: return for_each_head_of<64>(offsets, shape, body);
    default: return for_each_head_of<0>(offsets, shape, body);
  }
}

struct PackedAttention : torch::autograd::Function<PackedAttention> {
  static Shape shape_of(const torch::Tensor& q, std::int64_t heads, bool causal, double dropout, std::int64_t seed) {
    const std::int64_t dim = q.size(1), width = dim / heads;
    return {dim, heads, width, static_cast<float>(1 / std::sqrt(static_cast<double>(width))), causal, dropout,
            static_cast<std::uint32_t>(seed)};
  }
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& q_in, const torch::Tensor& k_in,
                               const torch::Tensor& v_in, const std::vector<std::int64_t>& offsets, std::int64_t heads,
                               bool causal, double dropout, std::int64_t seed) {
    const torch::Tensor q = q_in.contiguous(), k = k_in.contiguous(), v = v_in.contiguous();
    torch::Tensor out = torch::empty_like(q);
    for_each_head(offsets, shape_of(q, heads, causal, dropout, seed), [&](auto& head) {
      head.forward(q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(), out.data_ptr<float>());
    });
    context->save_for_backward({q, k, v});
    context->saved_data["offsets"] = offsets;
    context->saved_data["heads"] = heads;
    context->saved_data["causal"] = causal;
    context->saved_data["dropout"] = dropout;
    context->saved_data["seed"] = seed;
    return out;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &q = saved[0], &k = saved[1], &v = saved[2];
    const torch::Tensor g = gradients[0].contiguous();
    torch::Tensor dq = torch::empty_like(q), dk = torch::empty_like(k), dv = torch::empty_like(v);
    auto& data = context->saved_data;
    const Shape shape = shape_of(q, data["heads"].toInt(), data["causal"].toBool(), data["dropout"].toDouble(),
                                 data["seed"].toInt());
    for_each_head(data["offsets"].toIntVector(), shape, [&](auto& head) {
      head.backward(q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(), g.data_ptr<float>(),
                    dq.data_ptr<float>(), dk.data_ptr<float>(), dv.data_ptr<float>());
    });
    return {dq, dk, dv, {}, {}, {}, {}, {}};
  }
};

}  // namespace

torch::Tensor packed_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                               const std::vector<std::int64_t>& offsets, const AttentionOptions& options) {
  TORCH_CHECK(q.dim() == 2 && q.sizes() == k.sizes() && q.sizes() == v.sizes(), "packed_attention: q, k and v must be [T×D]");
  TORCH_CHECK(options.heads > 0 && q.size(1) % options.heads == 0, "packed_attention: the heads do not divide the dimension");
  TORCH_CHECK(!offsets.empty() && offsets.back() == q.size(0), "packed_attention: offsets do not end at the last row");
  return PackedAttention::apply(q, k, v, offsets, options.heads, options.causal, options.dropout,
                                static_cast<std::int64_t>(options.seed));
}

}  // namespace motive::nn
