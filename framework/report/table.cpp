#include "framework/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "framework/report/notes.h"
#include "framework/report/significance.h"

namespace motive {
namespace {

/// The rows of the summary under one split and protocol; never empty for a default table.
TableSource select(const Summary& summary, const std::string& split, const std::string& protocol) {
  TableSource source;
  for (const SummaryRow& row : summary.rows) {
    const CellResult& cell = summary.of(row);
    if (cell.split == split && cell.protocol == protocol) source.push_back(&row);
  }
  return source;
}

/// "sampled(99,uniform)": the catalogue is the pool unless another one is named.
std::string stamp_of(const ProtocolInfo& protocol) {
  if (protocol.negatives == 0) return "";
  constexpr std::string_view kDefaultPool = ",catalogue)";
  const std::string& name = protocol.protocol;
  if (!name.ends_with(kDefaultPool)) return name;
  return name.substr(0, name.size() - kDefaultPool.size()) + ")";
}

/// A mixed pool of an item-cold split has a table for its cold and one for its warm targets.
std::string targets_suffix(const ProtocolInfo& protocol) {
  return protocol.protocol.ends_with(",warm targets)") ? "-warm-targets" : "";
}

std::string title_of(const Table& table, bool named) {
  std::string title = named ? table.name + " · " : "";
  if (table.datasets.size() == 1) title += table.datasets[0] + " · ";
  return title + table.split + " · " +
         (table.stamp.empty() ? table.protocol + " ranking" : table.stamp) +
         (table.slice.empty() ? "" : " · by " + table.slice);
}

/// Whether the test users are in several slices of this kind: one alone is everyone again.
bool has_slices(const TableSource& source, const std::string& kind) {
  std::set<std::string> names;
  for (const SummaryRow* row : source) {
    for (const SummarySlice& slice : row->slices) {
      if (slice_kind_of(slice.name) == kind) names.insert(slice.name);
    }
  }
  return names.size() > 1;
}

// ---- columns
// ----------------------------------------------------------------------------------------

Result<std::vector<MetricSpec>> columns_of(const Grid& grid, const Summary& summary,
                                           const TableSpec& spec) {
  const auto& kinds = spec.metrics.empty() ? grid.metrics : spec.metrics;
  const auto& cutoffs = spec.topk.empty() ? grid.topk : spec.topk;
  const bool sliced = !spec.slice.empty() && spec.slice != "all";
  std::vector<MetricSpec> columns;
  for (MetricKind kind : kinds) {
    if (sliced && !metric_help(kind).per_user) continue;  // it belongs to a whole cell
    const auto ks =
        metric_help(kind).cutoff ? std::set<int>(cutoffs.begin(), cutoffs.end()) : std::set<int>{0};
    for (int k : ks) {
      const MetricSpec wanted{kind, k};
      if (std::find(summary.specs.begin(), summary.specs.end(), wanted) == summary.specs.end()) {
        return invalid("table \"{}\" wants {}, which evaluation.metrics and topk do not measure",
                       spec.name, metric_title(wanted));
      }
      columns.push_back(wanted);
    }
  }
  if (columns.empty()) {
    return invalid("table \"{}\" is of slices and wants only metrics of a whole cell", spec.name);
  }
  return columns;
}

std::size_t spec_index(const Summary& summary, const MetricSpec& column) {
  return static_cast<std::size_t>(std::find(summary.specs.begin(), summary.specs.end(), column) -
                                  summary.specs.begin());
}

// ---- rows
// -------------------------------------------------------------------------------------------

/// The number of the footnote with this text; the same text has one number.
int footnote(Table& table, const std::string& text) {
  const auto found = std::find(table.footnotes.begin(), table.footnotes.end(), text);
  if (found != table.footnotes.end()) return static_cast<int>(found - table.footnotes.begin()) + 1;
  table.footnotes.push_back(text);
  return static_cast<int>(table.footnotes.size());
}

/// Of cells that are not done, the state that says most; the causes, each once.
struct NotDone {
  CellState state = CellState::kMissing;
  std::string causes;
};

NotDone not_done(const Summary& summary, const SummaryRow& row) {
  NotDone all;
  constexpr CellState kOrder[] = {CellState::kFailed, CellState::kMissing,
                                  CellState::kNotApplicable, CellState::kUnavailable};
  std::size_t best = std::size(kOrder);
  std::vector<std::string> causes;
  for (std::size_t i = row.first; i < row.first + row.cells; ++i) {
    const CellResult& cell = summary.cells[i].cell;
    if (cell.state == CellState::kDone) continue;
    const auto place = static_cast<std::size_t>(
        std::find(std::begin(kOrder), std::end(kOrder), cell.state) - kOrder);
    best = std::min(best, place);
    const bool known = std::find(causes.begin(), causes.end(), cell.cause) != causes.end();
    if (!cell.cause.empty() && !known) causes.push_back(cell.cause);
  }
  all.state = kOrder[best];
  all.causes = fmt::format("{}", fmt::join(causes, "; "));
  return all;
}

TableEntry entry_of(const Summary& summary, const SummaryRow& row, Table& table, TableRow& into) {
  const CellResult& cell = summary.of(row);
  const std::string where = into.name() + (table.datasets.size() > 1 ? " on " + cell.dataset : "");
  TableEntry entry;
  if (row.done < row.cells) {
    const NotDone rest = not_done(summary, row);
    entry.state = rest.state;
    const std::string cause = rest.causes.empty() ? "" : ": " + rest.causes;
    if (row.done > 0) {
      into.footnotes.push_back(
          footnote(table, fmt::format("{}: only {} of {} seeds; the others {}{}", where, row.done,
                                      row.cells, state_name(rest.state), cause)));
    } else if (!cause.empty()) {
      // The mark stands in the cell; what no cell of its kind can do is said once for all of them.
      const bool general = rest.state == CellState::kNotApplicable;
      entry.footnote = footnote(table, general ? rest.causes : where + cause);
    }
  }
  if (row.done == 0) return entry;
  entry.state = CellState::kDone;
  for (const MetricSpec& column : table.columns) {
    const SummaryStat& stat = row.stats[spec_index(summary, column)];
    entry.values.push_back({stat.mean, stat.sd_seeds, false});
  }
  return entry;
}

/// What a row shows of one slice; nothing where nobody is in it.
TableEntry slice_entry(const Summary& summary, const SummaryRow& row, const std::string& slice,
                       const Table& table) {
  TableEntry entry{CellState::kNotApplicable, {}, 0};
  for (const SummarySlice& found : row.slices) {
    if (found.name != slice) continue;
    entry.state = CellState::kDone;
    for (const MetricSpec& column : table.columns) {
      const SummaryStat& stat = found.stats[spec_index(summary, column)];
      entry.values.push_back({stat.mean, stat.sd_seeds, false});
    }
  }
  return entry;
}

/// The slices that any row has, of the kind or name that the table is of, in the order of the first
/// that has them.
std::vector<std::string> slices_of(const TableSource& source, const Table& table) {
  std::vector<std::string> names;
  for (const SummaryRow* row : source) {
    std::size_t place = 0;
    for (const SummarySlice& slice : row->slices) {
      if (slice.name != table.slice && slice_kind_of(slice.name) != table.slice) continue;
      const auto at = std::find(names.begin(), names.end(), slice.name);
      if (at == names.end())
        names.insert(names.begin() + static_cast<std::ptrdiff_t>(place), slice.name);
      place = static_cast<std::size_t>(std::find(names.begin(), names.end(), slice.name) -
                                       names.begin()) +
              1;
    }
  }
  return names;
}

/// Rows by slice, then model: rivals stand together.
void add_slice_rows(const Summary& summary, const TableSource& source, Table& table) {
  const std::vector<TableRow> models = std::move(table.rows);
  table.rows.clear();
  for (const std::string& slice : slices_of(source, table)) {
    for (TableRow row : models) {
      row.slice = slice;
      for (TableEntry& entry : row.datasets) {
        if (!entry.values.empty()) entry = {};
      }
      for (const SummaryRow* from : source) {
        const CellResult& cell = summary.of(*from);
        if (cell.label != row.label || cell.variant != row.variant || from->done == 0) continue;
        const auto at = std::find(table.datasets.begin(), table.datasets.end(), cell.dataset);
        row.datasets[static_cast<std::size_t>(at - table.datasets.begin())] =
            slice_entry(summary, *from, slice, table);
      }
      table.rows.push_back(std::move(row));
    }
  }
}

void add_rows(const Grid& grid, const Summary& summary, const TableSource& source, Table& table) {
  // Model order is the experiment's; a data set that knows a variant more must not break it.
  std::map<std::string, std::size_t> model_order;
  for (std::size_t i = 0; i < grid.models.size(); ++i) model_order[grid.models[i].label] = i;
  std::map<std::pair<std::size_t, std::string>, TableRow> rows;
  for (const SummaryRow* row : source) {
    const CellResult& cell = summary.of(*row);
    TableRow& into = rows[{model_order[cell.label], cell.variant}];
    if (into.datasets.empty()) {
      into.model = cell.model;
      into.label = cell.label;
      into.variant = cell.variant;
      into.datasets.resize(table.datasets.size());
    }
  }
  for (auto& [key, row] : rows) {
    for (const SummaryRow* source_row : source) {
      const CellResult& cell = summary.of(*source_row);
      if (cell.label != row.label || cell.variant != row.variant) continue;
      const auto at = std::find(table.datasets.begin(), table.datasets.end(), cell.dataset);
      row.datasets[static_cast<std::size_t>(at - table.datasets.begin())] =
          entry_of(summary, *source_row, table, row);
    }
    // A variant is not there because its method is not: it has the method's state.
    const auto own = rows.find({key.first, ""});
    for (std::size_t d = 0; d < row.datasets.size() && !row.variant.empty() && own != rows.end(); ++d) {
      const TableEntry& base = own->second.datasets[d];
      if (row.datasets[d].values.empty() && base.values.empty()) row.datasets[d] = base;
    }
    table.rows.push_back(row);
  }
}

/// Equal up to rounding: means of the same values added in another order.
bool same_value(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

const ModelInfo& info_of(const Grid& grid, const TableRow& row) {
  return *std::find_if(grid.models.begin(), grid.models.end(), [&](const ModelInfo& m) { return m.label == row.label; });
}

/// Unequal tuning: who had more settings tried than some rival says so beside his name and is not marked as best.
/// Rivals are the rows with values whose method has something to tune.
void show_budgets(const Grid& grid, Table& table) {
  if (grid.tuning.empty()) return;
  const auto least = [&](const TableRow& than) {
    const ModelInfo* found = nullptr;
    for (const TableRow& row : table.rows) {
      const ModelInfo& info = info_of(grid, row);
      if (!info.tunable || !row.has_values() || row.label == than.label) continue;
      // Who tried all settings there are could not have tried more.
      if (info.exhausted) continue;
      if (found == nullptr || info.trials < found->trials) found = &info;
    }
    return found;
  };
  for (TableRow& row : table.rows) {
    if (!row.has_values()) continue;
    const ModelInfo& own = info_of(grid, row);
    const ModelInfo* rival = least(row);
    if (rival == nullptr || own.trials <= rival->trials) continue;
    row.larger_budget = true;
    const std::string theirs = rival->trials == 0 ? "none" : fmt::format("{}", rival->trials);
    row.footnotes.push_back(footnote(table, fmt::format("{}: {} settings tried on validation, {} of {}; unequal budgets are not "
                                                        "compared, so it is not marked as best",
                                                        own.label, own.trials, theirs, rival->label)));
  }
}

/// The best and the second best of the rows that a column has.
void mark_column(const std::vector<TableRow*>& rows, std::size_t dataset, std::size_t column) {
  const auto value_of = [&](const TableRow* row) -> const TableValue& { return row->datasets[dataset].values[column]; };
  double best = 0, second = 0;
  for (const TableRow* row : rows) best = std::max(best, value_of(row).mean);
  for (const TableRow* row : rows) {
    if (!same_value(value_of(row).mean, best)) second = std::max(second, value_of(row).mean);
  }
  for (TableRow* row : rows) {
    TableValue& value = row->datasets[dataset].values[column];
    value.best = best > 0 && same_value(value.mean, best) && !row->larger_budget;
    value.second = rows.size() > 2 && second > 0 && same_value(value.mean, second) && !row->larger_budget;
  }
}

/// The value of a row of the summary; nullptr where the table does not show it.
TableValue* value_of(Table& table, const CellResult& cell, const MetricSpec& spec) {
  const auto dataset = std::find(table.datasets.begin(), table.datasets.end(), cell.dataset) - table.datasets.begin();
  const auto column = std::find(table.columns.begin(), table.columns.end(), spec) - table.columns.begin();
  const auto row = std::find_if(table.rows.begin(), table.rows.end(),
                                [&](const TableRow& r) { return r.label == cell.label && r.variant == cell.variant; });
  if (row == table.rows.end() || static_cast<std::size_t>(dataset) == table.datasets.size()) return nullptr;
  auto& values = row->datasets[static_cast<std::size_t>(dataset)].values;
  return static_cast<std::size_t>(column) < values.size() ? &values[static_cast<std::size_t>(column)] : nullptr;
}

/// Bold is kept for the best of a column that beats each of its rivals significantly.
void mark_significant(const Grid& grid, const Summary& summary, Table& table) {
  if (!table.slice.empty()) return;
  std::map<std::pair<std::size_t, std::size_t>, bool> beats_all;  // by row and metric
  for (const Comparison* c : comparisons_under(summary, table.split, table.protocol, TestedAs::kBest)) {
    beats_all.try_emplace({c->first, c->spec}, true).first->second &= verdict(*c, grid.significance.alpha) == Verdict::kAbove;
  }
  for (const auto& [tested, all] : beats_all) {
    TableValue* value = value_of(table, summary.of(summary.rows[tested.first]), summary.specs[tested.second]);
    if (value != nullptr) value->significant = value->best && all;
  }
}

void mark_best(Table& table) {
  for (std::size_t d = 0; d < table.datasets.size(); ++d) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (!metric_help(table.columns[c].kind).is_merit) continue;
      std::map<std::string, std::vector<TableRow*>> by_slice;
      for (TableRow& row : table.rows) {
        if (!row.datasets[d].values.empty()) by_slice[row.slice].push_back(&row);
      }
      for (const auto& [slice, rows] : by_slice) {
        if (rows.size() < 2) continue;
        mark_column(rows, d, c);
      }
    }
  }
}

/// The first number of this data set, split, method (or label) and metric.
const PublishedNumber* published_of(const TableSpec& spec, const TableRow& row, const std::string& dataset, const MetricSpec& column) {
  const auto at = std::find_if(spec.numbers.begin(), spec.numbers.end(), [&](const PublishedNumber& number) {
    const bool of_row = number.model == row.label || number.model == row.model;
    return of_row && number.dataset == dataset && number.split == spec.split && number.metric == column;
  });
  return at == spec.numbers.end() ? nullptr : &*at;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

/// Numbers printed elsewhere stand beside ours. A cell that is not there keeps its state; what was printed of it is told
/// all the same.
void add_published(const TableSpec& spec, Table& table) {
  table.published = spec.published;
  for (TableRow& row : table.rows) {
    if (!row.variant.empty() || !row.slice.empty()) continue;
    for (std::size_t d = 0; d < row.datasets.size(); ++d) {
      TableEntry& entry = row.datasets[d];
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const PublishedNumber* number = published_of(spec, row, table.datasets[d], table.columns[c]);
        if (number == nullptr) continue;
        if (entry.values.empty()) entry.published.resize(table.columns.size());
        (entry.values.empty() ? entry.published[c] : entry.values[c].published) = number->value;
        add_once(table.published_protocols, number->protocol);
        add_once(table.published_sources, number->source);
      }
    }
  }
}

Result<Table> make_table(const Grid& grid, const Summary& summary, const TableSpec& spec,
                         bool named, const ProtocolInfo& protocol) {
  Table table;
  table.name = spec.name;
  table.split = spec.split;
  table.protocol = protocol.protocol;
  table.stamp = stamp_of(protocol);
  MOTIVE_ASSIGN(table.columns, columns_of(grid, summary, spec));
  const TableSource source = select(summary, table.split, table.protocol);
  for (const DatasetInfo& dataset : grid.datasets) {
    const bool shown = std::any_of(source.begin(), source.end(), [&](const SummaryRow* row) {
      return summary.of(*row).dataset == dataset.name;
    });
    if (shown) table.datasets.push_back(dataset.name);
  }
  table.slice = spec.slice == "all" ? "" : spec.slice;
  table.title = title_of(table, named);
  add_rows(grid, summary, source, table);
  if (!table.slice.empty()) add_slice_rows(summary, source, table);
  if (table.rows.empty()) {
    return invalid(
        "table \"{}\": nobody is in the slice \"{}\"; summary.csv has the slices that there are",
        spec.name, table.slice);
  }
  show_budgets(grid, table);
  mark_best(table);
  mark_significant(grid, summary, table);
  add_published(spec, table);
  table.notes = table_notes(grid, summary, source, table);
  return table;
}

}  // namespace

bool TableRow::has_values() const {
  return std::any_of(datasets.begin(), datasets.end(), [](const TableEntry& entry) { return !entry.values.empty(); });
}

bool Table::has_spread() const {
  for (const TableRow& row : rows) {
    for (const TableEntry& entry : row.datasets) {
      for (const TableValue& value : entry.values) {
        if (value.sd) return true;
      }
    }
  }
  return false;
}

std::string metric_title(const MetricSpec& spec) {
  return spec.k > 0 ? fmt::format("{}@{}", spec.name(), spec.k) : spec.name();
}

std::string table_number(double value) {
  return std::isnan(value) ? "n/a" : fmt::format("{:.4f}", value);
}

std::string with_thousands(std::uint64_t n) {
  if (n < 1000) return fmt::format("{}", n);
  return fmt::format("{},{:03}", with_thousands(n / 1000), n % 1000);
}

Result<std::vector<Table>> make_tables(const Grid& grid, const Summary& summary) {
  std::vector<Table> tables;
  std::set<std::pair<std::string, std::string>> made;
  for (const SplitInfo& split : grid.splits) {
    for (const ProtocolInfo& protocol : grid.protocols) {
      if (!made.emplace(split.name, protocol.protocol).second) continue;  // two names, one protocol
      if (!grid.tables.empty() || select(summary, split.name, protocol.protocol).empty()) continue;
      TableSpec spec{
          split.name + "-" + protocol.candidates + targets_suffix(protocol), split.name, protocol.candidates, {}, {}};
      MOTIVE_ASSIGN(Table table, make_table(grid, summary, spec, false, protocol));
      tables.push_back(std::move(table));
      for (const SliceSpec& slice : grid.slices) {
        spec.slice = slice_kind_name(slice.by);
        spec.name = split.name + "-" + protocol.candidates + targets_suffix(protocol) + "-" + spec.slice;
        if (!has_slices(select(summary, split.name, protocol.protocol), spec.slice)) continue;
        if (!std::any_of(grid.metrics.begin(), grid.metrics.end(),
                         [](MetricKind kind) { return metric_help(kind).per_user; })) {
          continue;
        }
        MOTIVE_ASSIGN(Table part, make_table(grid, summary, spec, false, protocol));
        tables.push_back(std::move(part));
      }
    }
  }
  for (const TableSpec& spec : grid.tables) {
    // Candidates may be other protocols under other splits, and two where a mixed pool has two kinds of targets.
    bool known = false, ranked = false;
    for (const ProtocolInfo& protocol : grid.protocols) {
      if (protocol.candidates != spec.candidates) continue;
      known = true;
      if (select(summary, spec.split, protocol.protocol).empty()) continue;
      TableSpec named = spec;
      named.name += targets_suffix(protocol);
      MOTIVE_ASSIGN(Table table, make_table(grid, summary, named, true, protocol));
      tables.push_back(std::move(table));
      ranked = true;
    }
    if (!known) {
      return invalid("table \"{}\": evaluation.candidates has no \"{}\"", spec.name,
                     spec.candidates);
    }
    if (!ranked) {
      return invalid(
          "table \"{}\": the experiment ranks nothing under split \"{}\" with candidates \"{}\"",
          spec.name, spec.split, spec.candidates);
    }
  }
  return tables;
}

}  // namespace motive
