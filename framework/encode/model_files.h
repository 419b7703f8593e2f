#pragma once
// Purpose: what the files of a sentence-transformers model say: the shape of the BERT network, how a text is cut into
// pieces, and how the states of its pieces become one vector.
//   modules.json                  a Transformer, a Pooling, at the end perhaps a Normalize; nothing else
//   config.json                   model_type bert, BertModel, gelu, absolute positions
//   sentence_bert_config.json     max_seq_length, do_lower_case (may be missing)
//   tokenizer_config.json         do_lower_case, strip_accents, tokenize_chinese_chars, model_max_length (may be missing)
//   POOLING/config.json           mean of all pieces, or the state of [CLS]
// Errors: what is missing, malformed or of another kind than the above, with the file and what to do.

#include <cstdint>
#include <string>
#include <vector>

#include "framework/encode/wordpiece.h"

namespace motive::encode {

struct BertShape {
  std::int64_t dim = 0, layers = 0, heads = 0, inner = 0;
  std::int64_t positions = 0, types = 0;  // rows of their tables
  double norm_epsilon = 0;
};

enum class Pooling { kMean, kCls };

struct ModelFiles {
  BertShape shape;
  WordPieceOptions pieces;
  std::size_t max_len = 0;  // pieces of a text, [CLS] and [SEP] among them
  Pooling pooling = Pooling::kMean;
  bool normalize = false;
  Path vocabulary, weights;
  std::vector<Path> all;  // those that say what the vectors are, in fixed order; some may be missing
};

Result<ModelFiles> read_model_files(const Path& folder);

/// What vectors of this folder's model depend on, for keys of the store: the SHA-256 of its files and of the revision of
/// the code that runs it. O(bytes); the network is not made.
Result<std::string> fingerprint_of(const Path& folder);

}  // namespace motive::encode
