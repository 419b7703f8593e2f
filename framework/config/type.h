#pragma once
// Purpose: how a value of one C++ type is read from a Node, written as JSON and described.
// Everything here is type-erased, so that table.h stays thin: it only picks the right one of these.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/config/node.h"

namespace motive::config {

/// Where a value belongs, and where its errors go.
class Scope {
 public:
  Scope(Errors& errors, std::string owner, std::string name = "")
      : errors_(&errors), owner_(std::move(owner)), name_(std::move(name)) {}
  Errors& errors() const { return *errors_; }
  Scope member(std::string_view key) const;  // the value at `key` of the map that stands here
  Scope element(std::size_t index) const;    // an element of the list that stands here
  std::string path() const;                  // "bpr.stopping.patience"; "" at the top of a file
  std::string what() const;                  // "`patience` in bpr.stopping"
  std::string inside() const;                // "in bpr.stopping.patience" or "at the top level"
  void error(const Mark& mark, std::string message) const {
    errors_->add(mark, std::move(message));
  }
  /// "`dim` in bpr: expected an integer, found `abc`"
  void expected(const Node& node, std::string_view wanted) const;
  /// For `{search: ...}` where one value is wanted: says that none can stand here; true then.
  bool refuse_search(const Node& node) const;

 private:
  Errors* errors_;
  std::string owner_, name_;
};

/// What a field must satisfy. For a list, map or optional, what is said of one value holds for each
/// element. The functions below begin one: config::above(0).up_to(10),
/// config::required().not_empty().
class Rule {
 public:
  Rule& at_least(double low) { return low_ = low, open_low_ = false, *this; }
  Rule& above(double low) { return low_ = low, open_low_ = true, *this; }
  Rule& up_to(double high) { return high_ = high, open_high_ = false, *this; }
  Rule& below(double high) { return high_ = high, open_high_ = true, *this; }
  /// The key must be given.
  Rule& required() { return required_ = true, *this; }
  /// A text, list or map that holds something.
  Rule& not_empty() { return not_empty_ = true, *this; }
  /// No element of a list twice.
  Rule& unique() { return unique_ = true, *this; }
  /// inf and -inf are numbers here.
  Rule& infinite() { return infinite_ = true, *this; }
  /// A text (of a map: its keys) that can name a file: letters, digits, . _ - +, the first a letter
  /// or digit, at most 100; or "", where neither required nor not_empty.
  Rule& file_name() { return file_name_ = true, *this; }
  /// A text that is one of these.
  Rule& one_of(std::vector<std::string> names) { return names_ = std::move(names), *this; }
  /// Shown behind the help: "seconds".
  Rule& unit(std::string unit) { return unit_ = std::move(unit), *this; }

  std::optional<double> low_, high_;
  bool open_low_ = false, open_high_ = false;
  bool required_ = false, not_empty_ = false, unique_ = false, infinite_ = false,
       file_name_ = false;
  std::vector<std::string> names_;
  std::string unit_;
};

inline Rule range(double low, double high) { return Rule().at_least(low).up_to(high); }
inline Rule at_least(double low) { return Rule().at_least(low); }
inline Rule above(double low) { return Rule().above(low); }
inline Rule up_to(double high) { return Rule().up_to(high); }
inline Rule below(double high) { return Rule().below(high); }
inline Rule required() { return Rule().required(); }
inline Rule not_empty() { return Rule().not_empty(); }
inline Rule one_of(std::vector<std::string> names) { return Rule().one_of(std::move(names)); }
inline Rule file_name() { return Rule().file_name(); }

class TableCore;

class Type {
 public:
  virtual ~Type() = default;
  /// Sets the value of this type at `value`; where it cannot, adds errors.
  virtual void parse(const Node& node, void* value, const Scope& scope) const = 0;
  virtual OrderedJson echo(const void* value) const = 0;
  virtual OrderedJson schema() const = 0;  // JSON Schema, without default and description
  virtual std::string name() const = 0;    // "integer", "list of integers"
  virtual std::string bounds() const { return ""; }
  /// Maps and what holds them: the fields, and what stands before their names ("[]", ".<name>").
  virtual const TableCore* fields() const { return nullptr; }
  virtual std::string step() const { return ""; }
  virtual std::string notes() const { return ""; }  // for the help: what each choice means
};
using TypePtr = std::shared_ptr<const Type>;

// Access to values whose type is erased.
struct IntegerAccess {  // any integer type, through 64 bits and a sign
  bool is_signed;
  int bits;
  std::uint64_t (*get)(const void*);  // two's complement where signed
  void (*set)(void*, std::uint64_t);
};
struct ListAccess {
  void (*clear)(void*);
  void* (*append)(void*);
  std::size_t (*size)(const void*);
  const void* (*at)(const void*, std::size_t);
};
struct MapAccess {
  void (*clear)(void*);
  void* (*insert)(void*, const std::string&);
  std::vector<std::pair<std::string, const void*>> (*entries)(const void*);
};
struct OptionalAccess {
  void (*reset)(void*);
  void* (*make)(void*);
  const void* (*get)(const void*);  // nullptr where it has no value
};
struct ChoiceAccess {
  std::int64_t (*get)(const void*);
  void (*set)(void*, std::int64_t);
};
struct ChoiceValue {
  std::string name;
  std::int64_t value = 0;
  std::string help;
  bool later = false;  // known, refused as "not available yet"
};
struct CustomAccess {
  void (*parse)(const Node&, void*, const Scope&);
  OrderedJson (*echo)(const void*);
  OrderedJson (*schema)();
  std::string name;
};

TypePtr bool_type();
TypePtr integer_type(const IntegerAccess& access, const Rule& rule);
TypePtr number_type(const Rule& rule);
TypePtr string_type(const Rule& rule);
TypePtr choice_type(const ChoiceAccess& access,
                    std::shared_ptr<const std::vector<ChoiceValue>> values);
TypePtr list_type(const ListAccess& access, TypePtr element, const Rule& rule);
TypePtr map_type(const MapAccess& access, TypePtr element, const Rule& rule);
TypePtr optional_type(const OptionalAccess& access, TypePtr element);
TypePtr custom_type(const CustomAccess& access);
TypePtr struct_type(const TableCore& (*table)());

}  // namespace motive::config
