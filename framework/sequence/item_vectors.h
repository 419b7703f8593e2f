#pragma once
// Purpose: the vectors of items that networks over sequences read and rank by: one of its own for every item with training
// events, what its text says, or both.
//   E[i] = id[i] + x_i W          x_i: TF-IDF of the item's words (framework/text/tfidf.h); W: a vector a word, learnt
// With text, items without training events have vectors, too: x_i W alone.
// Shapes: id [m×D], x [I×C] sparse, W [C×D], E [m×D]. Complexity: O(words D) more a step. Determinism: that of its parts.
// Errors: fields that the catalogue lacks; no text at all (kNotApplicable).

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "framework/base/status.h"
#include "framework/nn/sparse_product.h"
#include "framework/sequence/parameters.h"
#include "framework/sequence/sequences.h"

namespace motive {

struct ItemVectorOptions {
  ItemText text = ItemText::kNone;
  bool ids = true;                  // without text always
  std::vector<std::string> fields;  // of the text; empty: title, description, categories, as far as there are
};

/// The words of items: of those in the model [m×C], and of the whole catalogue [I×C].
struct ItemWords {
  nn::SparseMatrix model;
  SparseRows catalogue;
  static Result<std::shared_ptr<const ItemWords>> of(const Catalogue& catalogue, const ModelItems& items,
                                                     const std::vector<std::string>& fields);
};

struct ItemVectorsImpl : torch::nn::Module {
  /// words: null without text, or where vectors come from a file and forward() is not asked.
  ItemVectorsImpl(std::int64_t items, std::int64_t columns, std::int64_t dim, const ItemVectorOptions& options,
                  std::shared_ptr<const ItemWords> words);
  torch::Tensor forward() const;
  /// x W of the whole catalogue [I×D]; undefined without text.
  torch::Tensor text_of_catalogue() const;

 private:
  torch::Tensor ids_, words_;
  std::shared_ptr<const ItemWords> text_;
};
TORCH_MODULE(ItemVectors);

}  // namespace motive
