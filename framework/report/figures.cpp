#include "framework/report/figures.h"

#include <algorithm>
#include <set>

#include "framework/report/figure_parts.h"
#include "framework/report/unicode.h"

namespace motive {
namespace figures {
namespace {

OrderedJson config() {
  OrderedJson axis = {{"labelColor", kMuted.light}, {"titleColor", kMuted.light},  {"labelFontSize", 11},
                      {"titleFontSize", 11},        {"titleFontWeight", "normal"}, {"gridColor", kRule.light},
                      {"domainColor", kAxis.light}, {"tickColor", kAxis.light},    {"tickSize", 4},
                      {"labelLimit", 150},          {"titlePadding", 6},           {"labelFlush", false}};
  OrderedJson legend = {{"orient", "bottom"}, {"columns", 2},    {"title", nullptr},         {"labelFontSize", 11},
                        {"labelLimit", 150},  {"offset", 8},     {"labelColor", kInk.light}, {"symbolStrokeWidth", 2.5},
                        {"symbolSize", 220},  {"rowPadding", 3}, {"columnPadding", 12}};
  // The fonts are metrically alike, so that what was measured here fits on other machines.
  return {{"aria", false},
          {"background", nullptr},
          {"font", "Liberation Sans, Arial, Helvetica, sans-serif"},
          {"view", {{"stroke", nullptr}}},
          {"axis", axis},
          {"legend", legend},
          {"header",
           {{"labelColor", kInk.light}, {"labelFontSize", 11}, {"labelPadding", 4}, {"title", nullptr}, {"labelLimit", 160}}},
          {"text", {{"fontSize", 10}, {"fill", kInk.light}}}};
}

}  // namespace

std::vector<Colour> colours() {
  std::vector<Colour> all = {kInk, kMuted, kRule, kAxis};
  all.insert(all.end(), kSeries.begin(), kSeries.end());
  return all;
}

std::string protocol_title(const std::string& protocol) {
  constexpr std::string_view kDefaultPool = ",catalogue)";
  if (protocol.ends_with(kDefaultPool)) return protocol.substr(0, protocol.size() - kDefaultPool.size()) + ")";
  return protocol.starts_with("full") ? protocol + " ranking" : protocol;
}

std::string Place::title() const { return dataset + " · " + split + " · " + protocol_title(protocol); }

std::vector<Place> places(const Summary& summary) {
  std::vector<Place> found;
  for (const SummaryRow& row : summary.rows) {
    if (row.done == 0) continue;
    const CellResult& cell = summary.of(row);
    const bool same = !found.empty() && found.back().dataset == cell.dataset && found.back().split == cell.split &&
                      found.back().protocol == cell.protocol;
    if (!same) found.push_back({cell.dataset, cell.split, cell.protocol, {}});
    found.back().rows.push_back(&row);
  }
  return found;
}

Style style_of(const Grid& grid, const std::string& label, const std::string& variant) {
  std::size_t number = 0;
  while (number < grid.models.size() && grid.models[number].label != label) ++number;
  Style style{kSeries[number % kSeries.size()].light, {1, 0}};
  if (number >= kSeries.size()) style.dash = {6, 3};
  if (!variant.empty()) style.dash = {2, 3};
  return style;
}

std::string series_name(const CellResult& cell) {
  return printable(cell.variant.empty() ? cell.label : cell.label + " (" + cell.variant + ")");
}

std::string wrapped(const std::string& name, std::size_t width) {
  const std::string clean = printable(name);
  std::vector<std::string> lines = wrap(clean, width);
  // Lines of like length, instead of a last one of two letters.
  while (lines.size() > 1 && width > 8) {
    std::vector<std::string> narrower = wrap(clean, --width);
    if (narrower.size() > lines.size()) break;
    lines = std::move(narrower);
  }
  return join(lines, "\n");
}

std::size_t metric_index(const Summary& summary) {
  return static_cast<std::size_t>(report_metric(summary) - summary.specs.data());
}

std::string short_number(double value) { return fmt::format("{:.4g}", value); }

std::string join(const std::vector<std::string>& parts, const char* between) {
  return fmt::format("{}", fmt::join(parts, between));
}

OrderedJson base_spec(int height) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.20.json"},
          {"usermeta", {{"made_by", "motive"}}},
          {"width", kWidth},
          {"height", height},
          {"autosize", {{"type", "fit"}, {"contains", "padding"}}},
          {"padding", {{"left", 2}, {"right", 10}, {"top", 4}, {"bottom", 2}}},
          {"config", config()}};
}

OrderedJson channel(const char* field, const char* type, OrderedJson more) {
  OrderedJson out = {{"field", field}, {"type", type}};
  out.update(more);
  return out;
}

void Series::add(const std::string& name, const Style& style) {
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  names.push_back(name);
  colours.push_back(style.colour);
  dashes.push_back(style.dash);
}

int Series::columns() const {
  const auto is_long = [](const std::string& name) { return display_width(name) > 23; };
  return std::any_of(names.begin(), names.end(), is_long) ? 1 : 2;
}

void Series::encode(OrderedJson& encoding) const {
  const OrderedJson legend = {{"columns", columns()}, {"labelLimit", columns() == 1 ? 300 : 150}, {"symbolType", "stroke"}};
  encoding["color"] = channel("series", "nominal", {{"legend", legend}, {"scale", {{"domain", names}, {"range", colours}}}});
  encoding["strokeDash"] = channel("series", "nominal", {{"legend", legend}, {"scale", {{"domain", names}, {"range", dashes}}}});
}

}  // namespace figures

std::vector<FigureGroup> make_figures(const Grid& grid, const Summary& summary, const RunRecord& record) {
  std::vector<FigureGroup> groups;
  if (report_metric(summary) != nullptr) {
    groups.push_back(figures::metric_figures(grid, summary));
    groups.push_back(figures::rank_figures(grid, summary));
    groups.push_back(figures::slice_figures(grid, summary));
    groups.push_back(figures::cost_figures(grid, summary, record));
  }
  groups.push_back(figures::curve_figures(grid, record));
  std::erase_if(groups, [](const FigureGroup& group) { return group.figures.empty() && group.faults.empty(); });
  // Two places may have one slug ("a b" and "a-b"): files must not share a name.
  std::set<std::string> names;
  for (FigureGroup& group : groups) {
    for (Figure& figure : group.figures) {
      const std::string name = figure.name;
      for (int n = 2; !names.insert(figure.name).second; ++n) figure.name = fmt::format("{}-{}", name, n);
    }
  }
  return groups;
}

}  // namespace motive
