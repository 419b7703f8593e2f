#include "framework/nn/rows.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace motive::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kGrainFloats = 1 << 14;

std::int64_t grain(std::int64_t floats_a_row) { return std::max<std::int64_t>(1, kGrainFloats / std::max<std::int64_t>(1, floats_a_row)); }

torch::Tensor checked(const torch::Tensor& table, const torch::Tensor& ids_in) {
  const torch::Tensor ids = ids_in.contiguous();
  TORCH_CHECK(ids.scalar_type() == torch::kInt64, "rows of a table: ids must be whole numbers of 64 bits");
  const std::int64_t* const id = ids.data_ptr<std::int64_t>();
  const std::int64_t n = table.size(0);
  const bool inside = std::all_of(id, id + ids.numel(), [&](std::int64_t i) { return i >= 0 && i < n; });
  TORCH_CHECK(inside, "rows of a table: an id is not below ", n);
  return ids;
}

/// For each row of a table where it was asked for: a counting sort of the ids.
struct Uses {
  std::vector<std::int64_t> offsets;  // [I+1]
  std::vector<std::int64_t> places;   // [ids], ascending within a row
  Uses(const std::int64_t* ids, std::int64_t n, std::int64_t rows)
      : offsets(static_cast<std::size_t>(rows) + 1, 0), places(static_cast<std::size_t>(n)) {
    for (std::int64_t e = 0; e < n; ++e) ++offsets[static_cast<std::size_t>(ids[e]) + 1];
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    std::vector<std::int64_t> next(offsets.begin(), offsets.end() - 1);
    for (std::int64_t e = 0; e < n; ++e) places[static_cast<std::size_t>(next[static_cast<std::size_t>(ids[e])]++)] = e;
  }
};

/// gradient[i] = sum over uses e of row i of weight(e) * source(e)
template <class Weight, class Source>
torch::Tensor sum_uses(const torch::Tensor& ids, torch::IntArrayRef sizes, const Weight& weight, const Source& source) {
  const std::int64_t rows = sizes[0], dim = sizes[1];
  torch::Tensor gradient = torch::empty(sizes, torch::kFloat32);
  const Uses uses(ids.data_ptr<std::int64_t>(), ids.numel(), rows);
  float* const out = gradient.data_ptr<float>();
  at::parallel_for(0, rows, grain(dim), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      float* const row = out + i * dim;
      std::fill_n(row, dim, 0.0f);
      for (std::int64_t u = uses.offsets[static_cast<std::size_t>(i)]; u < uses.offsets[static_cast<std::size_t>(i) + 1]; ++u) {
        const std::int64_t e = uses.places[static_cast<std::size_t>(u)];
        const float w = weight(e);
        const float* const from = source(e);
        for (std::int64_t c = 0; c < dim; ++c) row[c] += w * from[c];
      }
    }
  });
  return gradient;
}

struct GatherRows : torch::autograd::Function<GatherRows> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& table, const torch::Tensor& ids) {
    const std::int64_t dim = table.size(1);
    torch::Tensor out = torch::empty({ids.size(0), dim}, torch::kFloat32);
    const std::int64_t* const id = ids.data_ptr<std::int64_t>();
    const float* const from = table.data_ptr<float>();
    float* const to = out.data_ptr<float>();
    at::parallel_for(0, ids.size(0), grain(dim), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = first; t < last; ++t) std::copy_n(from + id[t] * dim, dim, to + t * dim);
    });
    context->save_for_backward({ids});
    context->saved_data["rows"] = table.size(0);
    return out;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const torch::Tensor ids = context->get_saved_variables()[0], g = gradients[0].contiguous();
    const std::int64_t dim = g.size(1);
    const float* const from = g.data_ptr<float>();
    return {sum_uses(ids, {context->saved_data["rows"].toInt(), dim}, [](std::int64_t) { return 1.0f; },
                     [&](std::int64_t e) { return from + e * dim; }),
            {}};
  }
};

float dot(const float* a, const float* b, std::int64_t n) {
  constexpr std::int64_t kLanes = 16;
  float lanes[kLanes] = {};
  std::int64_t c = 0;
  for (; c + kLanes <= n; c += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] += a[c + l] * b[c + l];
  }
  float sum = 0;
  for (; c < n; ++c) sum += a[c] * b[c];
  for (const float lane : lanes) sum += lane;
  return sum;
}

struct DotRows : torch::autograd::Function<DotRows> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x_in, const torch::Tensor& table, const torch::Tensor& ids) {
    const torch::Tensor x = x_in.contiguous();
    const std::int64_t dim = x.size(1), width = ids.size(1);
    torch::Tensor out = torch::empty({ids.size(0), width}, torch::kFloat32);
    const std::int64_t* const id = ids.data_ptr<std::int64_t>();
    const float *const from = x.data_ptr<float>(), *const rows = table.data_ptr<float>();
    float* const to = out.data_ptr<float>();
    at::parallel_for(0, ids.size(0), grain(dim * width), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = first; t < last; ++t) {
        for (std::int64_t k = 0; k < width; ++k) to[t * width + k] = dot(from + t * dim, rows + id[t * width + k] * dim, dim);
      }
    });
    context->save_for_backward({x, table, ids});
    return out;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &table = saved[1], &ids = saved[2], g = gradients[0].contiguous();
    const std::int64_t dim = x.size(1), width = ids.size(1);
    torch::Tensor dx = torch::zeros_like(x);
    const std::int64_t* const id = ids.data_ptr<std::int64_t>();
    const float *const from = x.data_ptr<float>(), *const rows = table.data_ptr<float>(), *const slope = g.data_ptr<float>();
    float* const out = dx.data_ptr<float>();
    at::parallel_for(0, ids.size(0), grain(dim * width), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = first; t < last; ++t) {
        for (std::int64_t k = 0; k < width; ++k) {
          const float f = slope[t * width + k];
          const float* const row = rows + id[t * width + k] * dim;
          for (std::int64_t c = 0; c < dim; ++c) out[t * dim + c] += f * row[c];
        }
      }
    });
    return {dx,
            sum_uses(ids, table.sizes(), [&](std::int64_t e) { return slope[e]; },
                     [&](std::int64_t e) { return from + e / width * dim; }),
            {}};
  }
};

}  // namespace

torch::Tensor numbers(const std::vector<std::int64_t>& values) {
  torch::Tensor copy = torch::empty({static_cast<std::int64_t>(values.size())}, torch::kInt64);
  std::copy(values.begin(), values.end(), copy.data_ptr<std::int64_t>());
  return copy;
}

torch::Tensor last_rows(const Packed& packed) {
  return numbers(packed.offsets).slice(0, 1) - 1;
}

torch::Tensor gather_rows(const torch::Tensor& table, const torch::Tensor& ids) {
  TORCH_CHECK(table.dim() == 2 && ids.dim() == 1, "gather_rows: a table [I×D] and ids [T]");
  return GatherRows::apply(table.contiguous(), checked(table, ids));
}

torch::Tensor dot_rows(const torch::Tensor& x, const torch::Tensor& table, const torch::Tensor& ids) {
  TORCH_CHECK(x.dim() == 2 && table.dim() == 2 && ids.dim() == 2 && x.size(0) == ids.size(0) && x.size(1) == table.size(1),
              "dot_rows: x [T×D], a table [I×D] and ids [T×K]");
  return DotRows::apply(x, table.contiguous(), checked(table, ids));
}

}  // namespace motive::nn
