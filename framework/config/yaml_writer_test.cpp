// JSON to YAML and back.

#include "framework/config/yaml_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "framework/config/node.h"

namespace motive::config {
namespace {

/// The tree as YAML's core schema reads it: quoted text is text, the rest what it looks like.
OrderedJson json_of(const Node& node) {
  if (node.is_null()) return nullptr;
  if (node.is_scalar()) {
    if (node.quoted) return node.scalar;
    const auto json = OrderedJson::parse(node.scalar, nullptr, false);
    return json.is_discarded() ? OrderedJson(node.scalar) : json;
  }
  OrderedJson json = node.is_map() ? OrderedJson::object() : OrderedJson::array();
  for (const Node& item : node.items) json.push_back(json_of(item));
  for (const auto& [key, value] : node.members) json[key] = json_of(value);
  return json;
}

std::string arbitrary_text() {
  // Much of what may go wrong, little of what may not.
  static const std::vector<std::string> kPieces = {"a",
                                                   "B",
                                                   "7",
                                                   " ",
                                                   "  ",
                                                   "-",
                                                   ":",
                                                   "#",
                                                   ",",
                                                   "[",
                                                   "}",
                                                   "'",
                                                   "\"",
                                                   "\\",
                                                   "\n",
                                                   "\t",
                                                   "\r",
                                                   "é",
                                                   "字",
                                                   "\x01",
                                                   "\x7f",
                                                   "\xC2\x85",
                                                   "\xE2\x80\xA8",
                                                   "\xEF\xBB\xBF",
                                                   "😀",
                                                   "true",
                                                   "null",
                                                   "~",
                                                   "no",
                                                   "<<",
                                                   "&",
                                                   "*",
                                                   "!",
                                                   "|",
                                                   ">",
                                                   "%",
                                                   "@",
                                                   "`",
                                                   "?",
                                                   "...",
                                                   "---",
                                                   "0x1F",
                                                   "1e5",
                                                   ".5",
                                                   "=",
                                                   "+"};
  std::string text;
  for (const std::size_t piece : *rc::gen::container<std::vector<std::size_t>>(
           rc::gen::inRange<std::size_t>(0, kPieces.size()))) {
    text += kPieces[piece];
  }
  return text;
}

OrderedJson arbitrary_json(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::arbitrary<double>();
    case 4:
      return *rc::gen::arbitrary<std::uint64_t>();
    case 5:
      return arbitrary_text();
    case 6: {
      OrderedJson list = OrderedJson::array();
      for (int i = *rc::gen::inRange(0, 5); i > 0; --i) list.push_back(arbitrary_json(depth - 1));
      return list;
    }
    default: {
      OrderedJson map = OrderedJson::object();
      for (int i = *rc::gen::inRange(0, 5); i > 0; --i)
        map[arbitrary_text()] = arbitrary_json(depth - 1);
      return map;
    }
  }
}

TEST(YamlWriter, ReadsBackToTheSame) {
  const bool held = rc::check("to_yaml, parse_yaml", [] {
    const OrderedJson json = arbitrary_json(4);
    const std::string text = to_yaml(json);
    Errors errors;
    const Node node = parse_yaml(text, "y", errors);
    if (!errors.empty()) RC_FAIL(errors.error().message + "\n" + text);
    // An integer stays one, text stays text.
    RC_ASSERT(json_of(node).dump() == json.dump());
  });
  EXPECT_TRUE(held);
}

TEST(YamlWriter, IsForPeople) {
  const OrderedJson json = OrderedJson::parse(R"({
    "experiment": "ml-100k", "dataset": {"path": "data/x y.csv", "separator": ";", "empty": {}, "none": null},
    "models": ["popularity", {"bpr": {"dim": 64, "lr": 0.05, "label": "7"}}],
    "topk": [5, 10], "nested": [[1, 2], [{"a": "yes"}]], "list": []})");
  EXPECT_EQ(to_yaml(json),
            "experiment: ml-100k\n"
            "dataset:\n"
            "  path: data/x y.csv\n"
            "  separator: \";\"\n"
            "  empty: {}\n"
            "  none: null\n"
            "models:\n"
            "  - popularity\n"
            "  - bpr:\n"
            "      dim: 64\n"
            "      lr: 0.05\n"
            "      label: \"7\"\n"
            "topk: [5, 10]\n"
            "nested:\n"
            "  - [1, 2]\n"
            "  - - a: \"yes\"\n"
            "list: []\n");
}

TEST(YamlWriter, NumbersReadBackExactly) {
  EXPECT_EQ(number_text(1), "1.0");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1e22), "1.0e+22");
  EXPECT_EQ(number_text(5e-324), "5.0e-324");
  EXPECT_EQ(number_text(-0.0), "-0.0");
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_TRUE(rc::check("number_text", [](double value) {
    const double again = std::strtod(number_text(value).c_str(), nullptr);
    RC_ASSERT(again == value && std::signbit(again) == std::signbit(value));
  }));
}

TEST(YamlWriter, QuotesWhatLooksLikeSomethingElse) {
  for (const char* text :
       {"",     "~",  "null", "True", "NO",   "on",  "1",          "-1",    "010", "1_000",
        "0x1F", ".5", "+1",   "1e5",  ".inf", "nan", "2014-01-01", "12:30", "-",   "..."}) {
    EXPECT_EQ(to_yaml(text)[0], '"') << text;
  }
  for (const char* text : {"a", "bpr", "ml-100k", "x y", "hr@10", "data/x.csv", "e5", "infinite"}) {
    EXPECT_EQ(to_yaml(text), std::string(text) + "\n");
  }
}

TEST(YamlWriter, WrongBytesAreReplaced) { EXPECT_EQ(to_yaml("a\xff"), "\"a\\ufffd\"\n"); }

}  // namespace
}  // namespace motive::config
