#pragma once
// Purpose: a split for other tools, with raw ids. Missing ratings and times are empty; in full the same
// events in the same order.
//   csv     train, valid, test, history (what test users show) and, of item-cold splits, test_warm (their
//           warm targets): user,item,rating,timestamp. `type: imported` reads it again.
//   recbole atomic files NAME.train.inter, NAME.valid.inter, NAME.test.inter (benchmark_filename: [train,
//           valid, test]), NAME.item and NAME.user, in a folder NAME. Tabs and line breaks become spaces.
//           What cold users show has no place in that format: it stands in NAME.history.inter.

#include "framework/split/split.h"

namespace motive {

enum class ExportFormat { kCsv, kRecbole };
Result<ExportFormat> export_format(const std::string& name);

/// The names of the files written to `out`.
Result<std::vector<std::string>> export_split(const Path& split_folder, const PreparedData& data, ExportFormat format,
                                              const Path& out);

}  // namespace motive
