#pragma once
// Purpose: a field table without its struct's type: what table.h builds and everything is read
// from.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/config/type.h"

namespace motive::config {

class TableCore {
 public:
  struct Field {
    std::string name, help;
    TypePtr type;
    std::size_t offset = 0;  // of the member in the struct
    bool required = false;
    std::string unit;
    std::shared_ptr<std::vector<ChoiceValue>> choices;  // where the field is a choice
  };
  struct Later {
    std::string name, what;
  };
  struct Check {
    std::string field;  // the error stands at its value; "" at the map
    std::function<std::string(const void*)> rule;
  };
  /// make: a struct of the defaults.
  TableCore(std::string name, std::shared_ptr<void> (*make)())
      : name_(std::move(name)), make_(make) {}

  void add(Field field);  // a name twice is a mistake in the program: it ends with a message
  void add_later(std::string name, std::string what);
  void add_later_choice(std::string_view field, std::string value, std::string what);
  void add_check(Check check) { checks_.push_back(std::move(check)); }
  void set_shorthand(std::string field);

  void parse(const Node& node, void* value, const Scope& scope) const;
  OrderedJson echo(const void* value) const;
  OrderedJson schema() const;
  std::string help() const;

  const std::string& name() const { return name_; }
  const std::vector<Field>& fields() const { return fields_; }
  const std::vector<Later>& later() const { return later_; }
  const std::string& shorthand() const { return shorthand_; }
  std::shared_ptr<void> defaults() const { return make_(); }
  const Field* find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  void parse_members(const Node& map, void* value, const Scope& scope) const;
  bool can_be_written(const Field& field, const OrderedJson& value) const;
  void refuse_unknown(const Node& map, std::size_t member, const Scope& scope) const;

  std::string name_;
  std::shared_ptr<void> (*make_)();
  std::vector<Field> fields_;
  std::vector<Later> later_;
  std::vector<Check> checks_;
  std::string shorthand_;
};

/// Ends the program: a table that contradicts itself is a mistake of whoever wrote it.
[[noreturn]] void table_mistake(const std::string& message);

}  // namespace motive::config
