#include "framework/report/spread.h"

#include <cmath>
#include <set>

#include "framework/report/csv.h"
#include "framework/report/significance.h"

namespace motive {
namespace {

using Seed = std::optional<std::uint64_t>;
constexpr std::pair<const char*, Seed CellSeeds::*> kKinds[] = {
    {"split", &CellSeeds::split},           {"order", &CellSeeds::order}, {"init", &CellSeeds::init},
    {"candidates", &CellSeeds::candidates}, {"llm", &CellSeeds::llm},     {"prompt order", &CellSeeds::prompt_order}};

}  // namespace

std::optional<VarianceParts> spread_of(const Summary& summary, const SummaryRow& row, std::size_t spec) {
  std::vector<double> values;
  std::vector<const CellSeeds*> seeds;
  for (std::size_t i = row.first; i < row.first + row.cells; ++i) {
    const MeasuredCell& cell = summary.cells[i];
    if (cell.values.empty() || std::isnan(cell.values[spec])) continue;
    values.push_back(cell.values[spec]);
    seeds.push_back(&cell.cell.seeds);
  }
  std::vector<VarianceFactor> factors;
  for (const auto& [name, member] : kKinds) {
    VarianceFactor factor{name, {}};
    for (const CellSeeds* one : seeds) factor.levels.push_back((one->*member).value_or(0));
    if (std::set<std::uint64_t>(factor.levels.begin(), factor.levels.end()).size() > 1) factors.push_back(std::move(factor));
  }
  if (factors.size() < 2) return std::nullopt;
  auto parts = variance_parts(values, factors);
  return parts ? std::optional(std::move(*parts)) : std::nullopt;
}

std::string variance_csv(const Summary& summary) {
  std::string out = "dataset,split,protocol,label,variant,metric,k,part,levels,variance,share,cut\n";
  for (const SummaryRow& row : summary.rows) {
    const CellResult& cell = summary.of(row);
    for (const std::size_t m : tested_specs(summary.specs)) {
      const auto parts = spread_of(summary, row, m);
      if (!parts) break;
      for (const VariancePart& part : parts->parts) {
        out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(cell.dataset), csv_field(cell.split), csv_field(cell.protocol),
                           csv_field(cell.label), csv_field(cell.variant), summary.specs[m].name(),
                           summary.specs[m].k > 0 ? fmt::format("{}", summary.specs[m].k) : "", csv_field(part.name), part.levels,
                           csv_number(part.variance), csv_number(part.share), part.cut ? 1 : 0);
      }
    }
  }
  return out;
}

}  // namespace motive
