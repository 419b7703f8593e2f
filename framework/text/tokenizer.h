#pragma once
// Purpose: words of a text, in one form for all that read text (TF-IDF today).
//   1. Unicode NFKC with case folding, default-ignorable characters dropped (utf8proc): "Straße"
//      and "STRASSE" are the same word, and so are "ﬁne" and "fine", "Å" and "A" + ring.
//   2. A word is a longest run of letters, marks and digits (general categories L*, M*, N*); all
//      else separates. Han and Hiragana characters are words of their own (as in UAX #29): those
//      scripts are written without spaces.
//   3. stop_words: true drops the commonest English function words; off by default.
// No stemming, no minimum length, no n-grams: "children's" is "children" and "s".
//
// Complexity: O(length). No allocation a word: words are views into buffers that are reused, valid
// until the next call. A text of ASCII alone takes a short way to the same words.
// Errors: none; bytes that are no UTF-8 separate words.
// Determinism: no locale, no state between calls. One thread at a time.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace motive {

struct TokenizerOptions {
  bool stop_words = false;  // drop them
};

class Tokenizer {
 public:
  explicit Tokenizer(TokenizerOptions options = {}) : options_(options) {}

  /// The words in order. The views live until the next call or the tokeniser's end.
  std::span<const std::string_view> words(std::string_view text);

 private:
  void ascii(std::string_view text);
  void unicode(std::string_view text);
  void close(std::size_t begin, std::size_t end);

  TokenizerOptions options_;
  std::string folded_;                // the normalised words, back to back
  std::vector<std::size_t> bounds_;   // begin and end of each word in folded_
  std::vector<std::int32_t> points_;  // code points of a text that is not ASCII
  std::string valid_;                 // a text with its invalid bytes replaced
  std::vector<std::string_view> words_;
};

/// The words that `stop_words` drops, sorted.
std::span<const std::string_view> english_stop_words();

}  // namespace motive
