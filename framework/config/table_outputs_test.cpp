// What a table gives beside the parser: help, schema, the erased table; custom types; mistakes.

#include <gtest/gtest.h>

#include <cstdio>

#include "framework/config/test_tables.h"

namespace motive::config {
namespace {

struct Pair {
  int first = 0, second = 0;
};

struct Holder {
  std::vector<Pair> pairs = {{1, 2}};
  static const Table<Holder>& table();
};

}  // namespace

template <>
struct Custom<Pair> {  // written as "1-2"
  static void parse(const Node& node, Pair& value, const Scope& scope) {
    if (std::sscanf(node.scalar.c_str(), "%d-%d", &value.first, &value.second) != 2) {
      scope.expected(node, "a pair such as 1-2");
    }
  }
  static OrderedJson echo(const Pair& value) {
    return fmt::format("{}-{}", value.first, value.second);
  }
  static OrderedJson schema() { return {{"type", "string"}, {"pattern", "^[0-9]+-[0-9]+$"}}; }
  static std::string name() { return "pair"; }
};

namespace {

const Table<Holder>& Holder::table() {
  static const auto kTable = Table<Holder>("holder").field("pairs", &Holder::pairs, "of numbers");
  return kTable;
}

TEST(Custom, HasItsOwnForm) {
  Errors errors;
  const auto held = parse<Holder>(parse_yaml("pairs: [3-4, 5-6]", "f", errors), errors);
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(echo(held).dump(), R"({"pairs":["3-4","5-6"]})");
  parse<Holder>(parse_yaml("pairs: [x]", "f", errors), errors);
  EXPECT_EQ(errors.error().message,
            "f:1:9: `pairs[0]` in holder: expected a pair such as 1-2, found `x`");
  EXPECT_EQ(help<Holder>(),
            "name   type           default  bounds  help\n"
            "pairs  list of pairs  [\"1-2\"]          of numbers\n");
}

TEST(AnyTable, DoesAsTheTableDoes) {
  const auto any = any_table<Params>();
  EXPECT_EQ(any->name(), "bpr");
  Errors errors;
  const std::any value = any->parse(parse_yaml("dim: 7", "f", errors), errors);
  ASSERT_TRUE(errors.empty());
  EXPECT_EQ(std::any_cast<const Params&>(value).dim, 7);
  EXPECT_EQ(any->echo(value)["dim"], 7);
  any->parse(parse_yaml("dmi: 7", "f", errors), errors);
  EXPECT_EQ(errors.size(), 1u);
  EXPECT_DEATH(any->echo(std::any(3)), "bpr: echo of a value of another type");
}

TEST(TableMistakes, EndTheProgram) {
  const auto twice = [] {
    Table<Stopping>("s").field("a", &Stopping::patience, "").field("a", &Stopping::margin, "");
  };
  EXPECT_DEATH(twice(), "s: two fields `a`");
  EXPECT_DEATH(Table<Stopping>("s").shorthand("x"), "s: no field `x` for the shorthand");
  EXPECT_DEATH(Table<Stopping>("s").later_choice("x", "y", "z"), "s: no choice `x`");
}

TEST(Help, IsAlignedAndWrapped) {
  EXPECT_EQ(help<Params>(),
            R"(name                 type              default  bounds                 help
dim                  integer           64       from 1 to 4096         length of the vectors
lr                   number            0.05     above 0, up to 10      step size
bias                 boolean           true                            a bias an item
seed                 integer           none     at least 0             own seed
topk                 list of integers  [5, 10]  at least 1; not empty  cutoffs
label                text              ""                              in tables
negatives            choice            uniform  uniform | popularity   how negatives are drawn
                                                                       uniform: each item alike
                                                                       popularity: by the number of
                                                                       events
stopping             map                                               early stopping
stopping.patience    integer           5        from 1 to 99           validations
stopping.margin      number            0.001    at least 0             least gain
rounds               list of maps      []                              one after another
rounds[].patience    integer           5        from 1 to 99           validations
rounds[].margin      number            0.001    at least 0             least gain
named                map of maps       {}                              by name
named.NAME.patience  integer           5        from 1 to 99           validations
named.NAME.margin    number            0.001    at least 0             least gain
text                                                                   not available yet: item text
)");
}

TEST(Schema, SaysWhatTheParserSays) {
  EXPECT_EQ(schema<Stopping>(), OrderedJson::parse(R"({
    "type": ["object", "null"],
    "properties": {
      "patience": {"type": "integer", "minimum": 1, "maximum": 99, "description": "validations", "default": 5},
      "margin": {"type": "number", "minimum": 0.0, "description": "least gain", "default": 0.001}},
    "additionalProperties": false})"));
  const OrderedJson file = schema<File>();
  EXPECT_EQ(file["type"], "object");
  EXPECT_EQ(file["required"], OrderedJson::parse(R"(["name"])"));
  EXPECT_FALSE(file["properties"]["name"].contains("default"));
  EXPECT_EQ(file["properties"]["method"]["enum"], OrderedJson::parse(R"(["a", "b"])"));
  EXPECT_EQ(file["properties"]["rules"]["items"]["enum"],
            OrderedJson::parse(R"(["last", "above"])"));
  EXPECT_TRUE(file["properties"]["counts"]["propertyNames"].contains("pattern"));
  // A shorthand, and nothing, beside the whole map.
  const OrderedJson target = file["properties"]["target"]["anyOf"];
  EXPECT_EQ(target[0]["anyOf"][0]["enum"], OrderedJson::parse(R"(["last", "above"])"));
  EXPECT_EQ(target[1]["type"], "null");
  const OrderedJson bpr = schema<Params>()["properties"];
  EXPECT_EQ(bpr["lr"]["exclusiveMinimum"], 0.0);
  EXPECT_EQ(bpr["negatives"]["enum"], OrderedJson::parse(R"(["uniform", "popularity"])"));
  EXPECT_FALSE(bpr.contains("text"));
  const OrderedJson document = schema_document(schema<File>(), "a file");
  EXPECT_EQ(document["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(document["title"], "a file");
}

}  // namespace
}  // namespace motive::config
