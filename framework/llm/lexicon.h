#pragma once
// Purpose: English words and short phrases that speak for one of eight motivations of consumption, those of the default
// schema, each with a weight: 1 hints, 2 speaks for it, 3 names it. `offline` reads texts of items with it.
// Source: compiled by hand from general knowledge of consumer research and of marketing vocabulary: the consumption values
// of Sheth, Newman and Gross (1991), PERVAL of Sweeney and Soutar (2001), Holbrook's typology of value (1999), Schwartz's
// basic values (1992), and the aspects that reviews of products name. It copies no published word list. It was written
// without a look at any data set, and blind to the synthetic world: no word was chosen, and none is changed, by what that
// world's generator says.
//   Words are compared by stem(): plurals, -ing, -ed, -ly, -ness, -ability fall together. At each place of a text the
//   longest phrase wins and takes its words; it may speak for several motivations. After "not", "no", "without" and the
//   like (two words back) a hit is `negated`.
// Complexity: linear in the words. Determinism: a constant table; thread-safe. Errors: none.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace motive::llm {

enum class Motivation : std::uint8_t {
  kFunctionality,
  kAesthetic,
  kPriceValue,
  kQualityDurability,
  kSustainabilityEthics,
  kEmotionalHedonic,
  kSocialGift,
  kHealthSafety,
};
inline constexpr std::size_t kMotivations = 8;
inline constexpr std::array<std::string_view, kMotivations> kMotivationNames = {
    "functionality",         "aesthetic",         "price_value", "quality_durability",
    "sustainability_ethics", "emotional_hedonic", "social_gift", "health_safety"};

/// A light stem of a word in lower case: "prices", "pricing" and "price" have one. Not a word to be shown.
std::string stem(std::string_view word);

/// The words of one motivation as they were written down, phrases of words parted by commas, by weight 1, 2, 3.
struct LexiconSource {
  Motivation motivation;
  std::array<const char*, 3> phrases;
};
std::span<const LexiconSource> lexicon_sources();

struct LexiconHit {
  Motivation motivation;
  std::uint8_t weight = 1;    // 1..3
  std::uint32_t begin = 0, end = 0;  // places in the list of stems
  bool negated = false;
};

class Lexicon {
 public:
  static const Lexicon& english();
  ~Lexicon();
  /// Every hit in a text given as the stems of its words in order; by place, then by motivation.
  std::vector<LexiconHit> find(std::span<const std::string> stems) const;
  /// Entries of a motivation.
  std::size_t size(Motivation motivation) const;

 private:
  Lexicon();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace motive::llm
