#include "framework/split/export.h"

#include <algorithm>

#include "framework/base/csv.h"
#include "framework/split/split_files.h"

namespace motive {
namespace {

/// How one format writes a table of events.
class EventWriter {
 public:
  EventWriter(const PreparedData& data, ExportFormat format) : data_(data), csv_(format == ExportFormat::kCsv) {}

  std::string rows(const EventLists& lists, const std::vector<std::uint32_t>* users) const {
    std::string out = csv_ ? "user,item,rating,timestamp\n" : header();
    for (std::size_t r = 0; r < lists.rows(); ++r) {
      const std::size_t user = users ? (*users)[r] : r;
      for (const std::uint32_t event : lists.row(r)) append(out, user, event);
    }
    return out;
  }

  /// A table of users or items; RecBole only.
  static std::string table(const TableView& view, const std::string& id) {
    std::string out = id + ":token";
    for (const auto& [name, column] : view.fields()) out += fmt::format("\t{}:token_seq", name);
    out += '\n';
    for (std::size_t row = 0; row < view.size(); ++row) {
      append_atomic(out, view.id(row));
      for (const auto& [name, column] : view.fields()) {
        out += '\t';
        append_atomic(out, column[row]);
      }
      out += '\n';
    }
    return out;
  }

 private:
  bool timed() const { return !data_.events().times.empty(); }
  bool rated() const { return !data_.events().ratings.empty(); }

  std::string header() const {
    return fmt::format("user_id:token\titem_id:token{}{}\n", rated() ? "\trating:float" : "", timed() ? "\ttimestamp:float" : "");
  }

  void append(std::string& out, std::size_t user, std::uint32_t event) const {
    const EventsView& events = data_.events();
    const auto id = [&](std::string_view text) { csv_ ? void(out += csv_field(text)) : append_atomic(out, text); };
    const char* separator = csv_ ? "," : "\t";
    id(data_.users().id(user));
    out += separator;
    id(data_.items().id(index(events.items[event])));
    if (csv_ || rated()) out += separator;
    if (rated()) out += fmt::format("{}", events.ratings[event]);
    if (csv_ || timed()) out += separator;
    if (timed()) out += fmt::format("{}", events.times[event]);
    out += '\n';
  }

  static void append_atomic(std::string& out, std::string_view text) {
    for (const char c : text) out += c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
  }

  const PreparedData& data_;
  bool csv_;
};

}  // namespace

Result<ExportFormat> export_format(const std::string& name) {
  if (name == "csv") return ExportFormat::kCsv;
  if (name == "recbole") return ExportFormat::kRecbole;
  return invalid("unknown format `{}`; there are csv and recbole", name);
}

Result<std::vector<std::string>> export_split(const Path& split_folder, const PreparedData& data, ExportFormat format,
                                              const Path& out) {
  MOTIVE_ASSIGN(const SplitLists lists, read_split_lists(split_folder));
  // What test users show: the last events of their histories, where only those are shown.
  EventLists shown;
  for (std::size_t q = 0; q < lists.test.size(); ++q) {
    const auto row = lists.test.history.row(q);
    shown.add_row(row.last(std::min<std::size_t>(row.size(), lists.shown.value_or(~std::uint32_t{0}))));
  }
  const EventWriter writer(data, format);
  const bool csv = format == ExportFormat::kCsv;
  const std::string prefix = csv ? "" : out.filename().string() + ".", suffix = csv ? ".csv" : ".inter";
  std::vector<std::string> names;
  const auto write = [&](const std::string& name, const std::string& content) -> Status {
    names.push_back(name);
    return write_file_atomic(out / name, content);
  };
  MOTIVE_TRY(write(prefix + "train" + suffix, writer.rows(lists.train, nullptr)));
  MOTIVE_TRY(write(prefix + "valid" + suffix, writer.rows(lists.valid.targets, &lists.valid.users)));
  MOTIVE_TRY(write(prefix + "test" + suffix, writer.rows(lists.test.targets, &lists.test.users)));
  MOTIVE_TRY(write(prefix + "history" + suffix, writer.rows(shown, &lists.test.users)));
  if (lists.test_warm.size() > 0) {
    MOTIVE_TRY(write(prefix + "test_warm" + suffix, writer.rows(lists.test_warm.targets, &lists.test_warm.users)));
  }
  if (csv) return names;
  MOTIVE_TRY(write(prefix + "item", EventWriter::table(data.items(), "item_id")));
  MOTIVE_TRY(write(prefix + "user", EventWriter::table(data.users(), "user_id")));
  return names;
}

}  // namespace motive
