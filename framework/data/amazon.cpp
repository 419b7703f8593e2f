// Formats amazon_reviews (2014 and 2018), amazon_metadata (2014 and 2018) and amazon_2023 (both),
// as the research group of J. McAuley publishes them. JSON objects, one a line; the products of
// 2014 are literals of Python's. `columns` name further fields, or others in place of these.
#include <algorithm>

#include "framework/data/json_lines.h"

namespace motive {
namespace {

constexpr const char* kPath = " > ";  // between a category and the next below it

/// The format's own columns; what the description names replaces the field of that role, and where
/// it names fields of a table, only those are read.
std::vector<JsonColumn> with_named(std::vector<JsonColumn> columns, const OpenFile& file) {
  const auto& named = file.description.columns;
  if (named.empty()) return columns;
  std::erase_if(columns, [&](const JsonColumn& column) {
    const bool id = column.role == "user" || column.role == "item";
    return named.count(column.role) > 0 || !id;
  });
  for (const auto& [role, name] : named) columns.push_back({role, {name}, file.description.join});
  return columns;
}

Result<std::unique_ptr<Records>> open_reviews(const OpenFile& file) {
  return open_json_lines(file, with_named({{"user", {"reviewerID"}},
                                           {"item", {"asin"}},
                                           {"rating", {"overall"}},
                                           {"timestamp", {"unixReviewTime"}}},
                                          file));
}

Result<std::unique_ptr<Records>> open_metadata(const OpenFile& file) {
  return open_json_lines(file,
                         with_named({{"item", {"asin"}},
                                     {"title", {"title"}, " "},
                                     {"description", {"description"}, " "},
                                     {"brand", {"brand"}},
                                     {"categories", {"categories", "category"}, kPath},
                                     {"price", {"price"}},
                                     {"features", {"feature"}, " "}},
                                    file),
                         true);
}

/// Raw files say parent_asin and asin; preparations of them also item_id.
Result<std::unique_ptr<Records>> open_2023(const OpenFile& file) {
  const std::vector<std::string> item = {"parent_asin", "item_id", "asin"};
  if (file.use == FileUse::kInteractions) {
    return open_json_lines(file, with_named({{"user", {"user_id"}},
                                             {"item", item},
                                             {"rating", {"rating"}},
                                             {"timestamp", {"timestamp"}}},
                                            file));
  }
  return open_json_lines(
      file, with_named({{"item", item},
                        {"title", {"title"}, " "},
                        {"description", {"description"}, " "},
                        {"brand", {"brand", "store"}},
                        {"categories", {"categories", "category", "main_category"}, kPath},
                        {"price", {"price"}},
                        {"features", {"features"}, " "}},
                       file));
}

}  // namespace

const Format kAmazonReviewsFormat = {
    FileFormat::kAmazonReviews, true,  false,  Format::Columns::kOptional,
    Format::EventUnit::kLine,   false, "unix", open_reviews};

const Format kAmazonMetadataFormat = {
    FileFormat::kAmazonMetadata, false, true,   Format::Columns::kOptional,
    Format::EventUnit::kLine,    true,  "auto", open_metadata};

const Format kAmazon2023Format = {
    FileFormat::kAmazon2023,  true, true,      Format::Columns::kOptional,
    Format::EventUnit::kLine, true, "unix_ms", open_2023};

}  // namespace motive
