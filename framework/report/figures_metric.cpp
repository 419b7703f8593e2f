#include <algorithm>
#include <cmath>

#include "framework/report/figure_parts.h"
#include "framework/report/table.h"
#include "framework/report/unicode.h"

namespace motive::figures {
namespace {

/// Values of the single combinations of seeds of a row, where there are several.
std::vector<double> seed_values(const Summary& summary, const SummaryRow& row, std::size_t metric) {
  std::vector<double> values;
  for (std::size_t i = row.first; i < row.first + row.cells; ++i) {
    if (!summary.cells[i].values.empty()) values.push_back(summary.cells[i].values[metric]);
  }
  return values.size() > 1 ? values : std::vector<double>();
}

/// A scale with zero, unless all values are far from it and would lie on each other.
OrderedJson scale_of(double low, double high) { return {{"zero", low < 0.6 * high}, {"nice", true}}; }

/// Labels of several lines stand with their middle, not their first line, beside the mark.
OrderedJson centred() {
  OrderedJson conditions = OrderedJson::array();
  for (const int lines : {2, 3}) {
    conditions.push_back(
        {{"test", fmt::format("length(split(datum.value, '\\n')) == {}", lines)}, {"value", -6.5 * (lines - 1)}});
  }
  return {{"condition", conditions}, {"value", 0}};
}

struct Points {
  OrderedJson means = OrderedJson::array(), seeds = OrderedJson::array();
  std::vector<std::string> names, words;
  double low = 1e300, high = 0;
  std::size_t lines = 0;  // of labels
};

void add_point(const Grid& grid, const Summary& summary, const SummaryRow& row, Points& points, HtmlTable& data) {
  const std::size_t m = metric_index(summary);
  const SummaryStat& stat = row.stats[m];
  if (std::isnan(stat.mean)) return;
  const CellResult& cell = summary.of(row);
  const std::string name = wrapped(series_name(cell));
  const Bounds bounds = stat.users.value_or(Bounds{stat.mean, stat.mean});
  points.names.push_back(name);
  points.lines += 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), '\n'));
  points.means.push_back({{"series", name},
                          {"mean", stat.mean},
                          {"low", bounds.low},
                          {"high", bounds.high},
                          {"text", table_number(stat.mean)},
                          {"colour", style_of(grid, cell.label, "").colour}});
  points.low = std::min(points.low, bounds.low);
  points.high = std::max(points.high, bounds.high);
  for (const double value : seed_values(summary, row, m)) {
    points.seeds.push_back({{"series", name}, {"value", value}});
    points.low = std::min(points.low, value);
    points.high = std::max(points.high, value);
  }
  std::string word = fmt::format("{} {}", series_name(cell), table_number(stat.mean));
  if (stat.users) word += fmt::format(" ({} to {})", table_number(bounds.low), table_number(bounds.high));
  points.words.push_back(word);
  data.rows.push_back({series_name(cell), table_number(stat.mean), stat.users ? table_number(bounds.low) : "n/a",
                       stat.users ? table_number(bounds.high) : "n/a", stat.sd_seeds ? table_number(*stat.sd_seeds) : "n/a",
                       fmt::format("{}", row.done)});
}

OrderedJson layers(const Points& points, const std::string& metric) {
  const OrderedJson y = channel("series", "nominal",
                                {{"title", nullptr},
                                 {"sort", nullptr},
                                 {"scale", {{"domain", points.names}}},
                                 {"axis",
                                  {{"labelExpr", "split(datum.label, '\\n')"},
                                   {"labelOffset", centred()},
                                   {"labelColor", kInk.light},
                                   {"domain", false},
                                   {"ticks", false},
                                   {"labelPadding", 6},
                                   {"grid", true}}}});
  const auto x = [&](const char* field) {
    return channel(field, "quantitative",
                   {{"title", metric}, {"scale", scale_of(points.low, points.high)}, {"axis", {{"tickCount", 4}}}});
  };
  const OrderedJson colour = channel("colour", "nominal", {{"scale", nullptr}});
  OrderedJson list = OrderedJson::array();
  list.push_back({{"mark", {{"type", "rule"}, {"strokeWidth", 2.5}}},
                  {"encoding", {{"y", y}, {"x", x("low")}, {"x2", {{"field", "high"}}}, {"color", colour}}}});
  list.push_back({{"data", {{"values", points.seeds}}},
                  {"mark", {{"type", "tick"}, {"size", 10}, {"thickness", 1}, {"color", kInk.light}}},
                  {"encoding", {{"y", y}, {"x", x("value")}}}});
  list.push_back({{"mark", {{"type", "point"}, {"filled", true}, {"size", 64}, {"opacity", 1}}},
                  {"encoding", {{"y", y}, {"x", x("mean")}, {"color", colour}}}});
  list.push_back({{"mark", {{"type", "text"}, {"dy", -11}}},
                  {"encoding", {{"y", y}, {"x", x("mean")}, {"text", channel("text", "nominal")}}}});
  return list;
}

Figure metric_figure(const Grid& grid, const Summary& summary, const Place& place) {
  const std::string metric = metric_title(*report_metric(summary));
  Figure figure{html_slug("metric-" + place.title()), place.title(), "", {}, {}};
  figure.data = {fmt::format("{} with 95 % intervals over users, {}", metric, place.title()),
                 {"model", metric, "from", "to", "sd over seeds", "seeds"},
                 {}};
  Points points;
  for (const SummaryRow* row : place.rows) add_point(grid, summary, *row, points, figure.data);
  figure.spec = base_spec(static_cast<int>(46 + std::max(30 * points.names.size(), 14 * points.lines + 10)));
  figure.spec["data"] = {{"values", points.means}};
  figure.spec["layer"] = layers(points, metric);
  figure.alt = fmt::format("Mean {} of each model, with its 95 % interval over users: {}.", metric, join(points.words));
  return figure;
}

// ---- slices

/// The slices of a kind that rows of a place have, in the order of the first that has them all.
std::vector<std::string> slices_of(const Place& place, const std::string& kind) {
  std::vector<std::string> names;
  for (const SummaryRow* row : place.rows) {
    for (const SummarySlice& slice : row->slices) {
      if (slice_kind_of(slice.name) == kind && std::find(names.begin(), names.end(), slice.name) == names.end()) {
        names.push_back(slice.name);
      }
    }
  }
  return names;
}

struct SliceBest {
  std::string name;
  double value = -1;
};

/// The spec of small panels: a model each, a row a slice, and the mean over everyone as a broken line.
OrderedJson slice_spec(const OrderedJson& values, const std::vector<std::string>& series, const std::vector<std::string>& slices,
                       const std::string& metric) {
  OrderedJson spec = base_spec(0);
  for (const char* key : {"width", "height", "autosize"}) spec.erase(key);
  const OrderedJson y =
      channel("slice", "nominal",
              {{"title", nullptr},
               {"sort", nullptr},
               {"scale", {{"domain", slices}}},
               {"axis", {{"labelColor", kInk.light}, {"labelLimit", 112}, {"domain", false}, {"ticks", false}, {"grid", true}}}});
  const auto x = [&](const char* field) {
    return channel(field, "quantitative", {{"title", metric}, {"axis", {{"tickCount", 3}}}, {"scale", {{"zero", true}}}});
  };
  const OrderedJson colour = channel("colour", "nominal", {{"scale", nullptr}});
  OrderedJson layer = OrderedJson::array();
  layer.push_back(
      {{"mark", {{"type", "rule"}, {"strokeDash", {3, 3}}, {"color", kAxis.light}}}, {"encoding", {{"x", x("everyone")}}}});
  layer.push_back({{"mark", {{"type", "rule"}, {"strokeWidth", 2}}},
                   {"encoding", {{"y", y}, {"x", x("low")}, {"x2", {{"field", "high"}}}, {"color", colour}}}});
  layer.push_back({{"mark", {{"type", "point"}, {"filled", true}, {"size", 44}, {"opacity", 1}}},
                   {"encoding", {{"y", y}, {"x", x("mean")}, {"color", colour}}}});
  spec["data"] = {{"values", values}};
  spec["columns"] = 2;
  spec["spacing"] = 14;
  spec["facet"] = channel("series", "nominal", {{"sort", series}, {"title", nullptr}});
  spec["spec"] = {{"width", 112}, {"height", 15 * slices.size() + 6}, {"layer", layer}};
  return spec;
}

Figure slice_figure(const Grid& grid, const Summary& summary, const Place& place, const std::string& kind,
                    const std::vector<std::string>& slices) {
  const std::string metric = metric_title(*report_metric(summary));
  const std::size_t m = metric_index(summary);
  Figure figure{html_slug("slices-" + kind + "-" + place.title()), place.title() + " · by " + kind, "", {}, {}};
  figure.data = {metric + " by " + kind + ", " + place.title(), {"model", kind, metric, "from", "to", "users"}, {}};
  std::vector<SliceBest> best(slices.size());
  std::vector<std::string> series, shown;
  for (const std::string& slice : slices) shown.push_back(printable(slice.substr(kind.size() + 1)));
  OrderedJson values = OrderedJson::array();
  for (const SummaryRow* row : place.rows) {
    const CellResult& cell = summary.of(*row);
    const std::string name = series_name(cell);
    for (std::size_t s = 0; s < slices.size(); ++s) {
      const auto found =
          std::find_if(row->slices.begin(), row->slices.end(), [&](const SummarySlice& x) { return x.name == slices[s]; });
      if (found == row->slices.end() || std::isnan(found->stats[m].mean)) continue;
      const SummaryStat& stat = found->stats[m];
      const Bounds bounds = stat.users.value_or(Bounds{stat.mean, stat.mean});
      values.push_back({{"series", name},
                        {"slice", shown[s]},
                        {"mean", stat.mean},
                        {"low", std::max(0.0, bounds.low)},
                        {"high", bounds.high},
                        {"everyone", row->stats[m].mean},
                        {"colour", style_of(grid, cell.label, "").colour}});
      figure.data.rows.push_back({name, shown[s], table_number(stat.mean), table_number(bounds.low), table_number(bounds.high),
                                  with_thousands(found->users)});
      if (stat.mean > best[s].value) best[s] = {name, stat.mean};
    }
    if (!values.empty() && values.back()["series"] == name) series.push_back(name);
  }
  std::vector<std::string> words;
  for (std::size_t s = 0; s < slices.size(); ++s) {
    if (best[s].value >= 0) words.push_back(fmt::format("{}: {} {}", shown[s], best[s].name, table_number(best[s].value)));
  }
  figure.alt = fmt::format("{} by {}, a panel a model. The highest of each slice: {}.", metric, kind, join(words));
  figure.spec = slice_spec(values, series, shown, metric);
  return figure;
}

}  // namespace

FigureGroup metric_figures(const Grid& grid, const Summary& summary) {
  FigureGroup group{
      "metric",
      metric_title(*report_metric(summary)) + " with intervals",
      "Dot: mean over users and seeds. Line: its 95 % interval over users, which says how far the mean could move with "
      "other users; where two overlap, a paired test may still tell the models apart. Ticks: single combinations of seeds.",
      {},
      {}};
  for (const Place& place : places(summary)) group.figures.push_back(metric_figure(grid, summary, place));
  return group;
}

FigureGroup slice_figures(const Grid& grid, const Summary& summary) {
  FigureGroup group{
      "slices",
      metric_title(*report_metric(summary)) + " in slices",
      "A panel a model. Dot and line: mean and 95 % interval over the users of the slice. Broken line: the model's mean over "
      "everyone.",
      {},
      {}};
  for (const Place& place : places(summary)) {
    for (const SliceSpec& slice : grid.slices) {
      const std::string kind = slice_kind_name(slice.by);
      const std::vector<std::string> names = slices_of(place, kind);
      if (names.size() > 1) group.figures.push_back(slice_figure(grid, summary, place, kind, names));
    }
  }
  return group;
}

}  // namespace motive::figures
