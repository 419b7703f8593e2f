#include "framework/cli/data_report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "framework/base/console.h"
#include "framework/data/filters.h"
#include "framework/data/times.h"

namespace motive {
namespace {

constexpr int kWidest = 120;

/// Eighths of a block, so that short bars differ; plain signs elsewhere.
std::string bar(std::uint64_t count, std::uint64_t most, int room, const Look& look) {
  const double length = static_cast<double>(count) / static_cast<double>(most) * room;
  if (!look.blocks) {
    const auto signs = static_cast<std::size_t>(length + 0.5);
    return count > 0 && signs == 0 ? "." : std::string(signs, '#');
  }
  static constexpr const char* kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<int>(length * 8 + 0.5);
  std::string text;
  for (int i = 0; i < eighths / 8; ++i) text += "█";
  text += kParts[eighths % 8];
  return text.empty() && count > 0 ? kParts[1] : text;
}

/// One line a bin: label, count, bar.
template <class F>
std::string bars(const OrderedJson& bins, const Look& look, F label) {
  std::uint64_t most = 1;
  std::size_t labels = 0, counts = 0;
  for (const auto& b : bins) {
    const auto count = b.at("count").get<std::uint64_t>();
    most = std::max(most, count);
    labels = std::max(labels, label(b).size());
    counts = std::max(counts, format_count(count).size());
  }
  const int room = std::max(8, std::min(look.width, kWidest) - static_cast<int>(labels + counts) - 5);
  std::string text;
  for (const auto& b : bins) {
    const auto count = b.at("count").get<std::uint64_t>();
    text += fmt::format("  {:>{}} {:>{}} {}\n", label(b), labels, format_count(count), counts, bar(count, most, room, look));
  }
  return text;
}

std::string quantiles_line(const std::string& name, std::size_t width, const OrderedJson& q) {
  const auto count = [&](const char* key) { return format_count(q.at(key).get<std::uint64_t>()); };
  return fmt::format("  {:<{}} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8} {:>9.2f}", name, width, count("min"),
                     count("p10"), count("p25"), count("median"), count("p75"), count("p90"), count("max"),
                     q.at("mean").get<double>());
}

std::string quantiles_head(const std::string& name, std::size_t width) {
  return fmt::format("  {:<{}} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8} {:>9}", name, width, "min", "10 %", "25 %",
                     "median", "75 %", "90 %", "max", "mean");
}

std::string times_text(const OrderedJson& time, const Look& look) {
  const bool absolute = time.at("kind") == "absolute";
  const auto shown = [&](const OrderedJson& value) {
    const auto seconds = static_cast<std::int64_t>(value.get<double>());
    return absolute ? format_time(seconds).substr(0, 10) : fmt::format("{} s", seconds);
  };
  std::string text = fmt::format("\ntimes: {} to {}", shown(time.at("first")), shown(time.at("last")));
  if (!absolute) text += " after the user's first event";
  const auto format = time.at("format").get<std::string>();
  if (!format.empty())
    text += fmt::format(" ({}{})", format, time.at("format_detected") == true ? ", detected" : "");
  return text + "\n" + bars(time.at("histogram"), look, [&](const OrderedJson& b) { return shown(b.at("from")); });
}

std::string fields_text(const OrderedJson& tables) {
  std::size_t width = 10;
  for (const auto& [table, fields] : tables.items()) {
    for (const auto& field : fields) width = std::max(width, table.size() + 1 + field.at("name").get<std::string>().size());
  }
  std::string text;
  for (const auto& [table, fields] : tables.items()) {
    for (const auto& field : fields) {
      const std::string name = table + "." + field.at("name").get<std::string>();
      const std::string share = fmt::format("{:.1f} %", 100 * field.at("share").get<double>());
      text += (field.contains("characters") ? quantiles_line(name, width, field.at("characters"))
                                            : fmt::format("  {:<{}} {:>71}", name, width, "")) +
              fmt::format(" {:>8}\n", share);
    }
  }
  if (text.empty()) return text;
  return "\nfields: lengths in characters, and the share of rows with a value\n" + quantiles_head("", width) + "    filled\n" + text;
}

/// Broken between words.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  std::string out, line;
  const auto flush = [&] {
    out += (out.empty() ? "" : "\n" + std::string(indent, ' ')) + line;
    line.clear();
  };
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (!line.empty() && line.size() + 1 + end - begin > width) flush();
    line += (line.empty() ? "" : " ") + text.substr(begin, end - begin);
    begin = end + 1;
  }
  flush();
  return out;
}

std::string checks_text(const OrderedJson& checks, const Look& look) {
  static const std::pair<const char*, const char*> kNames[] = {
      {"ties", "ties"}, {"repeats", "repeats"}, {"sequentiality", "sequence"}, {"id_leakage", "ids"}, {"bots", "users"}, {"text", "text"}};
  constexpr std::size_t kIndent = 12;
  const auto width = static_cast<std::size_t>(std::max(40, std::min(look.width, kWidest) - static_cast<int>(kIndent)));
  std::string text = "\nchecks (! is a warning)\n";
  for (const auto& [key, name] : kNames) {
    if (!checks.contains(key)) continue;
    const bool warning = checks.at(key).value("warning", false);
    const char* sign = !warning ? " " : look.colour ? "\033[33m!\033[0m" : "!";
    text += fmt::format("{} {:<9} {}\n", sign, name, wrapped(checks.at(key).value("remark", ""), kIndent, width));
  }
  return text;
}

}  // namespace

Look Look::of_stdout() {
  const char* terminal = std::getenv("TERM");
  const bool shows = ::isatty(STDOUT_FILENO) == 1 && terminal && std::string_view(terminal) != "dumb";
  return {stdout_width(), shows, stdout_has_colour()};
}

std::string statistics_text(const OrderedJson& s, const OrderedJson& checks, const Look& look) {
  const auto count = [&](const char* key) { return format_count(s.at(key).get<std::uint64_t>()); };
  std::string text = fmt::format("users {}, items {} ({} with interactions), interactions {}, density {:.4f} %\n", count("users"),
                                 count("items"), count("items_with_interactions"), count("interactions"),
                                 100 * s.at("density").get<double>());
  text += "\n" + quantiles_head("events", 10) + "\n" + quantiles_line("per user", 10, s.at("events_per_user")) + "\n" +
          quantiles_line("per item", 10, s.at("events_per_item")) + "\n";
  if (s.at("funnel").size() > 1) text += "\n" + funnel_text(Json::parse(s.at("funnel").dump()));
  if (s.contains("ratings")) {
    text += "\nratings\n" + bars(s.at("ratings"), look, [](const OrderedJson& b) {
              const auto from = b.at("from").get<double>();
              const auto to = b.at("to").get<double>();
              return from == to ? fmt::format("{:g}", from) : fmt::format("{:.3g} to {:.3g}", from, to);
            });
  }
  if (s.contains("time")) text += times_text(s.at("time"), look);
  text += fields_text(s.at("fields")) + checks_text(checks, look);
  if (!s.at("warnings").empty()) text += "\n";
  for (const auto& warning : s.at("warnings")) text += fmt::format("warning: {}\n", warning.get<std::string>());
  return text;
}

}  // namespace motive
