#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/csv.h"
#include "framework/report/published_numbers.h"
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

/// Whether some table has a printed number of this metric.
bool is_published(const std::vector<Table>& tables, const MetricSpec& wanted) {
  for (const Table& table : tables) {
    for (std::size_t d = 0; d < table.datasets.size(); ++d) {
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        if (table.columns[c] == wanted && has_published(table, d, c)) return true;
      }
    }
  }
  return false;
}

std::string published_fields(const Table& table, const TableEntry& entry, const MetricSpec& wanted) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c] != wanted) continue;
    const auto number = published_number(entry, c), difference = published_difference(entry, c);
    std::string minus = difference ? signed_number(*difference) : "";
    if (minus.starts_with('+')) minus.erase(0, 1);  // not every reader of numbers takes it
    return fmt::format(",{},{}", number ? table_number(*number) : "", minus);
  }
  return ",,";
}

}  // namespace

std::string tables_csv(const std::vector<Table>& tables) {
  const std::vector<MetricSpec> columns = all_columns(tables);
  std::string out = "table,dataset,split,protocol,slice,model,label,variant,state";
  std::vector<bool> published;
  for (const MetricSpec& column : columns) {
    published.push_back(is_published(tables, column));
    out += fmt::format(",{0},{0}_sd,{0}_mark", metric_title(column));
    if (published.back()) out += fmt::format(",{0}_published,{0}_difference", metric_title(column));
  }
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
        for (std::size_t c = 0; c < columns.size(); ++c) {
          out += value_fields(table, entry, columns[c]);
          if (published[c]) out += published_fields(table, entry, columns[c]);
        }
        out += "\n";
      }
    }
  }
  return out;
}

}  // namespace motive
