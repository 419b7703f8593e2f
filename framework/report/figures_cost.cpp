#include <algorithm>
#include <cmath>

#include "framework/report/figure_parts.h"
#include "framework/report/table.h"
#include "framework/report/unicode.h"

namespace motive::figures {
namespace {

// The plot's own size is fixed, since names are set beside their points here and not by Vega.
constexpr double kLeft = 48, kRight = 8, kTop = 6, kBottom = 36, kPlotWidth = kWidth - kLeft - kRight, kPlotHeight = 230;
constexpr double kLine = 11;  // of a text of 10 px

/// About how wide a text of 10 px is in Arial and its like.
double text_width(const std::string& text) {
  double width = 0;
  std::string rest;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 128) {
      rest += c;
    } else if (std::string_view("iljtfr.,:;'|!()[]{}I -").find(c) != std::string_view::npos) {
      width += 3;
    } else if (std::string_view("mwMW%@").find(c) != std::string_view::npos) {
      width += 8.5;
    } else {
      width += c >= 'A' && c <= 'Z' ? 7 : 5.6;
    }
  }
  return width + 5.6 * static_cast<double>(display_width(rest));
}

struct Point {
  std::string name, colour, shown;
  double cost = 0, value = 0;
  double x = 0, y = 0;              // pixels, y downwards
  double label_x = 0, label_y = 0;  // the label's left end and middle
  bool far = false;                 // the label needs a line to its point
  double width() const { return text_width(name); }
};

struct Box {
  double left, top, right, bottom;
  double overlap(const Box& o) const {
    return std::max(0.0, std::min(right, o.right) - std::max(left, o.left)) *
           std::max(0.0, std::min(bottom, o.bottom) - std::max(top, o.top));
  }
};

Box label_box(const Point& p, double x, double y) { return {x, y - kLine / 2, x + p.width(), y + kLine / 2}; }

/// Points that no other is both cheaper and better than, cheapest first.
std::vector<const Point*> front_of(const std::vector<Point>& points) {
  std::vector<const Point*> sorted, front;
  for (const Point& p : points) sorted.push_back(&p);
  std::sort(sorted.begin(), sorted.end(),
            [](const Point* a, const Point* b) { return a->cost < b->cost || (a->cost == b->cost && a->value > b->value); });
  for (const Point* p : sorted) {
    if (front.empty() || p->value > front.back()->value) front.push_back(p);
  }
  return front;
}

/// Sets each name where it covers least: of the places around its point and inside the plot, the nearest that is free.
void place_labels(std::vector<Point>& points) {
  std::vector<Box> taken;
  const auto front = front_of(points);
  for (std::size_t i = 0; i + 1 < front.size(); ++i) {  // its steps: to the right, then up
    taken.push_back({front[i]->x, front[i]->y - 1, front[i + 1]->x, front[i]->y + 1});
    taken.push_back({front[i + 1]->x - 1, front[i + 1]->y, front[i + 1]->x + 1, front[i]->y});
  }
  for (const Point& p : points) taken.push_back({p.x - 4, p.y - 4, p.x + 4, p.y + 4});
  const std::size_t fixed = taken.size();
  taken.resize(fixed + points.size(), Box{0, 0, 0, 0});
  // Again and again: the first names did not know where the last would stand.
  for (std::size_t round = 0; round < 4 * points.size(); ++round) {
    const std::size_t number = round % points.size();
    Point& p = points[number];
    taken[fixed + number] = {0, 0, 0, 0};
    double best = 1e300;
    Box chosen{};
    for (int ring = 0; ring < 6; ++ring) {
      const double w = p.width(), dy = 10 + 12.0 * ring;
      const std::pair<double, double> offsets[] = {{8, 0},   {-8 - w, 0}, {-w / 2, -dy}, {-w / 2, dy},
                                                   {4, -dy}, {4, dy},     {-4 - w, -dy}, {-4 - w, dy}};
      for (const auto& [ox, oy] : offsets) {
        const double x = std::clamp(p.x + ox, 0.0, std::max(0.0, kPlotWidth - w));
        const Box box = label_box(p, x, std::clamp(p.y + oy, kLine / 2, kPlotHeight - kLine / 2));
        double cost = 40.0 * ring;
        for (const Box& other : taken) cost += 10 * box.overlap(other);
        if (cost >= best) continue;
        best = cost;
        chosen = box;
        p.label_x = box.left;
        p.label_y = (box.top + box.bottom) / 2;
        p.far = ring > 0 && oy != 0;
      }
    }
    taken[fixed + number] = chosen;
  }
}

struct Axes {
  double low_x, high_x, high_y;  // low_x and high_x: logarithms to base 10
  double pixel_x(double cost) const { return kPlotWidth * (std::log10(cost) - low_x) / (high_x - low_x); }
  double pixel_y(double value) const { return kPlotHeight * (1 - value / high_y); }
  double cost(double pixel) const { return std::pow(10, low_x + pixel / kPlotWidth * (high_x - low_x)); }
  double value(double pixel) const { return high_y * (1 - pixel / kPlotHeight); }
};

Axes axes_of(const std::vector<Point>& points) {
  Axes axes{1e300, -1e300, 0};
  for (const Point& p : points) {
    axes.low_x = std::min(axes.low_x, std::log10(p.cost));
    axes.high_x = std::max(axes.high_x, std::log10(p.cost));
    axes.high_y = std::max(axes.high_y, p.value);
  }
  const double room = std::max(0.1, 0.06 * (axes.high_x - axes.low_x));
  axes.low_x -= room;
  axes.high_x += room;
  axes.high_y = axes.high_y > 0 ? 1.1 * axes.high_y : 1;
  return axes;
}

OrderedJson spec_of(const std::vector<Point>& points, const Axes& axes, const std::string& x_title, const std::string& metric) {
  OrderedJson spec = base_spec(static_cast<int>(kPlotHeight));
  spec["width"] = kPlotWidth;
  spec["autosize"] = "none";
  spec["padding"] = {{"left", kLeft}, {"right", kRight}, {"top", kTop}, {"bottom", kBottom}};
  OrderedJson values = OrderedJson::array(), front = OrderedJson::array(), lines = OrderedJson::array();
  for (const Point& p : points) {
    values.push_back({{"series", p.name},
                      {"cost", p.cost},
                      {"value", p.value},
                      {"colour", p.colour},
                      {"label_cost", axes.cost(p.label_x)},
                      {"label_value", axes.value(p.label_y)}});
    if (!p.far) continue;
    const double x = std::clamp(p.x, p.label_x, p.label_x + p.width());
    lines.push_back({{"cost", p.cost},
                     {"value", p.value},
                     {"label_cost", axes.cost(x)},
                     {"label_value", axes.value(p.label_y + (p.label_y > p.y ? -kLine / 2 : kLine / 2))}});
  }
  for (const Point* p : front_of(points)) front.push_back({{"cost", p->cost}, {"value", p->value}});
  const auto x = [&](const char* field) {
    return channel(
        field, "quantitative",
        {{"title", x_title},
         {"axis", {{"tickCount", 5}, {"format", "~g"}, {"grid", false}}},
         {"scale", {{"type", "log"}, {"nice", false}, {"domain", {std::pow(10, axes.low_x), std::pow(10, axes.high_x)}}}}});
  };
  const auto y = [&](const char* field) {
    return channel(field, "quantitative",
                   {{"title", metric}, {"axis", {{"tickCount", 5}}}, {"scale", {{"nice", false}, {"domain", {0, axes.high_y}}}}});
  };
  OrderedJson layer = OrderedJson::array();
  layer.push_back({{"data", {{"values", front}}},
                   {"mark", {{"type", "line"}, {"interpolate", "step-after"}, {"strokeDash", {3, 3}}, {"color", kAxis.light}}},
                   {"encoding", {{"x", x("cost")}, {"y", y("value")}}}});
  layer.push_back(
      {{"data", {{"values", lines}}},
       {"mark", {{"type", "rule"}, {"color", kAxis.light}, {"strokeWidth", 0.7}}},
       {"encoding",
        {{"x", x("cost")}, {"y", y("value")}, {"x2", {{"field", "label_cost"}}}, {"y2", {{"field", "label_value"}}}}}});
  layer.push_back(
      {{"mark", {{"type", "point"}, {"filled", true}, {"size", 60}, {"opacity", 1}}},
       {"encoding", {{"x", x("cost")}, {"y", y("value")}, {"color", channel("colour", "nominal", {{"scale", nullptr}})}}}});
  layer.push_back({{"mark", {{"type", "text"}, {"align", "left"}, {"baseline", "middle"}}},
                   {"encoding",
                    {{"x", x("label_cost")},
                     {"y", y("label_value")},
                     {"text", channel("series", "nominal")},
                     {"color", channel("colour", "nominal", {{"scale", nullptr}})}}}});
  spec["data"] = {{"values", values}};
  spec["layer"] = layer;
  return spec;
}

/// The mean over a row's cells of what `cost_of` says of each; nothing where one has none.
template <class CostOf>
std::optional<double> mean_cost(const CellResult& of, const RunRecord& record, const CostOf& cost_of) {
  double sum = 0;
  int n = 0;
  for (const CellCost& cost : record.cells) {
    const CellResult& cell = cost.cell;
    if (cell.dataset != of.dataset || cell.split != of.split || cell.protocol != of.protocol || cell.label != of.label ||
        !cell.variant.empty())
      continue;
    if (cell.state != CellState::kDone) continue;
    const std::optional<double> value = cost_of(cost);
    if (!value) return std::nullopt;
    sum += *value;
    ++n;
  }
  return n > 0 ? std::optional(sum / n) : std::nullopt;
}

std::optional<double> seconds_of(const CellCost& cost) {
  if (!cost.fit_seconds || !cost.rank_seconds) return std::nullopt;
  return *cost.fit_seconds + *cost.rank_seconds;
}

std::optional<double> money_of(const CellCost& cost) { return cost.cell.llm ? std::optional(cost.cell.llm->cost) : std::nullopt; }

template <class CostOf, class Shown>
void add_figure(const Grid& grid, const Summary& summary, const RunRecord& record, const Place& place, const char* what,
                const char* x_title, const CostOf& cost_of, const Shown& shown, bool money, FigureGroup& group) {
  const std::size_t m = metric_index(summary);
  const std::string metric = metric_title(*report_metric(summary));
  std::vector<Point> points;
  for (const SummaryRow* row : place.rows) {
    const CellResult& cell = summary.of(*row);
    if (!cell.variant.empty() || std::isnan(row->stats[m].mean)) continue;
    const std::optional<double> cost = mean_cost(cell, record, cost_of);
    if (cost && *cost > 0)
      points.push_back({series_name(cell), style_of(grid, cell.label, "").colour, shown(*cost), *cost, row->stats[m].mean});
  }
  if (points.size() < 2) return;
  const Axes axes = axes_of(points);
  for (Point& p : points) {
    p.x = axes.pixel_x(p.cost);
    p.y = axes.pixel_y(p.value);
  }
  place_labels(points);
  Figure figure{html_slug(fmt::format("cost-{}-{}", what, place.title())),
                place.title() + (money ? std::string(" · ") + what : ""),
                "",
                spec_of(points, axes, x_title, metric),
                {}};
  figure.data = {fmt::format("{} and {}, {}", what, metric, place.title()), {"model", what, metric}, {}};
  std::vector<std::string> words, front;
  for (const Point& p : points) {
    words.push_back(fmt::format("{} {}, {}", p.name, p.shown, table_number(p.value)));
    figure.data.rows.push_back({p.name, p.shown, table_number(p.value)});
  }
  for (const Point* p : front_of(points)) front.push_back(p->name);
  figure.alt = fmt::format("{} against {}: {}. No other model is both cheaper and better than: {}.", x_title, metric, join(words),
                           join(front, ", "));
  group.figures.push_back(std::move(figure));
}

}  // namespace

FigureGroup cost_figures(const Grid& grid, const Summary& summary, const RunRecord& record) {
  FigureGroup group{
      "cost",
      "Cost against quality",
      "Seconds of fitting and ranking together, the mean over seeds, with folds their sum, on the machine named below; without "
      "the search for settings and, where answers of a language model came from its cache, without the time they took first. "
      "Broken line: what no other model beats in both.",
      {},
      {}};
  const bool money = std::any_of(record.cells.begin(), record.cells.end(),
                                 [](const CellCost& cost) { return cost.cell.llm && cost.cell.llm->cost > 0; });
  for (const Place& place : places(summary)) {
    add_figure(grid, summary, record, place, "seconds", "seconds of fit and rank (log scale)", seconds_of, shown_seconds, money,
               group);
    if (!money) continue;
    add_figure(grid, summary, record, place, "money", "cost of answers (log scale)", money_of, short_number, money, group);
  }
  return group;
}

}  // namespace motive::figures
