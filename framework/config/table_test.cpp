// The field table: strict reading, defaults, echo, help, schema.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "framework/config/test_tables.h"
#include "framework/config/yaml_writer.h"

namespace motive::config {
namespace {

std::string errors_of(const std::string& yaml) {
  Errors errors;
  const Node node = parse_yaml(yaml, "e.yaml", errors);
  if (errors.empty()) parse<Params>(node, errors);
  return errors.empty() ? "" : errors.error().message;
}

TEST(Table, ReadsAllKinds) {
  Errors errors;
  const Node node = parse_yaml(
      "dim: 8\nlr: 1e-3\nbias: false\nseed: 18446744073709551615\ntopk: [1, 2]\nlabel: 123\n"
      "negatives: popularity\nstopping: {patience: 2}\nrounds: [{}, {margin: 0.5}]\nnamed: {a: "
      "{patience: 3}}\n",
      "e.yaml", errors);
  const auto p = parse<Params>(node, errors);
  ASSERT_TRUE(errors.empty()) << errors.error().message;
  EXPECT_EQ(p.dim, 8);
  EXPECT_EQ(p.lr, 1e-3);
  EXPECT_FALSE(p.bias);
  EXPECT_EQ(p.seed, 18446744073709551615u);
  EXPECT_EQ(p.topk, (std::vector<int>{1, 2}));
  EXPECT_EQ(p.label, "123");
  EXPECT_EQ(p.negatives, Negatives::kPopularity);
  EXPECT_EQ(p.stopping.patience, 2);
  EXPECT_EQ(p.rounds.at(1).margin, 0.5);
  EXPECT_EQ(p.named.at("a").patience, 3);
}

TEST(Table, EchoReadsBack) {
  const OrderedJson first = echo(Params{});
  Errors errors;
  const auto again = parse<Params>(parse_yaml(to_yaml(first), "echo", errors), errors);
  ASSERT_TRUE(errors.empty()) << errors.error().message;
  EXPECT_EQ(echo(again).dump(2), first.dump(2));
}

TEST(Table, SaysAllErrorsAtOnce) {
  EXPECT_EQ(
      errors_of("epocs: 3\ndim: 0\n\nlr: 010\nstopping:\n  patiense: 3\ntext: x\n"),
      "e.yaml:1:1: unknown key `epocs` in bpr; valid keys: dim, lr, bias, seed, topk, label, "
      "negatives, stopping, rounds, named\n"
      "e.yaml:2:6: `dim` in bpr must be from 1 to 4096, found `0`\n"
      "e.yaml:4:5: `lr` in bpr: expected a number (write it without leading zeros), found `010`\n"
      "e.yaml:6:3: unknown key `patiense` in bpr.stopping; did you mean `patience`? valid keys: "
      "patience, margin\n"
      "e.yaml:7:1: `text` in bpr: not available yet (item text)");
}

TEST(Table, NothingMeansAllDefaults) {
  Errors errors;
  EXPECT_EQ(echo(parse<Params>(Node{}, errors)).dump(), echo(Params{}).dump());
  EXPECT_EQ(
      parse<Params>(parse_yaml("stopping:\nseed: ~\n", "e", errors), errors).stopping.patience, 5);
  EXPECT_TRUE(errors.empty());
}

TEST(Table, UnknownKeysNameTheNearest) {
  EXPECT_EQ(errors_of("dims: 3"),
            "e.yaml:1:1: unknown key `dims` in bpr; did you mean `dim`? valid keys: dim, lr, bias, "
            "seed, topk, label, "
            "negatives, stopping, rounds, named");
  EXPECT_EQ(errors_of("rounds: [{}, {patienc: 1}]"),
            "e.yaml:1:15: unknown key `patienc` in bpr.rounds[1]; did you mean `patience`? valid "
            "keys: patience, "
            "margin");
  EXPECT_EQ(errors_of("named: {a: {patienc: 1}}"),
            "e.yaml:1:13: unknown key `patienc` in bpr.named.a; did you mean `patience`? valid "
            "keys: patience, margin");
  EXPECT_EQ(errors_of("named: [1]"),
            "e.yaml:1:8: `named` in bpr: expected a map of names, found a list");
  EXPECT_EQ(errors_of("stopping: patience:3"),
            "e.yaml:1:11: `stopping` in bpr: expected a map (is a blank missing after the colon?), "
            "found `patience:3`");
  EXPECT_EQ(errors_of("[]"), "e.yaml:1:1: bpr: expected a map, found a list");
}

TEST(Table, IntegersAreDecimal) {
  const std::string at = "e.yaml:1:6: `dim` in bpr: expected an integer";
  EXPECT_EQ(errors_of("dim: 010"), at + " (write it without leading zeros), found `010`");
  EXPECT_EQ(errors_of("dim: 0x10"), at + " (write it in decimal), found `0x10`");
  EXPECT_EQ(errors_of("dim: 1_000"), at + " (write it without _), found `1_000`");
  EXPECT_EQ(errors_of("dim: +1"), at + " (write it without +), found `+1`");
  EXPECT_EQ(errors_of("dim: 1.0"), at + ", found `1.0`");
  EXPECT_EQ(errors_of("dim: 1e3"), at + ", found `1e3`");
  EXPECT_EQ(errors_of("dim: '1'"), at + " (in quotes it is text), found the text `1`");
  EXPECT_EQ(errors_of("dim:"), "e.yaml:1:5: `dim` in bpr: expected an integer, found nothing");
  EXPECT_EQ(errors_of("dim: [1]"), at + ", found a list");
  EXPECT_EQ(errors_of("dim: -"),
            "e.yaml:1:6: a list entry (`- `) cannot stand here; give it a line of its own");
  EXPECT_EQ(errors_of("dim: 5000"),
            "e.yaml:1:6: `dim` in bpr must be from 1 to 4096, found `5000`");
  EXPECT_EQ(errors_of("dim: 99999999999999999999"),
            "e.yaml:1:6: `dim` in bpr must be from 1 to 4096, found `99999999999999999999`");
  EXPECT_EQ(errors_of("seed: -1"),
            "e.yaml:1:7: `seed` in bpr must be at least 0 and an unsigned integer of 64 bits, "
            "found `-1`");
  EXPECT_EQ(
      errors_of("seed: 18446744073709551616"),
      "e.yaml:1:7: `seed` in bpr must be at least 0 and an unsigned integer of 64 bits, found "
      "`18446744073709551616`");
  EXPECT_EQ(errors_of("topk: [3000000000]"),
            "e.yaml:1:8: `topk[0]` in bpr must be at least 1 and a signed integer of 32 bits, "
            "found `3000000000`");
  EXPECT_EQ(errors_of("dim: {search: int}"),
            "e.yaml:1:6: `dim` in bpr: a search cannot stand here, only in place of a parameter of a model");
}

TEST(Table, NumbersAreFinite) {
  const std::string at = "e.yaml:1:5: `lr` in bpr: expected a number";
  for (const std::string text :
       {"nan", ".nan", "inf", ".inf", "infinity", "0x1p3", "1e", "e5", "1,5", "--1", "true"}) {
    EXPECT_EQ(errors_of("lr: " + text).rfind(at, 0), 0u)
        << text << ": " << errors_of("lr: " + text);
  }
  EXPECT_EQ(errors_of("lr: 1e400"),
            "e.yaml:1:5: `lr` in bpr: `1e400` is beyond what a double holds");
  EXPECT_EQ(errors_of("lr: 0"), "e.yaml:1:5: `lr` in bpr must be above 0, up to 10, found `0`");
  EXPECT_EQ(errors_of("lr: {search: loguniform, low: 0.001, high: 0.2}"),
            "e.yaml:1:5: `lr` in bpr: a search cannot stand here, only in place of a parameter of a model");
  for (const std::string text : {"1", "1.5", "1e-3", ".5", "2.", "10"})
    EXPECT_EQ(errors_of("lr: " + text), "");
}

TEST(Table, BooleansTextsListsChoices) {
  for (const std::string text : {"yes", "True", "1", "on", "'true'"}) {
    EXPECT_EQ(errors_of("bias: " + text)
                  .rfind("e.yaml:1:7: `bias` in bpr: expected true or false, found ", 0),
              0u);
  }
  EXPECT_EQ(errors_of("label: true"),
            "e.yaml:1:8: `label` in bpr: expected text (write it in quotes), found `true`");
  EXPECT_EQ(errors_of("label: [a]"), "e.yaml:1:8: `label` in bpr: expected text, found a list");
  EXPECT_EQ(errors_of("label: 'true'"), "");
  EXPECT_EQ(errors_of("topk: 10"),
            "e.yaml:1:7: `topk` in bpr: expected a list of integers (write [10]), found `10`");
  EXPECT_EQ(errors_of("topk: []"), "e.yaml:1:7: `topk` in bpr must not be empty");
  EXPECT_EQ(errors_of("topk: [5, 10, 5]"),
            "e.yaml:1:15: `topk[2]` in bpr stands in the list a second time");
  EXPECT_EQ(errors_of("negatives: unifrom"),
            "e.yaml:1:12: `negatives` in bpr must be one of uniform, popularity, found `unifrom`; "
            "did you mean "
            "`uniform`?");
  EXPECT_EQ(errors_of("negatives: adaptive"),
            "e.yaml:1:12: `negatives` in bpr: `adaptive` is not available yet (adaptive sampling)");
}

TEST(Table, ChecksAcrossFieldsOnlyWhereEachIsRight) {
  EXPECT_EQ(errors_of("dim: 2000\nlr: 5"),
            "e.yaml:2:5: `lr` in bpr: too large for so many dimensions");
  EXPECT_EQ(errors_of("dim: 2000\nlr: 50"),
            "e.yaml:2:5: `lr` in bpr must be above 0, up to 10, found `50`");
}

std::string file_errors(const std::string& yaml) {
  Errors errors;
  parse<File>(parse_yaml(yaml, "f", errors), errors);
  return errors.empty() ? "" : errors.error().message;
}

TEST(Table, TopLevelShorthandAndNames) {
  Errors errors;
  const auto file = parse<File>(
      parse_yaml("name: x-1\ntarget: above\nrules: [above]\ncounts: {a: 3}\n", "f", errors),
      errors);
  ASSERT_TRUE(errors.empty()) << errors.error().message;
  EXPECT_EQ(file.target->rule, Rule3::kAbove);
  EXPECT_EQ(
      echo(file).dump(),
      R"({"name":"x-1","method":"a","target":{"rule":"above","rating":3.0},"rules":["above"],"counts":{"a":3}})");
  EXPECT_EQ(file_errors("metod: b"),
            "f:1:1: unknown key `metod` at the top level; did you mean `method`? valid keys: name, "
            "method, target, "
            "rules, counts\nf:1:1: missing key `name` at the top level (of the file)");
  EXPECT_EQ(file_errors("name: ../../etc"),
            "f:1:7: `name` at the top level names files: at most 100 letters, digits and . _ - +, "
            "the first a letter "
            "or digit; found `../../etc`");
  EXPECT_EQ(file_errors("name: a\nmethod: c"),
            "f:2:9: `method` at the top level must be one of a, b, found `c`");
  EXPECT_EQ(
      file_errors("name: a\ncounts: {../x: 1}").rfind("f:2:10: `../x` in counts names files", 0),
      0u);
  EXPECT_EQ(file_errors("name: a\ntarget: {rating: -1}"),
            "f:2:9: `target` at the top level: is negative; give a rating");
  EXPECT_EQ(file_errors("name: a\ntarget: {rating: -inf}"),
            "f:2:9: `target` at the top level: is negative; give a rating");
  EXPECT_EQ(file_errors("name: a\ntarget: [x]"),
            "f:2:9: `target` at the top level: expected a map or a value of `rule`, found a list");
}

TEST(Table, InfinityReadsBack) {
  File file;
  file.name = "x";
  file.target = Target{.rule = Rule3::kLast, .rating = std::numeric_limits<double>::infinity()};
  Errors errors;
  const auto again = parse<File>(parse_yaml(to_yaml(echo(file)), "f", errors), errors);
  ASSERT_TRUE(errors.empty()) << errors.error().message;
  EXPECT_EQ(echo(again).dump(), echo(file).dump());
  const auto from = parse<File>(from_json(echo(file), "json"), errors);
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(echo(from).dump(), echo(file).dump());
}

TEST(Table, EveryValueReadsBack) {
  EXPECT_TRUE(rc::check("echo, to_yaml, parse_yaml, parse", [] {
    Params p;
    p.dim = *rc::gen::inRange(1, 4097);
    p.lr = 10.0 / (1.0 + std::abs(*rc::gen::arbitrary<double>()));
    p.bias = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) p.seed = *rc::gen::arbitrary<std::uint64_t>();
    p.topk = {*rc::gen::inRange(1, 1000), 2000};
    p.label = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    p.negatives = *rc::gen::element(Negatives::kUniform, Negatives::kPopularity);
    p.rounds.resize(*rc::gen::inRange<std::size_t>(0, 3));
    p.named[*rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127))].patience =
        *rc::gen::inRange(1, 99);
    if (p.lr <= 0 || (p.dim > 1000 && p.lr > 1)) RC_DISCARD("out of bounds");
    Errors errors;
    const auto again = parse<Params>(parse_yaml(to_yaml(echo(p)), "y", errors), errors);
    if (!errors.empty()) RC_FAIL(errors.error().message);
    RC_ASSERT(echo(again).dump() == echo(p).dump());
  }));
}

}  // namespace
}  // namespace motive::config
