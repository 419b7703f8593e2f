#include "framework/report/benchmark_ratios.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace motive {
namespace {

constexpr double kLargeDifference = 1.1;

/// Nanoseconds of the repetitions by the benchmark's name, ascending.
std::map<std::string, std::vector<double>> times_of(const Json& run) {
  static const std::map<std::string, double> kUnits{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  std::map<std::string, std::vector<double>> times;
  for (const Json& one : run.value("benchmarks", Json::array())) {
    if (one.value("run_type", "iteration") != "iteration" || one.value("error_occurred", false)) continue;
    const auto unit = kUnits.find(one.value("time_unit", "ns"));
    if (unit == kUnits.end() || !one.contains("real_time")) continue;
    times[one.value("run_name", one.value("name", ""))].push_back(one.at("real_time").get<double>() * unit->second);
  }
  for (auto& [name, values] : times) std::sort(values.begin(), values.end());
  return times;
}

double median(const std::vector<double>& sorted) {
  const std::size_t n = sorted.size();
  return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

std::string time_text(double nanoseconds) {
  if (nanoseconds >= 1e9) return fmt::format("{:.3g} s", nanoseconds / 1e9);
  if (nanoseconds >= 1e6) return fmt::format("{:.3g} ms", nanoseconds / 1e6);
  if (nanoseconds >= 1e3) return fmt::format("{:.3g} us", nanoseconds / 1e3);
  return fmt::format("{:.3g} ns", nanoseconds);
}

std::string flag(const std::vector<double>& before, const std::vector<double>& now) {
  const double ratio = median(now) / median(before);
  if (ratio > kLargeDifference && now.front() > before.back()) return "slower";
  if (ratio < 1 / kLargeDifference && now.back() < before.front()) return "faster";
  return "";
}

std::string processor_of(const Json& run) { return run.value("context", Json::object()).value("processor", "unknown"); }

}  // namespace

std::string ratio_table(const Json& baseline, const Json& now) {
  const auto before = times_of(baseline), after = times_of(now);
  std::size_t width = 9;
  for (const auto& [name, times] : after) width = std::max(width, name.size());
  std::string out = fmt::format("{:<{}}  {:>9}  {:>9}  ratio\n", "benchmark", width, "baseline", "now");
  for (const auto& [name, times] : after) {
    const auto partner = before.find(name);
    if (partner == before.end()) {
      out += fmt::format("{:<{}}  {:>9}  {:>9}  new\n", name, width, "-", time_text(median(times)));
      continue;
    }
    const std::string word = flag(partner->second, times);
    out += fmt::format("{:<{}}  {:>9}  {:>9}  {:.2f}{}\n", name, width, time_text(median(partner->second)),
                       time_text(median(times)), median(times) / median(partner->second), word.empty() ? "" : "  " + word);
  }
  if (processor_of(baseline) != processor_of(now)) {
    out += fmt::format("The baseline ran on another processor ({}; here: {}): the ratios compare machines, not versions.\n",
                       processor_of(baseline), processor_of(now));
  }
  return out;
}

}  // namespace motive
