#include <algorithm>
#include <map>

#include "framework/report/figure_parts.h"
#include "framework/report/table.h"

namespace motive::figures {
namespace {

constexpr std::size_t kMostFigures = 24;  // of losses
constexpr std::size_t kMostPoints = 150;  // of a line

using Curves = std::vector<const Curve*>;

/// Thinned evenly, with the first and the last.
std::vector<CurvePoint> thinned(const std::vector<CurvePoint>& points) {
  if (points.size() <= kMostPoints) return points;
  std::vector<CurvePoint> out;
  for (std::size_t i = 0; i < kMostPoints; ++i) out.push_back(points[i * (points.size() - 1) / (kMostPoints - 1)]);
  return out;
}

std::vector<CurvePoint> with(const Curve& curve, std::optional<double> CurvePoint::*value) {
  std::vector<CurvePoint> out;
  std::copy_if(curve.points.begin(), curve.points.end(), std::back_inserter(out),
               [&](const CurvePoint& p) { return (p.*value).has_value(); });
  return out;
}

/// Whether some lines end long before others: then a linear scale shows nothing of them.
bool wants_log(const Curves& curves, std::optional<double> CurvePoint::*value) {
  int shortest = 1 << 30, longest = 1;
  for (const Curve* curve : curves) {
    const auto points = with(*curve, value);
    if (points.empty()) continue;
    shortest = std::min(shortest, points.back().epoch);
    longest = std::max(longest, points.back().epoch);
  }
  return longest > 4 * shortest;
}

OrderedJson epoch_axis(bool log) {
  OrderedJson more = {{"title", log ? "epoch (log scale)" : "epoch"},
                      {"axis", {{"tickCount", 5}, {"grid", false}, {"format", "~d"}}},
                      {"scale", {{"nice", false}}}};
  if (log) more["scale"]["type"] = "log";
  return channel("epoch", "quantitative", more);
}

std::string place_of(const Curve& curve) { return curve.dataset + " · " + curve.split; }

/// The highest value on validation of all runs of a label, as its line in words and in the table.
struct Peak {
  double value = -1;
  int epoch = 0, last = 0;
  std::size_t runs = 0;
  void see(const std::vector<CurvePoint>& points) {
    ++runs;
    last = std::max(last, points.back().epoch);
    for (const CurvePoint& p : points) {
      if (*p.validation > value) {
        value = *p.validation;
        epoch = p.epoch;
      }
    }
  }
};

Figure validation_figure(const Grid& grid, const std::string& place, const Curves& curves) {
  Figure figure{html_slug("validation-" + place), place + " · validation", "", {}, {}};
  figure.data = {"ndcg@10 on validation, " + place, {"model", "highest", "at epoch", "last epoch seen", "fits"}, {}};
  Series series;
  OrderedJson values = OrderedJson::array();
  std::vector<std::pair<std::string, Peak>> peaks;
  int run = 0;
  for (const Curve* curve : curves) {
    const auto points = with(*curve, &CurvePoint::validation);
    if (points.empty()) continue;
    CellResult named;
    named.label = curve->label;
    const std::string name = series_name(named);
    series.add(name, style_of(grid, curve->label, ""));
    if (peaks.empty() || peaks.back().first != name) {
      if (std::none_of(peaks.begin(), peaks.end(), [&](const auto& p) { return p.first == name; }))
        peaks.emplace_back(name, Peak());
    }
    std::find_if(peaks.begin(), peaks.end(), [&](const auto& p) { return p.first == name; })->second.see(points);
    ++run;
    for (const CurvePoint& p : thinned(points))
      values.push_back({{"series", name}, {"run", run}, {"epoch", p.epoch}, {"value", *p.validation}});
  }
  std::vector<std::string> words;
  for (const auto& [name, peak] : peaks) {
    words.push_back(fmt::format("{} {} at epoch {}", name, table_number(peak.value), peak.epoch));
    figure.data.rows.push_back(
        {name, table_number(peak.value), std::to_string(peak.epoch), std::to_string(peak.last), std::to_string(peak.runs)});
  }
  figure.alt = fmt::format("ndcg@10 on validation by epoch. Highest of each model: {}.", join(words));
  figure.spec = base_spec(210 + series.legend_height());
  figure.spec["data"] = {{"values", values}};
  figure.spec["mark"] = {{"type", "line"}, {"strokeWidth", 1.4}, {"opacity", 0.85}};
  OrderedJson encoding = {
      {"x", epoch_axis(wants_log(curves, &CurvePoint::validation))},
      {"y", channel("value", "quantitative",
                    {{"title", "ndcg@10 on validation"}, {"axis", {{"tickCount", 5}}}, {"scale", {{"zero", false}}}})},
      {"detail", channel("run", "nominal")}};
  series.encode(encoding);
  figure.spec["encoding"] = encoding;
  return figure;
}

Figure loss_figure(const Grid& grid, const std::string& place, const std::string& label, const Curves& curves, bool named_place) {
  CellResult named;
  named.label = label;
  const std::string name = series_name(named);
  Figure figure{html_slug("loss-" + label + "-" + place), named_place ? name + " · " + place : name + " · loss", "", {}, {}};
  figure.data = {"Loss of " + name + ", " + place, {"fit", "stage", "epochs", "first loss", "last loss"}, {}};
  OrderedJson values = OrderedJson::array();
  std::map<std::string, int> stages;
  int run = 0;
  double first = 0, last = 0;
  for (const Curve* curve : curves) {
    const auto points = with(*curve, &CurvePoint::loss);
    if (points.empty()) continue;
    ++run;
    const std::string stage = curve->stage == "select" ? "chooses its epochs" : "is ranked";
    for (const CurvePoint& p : thinned(points))
      values.push_back({{"stage", stage}, {"run", run}, {"epoch", p.epoch}, {"loss", *p.loss}});
    ++stages[stage];
    first += *points.front().loss;
    last += *points.back().loss;
    figure.data.rows.push_back(
        {curve->init_seed.empty() ? std::to_string(run) : fmt::format("{} (init seed {})", run, curve->init_seed), stage,
         std::to_string(points.back().epoch), short_number(*points.front().loss), short_number(*points.back().loss)});
  }
  if (run == 0) return figure;
  figure.alt = fmt::format("Loss of {} by epoch, {} fits: from {} in the first to {} in the last epoch, mean over fits.", name,
                           run, short_number(first / run), short_number(last / run));
  figure.spec = base_spec(150 + (stages.size() > 1 ? 24 : 0));
  figure.spec["data"] = {{"values", values}};
  figure.spec["mark"] = {{"type", "line"}, {"strokeWidth", 1.4}, {"opacity", 0.85}, {"color", style_of(grid, label, "").colour}};
  figure.spec["encoding"] = {
      {"x", epoch_axis(wants_log(curves, &CurvePoint::loss))},
      {"y", channel("loss", "quantitative", {{"title", "loss"}, {"axis", {{"tickCount", 4}}}, {"scale", {{"zero", false}}}})},
      {"detail", channel("run", "nominal")}};
  if (stages.size() > 1) {
    figure.spec["encoding"]["strokeDash"] =
        channel("stage", "nominal",
                {{"legend", {{"symbolStrokeColor", kInk.light}}},
                 {"scale", {{"domain", {"is ranked", "chooses its epochs"}}, {"range", {{1, 0}, {4, 3}}}}}});
  }
  return figure;
}

}  // namespace

FigureGroup curve_figures(const Grid& grid, const RunRecord& record) {
  FigureGroup group{
      "curves",
      "Learning curves",
      "A line a fit: of each seed and fold, as the methods reported it. Losses of different methods have different scales and "
      "are not comparable. A fit that chooses its epochs looks at validation; the one that is ranked then runs that many.",
      {},
      {}};
  std::vector<std::string> order;
  std::map<std::string, Curves> by_place;
  std::map<std::string, std::vector<std::string>> labels;
  for (const Curve& curve : record.curves) {
    const std::string place = place_of(curve);
    if (by_place.find(place) == by_place.end()) order.push_back(place);
    by_place[place].push_back(&curve);
    auto& known = labels[place];
    if (std::find(known.begin(), known.end(), curve.label) == known.end()) known.push_back(curve.label);
  }
  for (const std::string& place : order) {
    Figure figure = validation_figure(grid, place, by_place[place]);
    if (!figure.data.rows.empty()) group.figures.push_back(std::move(figure));
  }
  std::size_t losses = 0, left_out = 0;
  for (const std::string& place : order) {
    for (const std::string& label : labels[place]) {
      Curves own;
      std::copy_if(by_place[place].begin(), by_place[place].end(), std::back_inserter(own),
                   [&](const Curve* c) { return c->label == label; });
      Figure figure = loss_figure(grid, place, label, own, order.size() > 1);
      if (figure.data.rows.empty()) continue;
      ++(losses < kMostFigures ? losses : left_out);
      if (left_out == 0) group.figures.push_back(std::move(figure));
    }
  }
  if (left_out > 0) group.faults.push_back(fmt::format("{} more losses are left out here; curves.csv has all", left_out));
  return group;
}

}  // namespace motive::figures
