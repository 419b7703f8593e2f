// The field table: strict reading, defaults, echo, help, schema.

#include "framework/config/table.h"

#include <gtest/gtest.h>

#include "framework/config/yaml_writer.h"

namespace motive::config {
namespace {

enum class Negatives { kUniform, kPopularity };

struct Stopping {
  int patience = 5;
  double margin = 0.001;
  static const Table<Stopping>& table() {
    static const auto kTable =
        Table<Stopping>("stopping")
            .field("patience", &Stopping::patience, "validations", range(1, 99))
            .field("margin", &Stopping::margin, "least gain", at_least(0));
    return kTable;
  }
};

struct Params {
  int dim = 64;
  double lr = 0.05;
  bool bias = true;
  std::optional<std::uint64_t> seed;
  std::vector<int> topk = {5, 10};
  std::string label;
  Negatives negatives = Negatives::kUniform;
  Stopping stopping;
  std::vector<Stopping> rounds;
  std::map<std::string, Stopping> named;
  static const Table<Params>& table() {
    static const auto kTable =
        Table<Params>("bpr")
            .field("dim", &Params::dim, "length of the vectors", range(1, 4096))
            .field("lr", &Params::lr, "step size", above(0).up_to(10))
            .field("bias", &Params::bias, "a bias an item")
            .field("seed", &Params::seed, "own seed")
            .field("topk", &Params::topk, "cutoffs", at_least(1).unique().not_empty())
            .field("label", &Params::label, "in tables")
            .choice("negatives", &Params::negatives, "how negatives are drawn",
                    {{"uniform", Negatives::kUniform, "each item alike"},
                     {"popularity", Negatives::kPopularity, "by the number of events"}})
            .field("stopping", &Params::stopping, "early stopping")
            .field("rounds", &Params::rounds, "one after another")
            .field("named", &Params::named, "by name")
            .later("text", "item text")
            .later_choice("negatives", "adaptive", "adaptive sampling")
            .check("lr", [](const Params& p) {
              return p.dim > 1000 && p.lr > 1 ? std::string("too large for so many dimensions")
                                              : "";
            });
    return kTable;
  }
};

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

}  // namespace
}  // namespace motive::config
