#include "framework/config/table.h"

#include <cstdio>
#include <cstdlib>

namespace motive::config {

void table_mistake(const std::string& message) {
  fmt::print(stderr, "mistake in a field table: {}\n", message);
  std::abort();
}

const TableCore::Field* TableCore::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::vector<std::string> TableCore::names() const {
  std::vector<std::string> names;
  for (const Field& field : fields_) names.push_back(field.name);
  return names;
}

void TableCore::add(Field field) {
  if (find(field.name) != nullptr)
    table_mistake(fmt::format("{}: two fields `{}`", name_, field.name));
  if (field.choices) {
    const auto made = make_();
    const auto* value = static_cast<const char*>(made.get()) + field.offset;
    const OrderedJson text = field.type->echo(value);
    const bool lone = field.type->name() == "choice" && field.type->schema().contains("enum");
    if (lone && text.is_null())
      table_mistake(fmt::format("{}.{}: the default has no name", name_, field.name));
  }
  fields_.push_back(std::move(field));
}

void TableCore::add_later(std::string name, std::string what) {
  if (find(name) != nullptr)
    table_mistake(fmt::format("{}: field `{}` cannot be for later", name_, name));
  later_.push_back({std::move(name), std::move(what)});
}

void TableCore::add_later_choice(std::string_view field, std::string value, std::string what) {
  const Field* found = find(field);
  if (found == nullptr || !found->choices)
    table_mistake(fmt::format("{}: no choice `{}`", name_, field));
  found->choices->push_back({std::move(value), 0, std::move(what), true});
}

void TableCore::set_shorthand(std::string field) {
  if (find(field) == nullptr)
    table_mistake(fmt::format("{}: no field `{}` for the shorthand", name_, field));
  shorthand_ = std::move(field);
}

void TableCore::parse(const Node& node, void* value, const Scope& scope) const {
  const std::size_t errors = scope.errors().size();
  const Node* map = &node;
  Node wrapped;
  if (node.is_scalar() && !shorthand_.empty()) {
    wrapped.kind = Node::Kind::kMap;
    wrapped.mark = node.mark;
    wrapped.add(shorthand_, node.mark, node);
    map = &wrapped;
  } else if (!node.is_map() && !node.is_null()) {
    std::string wanted =
        shorthand_.empty() ? "a map" : fmt::format("a map or a value of `{}`", shorthand_);
    if (node.is_scalar() && node.scalar.find(':') != std::string::npos)
      wanted += " (is a blank missing after the colon?)";
    scope.expected(node, wanted);
    return;
  }
  parse_members(*map, value, scope);
  if (scope.errors().size() != errors) return;
  for (const Check& check : checks_) {
    const std::string message = check.rule(value);
    if (message.empty()) continue;
    const Node* at = map->find(check.field);
    scope.error(
        at != nullptr ? at->mark : map->mark,
        fmt::format("{}: {}", at != nullptr ? scope.member(check.field).what() : scope.what(),
                    message));
  }
}

void TableCore::parse_members(const Node& map, void* value, const Scope& scope) const {
  for (std::size_t i = 0; i < map.members.size(); ++i) {
    const auto& [key, member] = map.members[i];
    const Field* field = find(key);
    if (field == nullptr) {
      refuse_unknown(map, i, scope);
    } else {
      field->type->parse(member, static_cast<char*>(value) + field->offset, scope.member(key));
    }
  }
  for (const Field& field : fields_) {
    if (!field.required || map.find(field.name) != nullptr) continue;
    scope.error(map.mark,
                fmt::format("missing key `{}` {} ({})", field.name, scope.inside(), field.help));
  }
}

void TableCore::refuse_unknown(const Node& map, std::size_t member, const Scope& scope) const {
  const std::string& key = map.members[member].first;
  const Mark& mark = map.key_marks[member];
  for (const Later& later : later_) {
    if (later.name != key) continue;
    scope.error(mark,
                fmt::format("{}: not available yet ({})", scope.member(key).what(), later.what));
    return;
  }
  scope.error(mark, fmt::format("unknown key {} {};{} valid keys: {}", excerpt(key), scope.inside(),
                                did_you_mean(key, names()), fmt::join(names(), ", ")));
}

OrderedJson TableCore::echo(const void* value) const {
  OrderedJson json = OrderedJson::object();
  for (const Field& field : fields_) {
    json[field.name] = field.type->echo(static_cast<const char*>(value) + field.offset);
  }
  return json;
}

bool TableCore::can_be_written(const Field& field, const OrderedJson& value) const {
  Errors errors;
  const auto made = make_();
  field.type->parse(from_json(value, "default"), static_cast<char*>(made.get()) + field.offset,
                    Scope(errors, name_, field.name));
  return errors.empty();
}

OrderedJson TableCore::schema() const {
  OrderedJson properties = OrderedJson::object();
  OrderedJson needed = OrderedJson::array();
  const auto made = make_();
  for (const Field& field : fields_) {
    OrderedJson property = field.type->schema();
    property["description"] =
        field.unit.empty() ? field.help : fmt::format("{} ({})", field.help, field.unit);
    if (field.required) {
      needed.push_back(field.name);
    } else {
      OrderedJson value = field.type->echo(static_cast<const char*>(made.get()) + field.offset);
      // A default that cannot be written (an empty list that must not be empty) stands for absence.
      if (can_be_written(field, value)) property["default"] = std::move(value);
    }
    properties[field.name] = std::move(property);
  }
  OrderedJson schema{
      {"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!needed.empty()) schema["required"] = needed;
  if (needed.empty()) schema["type"] = {"object", "null"};
  if (shorthand_.empty()) return schema;
  return {{"anyOf", OrderedJson::array({find(shorthand_)->type->schema(), schema})}};
}

OrderedJson schema_document(OrderedJson schema, const std::string& title) {
  OrderedJson document{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                       {"title", title}};
  document.update(schema);
  return document;
}

namespace detail {

namespace {

class ErasedTable final : public AnyTable {
 public:
  explicit ErasedTable(const AnyAccess& access) : access_(access) {}
  const std::string& name() const override { return access_.core().name(); }
  std::any parse(const Node& node, Errors& errors) const override {
    std::any value = access_.make();
    access_.core().parse(node, access_.get(value), Scope(errors, name()));
    return value;
  }
  OrderedJson echo(const std::any& value) const override {
    const void* held = access_.get_const(value);
    if (held == nullptr) table_mistake(name() + ": echo of a value of another type");
    return access_.core().echo(held);
  }
  OrderedJson schema() const override { return access_.core().schema(); }
  std::string help() const override { return access_.core().help(); }

 private:
  AnyAccess access_;
};

}  // namespace

std::shared_ptr<const AnyTable> make_any_table(const AnyAccess& access) {
  return std::make_shared<ErasedTable>(access);
}

}  // namespace detail

}  // namespace motive::config
