#pragma once
// Purpose: named tensors in one file of the safetensors format: 8 bytes of header length, a JSON header (type, shape and
// place of every tensor; texts under "__metadata__"), the numbers. What we write is read by the Python package
// safetensors, and the other way round.
// Types read: F64, F32, F16, BF16, I64, I32, U8; written: F32, I64. Numbers are little-endian.
// Dependability: writing replaces the file atomically; a SHA-256 over texts and numbers stands in the metadata
// and is checked where present. Errors: a file that is missing, truncated, of overlapping or misplaced tensors, or altered.
// Complexity: O(bytes).

#include <torch/torch.h>

#include <map>
#include <string>

#include "framework/base/files.h"
#include "framework/base/json.h"

namespace motive::nn {

struct TensorFile {
  std::map<std::string, torch::Tensor> tensors;
  std::map<std::string, std::string> texts;

  /// The tensor of this name and shape (-1: any size); an error names what is there instead.
  Result<torch::Tensor> get(const std::string& name, torch::IntArrayRef shape) const;
};

Status write_tensors(const Path& file, const TensorFile& content);
Result<TensorFile> read_tensors(const Path& file);

/// All parameters and buffers of a module, by name, below `prefix`.
void put_module(const torch::nn::Module& module, const std::string& prefix, TensorFile& content);
Status take_module(const TensorFile& content, const std::string& prefix, torch::nn::Module& module);

}  // namespace motive::nn
