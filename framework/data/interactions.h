#pragma once
// Purpose: the views of a prepared data set that everything downstream reads: events by user (CSR, in
// the protocol's order), the item catalogue with its text, the users' fields. All are views into mapped
// files; nothing is copied.
// Shapes: [U+1] offsets, [N] per event. Order inside a user: (timestamp, position in the source).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/ids.h"

namespace motive {

/// Events by user. `times` and `ratings` are empty where the source has none.
struct EventsView {
  std::span<const std::uint64_t> offsets;  // [U+1]
  std::span<const ItemId> items;           // [N]
  std::span<const std::int64_t> times;     // [N] seconds since 1970 (or since a user's first event), or empty
  std::span<const float> ratings;          // [N] or empty

  std::size_t users() const { return offsets.empty() ? 0 : offsets.size() - 1; }
  std::size_t size() const { return items.size(); }
  std::size_t begin(UserId u) const { return offsets[index(u)]; }
  std::size_t end(UserId u) const { return offsets[index(u) + 1]; }
  std::span<const ItemId> items_of(UserId u) const { return items.subspan(begin(u), end(u) - begin(u)); }
};

/// Many strings in one block of bytes. offsets [n+1].
class StringsView {
 public:
  StringsView() = default;
  StringsView(std::span<const std::uint64_t> offsets, std::string_view bytes) : offsets_(offsets), bytes_(bytes) {}
  std::size_t size() const { return offsets_.empty() ? 0 : offsets_.size() - 1; }
  std::string_view operator[](std::size_t i) const {
    return bytes_.substr(offsets_[i], offsets_[i + 1] - offsets_[i]);
  }

 private:
  std::span<const std::uint64_t> offsets_;
  std::string_view bytes_;
};

/// One row per user or item: its raw id and named text fields ("title", "categories", "age", ...).
/// A missing value is the empty string.
class TableView {
 public:
  TableView() = default;
  TableView(StringsView ids, std::vector<std::pair<std::string, StringsView>> fields)
      : ids_(ids), fields_(std::move(fields)) {}
  std::size_t size() const { return ids_.size(); }
  std::string_view id(std::size_t row) const { return ids_[row]; }
  bool has(std::string_view field) const { return find(field) != nullptr; }
  /// "" where the field or the value is missing.
  std::string_view text(std::size_t row, std::string_view field) const {
    const StringsView* column = find(field);
    return column ? (*column)[row] : std::string_view{};
  }
  const std::vector<std::pair<std::string, StringsView>>& fields() const { return fields_; }

 private:
  const StringsView* find(std::string_view field) const {
    for (const auto& [name, column] : fields_) {
      if (name == field) return &column;
    }
    return nullptr;
  }
  StringsView ids_;
  std::vector<std::pair<std::string, StringsView>> fields_;
};

using Catalogue = TableView;   // row = ItemId
using UserTable = TableView;   // row = UserId

enum class TimeKind { kNone, kAbsolute, kRelative };

}  // namespace motive
