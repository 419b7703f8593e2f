#pragma once
// Purpose: what a reader (or the synthetic world) makes of its sources, in memory, before it
// becomes columns: users and items as strings numbered by first appearance, events in the order of
// the source, text fields of items and users. prepare() sorts it, treats repeats, permutes the
// items and writes it. Memory: 20 bytes an event with time and rating; no allocation per row.
//
//   RawTables out;
//   out.time_kind = TimeKind::kAbsolute;
//   out.has_ratings = true;
//   out.add_event("user-7", "item-3", /*time=*/1700000000, /*rating=*/4.0f);
//   const auto row = out.items.row("item-3");
//   out.items.set(row, out.items.field("title"), "A small red kettle");

#include <string>
#include <string_view>
#include <vector>

#include "framework/data/interactions.h"
#include "framework/data/string_pool.h"

namespace motive {

/// One text field of a table. Values may be set in any order; a second one replaces the first.
class RawField {
 public:
  explicit RawField(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }
  void set(std::size_t row, std::string_view value) {
    if (row >= spans_.size()) spans_.resize(row + 1);
    spans_[row] = {bytes_.size(), value.size()};
    bytes_.append(value);
  }
  /// "" where nothing was set.
  std::string_view get(std::size_t row) const {
    if (row >= spans_.size()) return {};
    return std::string_view(bytes_).substr(spans_[row].begin, spans_[row].size);
  }

 private:
  struct Span {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
  };
  std::string name_;
  std::string bytes_;
  std::vector<Span> spans_;
};

/// Rows with a raw id and text fields.
class RawTable {
 public:
  /// The row of an id, new where it was not there. Rows are numbered by first appearance.
  std::uint32_t row(std::string_view id) { return ids_.add(id); }
  /// StringPool::kAbsent where it is not there.
  std::uint32_t find(std::string_view id) const { return ids_.find(id); }
  /// The number of a field, new (and last) where it was not there.
  std::size_t field(std::string_view name) {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].name() == name) return i;
    }
    fields_.emplace_back(std::string(name));
    return fields_.size() - 1;
  }
  void set(std::uint32_t row, std::size_t field, std::string_view value) {
    fields_[field].set(row, value);
  }
  std::string_view get(std::uint32_t row, std::size_t field) const {
    return fields_[field].get(row);
  }
  std::size_t size() const { return ids_.size(); }
  const StringPool& ids() const { return ids_; }
  const std::vector<RawField>& fields() const { return fields_; }

 private:
  StringPool ids_;
  std::vector<RawField> fields_;
};

/// Set time_kind and has_ratings before the first event.
struct RawTables {
  RawTable users;
  RawTable items;

  TimeKind time_kind = TimeKind::kNone;
  bool has_ratings = false;
  std::int64_t ticks_per_second = 1;  // of event_time; finer ticks order events, seconds are stored

  std::vector<std::uint32_t> event_user;  // [N] row of users
  std::vector<std::uint32_t> event_item;  // [N] row of items
  std::vector<std::int64_t> event_time;   // [N], or empty where time_kind is kNone
  std::vector<float> event_rating;        // [N], or empty where has_ratings is false

  std::vector<std::string> warnings;  // sentences for people; prepared.json keeps them

  std::size_t size() const { return event_user.size(); }

  void add_event(std::uint32_t user, std::uint32_t item, std::int64_t time = 0, float rating = 0) {
    event_user.push_back(user);
    event_item.push_back(item);
    if (time_kind != TimeKind::kNone) event_time.push_back(time);
    if (has_ratings) event_rating.push_back(rating);
  }
  void add_event(std::string_view user, std::string_view item, std::int64_t time = 0,
                 float rating = 0) {
    add_event(users.row(user), items.row(item), time, rating);
  }
};

}  // namespace motive
