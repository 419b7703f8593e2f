// A table of items or users of any format, joined to the raw tables by id.
#include "framework/data/item_text.h"
#include "framework/data/read_parts.h"
#include "framework/data/skipped.h"

namespace motive {
namespace {

constexpr std::uint64_t kProgressEvery = 1 << 14;

class TableReader {
 public:
  TableReader(const TableFile& description, FileUse use, Records& records, RawTables& out)
      : records_(records),
        table_(use == FileUse::kItems ? out.items : out.users),
        items_(use == FileUse::kItems),
        html_(format_of(description.format).html),
        rows_before_(table_.size()),
        skipped_(description),
        key_(records.slot(key_name())) {
    for (std::size_t slot = 0; slot < records.roles().size(); ++slot) {
      if (slot != key_) fields_.emplace_back(slot, table_.field(records.roles()[slot]));
    }
  }

  Status read(Progress& progress, std::vector<std::string>& warnings) {
    while (true) {
      MOTIVE_ASSIGN(const bool more, skipped_.next(records_));
      if (!more) return skipped_.finish(warnings);
      MOTIVE_TRY(add_row());
      if (skipped_.records() % kProgressEvery == 0) show_reading(progress, records_.source());
    }
  }

  void report(const std::string& file, Json& report, std::vector<std::string>& warnings) const {
    report["tables"].push_back({{"file", file},
                                {"of", std::string(key_name()) + "s"},
                                {"rows", rows_},
                                {"matched", matched_},
                                {"unknown", unknown_},
                                {"repeated_ids", doubled_},
                                {"skipped", skipped_.count()},
                                {"blank_lines", records_.blank_lines()}});
    if (doubled_ > 0) {
      warnings.push_back(fmt::format(
          "{}: {} rows repeat the id of an earlier row; the first was kept", file, doubled_));
    }
    if (unknown_ > 0) {
      warnings.push_back(
          fmt::format("{}: {} {}s have no interactions; left out", file, unknown_, key_name()));
    }
    if (matched_ == 0) {
      warnings.push_back(fmt::format(
          "{}: none of its ids occurs in the interactions; is `{}: {}` the right column?", file,
          key_name(), records_.column_name(key_)));
    }
  }

 private:
  std::string_view key_name() const { return items_ ? "item" : "user"; }

  Status add_row() {
    const std::string_view id = records_.value(key_);
    if (id.empty()) return skipped_.refuse(records_.bad_value(key_, "the id is empty"));
    ++rows_;
    const std::uint32_t row = items_ ? table_.row(id) : table_.find(id);
    if (row == StringPool::kAbsent) {
      ++unknown_;
      return {};
    }
    if (row >= seen_.size()) seen_.resize(std::max<std::size_t>(row + 1, table_.size()));
    if (seen_[row]) {
      ++doubled_;
      return {};
    }
    seen_[row] = true;
    if (row < rows_before_) ++matched_;
    for (const auto& [slot, field] : fields_) {
      if (!table_.get(row, field).empty()) continue;
      const std::string_view value = records_.value(slot);
      const std::string_view text = items_ ? clean_text(value, html_, buffer_) : value;
      if (!text.empty()) table_.set(row, field, text);
    }
    return {};
  }

  Records& records_;
  RawTable& table_;
  const bool items_, html_;
  const std::size_t rows_before_;
  Skipped skipped_;
  const std::size_t key_;
  std::vector<std::pair<std::size_t, std::size_t>> fields_;  // slot, field
  std::vector<bool> seen_;
  std::string buffer_;
  std::uint64_t rows_ = 0, matched_ = 0, unknown_ = 0, doubled_ = 0;
};

}  // namespace

Status read_table(const TableFile& description, FileUse use, const Path& folder, RawTables& out,
                  Json& report, Progress& progress) {
  const Path file = folder / description.file;
  std::error_code code;
  if (description.optional && !std::filesystem::exists(file, code)) {
    out.warnings.push_back(
        fmt::format("{} is not there; its fields stay empty (the data set is whole without it)",
                    description.file));
    return {};
  }
  const FlagColumns* flags = description.flags ? &*description.flags : nullptr;
  const Format& format = format_of(description.format);
  MOTIVE_ASSIGN(const std::unique_ptr<Records> records,
                format.open({file, description, use, flags}));
  TableReader reader(description, use, *records, out);
  MOTIVE_TRY(reader.read(progress, out.warnings));
  reader.report(description.file, report, out.warnings);
  return {};
}

}  // namespace motive
