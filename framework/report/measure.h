#pragma once
// Purpose: one cell's stored ranks and lists as values: of each user, of everyone, and of each
// slice.

#include <unordered_map>

#include "framework/evaluate/slices.h"
#include "framework/report/facts.h"
#include "framework/report/summary.h"

namespace motive {

/// Numbers the users of one data set and split, over all its cells.
class UserNumbers {
 public:
  std::size_t of(const std::string& user) {
    return numbers_.try_emplace(user, numbers_.size()).first->second;
  }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
};

/// The users of one slice of one cell: their numbers, and their values, row by row beside
/// Summary::specs.
struct SliceUsers {
  std::string name;  // "all" is the first
  std::vector<std::size_t> users;
  std::vector<double> values;
};

/// What the values of a grid are made of, whatever the cell.
struct MeasureTask {
  const std::vector<MetricSpec>* specs = nullptr;
  Ties ties = Ties::kExpected;
  const std::vector<SliceSpec>* slices = nullptr;
  FactsSource facts;  // asked where there are slices or metrics of lists
};

/// Fills `measured` from its cell's ranks; returns the users' values, by slice, without slices that
/// nobody is in.
Result<std::vector<SliceUsers>> measure(const MeasureTask& task, UserNumbers& numbers,
                                        MeasuredCell& measured);

}  // namespace motive
