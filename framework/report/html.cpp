#include "framework/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "framework/base/console.h"
#include "framework/report/unicode.h"

namespace motive {
namespace {

void append_escaped(std::string& out, std::string_view clean) {
  for (const char c : clean) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

/// What a unit behind a number multiplies it by; 0: not a unit that tables here use.
double unit(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"", 1},     {"%", 1},    {"s", 1},    {"ms", 1e-3}, {"B", 1},
                                                            {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}};
  for (const auto& [name, value] : kUnits) {
    if (text == name) return value;
  }
  return 0;
}

/// "3:05" and "2:10:00" in seconds.
bool clock_time(std::string_view text, double& seconds) {
  seconds = 0;
  double part = 0;
  int colons = 0;
  for (const char c : text) {
    if (c == ':') {
      seconds = (seconds + part) * 60;
      part = 0;
      ++colons;
    } else if (c >= '0' && c <= '9') {
      part = part * 10 + (c - '0');
    } else {
      return false;
    }
  }
  seconds += part;
  return colons > 0 && !text.empty();
}

}  // namespace

std::string html_text(std::string_view foreign) {
  std::string out;
  append_escaped(out, printable(foreign));
  return out;
}

std::string html_prose(std::string_view foreign) {
  const std::string text = html_text(foreign);
  std::string out;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t open = text.find('`', begin);
    const std::size_t close = open == std::string::npos ? open : text.find('`', open + 1);
    if (close == std::string::npos) return out + text.substr(begin);
    out += text.substr(begin, open - begin) + "<code>" + text.substr(open + 1, close - open - 1) + "</code>";
    begin = close + 1;
  }
}

std::string html_lines(std::string_view foreign) {
  std::string out;
  for (std::size_t begin = 0; begin < foreign.size();) {
    const std::size_t end = std::min(foreign.find('\n', begin), foreign.size());
    append_escaped(out, printable(foreign.substr(begin, end - begin)));
    out += '\n';
    begin = end + 1;
  }
  return out;
}

std::string html_slug(std::string_view foreign) {
  std::string out;
  for (const char c : foreign) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 128 && std::isalnum(byte)) {
      out += static_cast<char>(std::tolower(byte));
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  if (out.size() > 80) out.resize(80);
  return out.empty() ? "x" : out;
}

std::string shown_seconds(double seconds) {
  if (seconds < 0.00095) return fmt::format("{:.2g} ms", 1000 * seconds);
  return seconds < 0.9995 ? fmt::format("{:.3g} ms", 1000 * seconds) : format_seconds(seconds);
}

std::string sort_value(const std::string& shown) {
  double value = 0;
  if (clock_time(shown, value)) return fmt::format("{}", value);
  std::string digits;
  std::copy_if(shown.begin(), shown.end(), std::back_inserter(digits), [](char c) { return c != ','; });
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end == digits.data()) return "";
  std::string_view rest(end, static_cast<std::size_t>(digits.data() + digits.size() - end));
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  const double factor = unit(rest);
  return factor > 0 ? fmt::format("{}", value * factor) : "";
}

std::string html_table(const HtmlTable& table) {
  const auto is_number = [&](std::size_t column) {
    bool any = false;
    for (const auto& row : table.rows) {
      if (row[column].empty() || row[column] == "n/a") continue;
      if (sort_value(row[column]).empty()) return false;
      any = true;
    }
    return any;
  };
  std::string out = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n<table class=\"sortable{1}\">"
      "<caption class=\"hidden\">{0}</caption>\n<thead><tr>",
      html_text(table.caption), table.rows.size() > 24 ? "" : " short");
  std::vector<bool> number;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    number.push_back(is_number(c));
    out += fmt::format("<th scope=\"col\" data-col=\"{}\"{}>{}</th>", c, number[c] ? " class=\"n\" data-kind=\"number\"" : "",
                       html_text(table.columns[c]));
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string sorted = number[c] ? sort_value(row[c]) : "";
      const std::string head = c == 0 ? "th scope=\"row\"" : "td";
      out += fmt::format("<{}{}{}>{}</{}>", head, number[c] ? " class=\"n\"" : "",
                         sorted.empty() ? "" : " data-v=\"" + sorted + "\"", html_text(row[c]), c == 0 ? "th" : "td");
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace motive
