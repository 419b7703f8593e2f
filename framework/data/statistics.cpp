#include "framework/data/statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "framework/data/prepared_format.h"
#include "framework/data/times.h"

namespace motive {
namespace {

constexpr std::size_t kBins = 12;
constexpr std::size_t kMostDistinctRatings = 20;

OrderedJson quantiles(std::vector<std::uint64_t> values) {
  std::sort(values.begin(), values.end());
  // The smallest value that at least this share of the values does not exceed.
  const auto at = [&](double share) {
    const double rank = std::ceil(share * static_cast<double>(values.size()));
    return values[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
  };
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {{"min", values.front()}, {"p10", at(0.1)},
          {"p25", at(0.25)},       {"median", at(0.5)},
          {"p75", at(0.75)},       {"p90", at(0.9)},
          {"max", values.back()},  {"mean", sum / static_cast<double>(values.size())}};
}

OrderedJson bin(OrderedJson from, OrderedJson to, std::uint64_t count) {
  return {{"from", std::move(from)}, {"to", std::move(to)}, {"count", count}};
}

/// Bins of equal width between the smallest and the largest value; the last one includes its end.
template <class T>
OrderedJson histogram(std::span<const T> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const auto first = static_cast<double>(*low);
  const double width = (static_cast<double>(*high) - first) / kBins;
  std::vector<std::uint64_t> counts(kBins, 0);
  for (const T value : values) {
    const double place = width > 0 ? (static_cast<double>(value) - first) / width : 0;
    ++counts[std::min(kBins - 1, static_cast<std::size_t>(place))];
  }
  OrderedJson bins = OrderedJson::array();
  for (std::size_t i = 0; i < kBins; ++i) {
    bins.push_back(bin(first + width * static_cast<double>(i),
                       first + width * static_cast<double>(i + 1), counts[i]));
    if (width <= 0) break;
  }
  return bins;
}

OrderedJson rating_histogram(std::span<const float> ratings) {
  std::map<float, std::uint64_t> counts;
  for (const float rating : ratings) {
    ++counts[rating];
    if (counts.size() > kMostDistinctRatings) return histogram(ratings);
  }
  OrderedJson bins = OrderedJson::array();
  for (const auto& [rating, count] : counts) bins.push_back(bin(rating, rating, count));
  return bins;
}

OrderedJson time_statistics(const PreparedData& data) {
  const EventsView& events = data.events();
  const auto [first, last] = std::minmax_element(events.times.begin(), events.times.end());
  const Json& reading = data.summary().at("reading");
  OrderedJson time = {{"kind", time_kind_name(data.time_kind())},
                      {"format", reading.value("time_format", "")},
                      {"format_detected", reading.value("time_format_detected", false)},
                      {"first", *first},
                      {"last", *last}};
  time["histogram"] = histogram(events.times);
  return time;
}

std::uint64_t characters_of(std::string_view text) {
  return static_cast<std::uint64_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Share of rows with a value and the lengths of the values, in characters (not bytes).
OrderedJson field_statistics(const TableView& table) {
  OrderedJson fields = OrderedJson::array();
  for (const auto& [name, column] : table.fields()) {
    std::vector<std::uint64_t> lengths;
    for (std::size_t row = 0; row < table.size(); ++row) {
      if (!column[row].empty()) lengths.push_back(characters_of(column[row]));
    }
    const double share =
        table.size() ? static_cast<double>(lengths.size()) / static_cast<double>(table.size()) : 0;
    OrderedJson field = {{"name", name}, {"share", share}};
    if (!lengths.empty()) field["characters"] = quantiles(std::move(lengths));
    fields.push_back(std::move(field));
  }
  return fields;
}

OrderedJson warnings_of(const PreparedData& data, const OrderedJson& statistics) {
  OrderedJson warnings = OrderedJson::parse(data.summary().value("warnings", Json::array()).dump());
  for (const auto& [table, fields] : statistics.at("fields").items()) {
    for (const auto& field : fields) {
      if (field.at("share") != 0.0) continue;
      warnings.push_back(fmt::format("field `{}` of {} is empty everywhere",
                                     field.at("name").get<std::string>(), table));
    }
  }
  return warnings;
}

}  // namespace

OrderedJson data_statistics(const PreparedData& data) {
  const EventsView& events = data.events();
  std::vector<std::uint64_t> per_user(events.users());
  for (std::size_t u = 0; u < events.users(); ++u)
    per_user[u] = events.offsets[u + 1] - events.offsets[u];
  std::vector<std::uint64_t> per_item(data.items().size(), 0);
  for (const ItemId item : events.items) ++per_item[index(item)];
  std::erase(per_item, 0u);
  const double cells = static_cast<double>(events.users()) * static_cast<double>(per_item.size());
  OrderedJson out = {{"users", events.users()},
                     {"items", data.items().size()},
                     {"items_with_interactions", per_item.size()},
                     {"interactions", events.size()},
                     {"density", static_cast<double>(events.size()) / cells}};
  out["events_per_user"] = quantiles(std::move(per_user));
  out["events_per_item"] = quantiles(std::move(per_item));
  if (!events.ratings.empty()) out["ratings"] = rating_histogram(events.ratings);
  if (!events.times.empty()) out["time"] = time_statistics(data);
  out["funnel"] = OrderedJson::parse(data.summary().value("funnel", Json::array()).dump());
  out["fields"] = {{"items", field_statistics(data.items())},
                   {"users", field_statistics(data.users())}};
  out["warnings"] = warnings_of(data, out);
  return out;
}

}  // namespace motive
