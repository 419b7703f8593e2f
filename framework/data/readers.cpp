#include "framework/data/readers.h"

#include "framework/data/read_parts.h"

namespace motive {
namespace {

/// Items with interactions for which the tables of items gave nothing.
void count_bare_items(RawTables& out, std::size_t touched, Json& report) {
  std::uint64_t bare = 0;
  for (std::uint32_t row = 0; row < touched; ++row) {
    bool any = false;
    for (std::size_t field = 0; field < out.items.fields().size() && !any; ++field) {
      any = !out.items.get(row, field).empty();
    }
    if (!any) ++bare;
  }
  report["items_without_fields"] = bare;
  if (bare > 0 && bare < touched) {
    out.warnings.push_back(fmt::format(
        "{} of {} items with interactions have no fields in the tables of items", bare, touched));
  }
}

}  // namespace

void show_reading(Progress& progress, const TextSource& source) {
  progress.update(static_cast<double>(source.bytes_read()),
                  static_cast<double>(source.bytes_total()),
                  "reading " + source.file().filename().string());
}

Status read_sources(const Descriptor& descriptor, const Path& folder, RawTables& out, Json& report,
                    Progress& progress) {
  report = {{"tables", Json::array()}};
  MOTIVE_TRY(read_events(*descriptor.interactions, folder, out, report, progress));
  report["events"] = out.size();
  if (out.size() == 0) {
    return invalid("{}: there are no interactions in it",
                   (folder / descriptor.interactions->file).string());
  }
  const std::size_t touched = out.items.size();
  for (const TableFile& file : descriptor.items.list) {
    MOTIVE_TRY(read_table(file, FileUse::kItems, folder, out, report, progress));
  }
  for (const TableFile& file : descriptor.users.list) {
    MOTIVE_TRY(read_table(file, FileUse::kUsers, folder, out, report, progress));
  }
  if (!descriptor.items.list.empty()) count_bare_items(out, touched, report);
  return {};
}

}  // namespace motive
