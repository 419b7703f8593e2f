#include <array>
#include <cstdlib>

#include "framework/data/format.h"

namespace motive {

const Format& format_of(FileFormat id) {
  static const std::array<const Format*, 8> kFormats = {
      &kDelimitedFormat,     &kSequencesFormat,      &kJsonLinesFormat,  &kJsonObjectFormat,
      &kAmazonReviewsFormat, &kAmazonMetadataFormat, &kAmazon2023Format, &kRecboleFormat};
  for (const Format* format : kFormats) {
    if (format->id == id) return *format;
  }
  std::abort();
}

Error Records::bad_value(std::size_t slot, std::string_view reason) const {
  return error(fmt::format("column {}: {}", config::excerpt(columns_[slot]), reason));
}

}  // namespace motive
