#pragma once
// Purpose: the feature `sentences`: a vector for the text of every item, by a sentence encoder (encode/sentence_encoder.h).
//   e[i] = encode("title. description. ...") of the fields that item i has; 0 where it has no text
// Shapes: [I×D], D that of the model (all-MiniLM-L6-v2: 384); rows have length 1 or 0, if the model normalises.
// Complexity, determinism: those of the encoder. Files: model.json (recommend/arrays.h) with items, dim, how many items
// have no text and the fields that were read; vectors.f32.
// Errors: no encoder installed, or other files than when the work was planned; a data set without text (kNotApplicable).

#include <span>
#include <string>
#include <vector>

#include "framework/recommend/arrays.h"
#include "framework/recommend/feature.h"

namespace motive {

/// fields: empty for those of title, description and categories that there are.
FeatureRequest sentence_vectors(const std::vector<std::string>& fields);

class SentenceVectors {
 public:
  /// Of a node's folder, for a catalogue of so many items.
  static Result<SentenceVectors> open(const Path& folder, std::size_t items);
  /// Writes an existing folder.
  static Status write(const Path& folder, std::span<const float> vectors, std::size_t items, std::size_t without_text,
                      const std::vector<std::string>& fields);

  std::span<const float> all() const { return vectors_.view(); }  // [I×D]
  std::size_t dim() const { return dim_; }
  std::uint64_t without_text() const { return without_text_; }
  const std::vector<std::string>& fields() const { return fields_; }

 private:
  MappedArray<float> vectors_;
  std::size_t dim_ = 0;
  std::uint64_t without_text_ = 0;
  std::vector<std::string> fields_;
};

}  // namespace motive
