#pragma once
// Purpose: rows of a table of vectors by number, and products of vectors with such rows, with gradients that
// are the same for any number of threads (adding to rows from several threads at a time is not).
// Shapes: table [I×D], ids [T] or [T×K]. Complexity: forward O(ids D); backward the same and O(I D) for a
// gradient of the whole table. Autograd: differentiable in table and x. Errors: ids out of range throw c10::Error.

#include <torch/torch.h>

#include "framework/nn/packed.h"

namespace motive::nn {

/// The numbers as a tensor, which autograd may keep.
torch::Tensor numbers(const std::vector<std::int64_t>& values);
/// The row of the last token of every sequence [B]; no sequence may be empty.
torch::Tensor last_rows(const Packed& packed);

/// out[t] = table[ids[t]]                      [T×D]
torch::Tensor gather_rows(const torch::Tensor& table, const torch::Tensor& ids);

/// out[t][k] = x[t] . table[ids[t][k]]         [T×K]
torch::Tensor dot_rows(const torch::Tensor& x, const torch::Tensor& table, const torch::Tensor& ids);

}  // namespace motive::nn
