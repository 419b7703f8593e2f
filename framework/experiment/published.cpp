#include "framework/experiment/published.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "framework/base/environment.h"
#include "framework/data/record_reader.h"

namespace motive {
namespace {

constexpr std::array<std::string_view, 8> kColumns = {"source", "dataset", "split", "model", "protocol", "metric", "k", "value"};

Result<std::array<std::size_t, kColumns.size()>> find_columns(RecordReader& reader, const std::vector<std::string_view>& header) {
  std::array<std::size_t, kColumns.size()> places{};
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    const auto at = std::find(header.begin(), header.end(), kColumns[c]);
    if (at == header.end()) {
      return reader.error("the header must name the columns {}; `{}` is missing", fmt::join(kColumns, ","), kColumns[c]);
    }
    places[c] = static_cast<std::size_t>(at - header.begin());
  }
  return places;
}

bool read_number(std::string_view text, double& value) {
  const std::string copy(text);
  char* end = nullptr;
  value = std::strtod(copy.c_str(), &end);
  return !copy.empty() && end == copy.c_str() + copy.size();
}

}  // namespace

Path published_file(const std::string& name, const Path& base) {
  if (name.ends_with(".csv")) return (base / name).lexically_normal();
  return checkout_folder() / "results" / "published" / (name + ".csv");
}

Result<std::vector<PublishedNumber>> read_published(const Path& file) {
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(file, {}));
  std::vector<std::string_view> fields;
  MOTIVE_ASSIGN(const bool any, reader.next(fields));
  if (!any) return invalid("{}: is empty; its first line must be the header {}", file.string(), fmt::join(kColumns, ","));
  const std::size_t width = fields.size();
  MOTIVE_ASSIGN(const auto places, find_columns(reader, fields));
  std::vector<PublishedNumber> numbers;
  while (true) {
    MOTIVE_ASSIGN(const bool more, reader.next(fields));
    if (!more) return numbers;
    if (fields.size() != width) return reader.error("{} fields, the header has {}", fields.size(), width);
    const auto field = [&](std::size_t c) { return std::string(fields[places[c]]); };
    // Tables of counts and costs hold other rows as well.
    const auto kind = metric_kind(field(5));
    if (!kind) continue;
    PublishedNumber number{field(0), field(1), field(2), field(3), field(4), {*kind, 0}, 0};
    double k = 0;
    if (!field(6).empty() && !read_number(field(6), k)) return reader.error("k is `{}`, not a number", field(6));
    if (!read_number(field(7), number.value)) return reader.error("value is `{}`, not a number", field(7));
    number.metric.k = static_cast<int>(k);
    numbers.push_back(std::move(number));
  }
}

}  // namespace motive
