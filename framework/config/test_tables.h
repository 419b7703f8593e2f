#pragma once
// Purpose: tables with every kind of field, for the tests of this folder.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/config/table.h"

namespace motive::config {

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

enum class Rule3 { kLast, kAbove };

struct Target {
  Rule3 rule = Rule3::kLast;
  double rating = 3;
  static const Table<Target>& table() {
    static const auto kTable =
        Table<Target>("target")
            .choice("rule", &Target::rule, "which",
                    {{"last", Rule3::kLast}, {"above", Rule3::kAbove}})
            .field("rating", &Target::rating, "above this", Rule().infinite().unit("stars"))
            .shorthand("rule")
            .check(
                [](const Target& t) { return t.rating < 0 ? "is negative; give a rating" : ""; });
    return kTable;
  }
};

struct File {
  std::string name;
  std::string method = "a";
  std::optional<Target> target;
  std::vector<Rule3> rules;
  std::map<std::string, int> counts;
  static const Table<File>& table() {
    static const auto kTable =
        Table<File>("")
            .field("name", &File::name, "of the file", file_name().required())
            .field("method", &File::method, "how", one_of({"a", "b"}))
            .field("target", &File::target, "which event")
            .choice("rules", &File::rules, "several",
                    {{"last", Rule3::kLast}, {"above", Rule3::kAbove}}, Rule().unique())
            .field("counts", &File::counts, "by name", file_name().at_least(0));
    return kTable;
  }
};

}  // namespace motive::config
