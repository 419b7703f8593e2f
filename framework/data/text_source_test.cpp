#include "framework/data/text_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/data/encoding.h"
#include "framework/data/record_reader.h"
#include "framework/data/test_compress.h"
#include "framework/data/test_data.h"

namespace motive {
namespace {

using test::gzip;
using test::zstd;

Result<std::string> read_all(const Path& file) {
  MOTIVE_ASSIGN(TextSource source, TextSource::open(file));
  std::string text;
  std::vector<char> buffer(1000);
  while (true) {
    MOTIVE_ASSIGN(const std::size_t got, source.read(buffer));
    if (got == 0) return text;
    text.append(buffer.data(), got);
  }
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += fmt::format("{},{}\n", i, i * 7919 % 10007);
  return text;
}

TEST(TextSource, ReadsPlainGzipAndZstdByTheirFirstBytes) {
  test::TempFolder folder;
  const std::string text = long_text();
  EXPECT_EQ(*read_all(folder.write("a.csv", text)), text);
  EXPECT_EQ(*read_all(folder.write("b.csv", gzip(text))), text);
  EXPECT_EQ(*read_all(folder.write("c.csv", zstd(text))), text);
  EXPECT_EQ(*read_all(folder.write("d.gz", gzip("a\n") + gzip("b\n"))), "a\nb\n");
  EXPECT_EQ(*read_all(folder.write("e.zst", zstd("a\n") + zstd("b\n"))), "a\nb\n");
  EXPECT_EQ(*read_all(folder.write("padded.gz", gzip("a\n") + std::string(600000, '\0'))), "a\n");
  EXPECT_EQ(*read_all(folder.write("f.csv", "")), "");
  EXPECT_EQ(*read_all(folder.write("g.gz", gzip(""))), "");
}

TEST(TextSource, EveryTruncationOfACompressedFileIsAnError) {
  test::TempFolder folder;
  const std::string text = "user,item\n1,2\n3,4\n5,6\n";
  for (const std::string& whole : {gzip(text), zstd(text)}) {
    for (std::size_t size = 4; size < whole.size(); ++size) {
      const auto read = read_all(folder.write("cut", whole.substr(0, size)));
      ASSERT_FALSE(read.has_value()) << size << " of " << whole.size();
      EXPECT_THAT(read.error().message, testing::HasSubstr("cut: the ")) << size;
    }
  }
}

TEST(TextSource, DamageIsAnError) {
  test::TempFolder folder;
  std::string damaged = gzip(long_text());
  damaged[damaged.size() / 2] ^= 0x55;
  damaged[damaged.size() / 2 + 1] ^= 0x55;
  const auto read = read_all(folder.write("damaged.gz", damaged));
  ASSERT_FALSE(read.has_value());
  EXPECT_THAT(read.error().message, testing::HasSubstr("damaged"));
  EXPECT_THAT(read_all(folder.path() / "absent").error().message,
              testing::HasSubstr("absent: cannot open"));
  EXPECT_THAT(read_all(folder.path()).error().message, testing::HasSubstr("not a regular file"));
}

TEST(Encoding, InvalidUtf8IsFoundWhereItStands) {
  EXPECT_EQ(first_invalid_utf8("plain"), std::string_view::npos);
  EXPECT_EQ(first_invalid_utf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            std::string_view::npos);
  EXPECT_EQ(first_invalid_utf8("caf\xe9"), 3u);
  EXPECT_EQ(first_invalid_utf8("\xc0\x80"), 0u);          // overlong
  EXPECT_EQ(first_invalid_utf8("a\xed\xa0\x80"), 1u);     // surrogate
  EXPECT_EQ(first_invalid_utf8("\xf4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(first_invalid_utf8("\xe2\x82"), 0u);          // cut
}

RC_GTEST_PROP(Encoding, Latin1BecomesValidUtf8OfTheSameLength, (const std::string& text)) {
  std::string out;
  append_latin1(text, out);
  RC_ASSERT(first_invalid_utf8(out) == std::string_view::npos);
  const auto high = std::count_if(text.begin(), text.end(),
                                  [](char c) { return static_cast<unsigned char>(c) > 127; });
  RC_ASSERT(out.size() == text.size() + static_cast<std::size_t>(high));
}

using Records = std::vector<std::vector<std::string>>;

Result<Records> records(const Path& file, RecordFormat format = {}) {
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(file, std::move(format)));
  Records all;
  std::vector<std::string_view> fields;
  while (true) {
    MOTIVE_ASSIGN(const bool more, reader.next(fields));
    if (!more) return all;
    all.emplace_back(fields.begin(), fields.end());
  }
}

std::string error_of(const std::string& text, RecordFormat format = {}) {
  test::TempFolder folder;
  const auto read = records(folder.write("x.csv", text), std::move(format));
  return read ? "" : read.error().message;
}

TEST(RecordReader, QuotesMayHoldSeparatorsNewlinesAndQuotes) {
  test::TempFolder folder;
  const auto file = folder.write("a.csv",
                                 "\xef\xbb\xbf"
                                 "a,\"b,c\",\"d\"\"e\"\r\n\"x\ny\",,z\r\n\r\n\"\",it\"s,2\" x");
  const Records expected = {{"a", "b,c", "d\"e"}, {"x\ny", "", "z"}, {"", "it\"s", "2\" x"}};
  EXPECT_EQ(*records(file), expected);
  EXPECT_EQ(records(file, {.quote = '\0'})->size(), 4u);
}

TEST(RecordReader, LinesAreCountedThroughQuotesAndBlankLines) {
  test::TempFolder folder;
  auto reader = *RecordReader::open(folder.write("a.csv", "a\n\n\"b\n\nc\"\nd"), {});
  std::vector<std::string_view> fields;
  std::vector<std::uint64_t> lines;
  while (*reader.next(fields)) lines.push_back(reader.line());
  EXPECT_EQ(lines, (std::vector<std::uint64_t>{1, 3, 6}));
  EXPECT_EQ(reader.blank_lines(), 1u);
}

TEST(RecordReader, SeparatorsOfSeveralCharactersAndLatin1) {
  test::TempFolder folder;
  const Records expected = {{"1", "caf\xc3\xa9", ":"}, {"\xc3\xa4::b", "", "c"}};
  EXPECT_EQ(*records(folder.write("a.dat", "1::caf\xe9:::\n\"\xe4::b\"::::c\n"),
                     {"::", '"', Encoding::kLatin1}),
            expected);
}

TEST(RecordReader, ErrorsSayWhereAndWhatToDo) {
  using testing::HasSubstr;
  EXPECT_THAT(error_of("a,b\nc,\"d\ne"),
              HasSubstr("x.csv:2: a quote opens in this record and never closes"));
  EXPECT_THAT(error_of("a,b\n\"c\"d,e"),
              HasSubstr("x.csv:2: field 1: text stands after a closing quote"));
  EXPECT_THAT(error_of(std::string("a,b\nc\0,d\n", 9)),
              HasSubstr("x.csv:2: a NUL byte at character 2"));
  EXPECT_THAT(error_of("a\nb\xe9\n"),
              HasSubstr("x.csv:2: byte 0xe9 at position 2 is not valid UTF-8; if the file is "
                        "latin-1, say `encoding: latin-1`"));
  EXPECT_THAT(error_of("\"b\xe9\"\n"), HasSubstr("x.csv:1: byte 0xe9"));
  EXPECT_THAT(error_of("\xff\xfe"
                       "a"),
              HasSubstr("iconv -f UTF-16"));
}

TEST(RecordReader, ALineLongerThan100MbIsAnError) {
  EXPECT_THAT(error_of("a\n" + std::string(110 << 20, 'x') + "\n"),
              testing::HasSubstr("x.csv:2: the line"));
}

std::string quoted(const std::string& field) {
  std::string out = "\"";
  for (const char c : field) {
    if (c == '"') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

RC_GTEST_PROP(RecordReader, WhatWasQuotedComesBack, ()) {
  const auto field =
      rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', ';', ' '));
  const auto table = *rc::gen::nonEmpty(rc::gen::container<Records>(
      rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(field))));
  std::string text;
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text.push_back(',');
      text += quoted(row[i]);
    }
    text += "\n";
  }
  test::TempFolder folder;
  const auto read = records(folder.write("a.csv", text));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == table);
}

RC_GTEST_PROP(RecordReader, AnyBytesAreReadOrRefused, ()) {
  const auto byte =
      rc::gen::element('a', ',', '"', '\n', '\r', '\0', '\xe9', '\xc3', '\xa9', ':', ' ');
  const auto text = *rc::gen::container<std::string>(byte);
  test::TempFolder folder;
  const Path file = folder.write("a.csv", text);
  for (const std::string separator : {",", "::"}) {
    for (const char quote : {'"', '\0'}) {
      for (const Encoding encoding : {Encoding::kUtf8, Encoding::kLatin1}) {
        const auto read = records(file, {separator, quote, encoding});
        if (!read) RC_ASSERT(read.error().message.find("a.csv:") != std::string::npos);
        if (!read) continue;
        for (const auto& record : *read) {
          for (const auto& field : record)
            RC_ASSERT(first_invalid_utf8(field) == std::string_view::npos);
        }
      }
    }
  }
}

TEST(RecordReader, RecordsAcrossBufferEdgesAreWhole) {
  std::string text;
  Records expected;
  for (int i = 0; i < 150000; ++i) {
    const std::string value =
        std::string(static_cast<std::size_t>(i % 13), 'v') + (i % 5 == 0 ? ",\n\"" : "");
    expected.push_back({std::to_string(i), value});
    text += fmt::format("{},{}\r\n", i, i % 5 == 0 ? quoted(value) : value);
  }
  test::TempFolder folder;
  EXPECT_EQ(*records(folder.write("a.csv", text)), expected);
}

}  // namespace
}  // namespace motive
