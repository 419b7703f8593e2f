#include "framework/cli/data_report.h"

#include <algorithm>

#include "framework/base/console.h"
#include "framework/data/times.h"

namespace motive {
namespace {

constexpr std::size_t kBarWidth = 40;

std::string bar(std::uint64_t count, std::uint64_t most) {
  const auto length = static_cast<std::size_t>(
      static_cast<double>(count) / static_cast<double>(most) * kBarWidth + 0.5);
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text += "█";
  return text.empty() && count > 0 ? "▏" : text;
}

/// One line a bin: label, bar, count.
template <class F>
std::string bars(const OrderedJson& bins, F label) {
  std::uint64_t most = 1;
  std::size_t width = 0;
  for (const auto& b : bins) {
    most = std::max(most, b.at("count").get<std::uint64_t>());
    width = std::max(width, label(b).size());
  }
  std::string text;
  for (const auto& b : bins) {
    const auto count = b.at("count").get<std::uint64_t>();
    text +=
        fmt::format("  {:>{}}  {} {}\n", label(b), width, bar(count, most), format_count(count));
  }
  return text;
}

std::string quantiles_line(const char* name, const OrderedJson& q) {
  const auto count = [&](const char* key) { return format_count(q.at(key).get<std::uint64_t>()); };
  return fmt::format("  {:<9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10.2f}\n", name,
                     count("min"), count("p10"), count("p25"), count("median"), count("p75"),
                     count("p90"), count("max"), q.at("mean").get<double>());
}

std::string times_text(const OrderedJson& time) {
  const bool absolute = time.at("kind") == "absolute";
  const auto shown = [&](const OrderedJson& value) {
    const auto seconds = static_cast<std::int64_t>(value.get<double>());
    return absolute ? format_time(seconds).substr(0, 10) : fmt::format("{} s", seconds);
  };
  std::string text =
      fmt::format("\ntimes: {} to {}", shown(time.at("first")), shown(time.at("last")));
  if (!absolute) text += " after the user's first event";
  const auto format = time.at("format").get<std::string>();
  if (!format.empty())
    text += fmt::format(" ({}{})", format, time.at("format_detected") == true ? ", detected" : "");
  text += fmt::format("; {:.1f} % of events are tied with the one before\n",
                      100 * time.at("tied_share").get<double>());
  return text +
         bars(time.at("histogram"), [&](const OrderedJson& b) { return shown(b.at("from")); });
}

std::string fields_text(const char* table, const OrderedJson& fields) {
  std::string text;
  for (const auto& field : fields) {
    text += fmt::format("  {:<24} {:>5.1f} %   {:>8.1f} characters\n",
                        fmt::format("{}.{}", table, field.at("name").get<std::string>()),
                        100 * field.at("share").get<double>(),
                        field.at("mean_characters").get<double>());
  }
  return text;
}

}  // namespace

std::string statistics_text(const OrderedJson& s) {
  const auto count = [&](const char* key) { return format_count(s.at(key).get<std::uint64_t>()); };
  std::string text = fmt::format(
      "users {} · items {} ({} with interactions) · interactions {} · density {:.4f} %\n",
      count("users"), count("items"), count("items_with_interactions"), count("interactions"),
      100 * s.at("density").get<double>());
  text += fmt::format("\n  {:<9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10}\n", "events",
                      "min", "10 %", "25 %", "median", "75 %", "90 %", "max", "mean");
  text += quantiles_line("per user", s.at("events_per_user")) +
          quantiles_line("per item", s.at("events_per_item"));
  if (s.contains("ratings")) {
    text +=
        "\nratings\n" + bars(s.at("ratings"), [](const OrderedJson& b) {
          const auto from = b.at("from").get<double>();
          const auto to = b.at("to").get<double>();
          return from == to ? fmt::format("{:g}", from) : fmt::format("{:.3g} to {:.3g}", from, to);
        });
  }
  if (s.contains("time")) text += times_text(s.at("time"));
  const auto& repeats = s.at("repeats");
  text += fmt::format("\nrepeats: {} events repeat an item of their user, {} of them exactly\n",
                      format_count(repeats.at("repeated").get<std::uint64_t>()),
                      format_count(repeats.at("exact").get<std::uint64_t>()));
  const std::string fields = fields_text("items", s.at("fields").at("items")) +
                             fields_text("users", s.at("fields").at("users"));
  if (!fields.empty()) text += "\nfields: rows with a value, mean length\n" + fields;
  for (const auto& warning : s.at("warnings"))
    text += fmt::format("warning: {}\n", warning.get<std::string>());
  return text;
}

}  // namespace motive
