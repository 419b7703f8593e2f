// The way of a drawn picture into a page: one pass over its markup that writes again only what it knows.

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <set>

#include "framework/report/figure_parts.h"
#include "framework/report/html.h"
#include "framework/report/render_figures.h"

namespace motive {
namespace {

const std::set<std::string_view> kElements = {"svg", "g", "path", "text", "tspan", "line", "rect", "circle", "defs", "clipPath"};
/// Others say nothing to the eye (roles, classes of marks) or are the page's affair (fonts).
const std::set<std::string_view> kAttributes = {"d",
                                                "transform",
                                                "x",
                                                "y",
                                                "x2",
                                                "y2",
                                                "x1",
                                                "y1",
                                                "dx",
                                                "dy",
                                                "cx",
                                                "cy",
                                                "r",
                                                "width",
                                                "height",
                                                "fill",
                                                "fill-opacity",
                                                "stroke",
                                                "stroke-width",
                                                "stroke-opacity",
                                                "stroke-dasharray",
                                                "stroke-dashoffset",
                                                "stroke-linecap",
                                                "stroke-linejoin",
                                                "stroke-miterlimit",
                                                "opacity",
                                                "text-anchor",
                                                "font-size",
                                                "font-weight",
                                                "font-style",
                                                "id",
                                                "clip-path",
                                                "display"};

constexpr double kScale = 1.2;  // the largest at which a page shows a figure: all have texts of one size

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Numbers with at most two decimals: a hundredth of a pixel is nothing, and half of the bytes.
std::string shortened(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    out += value[i];
    if (value[i] != '.' || i == 0 || !is_digit(value[i - 1])) continue;
    std::size_t end = i + 1;
    while (end < value.size() && is_digit(value[end])) ++end;
    // Digits before an exponent must stay.
    const bool exponent = end < value.size() && (value[end] == 'e' || value[end] == 'E');
    out += value.substr(i + 1, exponent ? end - i - 1 : std::min<std::size_t>(2, end - i - 1));
    i = end - 1;
  }
  return out;
}

class Rewriter {
 public:
  Rewriter(std::string_view svg, const std::string& id) : rest_(svg), id_(id) {}

  /// All but the outermost start tag, whose view box is kept.
  Result<std::string> run() {
    while (!rest_.empty()) {
      const std::size_t tag = std::min(rest_.find('<'), rest_.size());
      if (depth_ > 0) out_ += rest_.substr(0, tag);
      rest_.remove_prefix(tag);
      if (rest_.empty()) break;
      MOTIVE_TRY(rest_.starts_with("</") ? close() : open());
    }
    if (depth_ != 0 || view_box_.empty()) return fail("a picture that does not end, or has no size");
    return out_;
  }
  const std::string& view_box() const { return view_box_; }
  double width() const {
    double x = 0, y = 0, w = 0;
    return std::sscanf(view_box_.c_str(), "%lf %lf %lf", &x, &y, &w) == 3 ? w : 0;
  }

 private:
  static Error unknown(std::string_view what) { return fail("a picture with \"{}\", which no figure has", what.substr(0, 40)); }

  std::string_view take_name() {
    std::size_t n = 0;
    while (n < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[n])) || rest_[n] == '-' || rest_[n] == ':')) ++n;
    const std::string_view name = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return name;
  }
  void skip_space() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
  }

  Status close() {
    rest_.remove_prefix(2);
    const std::string_view name = take_name();
    if (!kElements.count(name) || !rest_.starts_with('>') || depth_ == 0) return unknown(name);
    rest_.remove_prefix(1);
    if (--depth_ > 0) out_ += fmt::format("</{}>", name);
    return {};
  }

  Status open() {
    const std::string_view whole = rest_;
    rest_.remove_prefix(1);
    const std::string_view name = take_name();
    if (!kElements.count(name) || (name == "svg") != (depth_ == 0)) return unknown(whole);
    if (depth_ > 0) out_ += fmt::format("<{}", name);
    for (skip_space(); !rest_.starts_with('>') && !rest_.starts_with("/>"); skip_space()) {
      const std::string_view key = take_name();
      if (key.empty() || !rest_.starts_with("=\"")) return unknown(whole);
      rest_.remove_prefix(2);
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) return unknown(whole);
      attribute(key, rest_.substr(0, end));
      rest_.remove_prefix(end + 1);
    }
    const bool empty = rest_.front() == '/';
    if (depth_ > 0) out_ += empty ? "/>" : ">";
    rest_.remove_prefix(empty ? 2 : 1);
    depth_ += empty ? 0 : 1;
    return {};
  }

  void attribute(std::string_view key, std::string_view value) {
    const bool plain = value.find_first_of("<&") == std::string_view::npos;
    if (depth_ == 0) {
      const bool box = std::all_of(value.begin(), value.end(), [](char c) { return is_digit(c) || c == '.' || c == ' '; });
      if (key == "viewBox" && box) view_box_ = value;
      return;
    }
    if (!kAttributes.count(key) || !plain) return;
    out_ += fmt::format(" {}=\"{}\"", key, rewritten(key, value));
  }

  std::string rewritten(std::string_view key, std::string_view value) const {
    if (key == "id") return id_ + "-" + std::string(value);
    if (key == "clip-path" && value.starts_with("url(#")) return "url(#" + id_ + "-" + std::string(value.substr(5));
    if (key == "fill" || key == "stroke") {
      for (const figures::Colour& colour : figures::colours()) {
        if (value == colour.light) return fmt::format("var(--{})", colour.name);
      }
      return value.find('(') == std::string_view::npos ? std::string(value) : "none";
    }
    return key == "font-weight" ? std::string(value) : shortened(value);
  }

  std::string_view rest_;
  const std::string& id_;
  std::string out_, view_box_;
  int depth_ = 0;
};

}  // namespace

Result<std::string> inline_svg(const std::string& svg, const std::string& id, const std::string& title,
                               const std::string& description) {
  Rewriter rewriter(svg, id);
  MOTIVE_ASSIGN(const std::string inside, rewriter.run());
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{0}\" role=\"img\" aria-labelledby=\"{1}-title {1}-text\" "
      "style=\"max-width:{5:.0f}px\">"
      "<title id=\"{1}-title\">{2}</title><desc id=\"{1}-text\">{3}</desc>{4}</svg>",
      rewriter.view_box(), id, html_text(title), html_text(description), inside, kScale * rewriter.width());
}

}  // namespace motive
