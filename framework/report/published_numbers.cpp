#include "framework/report/published_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace motive {

std::optional<double> published_number(const TableEntry& entry, std::size_t column) {
  if (column < entry.values.size()) return entry.values[column].published;
  return column < entry.published.size() ? entry.published[column] : std::nullopt;
}

std::optional<double> published_difference(const TableEntry& entry, std::size_t column) {
  const auto number = published_number(entry, column);
  if (!number || column >= entry.values.size() || std::isnan(entry.values[column].mean)) return std::nullopt;
  return entry.values[column].mean - *number;
}

std::string signed_number(double value) {
  const std::string text = table_number(std::abs(value));
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return (zero || std::isnan(value) ? "" : value < 0 ? "-" : "+") + text;
}

std::string published_text(const TableEntry& entry, std::size_t column) {
  const auto number = published_number(entry, column);
  if (!number) return "";
  const auto difference = published_difference(entry, column);
  return table_number(*number) + (difference ? fmt::format(" ({})", signed_number(*difference)) : "");
}

bool has_published(const Table& table, std::size_t dataset, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
    return published_number(row.datasets[dataset], column).has_value();
  });
}

}  // namespace motive
