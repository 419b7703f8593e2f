#include "framework/llm/ranking.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "framework/base/rng.h"
#include "framework/llm/parse_json.h"

namespace motive::llm {
namespace {

/// OpenAI's strict mode takes no more values of one enum.
constexpr std::size_t kMostEnumValues = 1000;

std::vector<std::uint32_t> seeded_order(std::size_t n, std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  Rng(seed, purpose, index).shuffle(std::span(order));
  return order;
}

/// Pairs of `values` that stand in falling order; sorts them.
std::uint64_t count_inversions(std::span<std::uint32_t> values, std::vector<std::uint32_t>& buffer) {
  if (values.size() < 2) return 0;
  const std::size_t half = values.size() / 2;
  const auto left = values.first(half), right = values.subspan(half);
  std::uint64_t inversions = count_inversions(left, buffer) + count_inversions(right, buffer);
  buffer.clear();
  std::size_t i = 0, j = 0;
  while (i < left.size() && j < right.size()) {
    if (right[j] < left[i]) {
      inversions += left.size() - i;
      buffer.push_back(right[j++]);
    } else {
      buffer.push_back(left[i++]);
    }
  }
  buffer.insert(buffer.end(), left.begin() + static_cast<std::ptrdiff_t>(i), left.end());
  buffer.insert(buffer.end(), right.begin() + static_cast<std::ptrdiff_t>(j), right.end());
  std::copy(buffer.begin(), buffer.end(), values.begin());
  return inversions;
}

}  // namespace

std::string candidate_id(std::size_t place, std::size_t candidates) {
  std::string number = std::to_string(place + 1);
  const std::size_t digits = std::to_string(std::max(candidates, place + 1)).size();
  return "c" + std::string(digits - number.size(), '0') + number;
}

std::vector<std::uint32_t> shown_order(std::size_t n, std::uint64_t seed, std::uint32_t row, std::uint32_t permutation) {
  return seeded_order(n, seed, "llm/shown", std::uint64_t{row} << 32 | permutation);
}

RepairedList repair(std::span<const std::string> ids, std::size_t n, std::size_t wanted, std::uint64_t seed, std::uint32_t row) {
  std::unordered_map<std::string, std::uint32_t> places;
  for (std::size_t place = 0; place < n; ++place) places.emplace(candidate_id(place, n), static_cast<std::uint32_t>(place));
  wanted = std::min(wanted, n);
  RepairedList list;
  list.order.reserve(n);
  std::vector<bool> taken(n, false);
  for (const std::string& id : ids) {
    // Faults behind what was asked for harm nothing.
    const bool counts = list.order.size() < wanted;
    const auto found = places.find(id);
    if (found == places.end()) {
      list.faults.unknown += counts ? 1 : 0;
    } else if (taken[found->second]) {
      list.faults.repeated += counts ? 1 : 0;
    } else {
      taken[found->second] = true;
      list.order.push_back(found->second);
    }
  }
  list.listed = list.order.size();
  list.faults.missing = static_cast<std::uint32_t>(wanted - std::min(list.listed, wanted));
  for (const std::uint32_t place : seeded_order(n, seed, "llm/missing", row)) {
    if (!taken[place]) list.order.push_back(place);
  }
  return list;
}

std::vector<std::uint32_t> borda(std::span<const std::vector<std::uint32_t>> lists, std::uint64_t seed, std::uint32_t row) {
  if (lists.empty()) return {};
  const std::size_t n = lists.front().size();
  std::vector<std::uint64_t> points(n, 0);
  for (const auto& list : lists) {
    for (std::size_t place = 0; place < list.size(); ++place) points[list[place]] += n - place;
  }
  std::vector<std::uint32_t> order = seeded_order(n, seed, "llm/borda", row);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return points[a] > points[b]; });
  return order;
}

double kendall_tau(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  const std::size_t n = a.size();
  if (n < 2) return 1;
  std::vector<std::uint32_t> place(n), values(n), buffer;
  for (std::size_t i = 0; i < n; ++i) place[a[i]] = static_cast<std::uint32_t>(i);
  for (std::size_t i = 0; i < n; ++i) values[i] = place[b[i]];
  buffer.reserve(n);
  const auto discordant = static_cast<double>(count_inversions(values, buffer));
  const auto count = static_cast<double>(n);
  return 1 - 4 * discordant / (count * (count - 1));
}

std::vector<std::pair<std::size_t, std::size_t>> sliding_windows(std::size_t n, std::size_t window, std::size_t stride) {
  // A step longer than the window would leave places out.
  window = std::max<std::size_t>(window, 1);
  stride = std::clamp<std::size_t>(stride, 1, window);
  std::vector<std::pair<std::size_t, std::size_t>> windows;
  for (std::size_t end = n; end > 0; end -= stride) {
    const std::size_t begin = end > window ? end - window : 0;
    windows.emplace_back(begin, end);
    if (begin == 0) break;
  }
  return windows;
}

Json ranking_schema(std::size_t candidates, std::size_t wanted, bool reasons) {
  Json id = {{"type", "string"}};
  if (candidates <= kMostEnumValues) {
    Json& names = id["enum"] = Json::array();
    for (std::size_t place = 0; place < candidates; ++place) names.push_back(candidate_id(place, candidates));
  }
  Json entry = id;
  if (reasons) {
    entry = {{"type", "object"},
             {"properties", {{"id", id}, {"reason", {{"type", "string"}}}}},
             {"required", {"id", "reason"}},
             {"additionalProperties", false}};
  }
  const std::size_t length = std::min(wanted, candidates);
  return {{"type", "object"},
          {"properties", {{"ranking", {{"type", "array"}, {"items", entry}, {"minItems", length}, {"maxItems", length}}}}},
          {"required", Json::array({"ranking"})},
          {"additionalProperties", false}};
}

ListedIds ids_in(const Json& answer) {
  ListedIds listed;
  const Json& ranking = member_at(answer, "ranking");
  if (!ranking.is_array()) return listed;
  for (const Json& entry : ranking) {
    // What is neither keeps its place as an id that nobody knows.
    listed.ids.push_back(entry.is_string() ? entry.get<std::string>() : text_at(entry, "id"));
    listed.reasons.push_back(text_at(entry, "reason"));
  }
  return listed;
}

}  // namespace motive::llm
