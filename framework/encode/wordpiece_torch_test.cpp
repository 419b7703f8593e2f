// Pieces of texts: every rule with a vocabulary of a few lines; all of them against bert_values.py, cut by hand.

#include <gmock/gmock.h>

#include "framework/encode/test_model.h"
#include "framework/encode/wordpiece.h"

namespace motive::encode {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::vector<std::string> kPieces = {
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "##ffable", "una", "cafe", "café", "Cafe",
    "x", "##x", "don", "'", "t", "¿", "日", "本", "i", "ω", "=", "##s"};

class WordPieceTest : public ::testing::Test {
 protected:
  WordPiece open(const WordPieceOptions& options = {}, const std::string& line_end = "\n") const {
    std::string lines;
    for (const std::string& piece : kPieces) lines += piece + line_end;
    auto made = WordPiece::open(folder_.write("vocab.txt", lines), options);
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  /// The pieces by name, without [CLS] and [SEP].
  static std::string pieces(const WordPiece& words, const std::string& text, std::size_t max_len = 500) {
    const std::vector<std::int64_t> ids = words.ids(text, max_len);
    EXPECT_GE(ids.size(), 2U);
    EXPECT_EQ(ids.front(), 2);
    EXPECT_EQ(ids.back(), 3);
    std::string line;
    for (std::size_t k = 1; k + 1 < ids.size(); ++k) line += (k > 1 ? " " : "") + kPieces.at(static_cast<std::size_t>(ids[k]));
    return line;
  }

  test::TempFolder folder_;
};

TEST_F(WordPieceTest, TakesTheLongestPieceFromTheLeft) {
  const WordPiece words = open();
  EXPECT_EQ(words.size(), static_cast<std::int64_t>(kPieces.size()));
  EXPECT_EQ(pieces(words, "unaffable"), "una ##ffable");
  EXPECT_EQ(pieces(words, "xxs un"), "x ##x ##s un");
  EXPECT_EQ(pieces(words, "xxq x"), "[UNK] x") << "a word with a part that is unknown is unknown";
  EXPECT_EQ(pieces(words, "able"), "[UNK]") << "a piece within a word does not begin one";
}

TEST_F(WordPieceTest, SeparatesAtWhiteSpacePunctuationAndIdeographs) {
  const WordPiece words = open();
  EXPECT_EQ(pieces(words, "don't"), "don ' t");
  EXPECT_EQ(pieces(words, "x\t\n\r x\u00a0x\u3000x\u2028x"), "x x x x x");
  EXPECT_EQ(pieces(words, "¿x?"), "¿ x [UNK]");
  EXPECT_EQ(pieces(words, "x日本x"), "x 日 本 x");
  EXPECT_EQ(pieces(words, "x≠x"), "x = x") << "its decomposition is an ASCII symbol";
  WordPieceOptions options;
  options.cjk_words = false;
  EXPECT_EQ(pieces(open(options), "x日本x"), "[UNK]");
}

TEST_F(WordPieceTest, LowersAndStripsAccentsWhereTheModelAsksForIt) {
  EXPECT_EQ(pieces(open(), "CAFÉ Cafe\u0301 İ Ω"), "cafe cafe i ω");
  const WordPiece cased = open({.lower_case = false, .strip_accents = false});
  EXPECT_EQ(pieces(cased, "Cafe café CAFE"), "Cafe café [UNK]");
  EXPECT_EQ(pieces(open({.lower_case = true, .strip_accents = false}), "Café"), "café");
  EXPECT_EQ(pieces(open({.lower_case = false, .strip_accents = true}), "Café"), "Cafe");
}

TEST_F(WordPieceTest, DropsControlCharactersAndWhatIsNoUtf8) {
  const WordPiece words = open();
  EXPECT_EQ(pieces(words, std::string("u\0n", 3)), "un");
  EXPECT_EQ(pieces(words, "u\u200bn u\u00adn \x7f\ufffdun"), "un un un");
  EXPECT_EQ(pieces(words, "u\xffn \xc3"), "un");
  EXPECT_EQ(pieces(words, "\xed\xa0\x80x \xf4\x90\x80\x80 x\xe6\x97"), "x x");
  EXPECT_EQ(pieces(words, "\x01\x02"), "");
}

TEST_F(WordPieceTest, KnowsSpecialPiecesInATextByTheirNames) {
  EXPECT_EQ(pieces(open(), "x[MASK]x [SEP] [mask]"), "x [MASK] x [SEP] [UNK] [UNK] [UNK]");
  EXPECT_EQ(pieces(open(), "[[CLS] ["), "[UNK] [CLS] [UNK]");
}

TEST_F(WordPieceTest, EndsLongWordsAndLongTexts) {
  const WordPiece words = open();
  const std::string longest(100, 'x');
  EXPECT_EQ(words.ids(longest, 500).size(), 102U);
  EXPECT_EQ(pieces(words, longest + "x x"), "[UNK] x");
  EXPECT_EQ(pieces(words, "don't x", 5), "don ' t");
  EXPECT_EQ(pieces(words, "xxx", 4), "x ##x") << "within a word";
  EXPECT_EQ(pieces(words, "x [MASK] x", 4), "x [MASK]");
  EXPECT_EQ(pieces(words, "x", 2), "");
  EXPECT_EQ(pieces(words, "x", 0), "");
  std::string million;
  for (int k = 0; k < 250000; ++k) million += "x é ";
  EXPECT_EQ(words.ids(million, 64).size(), 64U);
}

TEST_F(WordPieceTest, ReadsVocabulariesOfOtherSystemsAndRefusesThoseOfOtherModels) {
  EXPECT_EQ(pieces(open({}, "\r\n"), "unaffable"), "una ##ffable");
  const auto missing = WordPiece::open(folder_.path() / "none.txt", {});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("none.txt"));
  const auto other = WordPiece::open(folder_.write("other.txt", "<s>\n<pad>\n[UNK]\n"), {});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, AllOf(HasSubstr("other.txt"), HasSubstr("[CLS]"), HasSubstr("BERT")));
}

TEST(WordPieceParityTest, NumbersAreThoseCutByHand) {
  const TestModel model;
  const auto words = WordPiece::open(model.folder.path() / "vocab.txt", {});
  ASSERT_TRUE(words) << words.error().message;
  const torch::Tensor ids = model.values.tensors.at("ids"), lengths = model.values.tensors.at("lengths");
  const auto* id = ids.data_ptr<std::int64_t>();
  const std::vector<std::string> texts = model.texts();
  ASSERT_EQ(static_cast<std::int64_t>(texts.size()), lengths.numel());
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const std::int64_t n = lengths[static_cast<std::int64_t>(t)].item<std::int64_t>();
    EXPECT_EQ(words->ids(texts[t], 12), std::vector<std::int64_t>(id, id + n)) << texts[t];
    id += n;
  }
}

}  // namespace
}  // namespace motive::encode
