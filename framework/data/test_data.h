#pragma once
// Purpose: what the tests of this folder share: a folder that is removed afterwards, files in it,
// data sets described by a line of YAML, and the folder with real data.

#include <gtest/gtest.h>

#include <cstdlib>

#include "framework/base/progress.h"
#include "framework/base/temporary_folder.h"
#include "framework/data/descriptor.h"
#include "framework/data/prepared.h"

namespace motive::test {

class TempFolder : public TemporaryFolder {
 public:
  Path write(const std::string& name, std::string_view content) const {
    const Path file = path() / name;
    EXPECT_TRUE(make_folders(file.parent_path()).has_value());
    EXPECT_TRUE(write_file_synced(file, content).has_value());
    return file;
  }
};

inline Result<Descriptor> describe(const std::string& yaml, const Path& base) {
  config::Errors errors;
  const config::Node node = config::parse_yaml(yaml, "test.yaml", errors);
  if (!errors.empty()) return errors.error();
  auto descriptor = resolve_descriptor(node, base, errors);
  if (!errors.empty()) return errors.error();
  return *descriptor;
}

/// Files in a folder, and what they become.
class Workshop {
 public:
  void file(const std::string& name, std::string_view content) {
    sources_.write("shop/" + name, content);
  }
  /// `rest`: the keys after name and path.
  Result<PreparedData> prepare(const std::string& rest, const FilterOptions& filters = FilterOptions::none()) {
    MOTIVE_ASSIGN(const Descriptor descriptor,
                  describe("name: shop\npath: shop\n" + rest, sources_.path()));
    const Path folder = sources_.path() / fmt::format("prepared-{}", ++count_);
    MOTIVE_TRY(make_folders(folder));
    NoProgress progress;
    MOTIVE_TRY(motive::prepare(descriptor, filters, folder, progress));
    return PreparedData::open(folder);
  }
  /// The error that prepare ends with; "" where it succeeds.
  std::string failure(const std::string& rest, const FilterOptions& filters = FilterOptions::none()) {
    const auto data = prepare(rest, filters);
    return data ? "" : data.error().message;
  }
  Path last_folder() const { return sources_.path() / fmt::format("prepared-{}", count_); }
  const Path& root() const { return sources_.path(); }

 private:
  TempFolder sources_;
  int count_ = 0;
};

/// "user:item@time*rating ..." in the order of the columns; what the source does not have is left
/// out.
inline std::string events_text(const PreparedData& data) {
  std::string text;
  const EventsView& events = data.events();
  for (std::size_t u = 0; u < events.users(); ++u) {
    for (std::size_t at = events.offsets[u]; at < events.offsets[u + 1]; ++at) {
      text += fmt::format("{}{}:{}", text.empty() ? "" : " ", data.users().id(u),
                          data.items().id(index(events.items[at])));
      if (!events.times.empty()) text += fmt::format("@{}", events.times[at]);
      if (!events.ratings.empty()) text += fmt::format("*{}", events.ratings[at]);
    }
  }
  return text;
}

/// The row of a raw id.
inline std::size_t row_of(const TableView& table, std::string_view id) {
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.id(row) == id) return row;
  }
  ADD_FAILURE() << "no row with id " << id;
  return 0;
}

}  // namespace motive::test
