#pragma once
// Purpose: what figures share: the places they are of, colours of models that stay the same all over a report,
// texts, and Vega-Lite's settings. Only figures*.cpp and the page's style include it.

#include <array>

#include "framework/report/figures.h"

namespace motive::figures {

/// A colour for light and for dark pages. Figures are drawn with the light one; in a page its value is replaced
/// by the variable --NAME, so no two have the same value.
struct Colour {
  const char *name, *light, *dark;
};
inline constexpr Colour kInk = {"ink", "#1b2330", "#e7ebf1"};
inline constexpr Colour kMuted = {"muted", "#566173", "#a7b1c0"};
inline constexpr Colour kRule = {"rule", "#dde2e9", "#2e3745"};
inline constexpr Colour kAxis = {"axis", "#8a94a3", "#697588"};
/// Of models: at least 4.5:1 against the page, and apart from each other for the common kinds of colour blindness in
/// lightness or hue. Beyond them, models repeat colours with broken lines.
inline constexpr std::array<Colour, 8> kSeries = {{{"s1", "#1f6fb4", "#6cb2f0"},
                                                   {"s2", "#c4470f", "#ff9567"},
                                                   {"s3", "#0a7d5c", "#4fc9a0"},
                                                   {"s4", "#a1337f", "#ea8cc8"},
                                                   {"s5", "#8a6400", "#dbb44d"},
                                                   {"s6", "#5b4bc4", "#aa9df6"},
                                                   {"s7", "#1a7690", "#63c6da"},
                                                   {"s8", "#6b7480", "#9aa5b4"}}};
/// All of them.
std::vector<Colour> colours();

inline constexpr int kWidth = 358;

/// One data set, split and protocol, with the rows that have values.
struct Place {
  std::string dataset, split, protocol;
  std::vector<const SummaryRow*> rows;
  std::string title() const;
};
/// "sampled(29,uniform)" and "full ranking", as tables name them.
std::string protocol_title(const std::string& protocol);
std::vector<Place> places(const Summary& summary);

/// How a model is drawn. Variants have the colour of their model and dotted lines; beyond eight models lines are dashed.
struct Style {
  std::string colour;
  std::vector<int> dash;
};
Style style_of(const Grid& grid, const std::string& label, const std::string& variant);

/// "M-LLM3REC (strict)".
std::string series_name(const CellResult& cell);
/// The name in lines of at most `width` columns, for axes and legends: a clean text without markup.
std::string wrapped(const std::string& name, std::size_t width = 20);

std::size_t metric_index(const Summary& summary);
/// Three or four significant digits, without trailing zeros.
std::string short_number(double value);
std::string join(const std::vector<std::string>& parts, const char* between = "; ");

/// {"$schema", "usermeta", "width", "height", "autosize", "config"}: the whole figure is kWidth wide.
OrderedJson base_spec(int height);
/// {"field", "type", "title", ...more}.
OrderedJson channel(const char* field, const char* type, OrderedJson more = OrderedJson::object());
/// Colours and dashes of series, given in their order, as encodings {"color", "strokeDash"} with one legend.
struct Series {
  std::vector<std::string> names;
  OrderedJson colours = OrderedJson::array(), dashes = OrderedJson::array();
  void add(const std::string& name, const Style& style);
  int columns() const;
  int legend_height() const { return 17 * (static_cast<int>(names.size()) + columns() - 1) / columns() + 10; }
  void encode(OrderedJson& encoding) const;
};

FigureGroup metric_figures(const Grid& grid, const Summary& summary);
FigureGroup rank_figures(const Grid& grid, const Summary& summary);
FigureGroup slice_figures(const Grid& grid, const Summary& summary);
FigureGroup cost_figures(const Grid& grid, const Summary& summary, const RunRecord& record);
FigureGroup curve_figures(const Grid& grid, const RunRecord& record);

}  // namespace motive::figures
