#pragma once
// Purpose: what the tests of the synthetic world share: a world made with its truth read back, and
// two statistics of dependence.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/base/temporary_folder.h"
#include "framework/data/world.h"

namespace motive::test {

/// A CSV file of the truth. Its names hold no quotes or line breaks.
struct Csv {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  std::size_t column(const std::string& name) const {
    const auto at = std::find(header.begin(), header.end(), name);
    if (at == header.end()) throw std::runtime_error("no column " + name);
    return static_cast<std::size_t>(at - header.begin());
  }
  std::vector<std::string> texts(const std::string& name) const {
    std::vector<std::string> result;
    for (const auto& row : rows) result.push_back(row.at(column(name)));
    return result;
  }
  std::vector<double> numbers(const std::string& name) const {
    std::vector<double> result;
    for (const auto& row : rows) result.push_back(std::stod(row.at(column(name))));
    return result;
  }
};

inline Csv read_csv(const Path& file) {
  const auto text = read_file(file);
  if (!text) throw std::runtime_error(text.error().message);
  Csv csv;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> row;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) row.push_back(cell);
    if (csv.header.empty()) {
      csv.header = row;
    } else {
      csv.rows.push_back(row);
    }
  }
  return csv;
}

inline const std::vector<std::string> kTraits = {
    "functionality",         "aesthetic",         "price_value", "quality_durability",
    "sustainability_ethics", "emotional_hedonic", "social_gift", "health_safety"};

struct World {
  RawTables tables;
  Csv users, items;
};

inline World make_world(const WorldOptions& options) {
  const TemporaryFolder folder;
  World world;
  const Status status = generate_world(options, world.tables, folder.path());
  if (!status) throw std::runtime_error(status.error().message);
  world.users = read_csv(folder.path() / "users.csv");
  world.items = read_csv(folder.path() / "items.csv");
  return world;
}

/// [rows] the trait with the largest weight.
inline std::vector<std::size_t> main_traits(const Csv& csv) {
  const std::size_t first = csv.column(kTraits.front());
  std::vector<std::size_t> result;
  for (const auto& row : csv.rows) {
    std::size_t best = 0;
    for (std::size_t m = 1; m < kTraits.size(); ++m) {
      if (std::stod(row[first + m]) > std::stod(row[first + best])) best = m;
    }
    result.push_back(best);
  }
  return result;
}

/// All that the tables hold, as one text.
inline std::string contents(const RawTables& tables) {
  std::string text;
  for (const RawTable* table : {&tables.users, &tables.items}) {
    for (std::uint32_t row = 0; row < table->size(); ++row) {
      text += table->ids()[row];
      for (std::size_t f = 0; f < table->fields().size(); ++f)
        text.append("\t").append(table->get(row, f));
      text += '\n';
    }
  }
  for (std::size_t e = 0; e < tables.size(); ++e) {
    text += fmt::format("{} {} {} {}\n", tables.event_user[e], tables.event_item[e],
                        tables.event_time[e], tables.event_rating[e]);
  }
  return text;
}

/// Pearson's correlation times sqrt(n): about standard normal where the two are independent.
inline double correlation_score(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
  }
  return xx == 0 || yy == 0 ? 0 : xy / std::sqrt(xx * yy) * std::sqrt(n);
}

/// Numbers the distinct values.
inline std::vector<std::size_t> codes(const std::vector<std::string>& values) {
  std::map<std::string, std::size_t> numbers;
  std::vector<std::size_t> result;
  for (const std::string& value : values)
    result.push_back(numbers.emplace(value, numbers.size()).first->second);
  return result;
}

/// How far the chi-squared statistic of the contingency table lies above its mean, in standard
/// deviations: about standard normal where the two are independent.
inline double dependence_score(const std::vector<std::size_t>& a,
                               const std::vector<std::size_t>& b) {
  const std::size_t rows = *std::max_element(a.begin(), a.end()) + 1;
  const std::size_t columns = *std::max_element(b.begin(), b.end()) + 1;
  std::vector<double> row(rows), column(columns), cell(rows * columns);
  for (std::size_t i = 0; i < a.size(); ++i) {
    ++row[a[i]];
    ++column[b[i]];
    ++cell[a[i] * columns + b[i]];
  }
  double chi_squared = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      const double expected = row[r] * column[c] / static_cast<double>(a.size());
      if (expected > 0) chi_squared += std::pow(cell[r * columns + c] - expected, 2) / expected;
    }
  }
  const auto freedom = static_cast<double>((rows - 1) * (columns - 1));
  return freedom == 0 ? 0 : (chi_squared - freedom) / std::sqrt(2 * freedom);
}

}  // namespace motive::test
