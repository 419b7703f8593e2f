#include "framework/experiment/plan_size.h"

#include <algorithm>
#include <cmath>

#include "framework/llm/wire.h"

namespace motive {
namespace {

/// Mean tokens of an item's title and description.
double item_tokens_of(const PreparedData& data) {
  const Catalogue& items = data.items();
  const std::size_t step = std::max<std::size_t>(1, items.size() / 1000);
  std::int64_t tokens = 0, n = 0;
  for (std::size_t i = 0; i < items.size(); i += step, ++n) {
    tokens += llm::estimate_tokens(items.text(i, "title")) + llm::estimate_tokens(items.text(i, "description"));
  }
  return n == 0 ? 0 : static_cast<double>(tokens) / static_cast<double>(n);
}

}  // namespace

DataSize guess_size(const Descriptor& dataset, std::uint64_t events) {
  if (dataset.size) return {dataset.size->users, dataset.size->items, dataset.size->interactions};
  const double root = std::sqrt(static_cast<double>(events));
  return {static_cast<std::uint64_t>(40 * root) + 1, static_cast<std::uint64_t>(10 * root) + 1, events};
}

DataSize size_of(const PreparedData& data) {
  return {data.events().users(), data.items().size(), data.events().size(), item_tokens_of(data)};
}

Shape whole_shape(const DataSize& size, std::uint64_t negatives) {
  return {size.users, size.items, size.events, size.users, negatives > 0 ? negatives + 1 : size.items, size.item_tokens,
          static_cast<double>(size.events) / static_cast<double>(std::max<std::uint64_t>(1, size.users))};
}

Shape tested_shape(const DataSize& size, const SplitConfig& split, const UsersConfig& users, std::uint64_t negatives) {
  Shape shape = whole_shape(size, negatives);
  if (split.type == SplitType::kUserCold && split.fraction && split.select == Select::kRandom) {
    shape.queries = static_cast<std::uint64_t>(static_cast<double>(shape.users) * *split.fraction) + 1;
  }
  if (split.max_history) shape.history = std::min(shape.history, static_cast<double>(*split.max_history));
  const auto sample = static_cast<std::uint64_t>(users.sample);
  if (sample > 0) shape.queries = std::min(shape.queries, sample);
  return shape;
}

std::uint64_t bytes_of(const DataSize& size) { return size.events * 72 + size.users * 64 + size.items * 400; }

}  // namespace motive
