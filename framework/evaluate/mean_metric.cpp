#include "framework/evaluate/ranking.h"

namespace motive {

double mean_metric(const MetricSpec& metric, std::span<const RankRow> rows) {
  double sum = 0;
  std::size_t users = 0;
  std::vector<Position> positions;
  for (std::size_t begin = 0; begin < rows.size(); ++users) {
    positions.clear();
    std::size_t end = begin;
    for (; end < rows.size() && rows[end].query == rows[begin].query; ++end) {
      positions.push_back({rows[end].above, rows[end].tied, rows[end].candidates});
    }
    sum += user_metric(metric, positions, Ties::kExpected);
    begin = end;
  }
  return users == 0 ? 0 : sum / static_cast<double>(users);
}

}  // namespace motive
