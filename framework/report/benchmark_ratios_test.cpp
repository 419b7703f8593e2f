#include "framework/report/benchmark_ratios.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace motive {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

Json run_of(const std::string& name, const std::vector<double>& milliseconds, const std::string& processor = "P") {
  Json benchmarks = Json::array();
  for (const double time : milliseconds) {
    benchmarks.push_back({{"run_name", name}, {"run_type", "iteration"}, {"real_time", time}, {"time_unit", "ms"}});
  }
  benchmarks.push_back({{"run_name", name}, {"run_type", "aggregate"}, {"real_time", 1e9}, {"time_unit", "ms"}});
  return {{"context", {{"processor", processor}}}, {"benchmarks", benchmarks}};
}

TEST(BenchmarkRatios, AreThoseOfMedians) {
  EXPECT_THAT(ratio_table(run_of("rank", {1, 2, 30}), run_of("rank", {4, 3, 50})), ContainsRegex("rank +2 ms +4 ms +2.00\n"));
}

TEST(BenchmarkRatios, FlagOnlyWhatIsBeyondNoise) {
  const auto flagged = [](std::vector<double> before, std::vector<double> now) {
    return ratio_table(run_of("x", before), run_of("x", now));
  };
  EXPECT_THAT(flagged({1, 1.1, 1.2}, {2, 2.1, 2.2}), HasSubstr("slower"));
  EXPECT_THAT(flagged({2, 2.1, 2.2}, {1, 1.1, 1.2}), HasSubstr("faster"));
  EXPECT_THAT(flagged({1, 1.1, 3}, {2, 2.1, 2.2}), Not(HasSubstr("slower"))) << "the ranges overlap";
  EXPECT_THAT(flagged({1, 1.001, 1.002}, {1.05, 1.051, 1.052}), Not(HasSubstr("slower"))) << "by less than a tenth";
}

TEST(BenchmarkRatios, SayWhatCannotBeCompared) {
  EXPECT_THAT(ratio_table(run_of("old", {1}), run_of("fresh", {1})), ContainsRegex("fresh .*new\n"));
  EXPECT_THAT(ratio_table(run_of("x", {1}, "P"), run_of("x", {1}, "Q")), HasSubstr("another processor"));
  EXPECT_THAT(ratio_table(Json::object(), run_of("x", {1})), HasSubstr("new"));
}

}  // namespace
}  // namespace motive
