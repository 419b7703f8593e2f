#include <algorithm>
#include <cmath>
#include <set>

#include "framework/base/console.h"
#include "framework/report/figure_parts.h"
#include "framework/report/report_parts.h"

namespace motive::page {
namespace {

using figures::protocol_title;

std::string plural(std::size_t n, const char* what) { return fmt::format("{} {}{}", with_thousands(n), what, n == 1 ? "" : "s"); }

std::string text_at(const Json& json, const char* key) {
  const Json& value = json_at(json, key);
  return value.is_string() ? value.get<std::string>() : value.is_number() ? value.dump() : "";
}

// ---- findings

struct Ranked {
  const TableRow* row = nullptr;
  const TableValue* value = nullptr;
};

/// The column that findings speak of; nothing where no metric of the table is better the larger it is.
std::optional<std::size_t> column_of(const Summary& summary, const Table& table) {
  const MetricSpec* wanted = report_metric(summary);
  std::optional<std::size_t> found;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    if (wanted != nullptr && table.columns[c] == *wanted) return c;
    if (!found && metric_help(table.columns[c].kind).is_merit) found = c;
  }
  return found;
}

/// Rows with values, largest first.
std::vector<Ranked> ranked(const Table& table, std::size_t dataset, std::size_t column) {
  std::vector<Ranked> rows;
  for (const TableRow& row : table.rows) {
    const auto& values = row.datasets[dataset].values;
    if (!values.empty() && !std::isnan(values[column].mean)) rows.push_back({&row, &values[column]});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Ranked& a, const Ranked& b) { return a.value->mean > b.value->mean; });
  return rows;
}

std::string gap_text(const Summary& summary, const Table& table, const std::string& dataset, const MetricSpec& metric,
                     double gap) {
  for (const Detectable& d : summary.detectable) {
    if (d.dataset != dataset || d.split != table.split || d.protocol != table.protocol || !(d.spec == metric)) continue;
    return fmt::format(" The gap of {} is {} the {} that a paired test of the two best finds with a power of 80 %.",
                       table_number(gap), gap >= d.difference ? "at least" : "smaller than", table_number(d.difference));
  }
  return fmt::format(" The gap is {}.", table_number(gap));
}

std::string finding(const Summary& summary, const Table& table, std::size_t d, std::size_t column) {
  const std::vector<Ranked> rows = ranked(table, d, column);
  const std::string metric = metric_title(table.columns[column]);
  const auto best = std::find_if(rows.begin(), rows.end(), [](const Ranked& r) { return r.value->best; });
  if (best == rows.end())
    return rows.empty() ? "No model has a value." : fmt::format("No model is marked as best in {}.", metric);
  std::string text = fmt::format("<strong>{}</strong> has the highest {}, {}", html_text(best->row->name()), metric,
                                 table_number(best->value->mean));
  if (best != rows.begin()) {
    text += fmt::format(", of those with equal tuning budgets ({} reaches {})", html_text(rows.front().row->name()),
                        table_number(rows.front().value->mean));
  }
  if (best->value->significant) text += ", significantly above each rival";
  // A variant of the same model is no rival.
  const auto next = std::find_if(rows.begin(), rows.end(), [&](const Ranked& r) {
    return r.row->label != best->row->label && r.value->mean <= best->value->mean && !r.row->larger_budget;
  });
  if (next == rows.end()) return text + ".";
  const double gap = best->value->mean - next->value->mean;
  text += fmt::format("; next is {} with {}.", html_text(next->row->name()), table_number(next->value->mean));
  return gap > 0 ? text + gap_text(summary, table, table.datasets[d], table.columns[column], gap) : text;
}

// ---- costs

/// Cells of one model under one data set, split and protocol.
struct CostGroup {
  const CellCost* first = nullptr;
  std::vector<const CellCost*> cells;
  std::optional<double> mean(std::optional<double> CellCost::*value) const {
    double sum = 0;
    for (const CellCost* cell : cells) {
      if (!(cell->*value)) return std::nullopt;
      sum += *(cell->*value);
    }
    return sum / static_cast<double>(cells.size());
  }
  LlmUse answers() const {
    LlmUse sum;
    for (const CellCost* cost : cells) {
      if (!cost->cell.llm) continue;
      sum.calls += cost->cell.llm->calls;
      sum.prompt_tokens += cost->cell.llm->prompt_tokens;
      sum.completion_tokens += cost->cell.llm->completion_tokens;
      sum.cost += cost->cell.llm->cost;
    }
    return sum;
  }
};

std::vector<CostGroup> cost_groups(const RunRecord& record) {
  std::vector<CostGroup> groups;
  for (const CellCost& cost : record.cells) {
    const CellResult& cell = cost.cell;
    if (cell.state != CellState::kDone || !cell.variant.empty()) continue;
    const auto known = std::find_if(groups.begin(), groups.end(), [&](const CostGroup& group) {
      const CellResult& other = group.first->cell;
      return other.label == cell.label && other.dataset == cell.dataset && other.split == cell.split &&
             other.protocol == cell.protocol;
    });
    if (known != groups.end()) {
      known->cells.push_back(&cost);
    } else {
      groups.push_back({&cost, {&cost}});
    }
  }
  return groups;
}

std::string seconds(const std::optional<double>& value) { return value ? shown_seconds(*value) : "n/a"; }

std::string tokens(std::int64_t n) { return with_thousands(static_cast<std::uint64_t>(std::max<std::int64_t>(0, n))); }

/// Without columns that say nothing: empty ones, and the data set and split where there is only one.
HtmlTable without_idle(HtmlTable table) {
  for (std::size_t c = table.columns.size(); c-- > 1;) {
    const std::string& first = table.rows.front()[c];
    const bool same = std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return row[c] == first; });
    if (!same || !(first.empty() || table.columns[c] == "data set" || table.columns[c] == "split")) continue;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(c));
    for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(c));
  }
  return table;
}

}  // namespace

std::string facts(const Grid& grid, const Summary& summary, const RunRecord& record) {
  std::size_t cells = 0, done = 0;
  for (const MeasuredCell& measured : summary.cells) {
    if (!measured.cell.variant.empty()) continue;  // another reading of the same cell's answers
    ++cells;
    done += measured.cell.state == CellState::kDone;
  }
  const Json& environment = json_at(record.manifest, "environment");
  std::vector<std::pair<std::string, std::string>> list = {
      {"Configuration", grid.config_hash.substr(0, 12)},
      {"Models", fmt::format("{}", grid.models.size())},
      {"Cells", done == cells ? fmt::format("{}, all done", done) : fmt::format("{} of {} done", done, cells)}};
  for (const DatasetInfo& d : grid.datasets) {
    list.emplace_back(d.name,
                      fmt::format("{}, {}, {}", plural(d.users, "user"), plural(d.items, "item"), plural(d.events, "event")));
  }
  if (const std::string version = text_at(environment, "version"); !version.empty()) list.emplace_back("Motive", version);
  std::string out = "<dl class=\"facts\">\n";
  for (const auto& [name, value] : list)
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", html_text(name), html_text(value));
  return out + "</dl>\n";
}

std::string findings(const Summary& summary, const std::vector<Table>& tables) {
  std::string out;
  for (const Table& table : tables) {
    const auto column = column_of(summary, table);
    if (!table.slice.empty() || !column) continue;
    for (std::size_t d = 0; d < table.datasets.size(); ++d) {
      out += fmt::format("<li><span class=\"where\"><a href=\"#table-{}\">{}</a></span> {}</li>\n", html_slug(table.name),
                         html_text(table.datasets[d] + " · " + table.split + " · " +
                                   (table.stamp.empty() ? table.protocol + " ranking" : table.stamp)),
                         finding(summary, table, d, *column));
    }
  }
  return out.empty() ? out : "<ul class=\"findings\">\n" + out + "</ul>\n";
}

Section answers(const Grid& grid, const RunRecord& record) {
  Section section{"answers", "Answers of language models", "", "", {}};
  std::string notes;
  for (const GridWarning& a : grid.answers) {
    std::string place = a.dataset;
    for (const std::string& part : {a.split, protocol_title(a.protocol)}) place += part.empty() ? "" : " · " + part;
    notes += fmt::format("<li><span class=\"where\">{}</span> {}</li>\n", html_text(place), html_text(a.text));
  }
  HtmlTable table{
      "What was asked", {"model", "data set", "split", "protocol", "calls", "prompt tokens", "completion tokens", "cost"}, {}};
  for (const CostGroup& group : cost_groups(record)) {
    if (!group.first->cell.llm) continue;
    const CellResult& cell = group.first->cell;
    const LlmUse use = group.answers();
    table.rows.push_back({cell.label, cell.dataset, cell.split, protocol_title(cell.protocol), with_thousands(use.calls),
                          tokens(use.prompt_tokens), tokens(use.completion_tokens), fmt::format("{:.4g}", use.cost)});
  }
  if (notes.empty() && table.rows.empty()) return section;
  if (!table.rows.empty()) {
    section.body +=
        "<p class=\"how\">Over all seeds: what the answers behind the ranks are worth, whoever paid for them first; cost in the "
        "currency of the endpoint's prices, 0 where it has none.</p>\n" +
        html_table(without_idle(table));
  }
  if (!notes.empty()) section.body += "<ul class=\"findings\">\n" + notes + "</ul>\n";
  return section;
}

Section costs(const Grid&, const RunRecord& record) {
  Section section{"costs", "Time and memory", "", "", {}};
  HtmlTable table{"Time and memory of each model",
                  {"model", "data set", "split", "protocol", "fit", "rank", "search for settings", "peak memory", "seeds"},
                  {}};
  for (const CostGroup& group : cost_groups(record)) {
    const CellResult& cell = group.first->cell;
    const std::optional<double> tuning = group.mean(&CellCost::tuning_seconds);
    const std::optional<double> memory = group.mean(&CellCost::peak_memory);
    table.rows.push_back({cell.label, cell.dataset, cell.split, protocol_title(cell.protocol),
                          seconds(group.mean(&CellCost::fit_seconds)), seconds(group.mean(&CellCost::rank_seconds)),
                          tuning ? shown_seconds(*tuning) : "", memory ? format_bytes(*memory) : "n/a",
                          fmt::format("{}", group.cells.size())});
  }
  if (table.rows.empty()) return section;
  section.body =
      "<p class=\"how\">Means over seeds, sums over folds, on the machine named under Environment. A fit that several protocols "
      "share counts in each.</p>\n" +
      html_table(without_idle(table));
  return section;
}

Section not_done(const Summary& summary) {
  Section section{"not-done", "Cells without a value", "", "", {}};
  struct Group {
    const CellResult* first;
    std::size_t cells;
  };
  std::vector<Group> groups;
  std::size_t all = 0;
  for (const MeasuredCell& measured : summary.cells) {
    const CellResult& cell = measured.cell;
    if (cell.state == CellState::kDone) continue;
    ++all;
    const auto known = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
      return g.first->state == cell.state && g.first->label == cell.label && g.first->dataset == cell.dataset &&
             g.first->split == cell.split && g.first->protocol == cell.protocol && g.first->cause == cell.cause;
    });
    if (known != groups.end()) {
      ++known->cells;
    } else {
      groups.push_back({&cell, 1});
    }
  }
  if (groups.empty()) return section;
  section.count = with_thousands(all);
  HtmlTable table{"Cells without a value, by model", {"model", "state", "data set", "split", "protocol", "cells"}, {}};
  std::vector<std::pair<std::string, std::string>> causes;
  for (const Group& g : groups) {
    table.rows.push_back({g.first->label, state_name(g.first->state), g.first->dataset, g.first->split,
                          protocol_title(g.first->protocol), fmt::format("{}", g.cells)});
    const std::pair<std::string, std::string> cause = {g.first->label, g.first->cause};
    if (!cause.second.empty() && std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
  }
  section.body = html_table(without_idle(table)) + (causes.empty() ? "" : "<h3>Causes</h3>\n" + note_list(causes));
  return section;
}

}  // namespace motive::page
