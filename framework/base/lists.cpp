#include "framework/base/lists.h"

#include <numeric>

namespace motive {

Lists transposed(const Lists& lists, std::size_t n) {
  Lists out;
  out.offsets.assign(n + 1, 0);
  out.values.resize(lists.values.size());
  for (const std::uint32_t v : lists.values) ++out.offsets[v + 1];
  std::partial_sum(out.offsets.begin(), out.offsets.end(), out.offsets.begin());
  std::vector<std::uint64_t> next(out.offsets.begin(), out.offsets.end() - 1);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for (const std::uint32_t v : lists.of(i)) out.values[next[v]++] = static_cast<std::uint32_t>(i);
  }
  return out;
}

}  // namespace motive
