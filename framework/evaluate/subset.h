#pragma once
// Purpose: a seeded sample of the test queries, for canaries and validation.

#include "framework/evaluate/ledger.h"

namespace motive {

/// At most n of 0..size-1, ascending. The same for the same size, n and seed.
std::vector<std::uint32_t> sample_queries(std::size_t size, std::size_t n, std::uint64_t seed);

/// The named queries of a set, in the given order.
QuerySet take_queries(const QuerySet& set, std::span<const std::uint32_t> queries);

}  // namespace motive
