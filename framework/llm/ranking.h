#pragma once
// Purpose: what methods share that let a language model put candidates into an order: short ids, a seeded order of
// presentation, reading and repairing lists, several permutations, Borda counts, sliding windows.
// Repair: repeated ids count once, the first time; unknown ids are dropped; missing ones follow in a seeded order that
// knows nothing of labels or of the order shown. A list is valid (strict) when nothing had to be repaired within what
// was asked for: `wanted` distinct known ids.
// Determinism: functions of their arguments and the seed.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/ids.h"
#include "framework/base/json.h"

namespace motive::llm {

/// "c01" .. "c30": as many digits as the number needs.
std::string candidate_id(std::size_t place, std::size_t candidates);

/// The order in which candidates are shown, a permutation of 0..n-1: hash of seed, row and number of the permutation.
std::vector<std::uint32_t> shown_order(std::size_t n, std::uint64_t seed, std::uint32_t row, std::uint32_t permutation);

struct ListFaults {
  std::uint32_t repeated = 0, unknown = 0, missing = 0;
  bool valid() const { return repeated + unknown + missing == 0; }
  friend bool operator==(const ListFaults&, const ListFaults&) = default;
};
struct RepairedList {
  std::vector<std::uint32_t> order;  // places as shown, all n of them, best first
  std::size_t listed = 0;            // of these, so many came from the model
  ListFaults faults;
};
/// ids as the model gave them; n candidates were shown; wanted: how many it was asked for (at most n).
RepairedList repair(std::span<const std::string> ids, std::size_t n, std::size_t wanted, std::uint64_t seed, std::uint32_t row);

/// Mean of n - place over the lists (Borda); ties by the seeded order. Lists are permutations of 0..n-1.
std::vector<std::uint32_t> borda(std::span<const std::vector<std::uint32_t>> lists, std::uint64_t seed, std::uint32_t row);
/// Kendall's tau-a between two permutations of 0..n-1; n log n.
double kendall_tau(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b);

/// Windows over a list of n, from its end to its start as RankGPT does: [begin, end) of each.
std::vector<std::pair<std::size_t, std::size_t>> sliding_windows(std::size_t n, std::size_t window, std::size_t stride);

/// Schema of an answer {"ranking": [ids]}, or with reasons {"ranking": [{"id", "reason"}]}.
Json ranking_schema(std::size_t candidates, std::size_t wanted, bool reasons);
struct ListedIds {
  std::vector<std::string> ids, reasons;  // reasons: "" where none was asked
};
ListedIds ids_in(const Json& answer);

}  // namespace motive::llm
