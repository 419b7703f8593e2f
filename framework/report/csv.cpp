#include "framework/report/csv.h"

#include <fmt/format.h>

namespace motive {
namespace {

constexpr const char* kSlice = "all";

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

std::string stat_fields(const SummaryRow& row, std::size_t metric) {
  if (row.stats.empty()) return ",,,,0,,,";
  const SummaryStat& stat = row.stats[metric];
  return fmt::format("{},{},{},{},{},{}", csv_number(stat.mean), row.users,
                     bounds_fields(stat.users), row.done,
                     stat.sd_seeds ? csv_number(*stat.sd_seeds) : "", bounds_fields(stat.seeds));
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (char c : text) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

std::string csv_number(double value) { return fmt::format("{}", value); }

std::string metrics_csv(const Summary& summary) {
  std::string out =
      "dataset,split,model,label,variant,split_seed,order_seed,init_seed,candidate_seed,llm_seed,"
      "prompt_order_seed,protocol,slice,metric,k,value,users,state,cell\n";
  for (const MeasuredCell& measured : summary.cells) {
    const CellResult& cell = measured.cell;
    const bool done = !measured.values.empty();
    for (std::size_t m = 0; m < summary.specs.size(); ++m) {
      out += fmt::format(
          "{},{},{},{},{},{},{},{},{},{}\n", model_fields(cell), seed_fields(cell.seeds),
          csv_field(cell.protocol), kSlice, summary.specs[m].name(), summary.specs[m].k,
          done ? csv_number(measured.values[m]) : "", done ? fmt::format("{}", measured.users) : "",
          state_name(cell.state), csv_field(cell.cell));
    }
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
    for (std::size_t m = 0; m < summary.specs.size(); ++m) {
      out += fmt::format("{},{},{},{},{},{}\n", model_fields(cell), csv_field(cell.protocol),
                         kSlice, summary.specs[m].name(), summary.specs[m].k, stat_fields(row, m));
    }
  }
  return out;
}

}  // namespace motive
