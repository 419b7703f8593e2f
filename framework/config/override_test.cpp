// --set a.b.c=value.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/config/node.h"
#include "framework/config/yaml_writer.h"

namespace motive::config {
namespace {

using testing::HasSubstr;

OrderedJson json_of(const Node& node) {
  if (node.is_null()) return nullptr;
  if (node.is_scalar()) return node.scalar;
  OrderedJson json = node.is_map() ? OrderedJson::object() : OrderedJson::array();
  for (const Node& item : node.items) json.push_back(json_of(item));
  for (const auto& [key, value] : node.members) json[key] = json_of(value);
  return json;
}

/// The tree after the override in one line, or its errors.
std::string after(const std::string& yaml, const std::string& assignment) {
  Errors errors;
  Node node = parse_yaml(yaml, "f", errors);
  apply_override(node, assignment, errors);
  return errors.empty() ? json_of(node).dump() : errors.error().message;
}

TEST(Override, SetsAndMakesMaps) {
  EXPECT_EQ(after("a: 1", "a=2"), R"({"a":"2"})");
  EXPECT_EQ(after("a: 1", "b.c.d=[1, x]"), R"({"a":"1","b":{"c":{"d":["1","x"]}}})");
  EXPECT_EQ(after("a:\n", "a.b=1"), R"({"a":{"b":"1"}})");
  EXPECT_EQ(after("a: 1", "a="), R"({"a":null})");
  EXPECT_EQ(after("a: 1", "a=x=y"), R"({"a":"x=y"})");
  EXPECT_EQ(after("a: {b.c: {d: 1}}", "a.\"b.c\".d=2"), R"({"a":{"b.c":{"d":"2"}}})");
}

TEST(Override, FindsListElements) {
  const std::string models = "models: [popularity, bpr: {dim: 64}, item_knn]";
  EXPECT_EQ(after(models, "models.bpr.dim=32"),
            R"({"models":["popularity",{"bpr":{"dim":"32"}},"item_knn"]})");
  EXPECT_EQ(after(models, "models.item_knn.k=5"),
            R"({"models":["popularity",{"bpr":{"dim":"64"}},{"item_knn":{"k":"5"}}]})");
  EXPECT_EQ(after(models, "models.0=random"),
            R"({"models":["random",{"bpr":{"dim":"64"}},"item_knn"]})");
  EXPECT_EQ(after(models, "models.1.bpr.dim=3"),
            R"({"models":["popularity",{"bpr":{"dim":"3"}},"item_knn"]})");
  EXPECT_EQ(after(models, "models.bpr={lr: 1}"),
            R"({"models":["popularity",{"bpr":{"lr":"1"}},"item_knn"]})");
  EXPECT_EQ(after("models:\n- bpr:\n", "models.bpr.dim=1"), R"({"models":[{"bpr":{"dim":"1"}}]})");
  EXPECT_EQ(after("splits: [{name: warm, type: warm}]", "splits.warm.holdout=ratio"),
            R"({"splits":[{"name":"warm","type":"warm","holdout":"ratio"}]})");
}

TEST(Override, LabelsTellEntriesOfOneNameApart) {
  const std::string models = "models: [sasrec: {label: A, dim: 1}, sasrec: {label: B, dim: 1}]";
  EXPECT_EQ(
      after(models, "models.B.dim=2"),
      R"({"models":[{"sasrec":{"label":"A","dim":"1"}},{"sasrec":{"label":"B","dim":"2"}}]})");
  EXPECT_EQ(after(models, "models.sasrec.dim=2"),
            "--set models.sasrec.dim: 2 entries are called `sasrec`; use a label or a number from "
            "0 to 1");
  // A label goes before a key of the same text.
  EXPECT_EQ(after("models: [bpr, sasrec: {label: bpr}]", "models.bpr.dim=2"),
            R"({"models":["bpr",{"sasrec":{"label":"bpr","dim":"2"}}]})");
}

TEST(Override, SaysWhatIsWrong) {
  EXPECT_EQ(
      after("models: [popularity, bpr]", "models.bpx.dim=2"),
      "--set models.bpx.dim: the list has no `bpx`; did you mean `bpr`? it has: popularity, bpr "
      "(or a number below 2)");
  EXPECT_EQ(after("a: 1", "a.b=2"), "--set a.b: `a` holds `1`, not a map; it has no `b`");
  for (const std::string bad : {"a", "=1", "a..b=1", ".a=1", "a.=1", "\"a=1", "\"a\"b=1"}) {
    EXPECT_THAT(after("a: 1", bad), HasSubstr("expected KEY.KEY=VALUE")) << bad;
  }
  EXPECT_THAT(after("a: 1", "a=[1"), HasSubstr("--set a:1:3: expected `,` or `]`"));
  EXPECT_THAT(after("a: 1", "a=!!str x"), HasSubstr("tags are not supported"));
}

TEST(Override, IsThePlaceOfItsErrors) {
  Errors errors;
  Node node = parse_yaml("a: 1", "f", errors);
  apply_override(node, "b.c={d: 1}", errors);
  EXPECT_EQ(node.key_mark("b").text(), "--set b.c");
  EXPECT_EQ(node.find("b")->find("c")->key_mark("d").text(), "--set b.c");
  EXPECT_EQ(node.find("b")->find("c")->find("d")->mark.text(), "--set b.c");
}

}  // namespace
}  // namespace motive::config
