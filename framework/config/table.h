#pragma once
// Purpose: one field table a struct. From it come the strict parser, the defaults, the bounds, the help,
// the JSON Schema and the resolved echo; nothing else knows the fields.
//
//   struct BprParams {
//     int dim = 64;
//     double lr = 0.05;
//     Negatives negatives = Negatives::kUniform;
//     static const config::Table<BprParams>& table();
//   };
//   const config::Table<BprParams>& BprParams::table() {
//     static const auto kTable = config::Table<BprParams>("bpr")
//         .field("dim", &BprParams::dim, "length of the vectors", config::range(1, 4096))
//         .field("lr", &BprParams::lr, "step size", config::above(0).up_to(10))
//         .choice("negatives", &BprParams::negatives, "how negatives are drawn",
//                 {{"uniform", Negatives::kUniform}, {"popularity", Negatives::kPopularity}})
//         .later("text", "item text")            // known, refused as "not available yet"
//         .check([](const BprParams& p) -> std::string { return ""; });  // a rule across fields
//     return kTable;
//   }
// Defaults are the struct's own initialisers. Field types: bool, int, std::int64_t, std::uint64_t, double,
// std::string, std::optional of these, std::vector of these, structs with a table() of their own,
// std::vector and std::map<std::string, .> of those, and any type with a specialisation of config::Custom.

// (interface in detail: see table.h's author)
#include <any>
#include <memory>
#include "framework/config/node.h"

namespace motive::config {

/// A table whose struct is not known by type: what the registry holds.
class AnyTable {
 public:
  virtual ~AnyTable() = default;
  virtual const std::string& name() const = 0;
  /// Parses a map (or null: all defaults). All errors go to `errors`; the value is then not to be used.
  virtual std::any parse(const Node& node, Errors& errors) const = 0;
  /// All fields with their values, in table order.
  virtual OrderedJson echo(const std::any& value) const = 0;
  virtual OrderedJson schema() const = 0;  // JSON Schema (draft 2020-12) of the object
  virtual std::string help() const = 0;    // an aligned text table: name, type, default, bounds, help
};

}  // namespace motive::config
