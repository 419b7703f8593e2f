#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/csv.h"
#include "framework/report/table.h"

namespace motive {
namespace {

/// The columns of all tables, each once, in order of first appearance.
std::vector<MetricSpec> all_columns(const std::vector<Table>& tables) {
  std::vector<MetricSpec> all;
  for (const Table& table : tables) {
    for (const MetricSpec& column : table.columns) {
      if (std::find(all.begin(), all.end(), column) == all.end()) all.push_back(column);
    }
  }
  return all;
}

std::string value_fields(const Table& table, const TableEntry& entry, const MetricSpec& wanted) {
  for (std::size_t c = 0; c < table.columns.size() && !entry.values.empty(); ++c) {
    if (table.columns[c] != wanted) continue;
    const TableValue& value = entry.values[c];
    return fmt::format(",{},{},{}", std::isnan(value.mean) ? "" : table_number(value.mean),
                       value.sd ? table_number(*value.sd) : "", value.best ? "*" : "");
  }
  return ",,,";
}

}  // namespace

std::string tables_csv(const std::vector<Table>& tables) {
  const std::vector<MetricSpec> columns = all_columns(tables);
  std::string out = "table,dataset,split,protocol,slice,model,label,variant,state";
  for (const MetricSpec& column : columns)
    out += fmt::format(",{0},{0}_sd,{0}_mark", metric_title(column));
  out += "\n";
  for (const Table& table : tables) {
    for (std::size_t d = 0; d < table.datasets.size(); ++d) {
      for (const TableRow& row : table.rows) {
        const TableEntry& entry = row.datasets[d];
        out += fmt::format("{},{},{},{},{},{},{},{},{}", csv_field(table.name),
                           csv_field(table.datasets[d]), csv_field(table.split),
                           csv_field(table.protocol),
                           row.slice.empty() ? "all" : csv_field(row.slice), csv_field(row.model),
                           csv_field(row.label), csv_field(row.variant), state_name(entry.state));
        for (const MetricSpec& column : columns) out += value_fields(table, entry, column);
        out += "\n";
      }
    }
  }
  return out;
}

}  // namespace motive
