// YAML into a tree: places, what is refused, hostile input.

#include "framework/config/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace motive::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// The errors of a text, "" where there are none.
std::string errors_of(const std::string& text) {
  Errors errors;
  parse_yaml(text, "f", errors);
  return errors.empty() ? "" : errors.error().message;
}

Node good(const std::string& text) {
  Errors errors;
  Node node = parse_yaml(text, "f", errors);
  EXPECT_TRUE(errors.empty()) << errors.error().message;
  return node;
}

std::string repeat(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Yaml, RemembersPlaces) {
  const Node node = good("a: 1\nb:\n  c: [x, 'y']\n");
  EXPECT_EQ(node.mark.text(), "f:1:1");
  EXPECT_EQ(node.find("a")->mark.text(), "f:1:4");
  EXPECT_EQ(node.key_mark("b").text(), "f:2:1");
  const Node& list = *node.find("b")->find("c");
  EXPECT_EQ(list.mark.text(), "f:3:6");
  EXPECT_EQ(list.items.at(1).mark.text(), "f:3:10");
  EXPECT_FALSE(list.items.at(0).quoted);
  EXPECT_TRUE(list.items.at(1).quoted);
}

TEST(Yaml, CountsColumnsInCharacters) {
  const Node node = good("\xEF\xBB\xBFé: ö\r\nü: [ä, ö, x]\n");
  EXPECT_EQ(node.find("é")->mark.text(), "f:1:4");
  EXPECT_EQ(node.find("ü")->items.at(2).mark.text(), "f:2:11");
}

TEST(Yaml, AbsentValueStandsAtItsKey) {
  const Node node = good("a:\nb: ~\n");
  EXPECT_TRUE(node.find("a")->is_null());
  EXPECT_EQ(node.find("a")->mark.text(), "f:1:1");
  EXPECT_EQ(node.find("b")->mark.text(), "f:2:4");
}

TEST(Yaml, KeepsScalarsAsText) {
  const Node node = good("a: 010\nb: no\nc: |\n  x\n  y\nd: |+\n  z\n\n");
  EXPECT_EQ(node.find("a")->scalar, "010");
  EXPECT_EQ(node.find("b")->scalar, "no");
  EXPECT_EQ(node.find("c")->scalar, "x\ny\n");
  EXPECT_EQ(node.find("d")->scalar, "z\n\n");
  EXPECT_EQ(good("a: |\n  x").find("a")->scalar, "x\n");
  EXPECT_EQ(good("---\na: 1\n...\n").find("a")->scalar, "1");
}

TEST(Yaml, SaysWhereSyntaxIsWrong) {
  EXPECT_THAT(errors_of("a:\n\tb: 1\n"), StartsWith("f:2:3: a `:` where none can stand"));
  EXPECT_THAT(errors_of("a: b: c\n"), StartsWith("f:1:5: a `:` where none can stand"));
  EXPECT_THAT(errors_of("a: [1, 2\nb: 3\n"), StartsWith("f:2:2: expected `,` or `]`"));
  EXPECT_THAT(errors_of("a: {b: 1\n"), StartsWith("f:2:1: expected `,` or `}`"));
  EXPECT_THAT(errors_of("a: @x\n"), StartsWith("f:1:4: a value cannot begin with this character"));
  EXPECT_THAT(errors_of("a: - b\n"), StartsWith("f:1:4: a list entry"));
  EXPECT_THAT(errors_of("a: 1\n]\n"), StartsWith("f:2:1: not valid YAML"));
  EXPECT_THAT(errors_of("a: \"\\q\"\n"), StartsWith("f:1:7: not valid YAML: unknown escape"));
  EXPECT_THAT(errors_of("a: *x\n"), StartsWith("f:1:4: not valid YAML: the referenced anchor"));
  EXPECT_THAT(errors_of("a: , b\n"), StartsWith("f:1:4: expected the next key"));
}

TEST(Yaml, QuotesMustEnd) {
  for (const std::string text :
       {"a: 'x", "a: 'x\n", "a: 'x\nb: 1\n", "a: \"x\n", "a: \"x\nb: 1\n\n"}) {
    EXPECT_THAT(errors_of(text), HasSubstr("text in quotes does not end")) << text;
  }
}

TEST(Yaml, AllowsOneDocument) {
  EXPECT_EQ(errors_of(""), "f:1:1: empty: nothing but blanks and comments");
  EXPECT_EQ(errors_of("# 'only\n\n"), "f:1:1: empty: nothing but blanks and comments");
  const std::string two = "the document ended before this; only one document a file is allowed";
  EXPECT_EQ(errors_of("a: 1\n---\nb: 2\n"), "f:2:1: " + two);
  EXPECT_EQ(errors_of("a: 1\n...\nb: 2\n"), "f:3:1: " + two);
  EXPECT_EQ(errors_of("- a\nb: 1\n"), "f:2:1: " + two);
  EXPECT_EQ(errors_of("[1,2] 3"), "f:1:7: " + two);
}

TEST(Yaml, RefusesDuplicatesTagsAndMergeKeys) {
  EXPECT_EQ(errors_of("a: 1\nb: 2\na: 3\n"),
            "f:3:1: key `a` stands here a second time; the first is at f:1:1");
  EXPECT_EQ(
      errors_of("a: !!str 1\nb: !foo {}\n"),
      "f:1:4: tags are not supported, found `tag:yaml.org,2002:str`; write the value without it\n"
      "f:2:4: tags are not supported, found `!foo`; write the value without it");
  EXPECT_EQ(errors_of("b: &b {x: 1}\na:\n  <<: *b\n  y: 2\n"),
            "f:3:3: unknown key `<<`: merge keys are not supported; write the members out");
  EXPECT_EQ(errors_of("? [a]\n: 1\n"), "f:1:3: a key must be a name, found a list");
  EXPECT_EQ(errors_of("~: 1\n"), "f:1:1: a key must be a name, found nothing");
}

TEST(Yaml, RefusesBytesThatAreNoText) {
  EXPECT_EQ(errors_of(std::string("a: 1\0b", 6)), "f:1:5: control character U+0000");
  EXPECT_EQ(errors_of("a: 1\n\x04"
                      "b: 2\n"),
            "f:2:1: control character U+0004");
  EXPECT_EQ(errors_of("a: \"\\0\"\n"), "f:1:4: text must not hold a NUL character");
  for (const std::string bytes : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_EQ(errors_of("ä: " + bytes + "\n"), "f:1:4: not UTF-8; save the file as UTF-8");
  }
}

TEST(Yaml, ExpandsAliases) {
  const Node node = good("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n");
  EXPECT_EQ(node.find("c")->find("b")->scalar, "1");
  EXPECT_EQ(node.find("d")->items.at(1).find("b")->scalar, "1");
  EXPECT_EQ(errors_of("a: &x [*x]\n"), "f:1:8: an alias inside what it stands for");
}

TEST(Hostile, BombsOfAliases) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb +=
        fmt::format("a{0}: &a{0} [{1}*a{2}]\n", i, repeat(fmt::format("*a{},", i - 1), 9), i - 1);
  }
  EXPECT_THAT(errors_of(bomb), HasSubstr("more than 200000 values"));
  const std::string long_text = "a: &a " + std::string(1'000'000, 'x') + "\nb: [";
  EXPECT_THAT(errors_of(long_text + repeat("*a,", 1000) + "]\n"),
              HasSubstr("bytes of text with aliases"));
}

TEST(Hostile, Depth) {
  EXPECT_EQ(errors_of(repeat("[", 64) + repeat("]", 64)), "");
  EXPECT_THAT(errors_of(repeat("[", 65) + repeat("]", 65)), HasSubstr("nested deeper than 64"));
  for (const std::string open : {"[", "- ", "? ", "{a: ", "a: [", "[{"}) {
    EXPECT_THAT(errors_of(repeat(open, 100'000)), HasSubstr("f:1:")) << open;
  }
  // An alias lies as deep as what it stands for.
  const std::string deep = "a: &a " + repeat("[", 60) + repeat("]", 60) + "\n";
  EXPECT_THAT(errors_of(deep + "b: [[[[[*a]]]]]\n"), HasSubstr("nested deeper than 64"));
}

TEST(Hostile, Size) {
  EXPECT_EQ(good("a: " + std::string(10'000'000, 'x') + "\n").find("a")->scalar.size(), 10'000'000);
  EXPECT_EQ(errors_of(repeat("- 1\n", 190'000)), "");
  EXPECT_THAT(errors_of(repeat("- 1\n", 210'000)),
              StartsWith("f:200000:3: more than 200000 values"));
  EXPECT_THAT(errors_of(repeat("k: 1\n", 500)), HasSubstr("... and 399 more errors"));
}

TEST(LoadYaml, FilesThatCannotBeRead) {
  Errors errors;
  load_yaml("/nowhere/x.yaml", errors);
  EXPECT_EQ(errors.error().message, "/nowhere/x.yaml: cannot read: No such file or directory");
  EXPECT_EQ(errors.error().kind, ErrorKind::kInvalid);
  Errors device;
  load_yaml("/dev/zero", device);
  EXPECT_FALSE(device.empty());
  const std::string file = testing::TempDir() + "node_test.yaml";
  std::ofstream(file) << "a: 1\nb: [\n";
  Errors syntax;
  load_yaml(file, syntax);
  EXPECT_THAT(syntax.error().message, StartsWith(file + ":3:1: expected"));
}

TEST(Errors, AreSortedAndWithoutRepeats) {
  Errors errors;
  EXPECT_TRUE(errors.status().has_value());
  errors.add({"a", 3, 1}, "late");
  errors.add({"a", 1, 9}, "early");
  errors.add({"--set x", 0, 0}, "no place");
  errors.add({"a", 3, 1}, "late");
  EXPECT_EQ(errors.error().message, "a:1:9: early\na:3:1: late\n--set x: no place");
}

TEST(NearestName, FindsSlips) {
  const std::vector<std::string> names = {"epochs", "dim", "early_stopping", "lr"};
  EXPECT_EQ(nearest_name("epocs", names), "epochs");
  EXPECT_EQ(nearest_name("ephocs", names), "epochs");
  EXPECT_EQ(nearest_name("Epochs", names), "epochs");
  EXPECT_EQ(nearest_name("early-stoping", names), "early_stopping");
  EXPECT_EQ(nearest_name("dims", names), "dim");
  EXPECT_EQ(nearest_name("rate", names), "");
  EXPECT_EQ(nearest_name("zz", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(1'000'000, 'e'), names), "");
}

TEST(Excerpt, IsShortAndPrintable) {
  EXPECT_EQ(excerpt("a\nb\x1b[31m"), "`a\\nb\\x1b[31m`");
  EXPECT_EQ(excerpt(std::string(1000, 'x')), "`" + std::string(60, 'x') + "...` (1000 bytes)");
}

TEST(FromJson, MakesTheSameTree) {
  const Node node = from_json(Json{{"a", 1}, {"b", {1.5, "x", nullptr, true}}}, "here");
  EXPECT_EQ(node.find("a")->scalar, "1");
  const Node& list = *node.find("b");
  EXPECT_EQ(list.items.at(0).scalar, "1.5");
  EXPECT_TRUE(list.items.at(1).quoted);
  EXPECT_TRUE(list.items.at(2).is_null());
  EXPECT_EQ(list.items.at(3).scalar, "true");
  EXPECT_EQ(list.mark.text(), "here");
}

}  // namespace
}  // namespace motive::config
