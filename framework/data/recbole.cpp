// Format recbole: RecBole's atomic files,
// https://recbole.io/docs/user_guide/data/atomic_files.html. Tab separated; the header names
// columns with their types (`user_id:token`, `rating:float`). Without `columns`, user_id, item_id,
// rating and timestamp have their roles in interactions; in a table every column becomes a field of
// its name. Sequences (token_seq) are texts with spaces. A file of interactions with a column
// item_id_list holds histories: a line is a user, the list, and the item after it (RecBole's
// benchmark files; the test file has each user's whole history).
#include <algorithm>

#include "framework/data/delimited.h"

namespace motive {
namespace {

constexpr const char* kHistory = "item_id_list";

/// "user_id:token" becomes "user_id".
Status take_types_off(Delimited& file) {
  static const std::vector<std::string> kTypes = {"token", "token_seq", "float", "float_seq"};
  for (std::string& name : file.header()) {
    const std::size_t colon = name.rfind(':');
    const std::string type = colon == std::string::npos ? "" : name.substr(colon + 1);
    if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) {
      return file.error(fmt::format(
          "column {} has no type of RecBole's (token, token_seq, float, float_seq), as in "
          "user_id:token; is this an atomic file? Other files are `format: delimited`",
          config::excerpt(name)));
    }
    name.resize(colon);
  }
  return {};
}

bool has(const std::vector<std::string>& header, const std::string& name) {
  return std::find(header.begin(), header.end(), name) != header.end();
}

std::map<std::string, std::string> event_columns(const FileDescription& description,
                                                 const std::vector<std::string>& header) {
  std::map<std::string, std::string> columns = description.columns;
  columns.emplace("user", "user_id");
  columns.emplace("item", "item_id");
  if (!description.columns.empty()) return columns;
  for (const char* role : {"rating", "timestamp"}) {
    if (has(header, role)) columns.emplace(role, role);
  }
  return columns;
}

Result<std::map<std::string, std::string>> table_columns(const OpenFile& file, Delimited& records) {
  std::map<std::string, std::string> columns = file.description.columns;
  const std::string id = std::string(file.key()) + "_id";
  columns.emplace(file.key(), id);
  if (!file.description.columns.empty()) return columns;
  for (const std::string& name : records.header()) {
    if (name == id) continue;
    if (std::string wrong = check_field_name(name); !wrong.empty()) {
      return records.error(wrong + "; name the columns to read in `columns`");
    }
    columns.emplace(name, name);
  }
  return columns;
}

/// A user, his history and the item after it.
class Histories final : public Records {
 public:
  explicit Histories(std::unique_ptr<Delimited> file)
      : file_(std::move(file)),
        user_(file_->slot("user")),
        item_(file_->slot("item")),
        list_(file_->slot(kHistory)) {
    histories_ = true;
    roles_ = {"user"};
    columns_ = {file_->column_name(user_)};
    values_.resize(1);
    one_record_a_user_ =
        "files with a line for every beginning of a history are for training; name the test file, "
        "which has each user's whole history on one line";
  }
  Result<bool> next() override {
    MOTIVE_ASSIGN(const bool more, file_->next());
    if (!more) return false;
    values_[0] = file_->value(user_);
    items_.clear();
    std::string_view list = file_->value(list_);
    while (!list.empty()) {
      const std::size_t end = std::min(list.find(' '), list.size());
      if (end > 0) items_.push_back(list.substr(0, end));
      list.remove_prefix(std::min(end + 1, list.size()));
    }
    if (!file_->value(item_).empty()) items_.push_back(file_->value(item_));
    return true;
  }
  bool skip() override { return file_->skip(); }
  Error error(std::string_view reason) const override { return file_->error(reason); }
  std::uint64_t blank_lines() const override { return file_->blank_lines(); }
  const TextSource& source() const override { return file_->source(); }

 private:
  std::unique_ptr<Delimited> file_;
  std::size_t user_, item_, list_;
};

Result<std::unique_ptr<Records>> open_recbole(const OpenFile& file) {
  const RecordFormat format{"\t", '\0', file.description.encoding};
  MOTIVE_ASSIGN(std::unique_ptr<Delimited> records, Delimited::open(file.file, format, true));
  MOTIVE_TRY(take_types_off(*records));
  if (file.use != FileUse::kInteractions) {
    MOTIVE_ASSIGN(const auto columns, table_columns(file, *records));
    MOTIVE_TRY(records->find(columns));
    return std::unique_ptr<Records>(std::move(records));
  }
  auto columns = event_columns(file.description, records->header());
  const bool histories = has(records->header(), kHistory);
  if (histories) columns.emplace(kHistory, kHistory);
  MOTIVE_TRY(records->find(columns));
  if (histories) return std::unique_ptr<Records>(std::make_unique<Histories>(std::move(records)));
  return std::unique_ptr<Records>(std::move(records));
}

}  // namespace

const Format kRecboleFormat = {FileFormat::kRecbole,     true,  true,   Format::Columns::kOptional,
                               Format::EventUnit::kLine, false, "auto", open_recbole};

}  // namespace motive
