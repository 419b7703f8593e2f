#pragma once
// Purpose: how large a data set is, and what that makes of a fit or ranking, for estimates: exact where it is prepared,
// else what its descriptor knows or what sets of so many events usually have.

#include "framework/data/prepared.h"
#include "framework/experiment/schema.h"
#include "framework/recommend/estimate.h"

namespace motive {

struct DataSize {
  std::uint64_t users = 0, items = 0, events = 0;
  double item_tokens = Shape{}.item_tokens;
};

DataSize guess_size(const Descriptor& dataset, std::uint64_t events);
DataSize size_of(const PreparedData& data);

/// All users, so many negatives (0: all items).
Shape whole_shape(const DataSize& size, std::uint64_t negatives);
/// The same with as many queries as the split tests, and histories as long as it shows.
Shape tested_shape(const DataSize& size, const SplitConfig& split, const UsersConfig& users, std::uint64_t negatives);

/// Mapped columns, the split's lists, the gathered training events, histories and masks.
std::uint64_t bytes_of(const DataSize& size);

}  // namespace motive
