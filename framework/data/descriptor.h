#pragma once
// Purpose: a data set as datasets/NAME.yaml, a file of your own or an experiment describes it: its
// files, how they are written, which column means what. docs/data.md explains the keys by example.
//
//   name: my-shop
//   interactions: {file: orders.csv, separator: ";", columns: {user: customer, item: sku,
//   timestamp: date}} items: [{file: products.csv, columns: {item: sku, title: name}},
//           {file: texts.tsv, separator: tab, columns: {item: sku, description: text}}]
//
// Errors: with file:line:column, all at once (config::Errors).

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/config/table.h"
#include "framework/data/encoding.h"
#include "framework/data/world.h"

namespace motive {

enum class FileFormat {
  kDelimited,
  kSequences,
  kJsonLines,
  kJsonObject,
  kAmazonReviews,
  kAmazonMetadata,
  kAmazon2023,
  kRecbole,
  kSynthetic
};

/// Of a field of items or users, whose name becomes that of files in a prepared folder: "" or what
/// is wrong.
std::string check_field_name(const std::string& field);

/// How a text file is written. `columns` says what is read from it: a role (user, item, rating,
/// timestamp) or, in tables of items and users, the name of a field -> a column's name, or its
/// number from 0 where there is no header, or a key (with dots into objects) in formats of JSON.
struct FileDescription {
  std::string file;
  FileFormat format = FileFormat::kDelimited;
  std::string separator = ",";  // or "tab"
  std::string quote = "\"";     // or "none"
  bool header = true;
  Encoding encoding = Encoding::kUtf8;
  std::map<std::string, std::string> columns;
  std::string join = ", ";  // between the elements of a list, in formats of JSON
  std::string on_error = "fail";
  double max_skipped = 0.01;  // share of the records

  bool skips_errors() const { return on_error == "skip"; }
  std::string separator_text() const { return separator == "tab" ? "\t" : separator; }
  char quote_character() const { return quote == "none" ? '\0' : quote[0]; }
};

struct InteractionsFile : FileDescription {
  std::string time_format = "auto";  // TimeParser::make
  static const config::Table<InteractionsFile>& table();
};

/// Neighbouring columns of 0 and 1, one a name (MovieLens' genres), read as one text field.
struct FlagColumns {
  std::string field;
  int first = 0;  // number of the first column, from 0
  std::vector<std::string> names;
  std::string join = ", ";
  static const config::Table<FlagColumns>& table();
};

/// A table of items or users. A later file of a list fills in what an earlier one left empty.
struct TableFile : FileDescription {
  std::optional<FlagColumns> flags;
  bool optional = false;  // read where it is there
  static const config::Table<TableFile>& table();
};

/// One table file, or a list of them.
struct TableFiles {
  std::vector<TableFile> list;
};

/// What a descriptor says of a data set's size, for `motive data list`; never used in place of the
/// data.
struct KnownSize {
  std::uint64_t users = 0, items = 0, interactions = 0;
  static const config::Table<KnownSize>& table();
};

/// What is taken out of a downloaded archive: everything, or the entries named, each with the name
/// that the file gets in the data set's folder. Written `true` or {in/archive: target}.
struct Unpack {
  bool all = false;
  std::map<std::string, std::string> files;
  bool any() const { return all || !files.empty(); }
};

/// A file to fetch for `motive data get`.
struct Download {
  std::string url;
  std::string file;    // the name it is kept under; file_name() where it is empty
  std::string sha256;  // of the download itself; empty where it is not known
  Unpack unpack;       // nothing: the download is a file of the data set as it is

  std::string file_name() const { return file.empty() ? url.substr(url.rfind('/') + 1) : file; }
  static const config::Table<Download>& table();
};

struct Descriptor {
  std::string name;
  std::string title;
  std::string source;  // who made it, and where to download it
  std::string terms;
  std::string cite;
  std::string path;    // folder of the files, relative to the YAML file that says it
  std::string folder;  // its folder's name in $MOTIVE_DATA; folder_name() where it is empty
  std::optional<KnownSize> size;
  std::optional<InteractionsFile> interactions;
  TableFiles items;
  TableFiles users;
  std::vector<Download> downloads;
  std::map<std::string, std::string> checksums;  // file -> SHA-256
  std::optional<WorldOptions> world;             // a synthetic world in place of files

  Path base_folder;  // what `path` is relative to; absolute

  bool synthetic() const { return world.has_value(); }
  std::string folder_name() const { return folder.empty() ? name : folder; }
  /// All files that are read, interactions first; empty for a synthetic world.
  std::vector<std::string> files() const;
  /// Whether a file may be missing: only tables use it, and each says `optional: true`.
  bool is_optional(const std::string& file) const;
  static const config::Table<Descriptor>& table();
};

/// A data set in an experiment: a name of datasets/, a path to a .yaml file, or a map.
/// `base_folder`: what relative paths in `node` start from. Empty where something was wrong, which
/// `errors` then says.
std::optional<Descriptor> resolve_descriptor(const config::Node& node, const Path& base_folder,
                                             config::Errors& errors);
/// The same for a name or a path typed on the command line.
Result<Descriptor> find_descriptor(const std::string& name_or_file);
/// Reads a descriptor file. Its own folder is the base folder.
std::optional<Descriptor> load_descriptor(const Path& file, config::Errors& errors);

/// Complete, with base_folder: what one process hands to another.
Json descriptor_to_json(const Descriptor& descriptor);
Result<Descriptor> descriptor_from_json(const Json& json);

/// $MOTIVE_HOME/datasets, else datasets/ of the source tree.
Path descriptor_folder();
/// Names of datasets/*.yaml, sorted.
std::vector<std::string> descriptor_names();

/// Where a data set's files lie. Places in order: `path`, $MOTIVE_DATA/NAME, the cache folder's
/// data/NAME ($MOTIVE_CACHE, else $XDG_CACHE_HOME/motive, else ~/.cache/motive).
struct LocatedFiles {
  Path folder;  // the first place that has all files
  std::vector<Path> looked_at;
  std::vector<std::string> missing;  // "FOLDER: no FILE", where no place has all
  bool found() const { return missing.empty(); }
};
LocatedFiles locate_files(const Descriptor& descriptor);
/// data/NAME of the cache folder, where `motive data get` puts files; empty where there is no home.
Path cache_data_folder(const std::string& name);
/// The folder, or an error (kInvalid) with all places looked at and the remedy.
Result<Path> find_files(const Descriptor& descriptor);
/// The files of the descriptor that are in `folder`: all but optional ones that are not there.
std::vector<std::string> files_in(const Descriptor& descriptor, const Path& folder);

}  // namespace motive

namespace motive::config {
template <>
struct Custom<TableFiles> {
  static void parse(const Node& node, TableFiles& files, const Scope& scope);
  static OrderedJson echo(const TableFiles& files);
  static OrderedJson schema();
  static std::string name() { return "file or list of files"; }
};
template <>
struct Custom<Unpack> {
  static void parse(const Node& node, Unpack& unpack, const Scope& scope);
  static OrderedJson echo(const Unpack& unpack);
  static OrderedJson schema();
  static std::string name() { return "true or map of names"; }
};
}  // namespace motive::config
