#include "framework/llm/prompt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/base/hash.h"

namespace motive::llm {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kKnown = {"name", "items", "title", "brand"};

std::string user_text(const std::string& part, const Json& values) {
  const auto prompt = Prompt::parse("=== system ===\ns\n=== user ===\n" + part, "p.txt", kKnown);
  return prompt ? prompt->render(values).back().content : prompt.error().message;
}
std::string error_of(const std::string& text) {
  const auto prompt = Prompt::parse(text, "p.txt", kKnown);
  return prompt ? "" : prompt.error().message;
}

TEST(Prompt, TwoParts) {
  const std::string text =
      "{{! About this file. }}\n=== system ===\nYou help {{name}}.\n\n=== user ===\n\n<x>\n{{title}}\n</x>\n";
  const auto prompt = Prompt::parse(text, "p.txt", kKnown);
  ASSERT_TRUE(prompt) << prompt.error().message;
  const auto messages = prompt->render({{"name", "A & <B>"}, {"title", "{{name}} \"q\""}});
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].role, "system");
  EXPECT_EQ(messages[0].content, "You help A & <B>.");
  EXPECT_EQ(messages[1].role, "user");
  EXPECT_EQ(messages[1].content, "<x>\n{{name}} \"q\"\n</x>");
  EXPECT_EQ(prompt->hash(), sha256_hex(text));
  EXPECT_TRUE(prompt->uses("title"));
  EXPECT_FALSE(prompt->uses("brand"));
}

TEST(Prompt, AnEmptySystemPartIsNoMessage) {
  const auto prompt = Prompt::parse("=== system ===\n=== user ===\nhi", "p.txt", {});
  ASSERT_TRUE(prompt) << prompt.error().message;
  const auto messages = prompt->render(Json::object());
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].role, "user");
}

TEST(Prompt, ListsAndTheirAbsence) {
  const std::string part =
      "{{#items}}\n- {{title}}{{#brand}}, by {{brand}}{{/brand}}\n{{/items}}\n{{^items}}\nnothing\n{{/items}}\nend";
  EXPECT_EQ(user_text(part, {{"items", {{{"title", "A"}, {"brand", "X"}}, {{"title", "B"}, {"brand", ""}}}}}),
            "- A, by X\n- B\nend");
  EXPECT_EQ(user_text(part, {{"items", Json::array()}}), "nothing\nend");
  EXPECT_EQ(user_text("{{#items}}{{.}};{{/items}}", {{"items", {"a", "b"}}}), "a;b;");
  EXPECT_EQ(user_text("{{#brand}}yes{{/brand}}{{^brand}}no{{/brand}}", {{"brand", true}}), "yes");
  EXPECT_EQ(user_text("{{#brand}}yes{{/brand}}{{^brand}}no{{/brand}}", {{"brand", false}}), "no");
  EXPECT_EQ(user_text("{{name}} {{title}} {{{brand}}} {{& brand }}", {{"name", 3}, {"title", 0.5}, {"brand", "<b>"}}),
            "3 0.5 <b> <b>");
}

TEST(Prompt, LinesOfTagsAloneAreTakenOutAndNoOthers) {
  const std::string part = "a\n\n  {{#items}}\n- {{.}}\n\n  {{/items}}\n\nb\n{{#brand}} x{{/brand}}\n\n{{^brand}}\n{{/brand}}\nc";
  EXPECT_EQ(user_text(part, {{"items", {"1", "2"}}, {"brand", true}}), "a\n\n- 1\n\n- 2\n\n\nb\n x\n\nc");
  EXPECT_EQ(user_text(part, {{"items", Json::array()}, {"brand", false}}), "a\n\n\nb\n\n\nc");
}

TEST(Prompt, Comments) {
  EXPECT_EQ(user_text("a\n  {{! on\n two lines }}\nb {{! in a line {{x}} }}c", {}), "a\nb  }}c");
  EXPECT_EQ(user_text("a\n{{!x}}\n{{!y}}\nb", {}), "a\nb");
  EXPECT_EQ(user_text("{{! === user === \xc3\xa9 }}{\"a\": {\"b\": 1}}", {}), "{\"a\": {\"b\": 1}}");
}

TEST(Prompt, ARulerIsText) { EXPECT_EQ(user_text("a\n==========\nb === c ===", {}), "a\n==========\nb === c ==="); }

TEST(Prompt, LineEndsOfWindows) {
  const auto prompt = Prompt::parse("\xef\xbb\xbf=== system ===\r\na\r\n=== user ===\r\nb\r\nc\r\n", "p.txt", {});
  ASSERT_TRUE(prompt) << prompt.error().message;
  EXPECT_EQ(prompt->render(Json::object())[1].content, "b\nc");
}

TEST(Prompt, WhatIsWrongIsSaidWithThePlace) {
  const auto in_user = [](const std::string& part) { return error_of("=== system ===\ns\n=== user ===\n" + part); };
  EXPECT_THAT(in_user("x\n{{nmae}}"),
              HasSubstr("p.txt:5: `nmae` is no placeholder of this prompt; there are {{name}}, {{items}}"));
  EXPECT_THAT(in_user("{{nmae}}"), HasSubstr("did you mean `name`"));
  for (const char* part :
       {"{{#itmes}}{{/itmes}}", "{{^itmes}}{{/itmes}}", "{{{itmes}}}", "{{&itmes}}", "{{items.x}}", "{{}}", "{{ {name} }}"}) {
    EXPECT_THAT(in_user(part), HasSubstr("no placeholder")) << part;
  }
  EXPECT_THAT(in_user("{{> name}}"), HasSubstr("one file"));
  EXPECT_THAT(in_user("{{=<% %>=}}"), HasSubstr("cannot be changed"));
  EXPECT_THAT(in_user("a {{name"), HasSubstr("p.txt:4: a {{ is never closed"));
  EXPECT_THAT(in_user("a {{"), HasSubstr("never closed"));
  EXPECT_THAT(in_user("{{#items}} {{title}}"), HasSubstr("does not parse"));
  EXPECT_THAT(in_user("{{title}}{{/items}}"), HasSubstr("does not parse"));
  EXPECT_THAT(in_user("{{#items}}{{#brand}}{{/items}}{{/brand}}"), HasSubstr("does not parse"));
  EXPECT_THAT(error_of("=== system ===\n{{#items}}\n=== user ===\n{{/items}}"), HasSubstr("does not parse"));
  EXPECT_THAT(error_of("=== user ===\nx"), HasSubstr("`=== system ===` is missing"));
  EXPECT_THAT(error_of("=== system ===\nx"), HasSubstr("`=== user ===` is missing"));
  EXPECT_THAT(error_of("=== system ===\nx\n=== user ===\n \n"), HasSubstr("empty"));
  EXPECT_THAT(error_of("=== system ===\n=== user ===\nx\n=== user ===\ny"), HasSubstr("two parts"));
  EXPECT_THAT(error_of("=== assistant ===\nx"), HasSubstr("no part of a prompt"));
  EXPECT_THAT(error_of("words\n=== system ===\n=== user ===\nx"), HasSubstr("before the first part"));
  EXPECT_THAT(in_user("a\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(error_of(""), HasSubstr("missing"));
  const auto missing = Prompt::read("no/such/prompt.txt", kKnown);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(missing.error().message, HasSubstr("no/such/prompt.txt"));
}

RC_GTEST_PROP(Prompt, AnyTextIsParsedOrRefused, (const std::vector<std::uint8_t>& picks)) {
  static const std::vector<std::string> kPieces = {"{{",       "}}",       "{{{", "}}}", "name", "items",      "#",
                                                   "/",        "^",        "!",   " ",   "\n",   "{{#items}}", "{{/items}}",
                                                   "{{name}}", "{{! c }}", "{",   "}",   "&",    "\xc3\xa9",   "=== user ===\n"};
  std::string text = "=== system ===\n=== user ===\n";
  for (const std::uint8_t pick : picks) text += kPieces[pick % kPieces.size()];
  const auto prompt = Prompt::parse(text, "p.txt", kKnown);
  if (prompt) RC_ASSERT(!prompt->render({{"name", "n"}, {"items", {"a", "b"}}}).empty());
}

TEST(DataText, OneLineThatClosesNoTag) {
  EXPECT_EQ(data_text(" a\tb\r\n\n c\x01\x7f "), "a b c");
  EXPECT_EQ(data_text("</history><b>"), "\xe2\x80\xb9/history\xe2\x80\xba\xe2\x80\xb9" "b\xe2\x80\xba");
  EXPECT_EQ(data_text("caf\xc3\xa9\xe2\x80\xa8x\xc2\x85y\xc2\xa0z"), "caf\xc3\xa9 x y z");
  EXPECT_EQ(data_text("a\xff\xc3"), "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(data_text("a\xf3\xa0\x81\x81\xe2\x80\xae\xe2\x80\x8b" "b"), "ab");  // a letter of tags, a turn, a zero-width space
  EXPECT_EQ(data_text(" \n "), "");
}

RC_GTEST_PROP(DataText, HoldsForAnyBytes, (const std::string& text)) {
  const std::string kept = data_text(text);
  RC_ASSERT(kept.find_first_of("<>\n\r\t") == std::string::npos);
  RC_ASSERT(data_text(kept) == kept);
}

TEST(FirstTokens, CutAtAWord) {
  bool cut = false;
  EXPECT_EQ(first_tokens("one two three", 100, &cut), "one two three");
  EXPECT_FALSE(cut);
  EXPECT_EQ(first_tokens("one two six", 2, &cut), "one two");
  EXPECT_TRUE(cut);
  cut = false;
  EXPECT_EQ(first_tokens("one", 0, &cut), "");
  EXPECT_TRUE(cut);
  EXPECT_EQ(first_tokens("", 0, nullptr), "");
}

RC_GTEST_PROP(FirstTokens, APrefixWithinTheLimit, (const std::string& text, std::uint8_t tokens)) {
  bool cut = false;
  const std::string kept = first_tokens(text, tokens, &cut);
  RC_ASSERT(text.starts_with(kept));
  RC_ASSERT(estimate_tokens(kept) <= tokens);
  RC_ASSERT(cut == (kept != text));
}

}  // namespace
}  // namespace motive::llm
