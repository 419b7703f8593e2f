#include "framework/llm/offline_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

#include "framework/base/trimmed.h"
#include "framework/text/tokenizer.h"

namespace motive::llm::offline {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

/// What texts about products say of anything.
constexpr std::array<std::string_view, 74> kFiller = {
    "add", "always", "amp", "around", "because", "best", "better", "both", "br", "bring", "brings", "come", "comes",
    "day", "each", "easily", "enough", "even", "ever", "every", "feature", "features", "find", "first", "get",
    "gets", "give", "gives", "go", "good", "great", "help", "helps", "ideal", "include", "included", "includes",
    "item", "items", "keep", "keeps", "let", "like", "made", "make", "makes", "making", "many", "more", "most",
    "much", "need", "needs", "new", "offer", "offers", "one", "only", "other", "over", "perfect", "product",
    "products", "put", "time", "two", "under", "use", "used", "using", "very", "way", "well", "without"};

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// "12. rest" -> "rest".
std::optional<std::string_view> numbered(std::string_view line) {
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  if (digits == 0 || digits > 6 || line.substr(digits, 2) != ". ") return std::nullopt;
  return trimmed(line.substr(digits + 2));
}

/// "4 of 5", "4/5", "4" (of five): how much it is liked, 0..1.
double liking_of(std::string_view rating) {
  double values[2] = {0, 5};
  for (double& value : values) {
    const std::size_t begin = rating.find_first_of("0123456789");
    if (begin == std::string_view::npos) break;
    rating.remove_prefix(begin);
    const auto [end, error] = std::from_chars(rating.data(), rating.data() + rating.size(), value);
    if (error != std::errc()) return 1;
    rating.remove_prefix(static_cast<std::size_t>(end - rating.data()));
  }
  const double share = values[1] > 0 ? std::clamp(values[0] / values[1], 0.0, 1.0) : 1;
  return std::max(0.0, (share - 0.4) / 0.6);  // two of five and less: nothing
}

void add_line(Item& item, std::string_view line) {
  const auto append = [](std::string& field, std::string_view more) {
    if (!field.empty() && !more.empty()) field += "; ";
    field += more;
  };
  if (const auto title = labelled(line, "title")) {
    append(item.title, *title);
  } else if (const auto categories = labelled(line, "categories")) {
    append(item.categories, *categories);
  } else if (const auto category = labelled(line, "category")) {
    append(item.categories, *category);
  } else if (const auto rating = labelled(line, "rating")) {
    item.liking = liking_of(*rating);
  } else if (const auto description = labelled(line, "description")) {
    append(item.description, *description);
  } else {
    append(item.description, line);
  }
}

}  // namespace

std::string_view trimmed(std::string_view text) { return motive::trimmed(text, kSpace); }

std::optional<std::string_view> block(std::string_view message, std::string_view tag) {
  const std::string open = "<" + std::string(tag) + ">", close = "</" + std::string(tag) + ">";
  const auto end = message.rfind(close);
  if (end == std::string_view::npos) return std::nullopt;
  const auto begin = message.substr(0, end).rfind(open);
  if (begin == std::string_view::npos) return std::nullopt;
  return trimmed(message.substr(begin + open.size(), end - begin - open.size()));
}

std::vector<std::string_view> pieces(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    const std::string_view piece = trimmed(text.substr(0, end));
    if (!piece.empty()) found.push_back(piece);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

std::vector<std::string_view> lines(std::string_view text) { return pieces(text, "\n"); }

std::optional<std::string_view> labelled(std::string_view line, std::string_view label) {
  if (line.size() <= label.size() || line[label.size()] != ':') return std::nullopt;
  if (!same_letters(line.substr(0, label.size()), label)) return std::nullopt;
  return trimmed(line.substr(label.size() + 1));
}

Text read_text(std::string_view source) {
  thread_local Tokenizer tokenizer;
  Text text;
  const auto words = tokenizer.words(source);
  text.words.reserve(words.size());
  text.stems.reserve(words.size());
  for (std::string_view word : words) {
    if (!text.words.empty() && (word == "s" || word == "t")) continue;  // of "mother's", "isn't"
    text.words.emplace_back(word);
    text.stems.push_back(stem(word));
  }
  text.hits = Lexicon::english().find(text.stems);
  std::erase_if(text.hits, [](const LexiconHit& hit) { return hit.negated; });
  return text;
}

std::string shown(const Text& text, std::uint32_t begin, std::uint32_t end) {
  std::string words;
  for (std::uint32_t i = begin; i < end; ++i) words += (i > begin ? " " : "") + text.words[i];
  return words;
}

bool is_content(std::string_view word) {
  if (word.size() < 2 || word.find_first_of("0123456789") != std::string_view::npos) return false;
  static const auto kEmpty = [] {
    std::unordered_set<std::string_view> words(kFiller.begin(), kFiller.end());
    words.insert(english_stop_words().begin(), english_stop_words().end());
    return words;
  }();
  return kEmpty.count(word) == 0;
}

Item read_item(std::string_view text) {
  Item item;
  for (std::string_view line : lines(text)) add_line(item, line);
  return item;
}

std::vector<Item> read_history(std::string_view text) {
  std::vector<Item> items;
  for (std::string_view line : lines(text)) {
    const auto rest = numbered(line);
    if (rest || items.empty()) items.emplace_back();
    add_line(items.back(), rest ? *rest : line);
  }
  return items;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  // The last bytes reach all bits.
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93U;
  return hash ^ (hash >> 32);
}

}  // namespace motive::llm::offline
