#include "tests/fuzz/targets.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "framework/config/node.h"
#include "framework/data/item_text.h"
#include "framework/data/python_literal.h"
#include "framework/data/readers.h"
#include "framework/data/score_rows.h"
#include "framework/data/sniff.h"
#include "framework/data/text_source.h"
#include "framework/data/times.h"
#include "framework/report/audit.h"

namespace motive::fuzz {
namespace {

/// The bytes as a file that lives in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : descriptor_(::memfd_create("fuzz", 0)) {
    if (descriptor_ < 0 ||
        ::write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      std::abort();
    }
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string name() const { return std::to_string(descriptor_); }
  static Path folder() { return "/proc/self/fd"; }

 private:
  int descriptor_;
};

void require(bool holds, const char* what) {
  if (holds) return;
  std::cerr << "fuzz: " << what << "\n";
  std::abort();
}

bool is_text(std::string_view text) { return first_invalid_utf8(text) == std::string_view::npos; }

void check_tables(const RawTables& raw) {
  for (std::size_t at = 0; at < raw.size(); ++at) {
    require(raw.event_user[at] < raw.users.size(), "a user is out of bounds");
    require(raw.event_item[at] < raw.items.size(), "an item is out of bounds");
  }
  require(raw.time_kind == TimeKind::kNone || raw.event_time.size() == raw.size(), "times");
  require(!raw.has_ratings || raw.event_rating.size() == raw.size(), "ratings");
  for (const RawTable* table : {&raw.users, &raw.items}) {
    for (std::uint32_t row = 0; row < table->size(); ++row) {
      require(!table->ids()[row].empty() && is_text(table->ids()[row]), "an id is no text");
      for (const RawField& field : table->fields())
        require(is_text(field.get(row)), "a field is no text");
    }
  }
}

/// Reads the bytes as interactions and, where `table` is given, once more as items.
void read(std::string_view bytes, InteractionsFile interactions, const TableFile* table = nullptr) {
  const MemoryFile file(bytes);
  Descriptor descriptor;
  descriptor.name = "fuzz";
  interactions.file = file.name();
  interactions.max_skipped = 1;
  descriptor.interactions = interactions;
  if (table) {
    descriptor.items.list.push_back(*table);
    descriptor.items.list.back().file = file.name();
    descriptor.items.list.back().max_skipped = 1;
  }
  for (const char* on_error : {"fail", "skip"}) {
    descriptor.interactions->on_error = on_error;
    for (TableFile& items : descriptor.items.list) items.on_error = on_error;
    RawTables raw;
    Json report;
    NoProgress progress;
    const auto done = read_sources(descriptor, MemoryFile::folder(), raw, report, progress);
    require(done.has_value() || !done.error().message.empty(), "an error without a reason");
    check_tables(raw);
  }
}

/// Events of a format that knows its columns.
InteractionsFile events_of(FileFormat format) {
  InteractionsFile file;
  file.format = format;
  return file;
}

TableFile items_of(FileFormat format) {
  TableFile file;
  file.format = format;
  return file;
}

/// The first byte chooses how the file is described.
void delimited(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto choice = static_cast<unsigned char>(bytes.front());
  InteractionsFile file;
  static constexpr std::array<const char*, 4> kSeparators = {",", "tab", "::", ";"};
  file.separator = kSeparators[choice & 3];
  file.quote = choice & 4 ? "none" : "\"";
  file.header = (choice & 8) != 0;
  file.encoding = choice & 16 ? Encoding::kLatin1 : Encoding::kUtf8;
  if (file.header) {
    file.columns = {{"user", "u"}, {"item", "i"}, {"rating", "r"}, {"timestamp", "t"}};
  } else {
    file.columns = {{"user", "0"}, {"item", "1"}, {"timestamp", "2"}};
  }
  TableFile items;
  static_cast<FileDescription&>(items) = file;
  items.columns = file.header ? std::map<std::string, std::string>{{"item", "i"}, {"title", "u"}}
                              : std::map<std::string, std::string>{{"item", "1"}, {"title", "0"}};
  if (choice & 32) items.flags = FlagColumns{"flags", 1, {"a", "b"}, ", "};
  read(bytes.substr(1), file, &items);
}

void sequences(std::string_view bytes) { read(bytes, events_of(FileFormat::kSequences)); }

void json_lines(std::string_view bytes) {
  InteractionsFile file = events_of(FileFormat::kJsonLines);
  file.columns = {{"user", "u.id"}, {"item", "i"}, {"rating", "r"}};
  TableFile items = items_of(FileFormat::kJsonLines);
  items.columns = {{"item", "i"}, {"title", "t"}, {"note", "u.note.text"}};
  read(bytes, file, &items);
}

/// The first byte chooses between interactions and items, as no object is both.
void json_object(std::string_view bytes) {
  if (bytes.empty()) return;
  if (bytes.front() % 2 == 0) return read(bytes.substr(1), events_of(FileFormat::kJsonObject));
  const MemoryFile file(bytes.substr(1));
  const MemoryFile events("u i\n");
  Descriptor descriptor;
  descriptor.interactions = events_of(FileFormat::kSequences);
  descriptor.interactions->file = events.name();
  TableFile items = items_of(FileFormat::kJsonObject);
  items.file = file.name();
  items.columns = {{"title", "t"}, {"note", "n.deep"}};
  descriptor.items.list.push_back(items);
  RawTables raw;
  Json report;
  NoProgress progress;
  (void)read_sources(descriptor, MemoryFile::folder(), raw, report, progress).has_value();
  check_tables(raw);
}

void amazon_reviews(std::string_view bytes) {
  const TableFile items = items_of(FileFormat::kAmazonMetadata);
  read(bytes, events_of(FileFormat::kAmazonReviews), &items);
}

void amazon_2023(std::string_view bytes) {
  const TableFile items = items_of(FileFormat::kAmazon2023);
  read(bytes, events_of(FileFormat::kAmazon2023), &items);
}

void recbole(std::string_view bytes) {
  const TableFile items = items_of(FileFormat::kRecbole);
  read(bytes, events_of(FileFormat::kRecbole), &items);
}

/// Literals become JSON that is read again.
void python_literal(std::string_view bytes) {
  if (!is_text(bytes)) return;  // the readers refuse it before
  std::string json;
  if (!python_to_json(bytes, json).empty()) return;
  require(is_text(json), "a literal became no text");
}

void text_source(std::string_view bytes) {
  const MemoryFile file(bytes);
  auto source = TextSource::open(MemoryFile::folder() / file.name());
  std::array<char, 4096> buffer;
  for (std::size_t total = 0; source && total < (1 << 24);) {
    const auto got = source->read(buffer);
    if (!got || *got == 0) return;
    total += *got;
  }
}

void item_text(std::string_view bytes) {
  std::string once, twice;
  const std::string text(clean_text(bytes, true, once));
  if (!is_text(bytes)) return;
  require(is_text(text), "an item's text is no text");
  require(text.find("  ") == std::string::npos, "two blanks");
  (void)clean_text(text, false, twice);
}

void sniff(std::string_view bytes) {
  const MemoryFile file(bytes);
  const auto sniffed = sniff_interactions(MemoryFile::folder() / file.name());
  if (sniffed) (void)propose_descriptor(*sniffed, "data.csv", ".").dump();
}

void times(std::string_view bytes) {
  for (const char* format : {"auto", "unix", "unix_ns", "iso8601", "%d-%b-%Y %H:%M:%S"}) {
    auto parser = TimeParser::make(format);
    std::int64_t ticks = 0;
    if (parser->parse(bytes, ticks).empty()) (void)format_time(ticks / kTicksPerSecond);
  }
}

void score_rows(std::string_view bytes) {
  const MemoryFile file(bytes);
  for (const ScoreFormat format : {ScoreFormat::kAuto, ScoreFormat::kCsv, ScoreFormat::kTrec}) {
    const auto done = read_score_rows(MemoryFile::folder() / file.name(), format, [](const ScoreRow& row) -> Status {
      require(!row.user.empty() && !row.item.empty() && is_text(row.user) && is_text(row.item), "an id is no text");
      require(std::isfinite(row.score), "a score is no number");
      return {};
    });
    require(done.has_value() || !done.error().message.empty(), "an error without a reason");
  }
}

/// Whatever can be read can be audited and told.
void audit_table(std::string_view bytes) {
  const MemoryFile file(bytes);
  auto table = read_audit_table(MemoryFile::folder() / file.name());
  require(table.has_value() || !table.error().message.empty(), "an error without a reason");
  if (!table) return;
  const Audit result = audit(std::move(*table));
  require(result.cells.size() == result.table.cells.size(), "a cell without a verdict");
  require(!audit_text(result).empty(), "a verdict without words");
}

/// Any text is a tree or errors; a tree may be a description of a data set.
void yaml(std::string_view bytes) {
  config::Errors errors;
  const config::Node node = config::parse_yaml(bytes, "fuzz.yaml", errors);
  if (!errors.empty() || !node.is_map()) return;
  const auto descriptor = resolve_descriptor(node, "/", errors);
  require(descriptor.has_value() != !errors.empty(), "a description with errors, or none without");
  if (!descriptor) return;
  const Json json = descriptor_to_json(*descriptor);
  const auto again = descriptor_from_json(json);
  require(again.has_value() && descriptor_to_json(*again) == json, "a description changes in JSON");
}

constexpr Target kTargets[] = {{"delimited", delimited},
                               {"sequences", sequences},
                               {"json_lines", json_lines},
                               {"json_object", json_object},
                               {"amazon_reviews", amazon_reviews},
                               {"amazon_2023", amazon_2023},
                               {"recbole", recbole},
                               {"python_literal", python_literal},
                               {"text_source", text_source},
                               {"item_text", item_text},
                               {"score_rows", score_rows},
                               {"sniff", sniff},
                               {"times", times},
                               {"yaml", yaml},
                               {"audit_table", audit_table}};

}  // namespace

std::span<const Target> targets() { return kTargets; }

const Target* find_target(std::string_view name) {
  for (const Target& target : kTargets) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace motive::fuzz
