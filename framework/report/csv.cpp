#include "framework/report/csv.h"

#include <fmt/format.h>

#include <cmath>

namespace motive {
namespace {

constexpr const char* kAll = "all";

/// Empty where a value cannot be had.
std::string value_field(double value) { return std::isnan(value) ? "" : csv_number(value); }

/// Empty where the metric has no cutoff.
std::string cutoff_field(const MetricSpec& spec) {
  return spec.k > 0 ? fmt::format("{}", spec.k) : "";
}

std::string optional_seed(const std::optional<std::uint64_t>& seed) {
  return seed ? fmt::format("{}", *seed) : "";
}

std::string seed_fields(const CellSeeds& seeds) {
  return fmt::format("{},{},{},{},{},{}", optional_seed(seeds.split), optional_seed(seeds.order),
                     optional_seed(seeds.init), optional_seed(seeds.candidates),
                     optional_seed(seeds.llm), optional_seed(seeds.prompt_order));
}

std::string model_fields(const CellResult& cell) {
  return fmt::format("{},{},{},{},{}", csv_field(cell.dataset), csv_field(cell.split),
                     csv_field(cell.model), csv_field(cell.label), csv_field(cell.variant));
}

std::string bounds_fields(const std::optional<Bounds>& bounds) {
  return bounds ? fmt::format("{},{}", csv_number(bounds->low), csv_number(bounds->high)) : ",";
}

std::string stat_fields(const std::vector<SummaryStat>& stats, std::size_t metric,
                        std::uint64_t users, std::size_t done) {
  if (stats.empty()) return ",,,,0,,,";
  const SummaryStat& stat = stats[metric];
  return fmt::format("{},{},{},{},{},{}", value_field(stat.mean), users, bounds_fields(stat.users),
                     done, stat.sd_seeds ? csv_number(*stat.sd_seeds) : "",
                     bounds_fields(stat.seeds));
}

}  // namespace

std::string csv_number(double value) { return fmt::format("{}", value); }

std::string metrics_csv(const Summary& summary) {
  std::string out =
      "dataset,split,model,label,variant,split_seed,order_seed,init_seed,candidate_seed,llm_seed,"
      "prompt_order_seed,protocol,slice,metric,k,value,users,state,cell\n";
  for (const MeasuredCell& measured : summary.cells) {
    const CellResult& cell = measured.cell;
    const auto add = [&](const std::string& slice, const std::vector<double>& values,
                         std::uint64_t users) {
      for (std::size_t m = 0; m < summary.specs.size(); ++m) {
        out += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", model_fields(cell),
                           seed_fields(cell.seeds), csv_field(cell.protocol), csv_field(slice),
                           summary.specs[m].name(), cutoff_field(summary.specs[m]),
                           values.empty() ? "" : value_field(values[m]),
                           values.empty() ? "" : fmt::format("{}", users), state_name(cell.state),
                           csv_field(cell.cell));
      }
    };
    add(kAll, measured.values, measured.users);
    for (const MeasuredSlice& slice : measured.slices) add(slice.name, slice.values, slice.users);
  }
  return out;
}

std::string summary_csv(const Summary& summary) {
  std::string out =
      "dataset,split,model,label,variant,protocol,slice,metric,k,mean,users,ci_users_low,ci_users_"
      "high,"
      "seeds,sd_seeds,ci_seeds_low,ci_seeds_high\n";
  for (const SummaryRow& row : summary.rows) {
    const CellResult& cell = summary.of(row);
    const auto add = [&](const std::string& slice, const std::vector<SummaryStat>& stats,
                         std::uint64_t users, std::size_t done) {
      for (std::size_t m = 0; m < summary.specs.size(); ++m) {
        out += fmt::format("{},{},{},{},{},{}\n", model_fields(cell), csv_field(cell.protocol),
                           csv_field(slice), summary.specs[m].name(),
                           cutoff_field(summary.specs[m]), stat_fields(stats, m, users, done));
      }
    };
    add(kAll, row.stats, row.users, row.done);
    for (const SummarySlice& slice : row.slices)
      add(slice.name, slice.stats, slice.users, slice.done);
  }
  return out;
}

}  // namespace motive
