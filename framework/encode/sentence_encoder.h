#pragma once
// Purpose: texts as vectors by a sentence-transformers model of the BERT kind in a local folder (model_files.h, bert.h),
// such as all-MiniLM-L6-v2:
//   e(text) = pool(BERT([CLS] pieces [SEP])), pool the mean over all pieces or the state of [CLS]; then, if the model has a
//   Normalize module, e / |e|
// Source: Reimers & Gurevych, EMNLP 2019. Numbers agree with the Python package to 1e-4 (the tests hold them).
// Shapes: N texts -> [N×D] row-major. Longer texts are cut off at max_len() pieces; an empty one is [CLS] [SEP].
// Complexity: O(pieces · weights of the layers); batches of about 512 pieces by length, nothing is padded, texts of the
// same pieces are encoded once. Memory: 8 bytes a piece, the output, a few MB a thread.
// Determinism: a batch is fixed and one thread's: the same bytes for any number of threads. Where D and the inner width
// are multiples of 16, a text's vector does not depend on the texts beside it, nor on their order.
// Errors: open() on what is missing or not such a model; encode() when interrupted.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/base/cancel.h"
#include "framework/base/files.h"
#include "framework/base/progress.h"

namespace motive::encode {

class SentenceEncoder {
 public:
  /// Copies share the weights.
  static Result<SentenceEncoder> open(const Path& folder);

  /// Progress counts texts. Several threads may call it at once.
  Result<std::vector<float>> encode(std::span<const std::string> texts, int threads, const CancelFlag* cancel = nullptr,
                                    Progress* progress = nullptr) const;
  std::size_t dim() const;
  std::size_t max_len() const;

 private:
  struct Model;
  explicit SentenceEncoder(std::shared_ptr<const Model> model) : model_(std::move(model)) {}
  std::shared_ptr<const Model> model_;
};

}  // namespace motive::encode
