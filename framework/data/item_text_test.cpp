#include "framework/data/item_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/data/encoding.h"

namespace motive {
namespace {

std::string plain(std::string_view text) {
  std::string buffer;
  return std::string(clean_text(text, false, buffer));
}
std::string html(std::string_view text) {
  std::string buffer;
  return std::string(clean_text(text, true, buffer));
}

TEST(ItemText, CharacterReferences) {
  EXPECT_EQ(plain("Salt &amp; pepper &#39;n&#x27; &quot;more&quot;"), "Salt & pepper 'n' \"more\"");
  EXPECT_EQ(plain("caf&eacute; &trade; &#128512; &Alpha;&alpha;"),
            "caf\xc3\xa9 \xe2\x84\xa2 \xf0\x9f\x98\x80 \xce\x91\xce\xb1");
  EXPECT_EQ(plain("&#146;90s &#150; today"),
            "\xe2\x80\x99"
            "90s \xe2\x80\x93 today");  // Windows-1252
  EXPECT_EQ(plain("AT&T; &nosuch; &#xd800; &#0; & &;"), "AT&T; &nosuch; &#xd800; &#0; & &;");
  EXPECT_EQ(plain("&amp;lt;"), "&lt;");  // once
  EXPECT_EQ(plain("a&nbsp;b"), "a b");
  EXPECT_EQ(html_entity("zwnj"), 0x200cu);
  EXPECT_EQ(html_entity("AElig"), 0xc6u);
  EXPECT_EQ(html_entity("thetasym"), 0x3d1u);
}

TEST(ItemText, WhiteSpaceAndControlCharacters) {
  EXPECT_EQ(plain("  a \t\r\n b\x01\x7f c  "), "a b c");
  EXPECT_EQ(plain("a\xc2\xa0\xe2\x80\x83\xe3\x80\x80"
                  "b\xe2\x80\xa8"),
            "a b");
  EXPECT_EQ(plain("a\xe2\x80\x8b"
                  "b\xc2\xad"
                  "c\xef\xbb\xbf"),
            "abc");
  EXPECT_EQ(plain(" \n "), "");
  EXPECT_EQ(plain("plain text"), "plain text");
}

TEST(ItemText, Nfc) {
  EXPECT_EQ(plain("Cafe\xcc\x81"), "Caf\xc3\xa9");
  EXPECT_EQ(plain("\xe2\x84\xab"), "\xc3\x85");  // angstrom sign
}

TEST(ItemText, TagsOfHtmlGoOthersStay) {
  EXPECT_EQ(html("<p>One.</p><p>Two <b>bold</b>.</p>"), "One. Two bold.");
  EXPECT_EQ(html("a<br/>b<BR>c<br />d"), "a b c d");
  EXPECT_EQ(html("<span class=\"x\">in</span>side <a href='y'>here</a>"), "inside here");
  EXPECT_EQ(html("x<script>var a = '<b>';</script>y<style>p{}</style>z"), "x y z");
  EXPECT_EQ(html("x<script>no end"), "x no end");
  EXPECT_EQ(html("a<!-- note <b> -->b"), "a b");
  EXPECT_EQ(html("&lt;p&gt;hidden&lt;/p&gt;"), "hidden");
  EXPECT_EQ(html("I <3 this; 1 < 2 > 0; a<b; <unknown>x</unknown>"),
            "I <3 this; 1 < 2 > 0; a<b; <unknown>x</unknown>");
  EXPECT_EQ(html("<p"), "<p");
  EXPECT_EQ(plain("<p>kept</p>"), "<p>kept</p>");
}

TEST(ItemText, AHundredThousandOpenTagsTakeNoTime) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += i % 2 ? "<script " : "<b <script>&#";
  EXPECT_FALSE(html(text).empty());
}

/// What is clean stays, and is clean: valid UTF-8, single blanks, no control characters.
RC_GTEST_PROP(ItemText, CleanTextStays, (const std::string& bytes)) {
  std::string text;
  append_latin1(bytes, text);
  std::erase_if(text, [](char c) { return c == '&' || c == '<'; });
  const std::string once = plain(text);
  RC_ASSERT(plain(once) == once);
  RC_ASSERT(html(once) == once);
  RC_ASSERT(first_invalid_utf8(once) == std::string_view::npos);
  RC_ASSERT(once.find("  ") == std::string::npos);
  RC_ASSERT(std::none_of(once.begin(), once.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

RC_GTEST_PROP(ItemText, AnyTextBecomesUtf8, (const std::string& bytes, bool tags)) {
  std::string text, buffer;
  append_latin1(bytes, text);
  RC_ASSERT(first_invalid_utf8(clean_text(text, tags, buffer)) == std::string_view::npos);
}

}  // namespace
}  // namespace motive
