#pragma once
// Purpose: the feature matrices of LightFM: which features a user or an item has, with which value.
//   columns: one of its own for each row (identity), then one for each value of the named fields,
//   then the words of the text or the buckets they are hashed into
//   values:  1 for an own column and for a value of a field; TF-IDF for words (rows of length 1,
//            framework/text/tfidf.h), those of words in one bucket added
//   normalise: a row is divided by the sum of its values (lightfm's Dataset does so)
// A field's text is parted at the separators into values ("Home > Tea; Gifts": Home, Tea, Gifts).
// Values and words that fewer than min_count rows with training events have are left out: nobody
// would teach them. A row without training events has no own column, for the same reason.
// Complexity: O(length of the text). Determinism: the same bytes always.
// Errors: a field that the table lacks, no value or word left (both kInvalid), no text to read
// (kNotApplicable).

#include <string>
#include <vector>

#include "framework/base/json.h"
#include "framework/base/status.h"
#include "framework/data/interactions.h"
#include "framework/text/tfidf.h"

namespace motive::lightfm {

struct FeatureOptions {
  std::string parameter;            // for errors: item_features or user_features
  std::vector<std::string> fields;  // `text`: the words of text_fields
  std::vector<std::string> text_fields;
  std::string separators;
  int hash_buckets = 0;  // 0: a column a word
  int max_words = 0;     // the strongest of a text; 0: all
  int min_count = 1;
};

/// What the fields say of each row, without own columns and not normalised.
struct FieldFeatures {
  SparseRows rows;
  Json counts = Json::object();  // columns by field
  std::size_t empty = 0;         // rows of which the fields say nothing
};

/// has_events: by row.
Result<FieldFeatures> read_fields(const TableView& table, const std::vector<bool>& has_events,
                                  const FeatureOptions& options);

struct FeatureMatrix {
  SparseRows rows;
  bool identity = false;  // each row is its own column alone, with value 1
};

/// identity: whether the matrix has own columns at all; own: by row, whether it has its own.
FeatureMatrix assemble(const FieldFeatures& fields, bool identity, const std::vector<bool>& own,
                       bool normalise);
/// n rows that are their own columns.
FeatureMatrix identity_matrix(std::size_t n);

}  // namespace motive::lightfm
