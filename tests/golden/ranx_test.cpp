// Metrics against those of ranx 0.3.21 on random rankings without ties, with several positives.
// ranx_values.py made the numbers.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "framework/base/files.h"
#include "framework/evaluate/metrics.h"

namespace motive {
namespace {

TEST(Ranx, MetricsAgree) {
  const auto text = read_file(Path(MOTIVE_SOURCE_DIR) / "tests/golden/ranx_values.csv");
  ASSERT_TRUE(text) << text.error().message;
  std::istringstream lines(*text);
  std::string line;
  std::getline(lines, line);
  ASSERT_EQ(line, "candidates,ranks,metric,k,value");
  std::map<std::string, int> compared;
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string candidates, ranks, metric, k, value;
    for (std::string* field : {&candidates, &ranks, &metric, &k, &value})
      std::getline(fields, *field, ',');
    std::vector<Position> positives;
    std::istringstream places(ranks);
    for (std::uint32_t rank = 0; places >> rank;) {
      positives.push_back({rank - 1, 0, static_cast<std::uint32_t>(std::stoul(candidates))});
    }
    const auto kind = metric_kind(metric);
    ASSERT_TRUE(kind) << metric;
    EXPECT_NEAR(user_metric({*kind, std::stoi(k)}, positives, Ties::kExpected), std::stod(value),
                1e-9)
        << line;
    ++compared[metric];
  }
  EXPECT_EQ(compared.size(), 6u);
  for (const auto& [metric, n] : compared) EXPECT_EQ(n, 60) << metric;
}

}  // namespace
}  // namespace motive
