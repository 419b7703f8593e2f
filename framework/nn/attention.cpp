#include "framework/nn/attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "framework/nn/dropout.h"
#include "framework/nn/exp.h"
#include "framework/nn/panels.h"

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

/// The head of one sequence, in buffers of its own whose widths are padded with zeros to whole vectors. Rows go in blocks, so
/// that every product is one of panels.h.
class Head {
 public:
  explicit Head(const Shape& shape) : s_(shape), width_(padded(shape.width)) {}

  /// first: row of the sequence's first token; n: its tokens.
  void place(std::int64_t first, std::int64_t n, std::int64_t head) {
    first_ = first, n_ = size(n), head_ = head, columns_ = padded(n);
    for (std::vector<float>* block : {&weights_, &change_, &kept_}) block->resize(kBlock * columns_);
  }

  void forward(const float* q, const float* k, const float* v, float* out) {
    take(q, q_, s_.scale);
    take(k, k_, 1);
    take(v, v_, 1);
    turn(k_, k_turned_);
    out_.resize(n_ * width_);
    for (std::size_t i = 0; i < n_; i += kBlock) {
      const std::size_t m = weigh(i);
      for (std::size_t e = 0; s_.dropout > 0 && e < m * columns_; ++e) weights_[e] *= kept_[e];
      mix(weights_, m, v_, out_.data() + i * width_, i);
    }
    give(out_, out, 1);
  }

  void backward(const float* q, const float* k, const float* v, const float* g, float* dq, float* dk, float* dv) {
    take(q, q_, s_.scale);
    take(k, k_, 1);
    take(v, v_, 1);
    take(g, g_, 1);
    turn(k_, k_turned_);
    turn(v_, v_turned_);
    dq_.resize(n_ * width_);
    dk_.assign(n_ * width_, 0.0f);
    dv_.assign(n_ * width_, 0.0f);
    for (std::size_t i = 0; i < n_; i += kBlock) {
      const std::size_t m = weigh(i);
      products(g_.data() + i * width_, m, v_turned_, change_, i);
      to_slopes(i, m);
      spread(weights_, m, g_.data() + i * width_, dv_, i);
      spread(change_, m, q_.data() + i * width_, dk_, i);
      mix(change_, m, k_, dq_.data() + i * width_, i);
    }
    give(dq_, dq, s_.scale);
    give(dk_, dk, 1);
    give(dv_, dv, 1);
  }

 private:
  static constexpr std::size_t kBlock = 24;
  static std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }
  static std::size_t padded(std::int64_t n) { return (size(n) + kLanes - 1) / kLanes * kLanes; }
  std::size_t rows(std::size_t i) const { return std::min(kBlock, n_ - i); }
  /// What row i sees, and what a block of rows from i on sees at most.
  std::size_t seen(std::size_t i) const { return s_.causal ? i + 1 : n_; }
  std::size_t seen_by_block(std::size_t i) const { return seen(i + rows(i) - 1); }

  void take(const float* from, std::vector<float>& to, float factor) const {
    to.assign(n_ * width_, 0.0f);
    from += first_ * s_.dim + head_ * s_.width;
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::int64_t c = 0; c < s_.width; ++c) to[i * width_ + size(c)] = factor * from[static_cast<std::int64_t>(i) * s_.dim + c];
    }
  }
  void give(const std::vector<float>& from, float* to, float factor) const {
    to += first_ * s_.dim + head_ * s_.width;
    for (std::size_t i = 0; i < n_; ++i) {
      for (std::int64_t c = 0; c < s_.width; ++c) to[static_cast<std::int64_t>(i) * s_.dim + c] = factor * from[i * width_ + size(c)];
    }
  }
  void turn(const std::vector<float>& from, std::vector<float>& to) const {
    to.assign(width_ * columns_, 0.0f);
    for (std::size_t j = 0; j < n_; ++j) {
      for (std::size_t c = 0; c < width_; ++c) to[c * columns_ + j] = from[j * width_ + c];
    }
  }
  /// out [m×columns] = x times turned
  void products(const float* x, std::size_t m, const std::vector<float>& turned, std::vector<float>& out, std::size_t i) const {
    panel_product({.m = m, .n = padded(static_cast<std::int64_t>(seen_by_block(i))), .k = width_, .row_step = width_, .k_step = 1,
                   .b_step = columns_, .c_step = columns_, .add = false}, x, turned.data(), out.data());
  }
  /// out [m×width] = block times rows
  void mix(const std::vector<float>& block, std::size_t m, const std::vector<float>& rows, float* out, std::size_t i) const {
    panel_product({.m = m, .n = width_, .k = seen_by_block(i), .row_step = columns_, .k_step = 1, .b_step = width_, .c_step = width_,
                   .add = false}, block.data(), rows.data(), out);
  }
  /// out [seen×width] += block turned, times x
  void spread(const std::vector<float>& block, std::size_t m, const float* x, std::vector<float>& out, std::size_t i) const {
    panel_product({.m = seen_by_block(i), .n = width_, .k = m, .row_step = 1, .k_step = columns_, .b_step = width_, .c_step = width_},
                  block.data(), x, out.data());
  }
  /// weights_ of the rows from i on before dropout, 0 where nothing is seen; kept_. Returns how many rows.
  std::size_t weigh(std::size_t i) {
    const std::size_t m = rows(i);
    products(q_.data() + i * width_, m, k_turned_, weights_, i);
    for (std::size_t r = 0; r < m; ++r) {
      float* const w = weights_.data() + r * columns_;
      const std::size_t n = seen(i + r);
      const float factor = 1 / exp_in_place(w, static_cast<std::int64_t>(n), max_of(w, static_cast<std::int64_t>(n)));
      for (std::size_t j = 0; j < n; ++j) w[j] *= factor;
      std::fill(w + n, w + columns_, 0.0f);
      if (s_.dropout > 0) keep(i + r, kept_.data() + r * columns_);
    }
    return m;
  }
  /// 0 or 1 / (1 - p) for the weights of row i.
  void keep(std::size_t i, float* kept) const {
    const auto place = static_cast<std::uint32_t>((first_ + static_cast<std::int64_t>(i)) * s_.heads + head_);
    const std::uint32_t line = dropout_hash(s_.seed, place), threshold = dropout_threshold(s_.dropout);
    const auto scale = static_cast<float>(1 / (1 - s_.dropout));
    for (std::size_t j = 0; j < columns_; ++j) kept[j] = dropout_hash(line, static_cast<std::uint32_t>(j)) >= threshold ? scale : 0.0f;
  }
  /// change_: from slopes of the weights to those of the scores; weights_: as they were used, dropped.
  void to_slopes(std::size_t i, std::size_t m) {
    for (std::size_t r = 0; r < m; ++r) {
      float *const w = weights_.data() + r * columns_, *const d = change_.data() + r * columns_, *const kept = kept_.data() + r * columns_;
      const std::size_t n = seen(i + r);
      float mean = 0;
      for (std::size_t j = 0; j < n; ++j) {
        if (s_.dropout > 0) d[j] *= kept[j];
        mean += w[j] * d[j];
      }
      for (std::size_t j = 0; j < n; ++j) d[j] = w[j] * (d[j] - mean);
      for (std::size_t j = 0; s_.dropout > 0 && j < n; ++j) w[j] *= kept[j];
      std::fill(d + n, d + columns_, 0.0f);
    }
  }

  const Shape s_;
  const std::size_t width_;
  std::int64_t first_ = 0, head_ = 0;
  std::size_t n_ = 0, columns_ = 0;
  std::vector<float> q_, k_, v_, g_, out_, dq_, dk_, dv_;  // [n×width]
  std::vector<float> k_turned_, v_turned_;                 // [width×columns]
  std::vector<float> weights_, change_, kept_;             // [block×columns]
};

/// body(head) for every head of every sequence, a sequence by one thread.
template <class Body>
void for_each_head(const std::vector<std::int64_t>& offsets, const Shape& shape, const Body& body) {
  const auto sequences = static_cast<std::int64_t>(offsets.size()) - 1;
  const std::int64_t tokens = std::max<std::int64_t>(1, offsets.back());
  const std::int64_t grain = std::max<std::int64_t>(1, sequences * kGrainTokens / tokens);
  at::parallel_for(0, sequences, grain, [&](std::int64_t begin, std::int64_t end) {
    Head head(shape);
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
    for_each_head(offsets, shape_of(q, heads, causal, dropout, seed), [&](Head& head) {
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
    for_each_head(data["offsets"].toIntVector(), shape, [&](Head& head) {
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
  const bool ascend = !offsets.empty() && offsets.front() == 0 && std::is_sorted(offsets.begin(), offsets.end());
  TORCH_CHECK(ascend && offsets.back() == q.size(0), "packed_attention: offsets must ascend from 0 to the number of rows");
  return PackedAttention::apply(q, k, v, offsets, options.heads, options.causal, options.dropout,
                                static_cast<std::int64_t>(options.seed));
}

}  // namespace motive::nn
