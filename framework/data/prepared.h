#pragma once
// Purpose: the prepared form of a data set: columns in a folder, mapped into memory.
// Files (little-endian arrays): events.offsets.u64 [U+1], events.item.u32 [N], events.time.i64 [N]
// or absent, events.rating.f32 [N] or absent, events.position.u64 [N] (place among the source's
// events, from 0, for order between users), items.source_order.u32 [I] (the item's place in the
// source, before the permutation), {items,users}.id.{offsets.u64,bytes},
// {items,users}.<field>.{offsets.u64,bytes}, prepared.json (counts, the filters and their funnel:
// a line {step, events, users, items} for the source and for each step; time kind, warnings). truth/ (synthetic worlds only) is for people and tests; nothing in the framework
// hands it to a method. Item numbers are a seeded permutation of the source's order: ids leak
// (evaluation.md). Memory: at most about twice the columns. Determinism: the same source gives the
// same bytes.

#include <memory>

#include "framework/base/cancel.h"
#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/base/progress.h"
#include "framework/data/descriptor.h"
#include "framework/data/filters.h"
#include "framework/data/interactions.h"

namespace motive {

class PreparedData {
 public:
  static Result<PreparedData> open(const Path& folder);

  const EventsView& events() const;
  std::span<const std::uint64_t> positions() const;  // [N]
  const Catalogue& items() const;
  const UserTable& users() const;
  std::span<const std::uint32_t> item_source_order() const;  // [I]
  TimeKind time_kind() const;
  const Json& summary() const;  // prepared.json

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Reads the sources of `descriptor`, drops what `filters` say and writes the columns into `folder`
/// (which exists, and is published by the caller once this returns). `cancel` may be null.
Status prepare(const Descriptor& descriptor, const FilterOptions& filters, const Path& folder,
               Progress& progress, const CancelFlag* cancel = nullptr);

/// The files that `prepare` will read, with their sizes and SHA-256: part of the store key, so that
/// an edited source is prepared again. Error kInvalid where a file is missing, naming the places
/// looked at.
Result<Json> source_fingerprint(const Descriptor& descriptor);

/// Bytes of memory and disk that `prepare` will need, from file sizes alone.
struct PrepareEstimate {
  std::uint64_t memory_bytes = 0, disk_bytes = 0, events = 0;
};
Result<PrepareEstimate> estimate_prepare(const Descriptor& descriptor);

}  // namespace motive
