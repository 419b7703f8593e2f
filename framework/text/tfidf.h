#pragma once
// Purpose: TF-IDF of a list of texts as sparse rows of length 1 (l2).
//   tf(t, d)  = n, or 1 + ln n (sublinear)               n: how often word t stands in text d
//   idf(t)    = ln((1 + D) / (1 + df)) + 1 (smooth),     df: texts with t, D: texts
//               or ln(D / df) + 1
//   x(t, d)   = tf * idf, then d's row divided by its length; without words the row is empty
// The same as scikit-learn's TfidfVectorizer (norm l2) for the same words; the test holds its
// numbers. Words in fewer than min_df texts are left out. Columns are the words in order of their
// UTF-8 bytes.
//
// Shapes: CSR, [D] rows, columns ascending within a row. Computed in double, stored as float.
// Complexity: O(words) expected, V log V for the order of the vocabulary; memory: an entry a
// distinct word of a text. No allocation a word.
// Determinism: the same bytes always; no threads.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/sparse_rows.h"
#include "framework/data/interactions.h"
#include "framework/text/tokenizer.h"

namespace motive {

struct TfidfOptions {
  bool sublinear = true;
  bool smooth_idf = true;
  int min_df = 1;
  TokenizerOptions tokenizer;
};

/// Takes texts one by one, then gives their rows.
class TfidfBuilder {
 public:
  explicit TfidfBuilder(const TfidfOptions& options);
  ~TfidfBuilder();
  TfidfBuilder(const TfidfBuilder&) = delete;
  TfidfBuilder& operator=(const TfidfBuilder&) = delete;

  /// A further piece of the text at hand, such as a field of an item.
  void add(std::string_view piece);
  /// Ends the text at hand, which may be empty.
  void end_text();

  struct Result {
    SparseRows rows;
    std::vector<std::string> words;  // by column
    std::vector<float> idf;          // by column
  };
  /// Once, after the last end_text().
  Result finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One row an item, from the named text fields together. Fields that the catalogue lacks are passed
/// over.
TfidfBuilder::Result item_tfidf(const Catalogue& items, std::span<const std::string> fields,
                                const TfidfOptions& options);

}  // namespace motive
