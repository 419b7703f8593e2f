#include "framework/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace motive {
namespace {

std::vector<std::string> words(std::string_view text, TokenizerOptions options = {}) {
  Tokenizer tokenizer(options);
  const auto found = tokenizer.words(text);
  return {found.begin(), found.end()};
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Tokenizer, WordsAreRunsOfLettersMarksAndDigits) {
  EXPECT_THAT(words("Men's AC-3 cable, 2.5m_long!"),
              ElementsAre("men", "s", "ac", "3", "cable", "2", "5m", "long"));
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words(" -- ... "), IsEmpty());
  EXPECT_THAT(words("Beauty > Nails > Nail Polish"),
              ElementsAre("beauty", "nails", "nail", "polish"));
}

TEST(Tokenizer, OneFormForAllSpellings) {
  EXPECT_THAT(words("Straße STRASSE"), ElementsAre("strasse", "strasse"));
  EXPECT_THAT(words("\u00c5ngstr\u00f6m A\u030angstro\u0308m"),
              ElementsAre("\u00e5ngstr\u00f6m", "\u00e5ngstr\u00f6m"));
  EXPECT_THAT(words("\ufb01ne \uff21\uff11 \u2460"),
              ElementsAre("fine", "a1", "1"));                    // ligature, full width, circled
  EXPECT_THAT(words("soft\u00adware"), ElementsAre("software"));  // soft hyphen
  EXPECT_THAT(words("\u039f\u0394\u039f\u03a3 \u043c\u043e\u0421\u041a\u0412\u0410"),
              ElementsAre("\u03bf\u03b4\u03bf\u03c3", "\u043c\u043e\u0441\u043a\u0432\u0430"));
}

TEST(Tokenizer, ScriptsWithoutSpaces) {
  EXPECT_THAT(words("\u7f8e\u767d cream"), ElementsAre("\u7f8e", "\u767d", "cream"));
  EXPECT_THAT(words("x\u7f8ey"), ElementsAre("x", "\u7f8e", "y"));
  EXPECT_THAT(words("\u30ab\u30e1\u30e9\u306e"),
              ElementsAre("\u30ab\u30e1\u30e9", "\u306e"));  // Katakana runs, Hiragana alone
}

TEST(Tokenizer, BytesThatAreNoUtf8SeparateWords) {
  EXPECT_THAT(words("caf\xe9 noir"), ElementsAre("caf", "noir"));
  EXPECT_THAT(words("a\xff\xfe"
                    "b \u00e9\xc3"),
              ElementsAre("a", "b", "\u00e9"));
  EXPECT_THAT(words(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
}

TEST(Tokenizer, StopWordsGoOnlyWhereAsked) {
  EXPECT_THAT(words("The Art of the Deal"), ElementsAre("the", "art", "of", "the", "deal"));
  EXPECT_THAT(words("The Art of the Deal", {.stop_words = true}), ElementsAre("art", "deal"));
  EXPECT_FALSE(english_stop_words().empty());
}

RC_GTEST_PROP(Tokenizer, TheShortWayGivesTheSameWords, ()) {
  const auto ascii = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  auto expected = words(ascii);
  expected.push_back("\u00e9");
  RC_ASSERT(words(ascii + " \u00e9") == expected);  // one letter makes it take the long way
}

RC_GTEST_PROP(Tokenizer, AnyBytesGiveWordsOfWordCharacters, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  for (const std::string& word : words(bytes)) {
    RC_ASSERT(!word.empty());
    RC_ASSERT(words(word) == std::vector<std::string>{word});  // folding again changes nothing
  }
}

}  // namespace
}  // namespace motive
