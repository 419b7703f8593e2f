#pragma once
// Purpose: the pieces of words that BERT-like models read, as numbers of a vocabulary:
//   [CLS] pieces of the text [SEP],   the pieces cut off at max_len - 2
//   1. The text is cleaned: control, format and private characters, U+FFFD and bytes that are no UTF-8 are dropped, all
//      white space becomes a space, and a CJK ideograph is a word of its own. Then NFD without combining marks (Mn), and
//      lower case, where the model asks for them.
//   2. Words end at white space; punctuation (ASCII symbols, and the general categories P*) are words of their own.
//   3. From the left the longest piece that the vocabulary has, pieces within a word with ## before them; a word that
//      cannot be made of pieces, or of more than 100 characters, is [UNK].
//   [CLS], [SEP], [UNK], [PAD] and [MASK] in a text are themselves.
// Sources: Devlin et al., NAACL 2019; Wu et al., 2016 (WordPiece). The same numbers as BertTokenizer of Hugging Face
// transformers with the package tokenizers (what sentence-transformers runs), except for characters that Unicode took in
// after 2015, of which the two have tables of different age. Lower case goes letter by letter, so that a final sigma is
// as any other.
// Complexity: O(length) but for the search for pieces, at most 100 letters squared a word. Determinism: no locale, no state.
// Errors: a vocabulary that cannot be read, or lacks [UNK], [CLS] or [SEP]. No text is an error.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "framework/base/files.h"

namespace motive::encode {

struct WordPieceOptions {
  bool lower_case = true;
  bool strip_accents = true;
  bool cjk_words = true;  // ideographs are words of their own
};

class WordPiece {
 public:
  /// vocabulary: a piece a line, its number is that of the line from 0.
  static Result<WordPiece> open(const Path& vocabulary, const WordPieceOptions& options);

  /// Two (max_len below 2 counts as 2) to max_len numbers.
  std::vector<std::int64_t> ids(std::string_view text, std::size_t max_len) const;
  /// Numbers are below it.
  std::int64_t size() const { return size_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Numbers = std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;
  struct Special {
    std::string name;
    std::int64_t id = 0;
  };

  const Special* special_at(std::string_view text, std::size_t at) const;
  std::vector<std::int32_t> normalised(std::string_view text) const;
  void add_words(std::string_view text, std::size_t most, std::vector<std::int64_t>& ids) const;
  void add_pieces(std::string_view word, std::size_t characters, std::vector<std::int64_t>& ids) const;

  WordPieceOptions options_;
  Numbers first_, inner_;  // pieces that begin a word, and those within one, without their ##
  std::vector<Special> specials_;
  std::int64_t size_ = 0, unknown_ = 0, begin_ = 0, end_ = 0;
  std::size_t longest_ = 0;  // bytes of the longest piece
};

}  // namespace motive::encode
