#pragma once
// Purpose: the vectors of items that networks over sequences read and rank by: one of its own for every item with training
// events, what its text says, or both.
//   E[i] = id[i] + x_i W          W: learnt; x_i: TF-IDF of the item's words (framework/text/tfidf.h), so that W is a vector
//                                 a word, or the vector of its text by a sentence encoder (framework/features/sentences.h)
// With text, items without training events have vectors, too: x_i W alone.
// Shapes: id [m×D], x [I×C] sparse or dense, W [C×D], E [m×D]. Complexity: O(words D), or O(m C D), more a step.
// Determinism: that of its parts. Errors: fields that the catalogue lacks; no text at all (kNotApplicable); sentence vectors
// that nobody made.

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "framework/base/status.h"
#include "framework/sequence/parameters.h"
#include "framework/sequence/sequences.h"

namespace motive {

struct ItemVectorOptions {
  ItemText text = ItemText::kNone;
  bool ids = true;                  // without text always
  std::vector<std::string> fields;  // of the text; empty: title, description, categories, as far as there are
};

/// x, of the items in the model and of the whole catalogue.
class ItemTexts {
 public:
  virtual ~ItemTexts() = default;
  virtual std::int64_t columns() const = 0;                                      // C
  virtual torch::Tensor of_model(const torch::Tensor& weights) const = 0;      // x W [m×D], differentiable in W
  virtual torch::Tensor of_catalogue(const torch::Tensor& weights) const = 0;  // x W [I×D], without a gradient
};

/// As `options` ask. Null for no text.
Result<std::shared_ptr<const ItemTexts>> item_texts(const ItemVectorOptions& options, const Catalogue& catalogue,
                                                    const ModelItems& items, const FeatureFolders& features);

struct ItemVectorsImpl : torch::nn::Module {
  /// texts: null without text, or where vectors come from a file and forward() is not asked.
  ItemVectorsImpl(std::int64_t items, std::int64_t columns, std::int64_t dim, const ItemVectorOptions& options,
                  std::shared_ptr<const ItemTexts> texts);
  torch::Tensor forward() const;
  /// x W of the whole catalogue [I×D]; undefined without text.
  torch::Tensor text_of_catalogue() const;

 private:
  torch::Tensor ids_, words_;
  std::shared_ptr<const ItemTexts> text_;
};
TORCH_MODULE(ItemVectors);

}  // namespace motive
