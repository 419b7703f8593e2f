// Format sequences: a user a line, then his items in order, between spaces or tabs.
#include "framework/data/format.h"
#include "framework/data/record_reader.h"

namespace motive {
namespace {

/// The next word of a line, or "" at its end.
std::string_view next_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

class Sequences final : public Records {
 public:
  explicit Sequences(RecordReader reader) : reader_(std::move(reader)) {
    histories_ = true;
    roles_ = {"user"};
    columns_ = {"0"};
    values_.resize(1);
  }

  Result<bool> next() override {
    std::string_view line;
    do {  // a line of blanks is no user
      MOTIVE_ASSIGN(const bool more, reader_.next_line(line));
      if (!more) return false;
      values_[0] = next_word(line);
    } while (values_[0].empty());
    items_.clear();
    for (std::string_view item; !(item = next_word(line)).empty();) items_.push_back(item);
    return true;
  }
  bool skip() override { return reader_.skip(); }
  Error error(std::string_view reason) const override { return reader_.error("{}", reason); }
  std::uint64_t blank_lines() const override { return reader_.blank_lines(); }
  const TextSource& source() const override { return reader_.source(); }

 private:
  RecordReader reader_;
};

Result<std::unique_ptr<Records>> open_sequences(const OpenFile& file) {
  const RecordFormat format{" ", '\0', file.description.encoding};
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(file.file, format));
  return std::unique_ptr<Records>(std::make_unique<Sequences>(std::move(reader)));
}

}  // namespace

const Format kSequencesFormat = {FileFormat::kSequences,   true,  false,  Format::Columns::kNone,
                                 Format::EventUnit::kWord, false, "auto", open_sequences};

}  // namespace motive
