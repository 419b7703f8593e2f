#include "framework/llm/lexicon.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "framework/text/tokenizer.h"

namespace motive::llm {
namespace {

std::vector<std::string> stems_of(std::string_view text) {
  Tokenizer tokenizer;
  std::vector<std::string> stems;
  for (std::string_view word : tokenizer.words(text)) stems.push_back(stem(word));
  return stems;
}

std::vector<LexiconHit> hits_in(std::string_view text) { return Lexicon::english().find(stems_of(text)); }

TEST(Stem, BringsFormsOfAWordTogether) {
  const std::vector<std::vector<std::string>> groups = {
      {"price", "prices", "pricing", "priced"},   {"durable", "durability", "durably"}, {"sustainable", "sustainability"},
      {"soft", "softness", "softly"},             {"party", "parties"},                 {"happy", "happily", "happiness"},
      {"relax", "relaxing", "relaxed"},           {"run", "running", "runs"},           {"dress", "dresses"},
      {"box", "boxes"},                           {"design", "designs", "designed"},    {"natural", "naturally"}};
  for (const auto& group : groups) {
    for (const std::string& word : group) EXPECT_EQ(stem(word), stem(group[0])) << word;
  }
}

TEST(Stem, KeepsDifferentWordsApart) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"wellness", "well"}, {"fitness", "fit"}, {"evening", "even"}, {"friendly", "friend"}, {"lovely", "love"},
      {"speed", "spe"},     {"spring", "spr"},  {"daily", "day"},    {"glass", "glas"},      {"ring", "r"}};
  for (const auto& [a, b] : pairs) EXPECT_NE(stem(a), stem(b)) << a;
  EXPECT_EQ(stem(""), "");
  EXPECT_EQ(stem("gas"), "gas");
}

TEST(Lexicon, HasEnoughWordsForEachMotivation) {
  for (std::size_t m = 0; m < kMotivations; ++m) {
    EXPECT_GE(Lexicon::english().size(static_cast<Motivation>(m)), 120U) << kMotivationNames[m];
    EXPECT_LE(Lexicon::english().size(static_cast<Motivation>(m)), 300U) << kMotivationNames[m];
  }
}

TEST(Lexicon, PhrasesAreShortAndPlain) {
  for (const LexiconSource& source : lexicon_sources()) {
    for (const char* phrases : source.phrases) {
      for (const char* c = phrases; *c; ++c) {
        EXPECT_TRUE((*c >= 'a' && *c <= 'z') || *c == ' ' || *c == ',') << *c << " in " << phrases;
      }
    }
  }
}

TEST(Lexicon, FindsWhatTextsSpeakFor) {
  const std::vector<std::pair<const char*, Motivation>> cases = {
      {"A practical multi-purpose organizer, easy to use", Motivation::kFunctionality},
      {"elegantly beautiful home decor", Motivation::kAesthetic},
      {"an affordable bargain, worth every penny", Motivation::kPriceValue},
      {"sturdy and well-made, built to last", Motivation::kQualityDurability},
      {"organic, recyclable and cruelty-free", Motivation::kSustainabilityEthics},
      {"a joyful treat to indulge in", Motivation::kEmotionalHedonic},
      {"a perfect gift for friends and family", Motivation::kSocialGift},
      {"non-toxic, hypoallergenic and safe", Motivation::kHealthSafety}};
  for (const auto& [text, wanted] : cases) {
    std::array<int, kMotivations> sums{};
    for (const LexiconHit& hit : hits_in(text)) sums[static_cast<std::size_t>(hit.motivation)] += hit.weight;
    const auto best = std::max_element(sums.begin(), sums.end()) - sums.begin();
    EXPECT_EQ(kMotivationNames[static_cast<std::size_t>(best)], kMotivationNames[static_cast<std::size_t>(wanted)]) << text;
  }
}

TEST(Lexicon, TheLongestPhraseTakesItsWords) {
  const auto hits = hits_in("stainless steel");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].begin, 0U);
  EXPECT_EQ(hits[0].end, 2U);
  EXPECT_EQ(hits[0].motivation, Motivation::kQualityDurability);
  const auto friendly = hits_in("budget friendly");
  ASSERT_EQ(friendly.size(), 1U);
  EXPECT_EQ(friendly[0].weight, 3);
}

TEST(Lexicon, NoticesNegation) {
  EXPECT_TRUE(hits_in("this is not durable").at(0).negated);
  EXPECT_TRUE(hits_in("not very durable").at(0).negated);
  EXPECT_FALSE(hits_in("durable").at(0).negated);
  EXPECT_TRUE(hits_in("").empty());
  EXPECT_TRUE(hits_in("of the and").empty());
}

}  // namespace
}  // namespace motive::llm
