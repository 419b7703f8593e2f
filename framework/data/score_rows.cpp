#include "framework/data/score_rows.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "framework/base/trimmed.h"
#include "framework/config/node.h"
#include "framework/data/record_reader.h"

namespace motive {
namespace {

constexpr std::string_view kBlanks = " \t";

/// Also "nan" and "inf": numbers, which are refused where they stand for a score.
bool parse_number(std::string_view text, double& value) {
  text = trimmed(text, kBlanks);
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size() && !text.empty();
}

void split_blanks(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
}

/// What the first line says of the file: the separator of a CSV, or "" for a TREC run.
Result<std::string> separator_of(const Path& file, ScoreFormat format) {
  if (format == ScoreFormat::kTrec) return std::string();
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(file, RecordFormat{}));
  std::string_view line;
  MOTIVE_ASSIGN(const bool found, reader.next_line(line));
  if (!found) return invalid("{}: the file is empty; it should hold rows user,item,score", file.string());
  for (const char* separator : {",", "\t", ";"}) {
    const auto n = std::count(line.begin(), line.end(), separator[0]);
    // A TREC run may be written with tabs: five of them.
    if (n >= 2 && (n != 5 || *separator != '\t' || format == ScoreFormat::kCsv)) return std::string(separator);
  }
  std::vector<std::string_view> fields;
  split_blanks(line, fields);
  if (format == ScoreFormat::kAuto && fields.size() == 6) return std::string();
  return reader.error("{} is neither a row `user,item,score` nor a line of a TREC run `qid Q0 docid rank score tag`",
                      config::excerpt(line));
}

/// Places of user, item and score in a row.
struct Columns {
  std::size_t user = 0, item = 1, score = 2;
  std::size_t width = 3;
};

class CsvRows {
 public:
  CsvRows(RecordReader reader, const TakeScoreRow& take) : reader_(std::move(reader)), take_(take) {}

  Status run() {
    MOTIVE_ASSIGN(bool found, reader_.next(fields_));
    double number = 0;
    if (found && (fields_.size() < 3 || !parse_number(fields_[2], number))) {
      MOTIVE_TRY(read_header());
      MOTIVE_ASSIGN(found, reader_.next(fields_));
    }
    while (found) {
      MOTIVE_TRY(take_row());
      MOTIVE_ASSIGN(found, reader_.next(fields_));
    }
    return {};
  }

 private:
  Status read_header() {
    std::vector<std::string> names;
    for (const auto field : fields_) {
      names.emplace_back(trimmed(field, kBlanks));
      for (char& c : names.back()) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    columns_.width = names.size();
    const std::pair<const char*, std::size_t Columns::*> wanted[] = {
        {"user", &Columns::user}, {"item", &Columns::item}, {"score", &Columns::score}};
    for (const auto& [name, member] : wanted) {
      auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) found = std::find(names.begin(), names.end(), std::string(name) + "_id");
      if (found == names.end()) {
        return reader_.error("the first line is neither a row user,item,score (the third a number) nor a header that "
                             "names them: it has no column `{}`", name);
      }
      columns_.*member = static_cast<std::size_t>(found - names.begin());
    }
    return {};
  }

  Status take_row() {
    if (fields_.size() != columns_.width) {
      return reader_.error("{} fields where {} are wanted; a separator inside an id needs quotes around the id",
                           fields_.size(), columns_.width);
    }
    ScoreRow row{fields_[columns_.user], fields_[columns_.item], 0, reader_.line()};
    const std::string_view score = fields_[columns_.score];
    if (row.user.empty() || row.item.empty()) return reader_.error("the {} is empty", row.user.empty() ? "user" : "item");
    if (!parse_number(score, row.score) || !std::isfinite(row.score)) {
      return reader_.error("the score {} is not a finite number", config::excerpt(score));
    }
    return take_(row);
  }

  RecordReader reader_;
  const TakeScoreRow& take_;
  Columns columns_;
  std::vector<std::string_view> fields_;
};

Status read_trec(RecordReader reader, const TakeScoreRow& take) {
  std::vector<std::string_view> fields;
  std::string_view line;
  while (true) {
    MOTIVE_ASSIGN(const bool found, reader.next_line(line));
    if (!found) return {};
    split_blanks(line, fields);
    if (fields.size() != 6) {
      return reader.error("{} fields where a line of a TREC run has 6: qid Q0 docid rank score tag", fields.size());
    }
    ScoreRow row{fields[0], fields[2], 0, reader.line()};
    if (!parse_number(fields[4], row.score) || !std::isfinite(row.score)) {
      return reader.error("the score {} is not a finite number", config::excerpt(fields[4]));
    }
    MOTIVE_TRY(take(row));
  }
}

}  // namespace

Status read_score_rows(const Path& file, ScoreFormat format, const TakeScoreRow& take) {
  MOTIVE_ASSIGN(const std::string separator, separator_of(file, format));
  RecordFormat record;
  if (!separator.empty()) record.separator = separator;
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(file, record));
  if (separator.empty()) return read_trec(std::move(reader), take);
  return CsvRows(std::move(reader), take).run();
}

}  // namespace motive
