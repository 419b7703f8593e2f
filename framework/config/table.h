#pragma once
// Purpose: one field table a struct. From it come the strict parser, the defaults, the bounds, the
// help, the JSON Schema and the resolved echo; nothing else knows the fields.
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
//                 {{"uniform", Negatives::kUniform}, {"popularity", Negatives::kPopularity, "by
//                 count"}})
//         .later("text", "item text")            // known, refused as "not available yet"
//         .check([](const BprParams& p) -> std::string { return ""; });  // a rule across fields
//     return kTable;
//   }
// Defaults are the struct's own initialisers. Field types: bool, all integers, double, std::string,
// enums (choice), std::optional of these, std::vector of these, structs with a table() of their
// own, std::vector, std::optional and std::map<std::string, .> of those, and any type with a
// specialisation of config::Custom. The table's name is what errors say ("in bpr"); "" for a file's
// top level ("at the top level").
//
// Reading is strict: integers are decimal (010, 0x10, 1_000, 1.0 are errors), quoted scalars are
// strings only, booleans are true and false, a lone value is not a list, nothing (null) is a value
// of optionals, and of maps, where it stands for all defaults. Errors: all go to Errors with
// file:line:column; a value parsed with errors is not to be used.

#include <any>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "framework/config/node.h"
#include "framework/config/table_core.h"

namespace motive::config {

template <class T>
class Table;

template <class T>
concept HasTable = requires {
  { T::table() } -> std::same_as<const Table<T>&>;
};

/// Types with a form of their own, such as a model that is a name or a one-key map. Specialise with
///   static void parse(const Node&, T&, const Scope&);   // scope.expected(node, "a model"),
///   config::read(...) static OrderedJson echo(const T&); static OrderedJson schema(); static
///   std::string name();                          // for the help: "model"
template <class T>
struct Custom {};

template <class T>
concept HasCustom = requires(const Node& node, T& value, const Scope& scope) {
  Custom<T>::parse(node, value, scope);
};

/// A value of an enum: its name, and what it means where the name does not say it all.
template <class E>
struct Choice {
  std::string name;
  E value;
  std::string help = {};
};

namespace detail {

template <class M>
struct Held {  // what a choice's member holds: E, std::optional<E> or std::vector<E>
  using type = M;
};
template <class E>
struct Held<std::optional<E>> {
  using type = E;
};
template <class E>
struct Held<std::vector<E>> {
  using type = E;
};

template <class T>
struct IsOptional : std::false_type {};
template <class E>
struct IsOptional<std::optional<E>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class E>
struct IsVector<std::vector<E>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class E>
struct IsMap<std::map<std::string, E>> : std::true_type {};

template <class T>
TypePtr in_optional(TypePtr element) {
  return optional_type(
      {[](void* p) { static_cast<std::optional<T>*>(p)->reset(); },
       [](void* p) -> void* { return &static_cast<std::optional<T>*>(p)->emplace(); },
       [](const void* p) -> const void* {
         const auto& value = *static_cast<const std::optional<T>*>(p);
         return value ? &*value : nullptr;
       }},
      std::move(element));
}

template <class T>
TypePtr in_vector(TypePtr element, const Rule& rule) {
  static_assert(!std::is_same_v<T, bool>, "a list of booleans has no use here");
  using V = std::vector<T>;
  return list_type(
      {[](void* p) { static_cast<V*>(p)->clear(); },
       [](void* p) -> void* { return &static_cast<V*>(p)->emplace_back(); },
       [](const void* p) { return static_cast<const V*>(p)->size(); },
       [](const void* p, std::size_t i) -> const void* { return &(*static_cast<const V*>(p))[i]; }},
      std::move(element), rule);
}

template <class T>
TypePtr in_map(TypePtr element, const Rule& rule) {
  using V = std::map<std::string, T>;
  return map_type(
      {[](void* p) { static_cast<V*>(p)->clear(); },
       [](void* p, const std::string& key) -> void* { return &(*static_cast<V*>(p))[key]; },
       [](const void* p) {
         std::vector<std::pair<std::string, const void*>> entries;
         for (const auto& [key, value] : *static_cast<const V*>(p)) {
           entries.emplace_back(key, &value);
         }
         return entries;
       }},
      std::move(element), rule);
}

template <class T>
TypePtr integer(const Rule& rule) {
  return integer_type(
      {std::is_signed_v<T>, static_cast<int>(sizeof(T) * 8),
       [](const void* p) { return static_cast<std::uint64_t>(*static_cast<const T*>(p)); },
       [](void* p, std::uint64_t v) { *static_cast<T*>(p) = static_cast<T>(v); }},
      rule);
}

template <class T>
const TableCore& core_of() {
  return T::table().core();
}

template <class T>
TypePtr type_of(const Rule& rule) {
  if constexpr (HasCustom<T>) {
    return custom_type({[](const Node& node, void* p, const Scope& scope) {
                          Custom<T>::parse(node, *static_cast<T*>(p), scope);
                        },
                        [](const void* p) { return Custom<T>::echo(*static_cast<const T*>(p)); },
                        []() { return Custom<T>::schema(); }, Custom<T>::name()});
  } else if constexpr (std::is_same_v<T, bool>) {
    return bool_type();
  } else if constexpr (std::is_integral_v<T>) {
    return integer<T>(rule);
  } else if constexpr (std::is_same_v<T, double>) {
    return number_type(rule);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return string_type(rule);
  } else if constexpr (IsOptional<T>::value) {
    return in_optional<typename T::value_type>(type_of<typename T::value_type>(rule));
  } else if constexpr (IsVector<T>::value) {
    return in_vector<typename T::value_type>(type_of<typename T::value_type>(rule), rule);
  } else if constexpr (IsMap<T>::value) {
    Rule element = rule;
    element.file_name_ = false;  // of a map, it speaks of the keys
    return in_map<typename T::mapped_type>(type_of<typename T::mapped_type>(element), rule);
  } else {
    static_assert(HasTable<T>,
                  "a field needs a basic type, a table(), Custom<T>, or .choice for an enum");
    return struct_type(&core_of<T>);
  }
}

template <class M, class E>
TypePtr choice_of(std::shared_ptr<const std::vector<ChoiceValue>> values, const Rule& rule) {
  TypePtr one = choice_type(
      {[](const void* p) { return static_cast<std::int64_t>(*static_cast<const E*>(p)); },
       [](void* p, std::int64_t v) { *static_cast<E*>(p) = static_cast<E>(v); }},
      std::move(values));
  if constexpr (IsOptional<M>::value) return in_optional<E>(std::move(one));
  if constexpr (IsVector<M>::value) return in_vector<E>(std::move(one), rule);
  return one;
}

}  // namespace detail

template <class T>
class Table {
 public:
  /// name: what errors say of this map; "" for the top level of a file.
  explicit Table(std::string name)
      : core_(std::make_shared<TableCore>(
            std::move(name), []() -> std::shared_ptr<void> { return std::make_shared<T>(); })) {}

  template <class M, class C>
  Table& field(std::string name, M C::*member, std::string help, const Rule& rule = {}) {
    return add<M>(std::move(name), member, std::move(help), detail::type_of<M>(rule), rule,
                  nullptr);
  }

  /// An enum, std::optional or std::vector of one: written as one of the names.
  template <class M, class C>
  Table& choice(
      std::string name, M C::*member, std::string help,
      std::type_identity_t<std::initializer_list<Choice<typename detail::Held<M>::type>>> choices,
      const Rule& rule = {}) {
    using E = typename detail::Held<M>::type;
    auto values = std::make_shared<std::vector<ChoiceValue>>();
    for (const Choice<E>& c : choices) {
      values->push_back({c.name, static_cast<std::int64_t>(c.value), c.help});
    }
    return add<M>(std::move(name), member, std::move(help), detail::choice_of<M, E>(values, rule),
                  rule, values);
  }

  /// A key that is known and refused: "`text` in bpr: not available yet (item text)".
  Table& later(std::string name, std::string what) {
    return core_->add_later(std::move(name), std::move(what)), *this;
  }
  /// The same for one value of the choice `field`.
  Table& later_choice(std::string_view field, std::string value, std::string what) {
    return core_->add_later_choice(field, std::move(value), std::move(what)), *this;
  }

  /// The whole map may be written as a lone value of this field: `target: last` for `{rule: last}`.
  Table& shorthand(std::string field) { return core_->set_shorthand(std::move(field)), *this; }

  /// A rule across fields: "" or what is wrong and what to do. Asked only where each field is
  /// right.
  template <class F>
  Table& check(F rule) {
    return check("", std::move(rule));
  }
  /// The same; the error stands at the value of `field`.
  template <class F>
  Table& check(std::string field, F rule) {
    core_->add_check({std::move(field), [rule](const void* p) -> std::string {
                        return rule(*static_cast<const T*>(p));
                      }});
    return *this;
  }

  const TableCore& core() const { return *core_; }

 private:
  template <class M, class C>
  Table& add(std::string name, M C::*member, std::string help, TypePtr type, const Rule& rule,
             std::shared_ptr<std::vector<ChoiceValue>> choices) {
    static_assert(std::is_base_of_v<C, T>);
    const T probe{};
    const auto offset = static_cast<std::size_t>(reinterpret_cast<const char*>(&(probe.*member)) -
                                                 reinterpret_cast<const char*>(&probe));
    core_->add({std::move(name), std::move(help), std::move(type), offset, rule.required_,
                rule.unit_, std::move(choices)});
    return *this;
  }

  std::shared_ptr<TableCore> core_;
};

/// Reads one value of a field type, for Custom<T>::parse and whoever holds a Node.
template <class T>
void read(const Node& node, T& value, const Scope& scope, const Rule& rule = {}) {
  detail::type_of<T>(rule)->parse(node, &value, scope);
}

/// A whole struct from a map (or nothing: all defaults).
template <HasTable T>
T parse(const Node& node, Errors& errors) {
  T value{};
  T::table().core().parse(node, &value, Scope(errors, T::table().core().name()));
  return value;
}

/// All fields with their values, in table order; reading it again gives the same struct.
template <HasTable T>
OrderedJson echo(const T& value) {
  return T::table().core().echo(&value);
}

template <HasTable T>
OrderedJson schema() {
  return T::table().core().schema();
}

template <HasTable T>
std::string help() {
  return T::table().core().help();
}

/// A schema as a document of its own, with $schema and a title.
OrderedJson schema_document(OrderedJson schema, const std::string& title);

/// A table whose struct is not known by type: what the registry holds.
class AnyTable {
 public:
  virtual ~AnyTable() = default;
  virtual const std::string& name() const = 0;
  /// Parses a map (or null: all defaults). All errors go to `errors`; the value is then not to be
  /// used.
  virtual std::any parse(const Node& node, Errors& errors) const = 0;
  /// All fields with their values, in table order.
  virtual OrderedJson echo(const std::any& value) const = 0;
  virtual OrderedJson schema() const = 0;  // JSON Schema (draft 2020-12) of the object
  virtual std::string help() const = 0;  // an aligned text table: name, type, default, bounds, help
};

namespace detail {
struct AnyAccess {
  const TableCore& (*core)();
  std::any (*make)();
  void* (*get)(std::any&);
  const void* (*get_const)(const std::any&);  // ends the program where it holds another type
};
std::shared_ptr<const AnyTable> make_any_table(const AnyAccess& access);
}  // namespace detail

template <HasTable T>
std::shared_ptr<const AnyTable> any_table() {
  return detail::make_any_table(
      {&detail::core_of<T>, [] { return std::any(T{}); },
       [](std::any& a) -> void* { return std::any_cast<T>(&a); },
       [](const std::any& a) -> const void* { return std::any_cast<T>(&a); }});
}

}  // namespace motive::config
