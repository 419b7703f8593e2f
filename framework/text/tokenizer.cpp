#include "framework/text/tokenizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace motive {
namespace {

constexpr auto kFold = static_cast<utf8proc_option_t>(
    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

// Articles, pronouns, prepositions, conjunctions, auxiliaries. Nothing that names a thing or a
// quality.
constexpr std::array<std::string_view, 84> kStopWords = {
    "a",     "about", "after", "all",     "also",  "am",    "an",    "and",   "any",  "are",
    "as",    "at",    "be",    "been",    "but",   "by",    "can",   "could", "did",  "do",
    "does",  "for",   "from",  "had",     "has",   "have",  "he",    "her",   "his",  "how",
    "i",     "if",    "in",    "into",    "is",    "it",    "its",   "just",  "may",  "me",
    "my",    "no",    "nor",   "not",     "of",    "on",    "or",    "our",   "out",  "she",
    "so",    "some",  "such",  "than",    "that",  "the",   "their", "them",  "then", "there",
    "these", "they",  "this",  "those",   "to",    "too",   "up",    "us",    "was",  "we",
    "were",  "what",  "when",  "where",   "which", "while", "who",   "will",  "with", "would",
    "you",   "your",  "yours", "yourself"};
static_assert(std::is_sorted(kStopWords.begin(), kStopWords.end()));

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 128; });
}

/// Lower case of an ASCII letter or digit; 0: a separator.
constexpr auto kAscii = [] {
  std::array<char, 128> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = c;
  for (char c = 'a'; c <= 'z'; ++c) {
    table[static_cast<std::size_t>(c)] = c;
    table[static_cast<std::size_t>(c - 'a' + 'A')] = c;
  }
  return table;
}();

enum class Kind { kSeparator, kPart, kWhole };  // part of a word; a word of its own

Kind kind_of(std::int32_t point) {
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      break;
    default:
      return Kind::kSeparator;
  }
  const bool hiragana = point >= 0x3041 && point <= 0x309f;
  const bool han = (point >= 0x3400 && point <= 0x4dbf) || (point >= 0x4e00 && point <= 0x9fff) ||
                   (point >= 0x20000 && point <= 0x3ffff);
  return hiragana || han ? Kind::kWhole : Kind::kPart;
}

}  // namespace

std::span<const std::string_view> english_stop_words() { return kStopWords; }

void Tokenizer::close(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  if (options_.stop_words) {
    const auto word = std::string_view(folded_).substr(begin, end - begin);
    if (std::binary_search(kStopWords.begin(), kStopWords.end(), word)) return;
  }
  bounds_.push_back(begin);
  bounds_.push_back(end);
}

void Tokenizer::ascii(std::string_view text) {
  folded_.resize(text.size());
  std::size_t begin = 0, end = 0;
  for (const char c : text) {
    const char letter = kAscii[static_cast<std::size_t>(c)];
    if (letter != 0) {
      folded_[end++] = letter;
    } else {
      close(begin, end);
      begin = end;
    }
  }
  close(begin, end);
}

void Tokenizer::unicode(std::string_view text) {
  const auto decompose = [&](std::string_view from) {
    return utf8proc_decompose(reinterpret_cast<const utf8proc_uint8_t*>(from.data()),
                              static_cast<utf8proc_ssize_t>(from.size()), points_.data(),
                              static_cast<utf8proc_ssize_t>(points_.size()), kFold);
  };
  utf8proc_ssize_t n = decompose(text);
  if (n < 0) {  // not UTF-8: what is not stands as a space
    valid_.clear();
    for (std::size_t at = 0; at < text.size();) {
      utf8proc_int32_t point = -1;
      const auto size =
          utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                           static_cast<utf8proc_ssize_t>(text.size() - at), &point);
      const std::size_t step = size > 0 ? static_cast<std::size_t>(size) : 1;
      valid_.append(size > 0 ? text.substr(at, step) : std::string_view(" "));
      at += step;
    }
    text = valid_;
    n = decompose(text);
  }
  if (n < 0) return;  // a text beyond what utf8proc can count
  if (static_cast<std::size_t>(n) > points_.size()) {
    points_.resize(static_cast<std::size_t>(n));
    n = decompose(text);
  }
  n = utf8proc_normalize_utf32(points_.data(), n, kFold);
  std::size_t begin = 0;
  for (utf8proc_ssize_t i = 0; i < n; ++i) {
    const std::int32_t point = points_[static_cast<std::size_t>(i)];
    const Kind kind = kind_of(point);
    if (kind != Kind::kPart) {
      close(begin, folded_.size());
      begin = folded_.size();
    }
    if (kind == Kind::kSeparator) continue;
    utf8proc_uint8_t bytes[4];
    const auto size = utf8proc_encode_char(point, bytes);
    folded_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    if (kind == Kind::kWhole) {
      close(begin, folded_.size());
      begin = folded_.size();
    }
  }
  close(begin, folded_.size());
}

std::span<const std::string_view> Tokenizer::words(std::string_view text) {
  folded_.clear();
  bounds_.clear();
  words_.clear();
  if (is_ascii(text)) {
    ascii(text);
  } else {
    unicode(text);
  }
  // Views only now: folded_ has stopped moving.
  for (std::size_t i = 0; i < bounds_.size(); i += 2) {
    words_.push_back(std::string_view(folded_).substr(bounds_[i], bounds_[i + 1] - bounds_[i]));
  }
  return words_;
}

}  // namespace motive
