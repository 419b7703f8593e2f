#pragma once
// Purpose: the formats of source files, one row each. A new format is a file that defines its row
// (see delimited.cpp, recbole.cpp), a line in formats.cpp and a value of FileFormat.

#include <map>
#include <memory>

#include "framework/data/descriptor.h"
#include "framework/data/records.h"

namespace motive {

/// What a file is read for.
enum class FileUse { kInteractions, kItems, kUsers };

struct OpenFile {
  Path file;
  const FileDescription& description;
  FileUse use;
  const FlagColumns* flags = nullptr;  // delimited tables only

  /// The role of the id by which a record is joined.
  std::string_view key() const { return use == FileUse::kUsers ? "user" : "item"; }
};

struct Format {
  enum class Columns {
    kNone,      // `columns` have no meaning
    kOptional,  // the format knows its own; `columns` name others
    kFields,    // `columns` name fields; ids are where the format has them
    kRequired   // `columns` must name them all
  };
  /// What one event is in a sample of the text: for the estimate of memory before reading.
  enum class EventUnit { kLine, kWord, kComma };

  FileFormat id;
  bool interactions;  // may be read for interactions
  bool tables;        // may be read for items and users
  Columns columns;
  EventUnit event_unit;
  bool html;                // texts hold HTML tags, which are taken out
  const char* time_format;  // what `auto` stands for
  Result<std::unique_ptr<Records>> (*open)(const OpenFile& file);
};

/// Ends the program for kSynthetic, which has no file.
const Format& format_of(FileFormat id);

// The rows, each in a file of its own.
extern const Format kDelimitedFormat;
extern const Format kSequencesFormat;
extern const Format kJsonLinesFormat;
extern const Format kJsonObjectFormat;
extern const Format kAmazonReviewsFormat;
extern const Format kAmazonMetadataFormat;
extern const Format kAmazon2023Format;
extern const Format kRecboleFormat;

}  // namespace motive
