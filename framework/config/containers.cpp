// The types that hold others: lists, maps by name, optionals, structs; custom types; and Scope.

#include <set>

#include "framework/config/table_core.h"
#include "framework/config/type.h"

namespace motive::config {

Scope Scope::member(std::string_view key) const { return {*errors_, path(), std::string(key)}; }

Scope Scope::element(std::size_t index) const {
  Scope scope = *this;
  scope.name_ += fmt::format("[{}]", index);
  return scope;
}

std::string Scope::path() const {
  if (owner_.empty() || name_.empty()) return owner_ + name_;
  return owner_ + (name_[0] == '[' ? "" : ".") + name_;
}

std::string Scope::what() const {
  if (name_.empty()) return owner_.empty() ? "the file" : owner_;
  return fmt::format("`{}` {}", name_, owner_.empty() ? "at the top level" : "in " + owner_);
}

std::string Scope::inside() const {
  const std::string here = path();
  return here.empty() ? "at the top level" : "in " + here;
}

void Scope::expected(const Node& node, std::string_view wanted) const {
  error(node.mark, fmt::format("{}: expected {}, found {}", what(), wanted, describe(node)));
}

bool Scope::refuse_search(const Node& node) const {
  if (node.find("search") == nullptr) return false;
  error(node.mark, what() + ": a search cannot stand here, only in place of a parameter of a model");
  return true;
}

namespace {

std::string plural(const std::string& name) {
  if (name.rfind("list of", 0) == 0) return "lists of" + name.substr(7);
  if (name == "text") return "texts";
  return name + "s";
}

class ListType final : public Type {
 public:
  ListType(const ListAccess& access, TypePtr element, const Rule& rule)
      : access_(access),
        element_(std::move(element)),
        unique_(rule.unique_),
        not_empty_(rule.not_empty_) {}

  void parse(const Node& node, void* value, const Scope& scope) const override {
    if (!node.is_sequence()) {
      const std::string hint =
          node.is_scalar()
              ? fmt::format(" (write [{}])", node.scalar.size() < 40 ? node.scalar : "...")
              : "";
      scope.expected(node, "a " + name() + hint);
      return;
    }
    access_.clear(value);
    if (not_empty_ && node.items.empty()) {
      scope.error(node.mark, scope.what() + " must not be empty");
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Scope place = scope.element(i);
      const std::size_t errors = scope.errors().size();
      void* element = access_.append(value);
      element_->parse(node.items[i], element, place);
      if (!unique_ || scope.errors().size() != errors) continue;
      if (!seen.insert(element_->echo(element).dump(-1, ' ', false,
                                                    OrderedJson::error_handler_t::replace))
               .second) {
        scope.error(node.items[i].mark,
                    fmt::format("{} stands in the list a second time", place.what()));
      }
    }
  }
  OrderedJson echo(const void* value) const override {
    OrderedJson list = OrderedJson::array();
    for (std::size_t i = 0; i < access_.size(value); ++i)
      list.push_back(element_->echo(access_.at(value, i)));
    return list;
  }
  OrderedJson schema() const override {
    OrderedJson schema{{"type", "array"}, {"items", element_->schema()}};
    if (not_empty_) schema["minItems"] = 1;
    if (unique_) schema["uniqueItems"] = true;
    return schema;
  }
  std::string name() const override { return "list of " + plural(element_->name()); }
  std::string bounds() const override {
    const std::string own = element_->bounds();
    if (!not_empty_) return own;
    if (own.empty() || own == "not empty") return "not empty";
    return own + "; not empty";
  }
  const TableCore* fields() const override { return element_->fields(); }
  std::string step() const override { return "[]" + element_->step(); }
  std::string notes() const override { return element_->notes(); }

 private:
  ListAccess access_;
  TypePtr element_;
  bool unique_, not_empty_;
};

class MapType final : public Type {
 public:
  MapType(const MapAccess& access, TypePtr element, const Rule& rule)
      : access_(access),
        element_(std::move(element)),
        key_type_(rule.file_name_ ? string_type(file_name().not_empty()) : nullptr),
        not_empty_(rule.not_empty_) {}

  void parse(const Node& node, void* value, const Scope& scope) const override {
    if (!node.is_map()) {
      scope.expected(node, "a map of names");
      return;
    }
    access_.clear(value);
    if (not_empty_ && node.members.empty())
      scope.error(node.mark, scope.what() + " must not be empty");
    for (std::size_t i = 0; i < node.members.size(); ++i) {
      const auto& [key, member] = node.members[i];
      const Scope place = scope.member(key);
      if (key_type_) {
        Node name;
        name.kind = Node::Kind::kScalar;
        name.quoted = true;
        name.scalar = key;
        name.mark = node.key_marks[i];
        std::string unused;
        key_type_->parse(name, &unused, place);
      }
      element_->parse(member, access_.insert(value, key), place);
    }
  }
  OrderedJson echo(const void* value) const override {
    OrderedJson map = OrderedJson::object();
    for (const auto& [key, member] : access_.entries(value)) map[key] = element_->echo(member);
    return map;
  }
  OrderedJson schema() const override {
    OrderedJson schema{{"type", "object"}, {"additionalProperties", element_->schema()}};
    if (key_type_) schema["propertyNames"] = {{"pattern", key_type_->schema()["pattern"]}};
    if (not_empty_) schema["minProperties"] = 1;
    return schema;
  }
  std::string name() const override { return "map of " + plural(element_->name()); }
  std::string bounds() const override { return element_->bounds(); }
  const TableCore* fields() const override { return element_->fields(); }
  std::string step() const override { return ".NAME" + element_->step(); }
  std::string notes() const override { return element_->notes(); }

 private:
  MapAccess access_;
  TypePtr element_;
  TypePtr key_type_;  // where names must be fit for files
  bool not_empty_;
};

class OptionalType final : public Type {
 public:
  OptionalType(const OptionalAccess& access, TypePtr element)
      : access_(access), element_(std::move(element)) {}

  void parse(const Node& node, void* value, const Scope& scope) const override {
    if (node.is_null()) {
      access_.reset(value);
    } else {
      element_->parse(node, access_.make(value), scope);
    }
  }
  OrderedJson echo(const void* value) const override {
    const void* held = access_.get(value);
    return held == nullptr ? OrderedJson(nullptr) : element_->echo(held);
  }
  OrderedJson schema() const override {
    return {{"anyOf", OrderedJson::array({element_->schema(), {{"type", "null"}}})}};
  }
  std::string name() const override { return element_->name(); }
  std::string bounds() const override { return element_->bounds(); }
  const TableCore* fields() const override { return element_->fields(); }
  std::string step() const override { return element_->step(); }
  std::string notes() const override { return element_->notes(); }

 private:
  OptionalAccess access_;
  TypePtr element_;
};

class StructType final : public Type {
 public:
  explicit StructType(const TableCore& (*table)()) : table_(table) {}
  void parse(const Node& node, void* value, const Scope& scope) const override {
    table_().parse(node, value, scope);
  }
  OrderedJson echo(const void* value) const override { return table_().echo(value); }
  OrderedJson schema() const override { return table_().schema(); }
  std::string name() const override { return "map"; }
  const TableCore* fields() const override { return &table_(); }

 private:
  const TableCore& (*table_)();
};

class CustomType final : public Type {
 public:
  explicit CustomType(const CustomAccess& access) : access_(access) {}
  void parse(const Node& node, void* value, const Scope& scope) const override {
    access_.parse(node, value, scope);
  }
  OrderedJson echo(const void* value) const override { return access_.echo(value); }
  OrderedJson schema() const override { return access_.schema(); }
  std::string name() const override { return access_.name; }

 private:
  CustomAccess access_;
};

}  // namespace

TypePtr list_type(const ListAccess& access, TypePtr element, const Rule& rule) {
  return std::make_shared<ListType>(access, std::move(element), rule);
}
TypePtr map_type(const MapAccess& access, TypePtr element, const Rule& rule) {
  return std::make_shared<MapType>(access, std::move(element), rule);
}
TypePtr optional_type(const OptionalAccess& access, TypePtr element) {
  return std::make_shared<OptionalType>(access, std::move(element));
}
TypePtr custom_type(const CustomAccess& access) { return std::make_shared<CustomType>(access); }
TypePtr struct_type(const TableCore& (*table)()) { return std::make_shared<StructType>(table); }

}  // namespace motive::config
