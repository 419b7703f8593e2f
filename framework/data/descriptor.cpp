#include "framework/data/descriptor.h"

#include <algorithm>
#include <cstdlib>

#include "framework/data/format.h"
#include "framework/data/times.h"

namespace motive {
namespace {

bool all_of_set(std::string_view text, std::string_view extra) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           extra.find(c) != std::string_view::npos;
  });
}

/// Rules that every described file shares; "" or what is wrong.
std::string check_file(const FileDescription& f) {
  if (f.separator.find_first_of("\r\n") != std::string::npos)
    return "`separator` must not hold a line break";
  if (f.quote != "none" && f.quote.size() != 1) return "`quote` is one character, or `none`";
  if (f.quote != "none" && f.separator_text().find(f.quote) != std::string::npos) {
    return "`quote` and `separator` must differ";
  }
  if (Path(f.file).is_absolute())
    return "`file` is relative to the data set's folder; give the folder in `path`";
  if (f.format == FileFormat::kDelimited && !f.header) {
    for (const auto& [role, column] : f.columns) {
      if (!all_of_set(column, "") || column.find_first_not_of("0123456789") != std::string::npos ||
          column.size() > 6) {
        return fmt::format("column `{}` of `{}`: without a header, columns are numbers from 0",
                           column, role);
      }
    }
  }
  return "";
}

/// What `columns` must say for a format; `needed`: the roles without which nothing can be read.
std::string check_columns(const FileDescription& f, const std::vector<std::string>& needed,
                          bool is_table) {
  using Columns = Format::Columns;
  const Columns rule = format_of(f.format).columns;
  if (rule == Columns::kNone || (rule == Columns::kFields && !is_table))
    return f.columns.empty() ? "" : "`columns` have no meaning in this format";
  if (rule == Columns::kFields) {
    for (const std::string& role : needed) {
      if (f.columns.count(role))
        return fmt::format("`{}` is the object's key in this format; name the other fields only",
                           role);
    }
    return f.columns.empty() ? "`columns` must name the fields to read" : "";
  }
  if (rule == Columns::kOptional) return "";
  for (const std::string& role : needed) {
    if (f.columns.count(role)) continue;
    if (is_table)
      return fmt::format(
          "`columns` of {} must name the column of `{}`: the id by which it is joined", f.file,
          role);
    return "`columns` must name the columns of `user` and `item` (rating and timestamp where there "
           "are any)";
  }
  return "";
}

std::string check_interactions(const InteractionsFile& f) {
  if (f.format == FileFormat::kSynthetic)
    return f.file.empty() ? "" : "a synthetic world has no `file`";
  if (f.file.empty()) return "`file` is missing";
  if (!format_of(f.format).interactions)
    return "this format is for `items`, it has no interactions";
  if (std::string wrong = check_file(f); !wrong.empty()) return wrong;
  static const std::vector<std::string> kRoles = {"user", "item", "rating", "timestamp"};
  for (const auto& [role, column] : f.columns) {
    if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
      return fmt::format(
          "`{}` is not a role of a column; roles are user, item, rating, timestamp.{}", role,
          config::did_you_mean(role, kRoles));
    }
  }
  return check_columns(f, {"user", "item"}, false);
}

std::string check_time_format(const InteractionsFile& f) {
  auto parser = TimeParser::make(f.time_format);
  return parser ? "" : parser.error().message;
}

std::string check_table(const TableFile& f) {
  if (f.format == FileFormat::kSynthetic || !format_of(f.format).tables)
    return "this format is for `interactions`, it has no fields of items or users";
  if (f.flags && f.format != FileFormat::kDelimited) return "`flags` belong to format delimited";
  if (std::string wrong = check_file(f); !wrong.empty()) return wrong;
  for (const auto& [field, column] : f.columns) {
    if (field == "item" || field == "user") continue;
    if (std::string wrong = check_field_name(field); !wrong.empty()) return wrong;
  }
  if (f.flags) return check_field_name(f.flags->field);
  return "";
}

std::string check_keys(const TableFiles& files, const std::string& key) {
  const std::string other = key == "item" ? "user" : "item";
  for (const auto& f : files.list) {
    if (std::string wrong = check_columns(f, {key}, true); !wrong.empty()) return wrong;
    if (key == "user" && f.format == FileFormat::kAmazonMetadata)
      return "amazon_metadata has items only";
    if (key == "user" && f.format == FileFormat::kAmazon2023) return "amazon_2023 has no users";
    if (f.columns.count(other)) {
      return fmt::format("`columns` of {}: `{}` has no meaning in a table of {}s", f.file, other,
                         key);
    }
  }
  return "";
}

template <class T>
config::Table<T> file_table(const char* name) {
  return config::Table<T>(name)
      .field("file", &FileDescription::file,
             "file in the data set's folder; .gz and .zst are read as they are")
      .choice(
          "format", &FileDescription::format, "how the file is written",
          {{"delimited", FileFormat::kDelimited, "a record a line, fields between separators"},
           {"sequences", FileFormat::kSequences, "a user a line: the user, then items in order"},
           {"json_lines", FileFormat::kJsonLines, "one JSON object a line"},
           {"json_object", FileFormat::kJsonObject, "{user: [items]}, or {item: {field: value}}"},
           {"amazon_reviews", FileFormat::kAmazonReviews, "reviews of 2014 and 2018"},
           {"amazon_metadata", FileFormat::kAmazonMetadata, "products of 2014 and 2018"},
           {"amazon_2023", FileFormat::kAmazon2023, "reviews and products of 2023"},
           {"recbole", FileFormat::kRecbole, "RecBole's atomic files and benchmark files"},
           {"synthetic", FileFormat::kSynthetic, "no file: the `world` of this descriptor"}})
      .field("separator", &FileDescription::separator,
             "between fields: one or more characters, or tab", config::not_empty())
      .field("quote", &FileDescription::quote, "around fields that hold separators, or none")
      .field("header", &FileDescription::header, "whether the first record names the columns")
      .choice("encoding", &FileDescription::encoding, "of the text",
              {{"utf-8", Encoding::kUtf8}, {"latin-1", Encoding::kLatin1}})
      .field("columns", &FileDescription::columns,
             "role or field -> the column's name, its number from 0 where there is no header, or a "
             "key of JSON (a.b: b in a)")
      .field("join", &FileDescription::join, "between the elements of a list, in formats of JSON")
      .field("on_error", &FileDescription::on_error,
             "what a record that cannot be read does: fail, or skip, which counts it",
             config::one_of({"fail", "skip"}))
      .field("max_skipped", &FileDescription::max_skipped,
             "with on_error skip: the largest share of records that may be skipped",
             config::range(0, 1));
}

std::string check_descriptor(const Descriptor& d) {
  const bool declared_synthetic =
      d.interactions && d.interactions->format == FileFormat::kSynthetic;
  if (!d.world && !d.interactions) {
    return "`interactions` are missing (or `world`, for a synthetic data set)";
  }
  if (declared_synthetic && !d.world) return "format synthetic needs `world`";
  if (d.world && d.interactions && !declared_synthetic)
    return "a data set has either a `world` or files, not both";
  if (d.world && (!d.items.list.empty() || !d.users.list.empty())) {
    return "a synthetic world makes its own items and users";
  }
  return "";
}

bool is_sha256(const std::string& sum) {
  return sum.size() == 64 && sum.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// A name inside the data set's folder: nothing a download brings may be written elsewhere.
bool stays_inside(const std::string& name) {
  const Path path = name;
  return !name.empty() && path.is_relative() && path.has_filename() &&
         std::none_of(path.begin(), path.end(), [](const Path& part) { return part == ".."; });
}

std::string check_download(const Download& d) {
  if (!d.url.starts_with("https://") && !d.url.starts_with("http://"))
    return "`url` begins with https:// or http://";
  if (!stays_inside(d.file_name()))
    return "`file` is a name inside the data set's folder; the url has none at its end";
  if (!d.sha256.empty() && !is_sha256(d.sha256))
    return "`sha256` is 64 lower-case hexadecimal digits";
  for (const auto& [entry, target] : d.unpack.files) {
    if (!stays_inside(target))
      return fmt::format("`unpack` of {}: `{}` is not a name inside the data set's folder", entry,
                         target);
  }
  return "";
}

std::string check_checksums(const Descriptor& d) {
  const auto files = d.files();
  for (const auto& [file, sum] : d.checksums) {
    if (std::find(files.begin(), files.end(), file) == files.end()) {
      return fmt::format("`{}` is not a file of this data set.{}", file,
                         config::did_you_mean(file, files));
    }
    if (!is_sha256(sum)) {
      return fmt::format("the checksum of `{}` is not a SHA-256 (64 lower-case hexadecimal digits)",
                         file);
    }
  }
  return "";
}

}  // namespace

std::string check_field_name(const std::string& field) {
  if (!all_of_set(field, "_-") || field.size() > 64) {
    return fmt::format("field `{}`: names hold letters, digits, _ and - only, at most 64", field);
  }
  if (field == "id" || field == "source_order")
    return fmt::format("field `{}`: the name is taken, use another", field);
  return "";
}

const config::Table<InteractionsFile>& InteractionsFile::table() {
  static const auto kTable =
      file_table<InteractionsFile>("interactions")
          .field("time_format", &InteractionsFile::time_format,
                 "auto, unix, unix_ms, unix_us, unix_ns, iso8601, relative (seconds since a user's "
                 "first event), or "
                 "a pattern such as \"%d-%b-%Y\"")
          .check("time_format", check_time_format)
          .check(check_interactions);
  return kTable;
}

const config::Table<FlagColumns>& FlagColumns::table() {
  static const auto kTable =
      config::Table<FlagColumns>("flags")
          .field("field", &FlagColumns::field, "the text field that the flags become",
                 config::required())
          .field("first", &FlagColumns::first, "number of the first flag's column, from 0",
                 config::range(0, 100000).required())
          .field("names", &FlagColumns::names, "what each flag stands for",
                 config::not_empty().required())
          .field("join", &FlagColumns::join, "between the names of the flags that are 1");
  return kTable;
}

const config::Table<TableFile>& TableFile::table() {
  static const auto kTable =
      file_table<TableFile>("file")
          .field("flags", &TableFile::flags, "neighbouring columns of 0 and 1, one a name")
          .field("optional", &TableFile::optional, "the data set is whole without this file")
          .check("file",
                 [](const TableFile& f) -> std::string {
                   return f.file.empty() ? "`file` is missing" : "";
                 })
          .check(check_table);
  return kTable;
}

const config::Table<KnownSize>& KnownSize::table() {
  static const auto kTable =
      config::Table<KnownSize>("size")
          .field("users", &KnownSize::users, "number of users")
          .field("items", &KnownSize::items, "number of items")
          .field("interactions", &KnownSize::interactions, "number of interactions");
  return kTable;
}

const config::Table<Download>& Download::table() {
  static const auto kTable =
      config::Table<Download>("downloads")
          .field("url", &Download::url, "http or https address", config::required())
          .field("file", &Download::file,
                 "name to keep it under; default: the last part of the url")
          .field("sha256", &Download::sha256, "checksum of the download; absent where not known")
          .field("unpack", &Download::unpack,
                 "true, or what is taken out of an archive: {in/archive: name in the folder}")
          .check(check_download);
  return kTable;
}

const config::Table<Descriptor>& Descriptor::table() {
  static const auto kTable =
      config::Table<Descriptor>("dataset")
          .field("name", &Descriptor::name, "short name, also of its folder in $MOTIVE_DATA",
                 config::file_name().required())
          .field("title", &Descriptor::title, "name for people")
          .field("source", &Descriptor::source, "who made it, and where to download it")
          .field("terms", &Descriptor::terms, "terms of use")
          .field("cite", &Descriptor::cite, "what to cite")
          .field("path", &Descriptor::path,
                 "folder of the files, relative to the file that says it")
          .field("folder", &Descriptor::folder,
                 "its folder's name in $MOTIVE_DATA, where another data set has the same files",
                 config::file_name())
          .field("size", &Descriptor::size, "as published; shown by `motive data list`")
          .field("interactions", &Descriptor::interactions, "the file of interactions")
          .field("items", &Descriptor::items, "files with fields of items, joined by id")
          .field("users", &Descriptor::users, "files with fields of users, joined by id")
          .field("downloads", &Descriptor::downloads, "what `motive data get` fetches")
          .field("checksums", &Descriptor::checksums, "file -> SHA-256")
          .field("world", &Descriptor::world, "a synthetic world in place of files")
          .check(check_descriptor)
          .check("items", [](const Descriptor& d) { return check_keys(d.items, "item"); })
          .check("users", [](const Descriptor& d) { return check_keys(d.users, "user"); })
          .check("checksums", check_checksums);
  return kTable;
}

std::vector<std::string> Descriptor::files() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& file) {
    if (std::find(names.begin(), names.end(), file) == names.end()) names.push_back(file);
  };
  if (synthetic()) return names;
  if (interactions) add(interactions->file);
  for (const auto& f : items.list) add(f.file);
  for (const auto& f : users.list) add(f.file);
  return names;
}

bool Descriptor::is_optional(const std::string& file) const {
  bool named = interactions && interactions->file == file;
  bool needed = named;
  for (const auto* tables : {&items, &users}) {
    for (const TableFile& table : tables->list) {
      if (table.file != file) continue;
      named = true;
      needed = needed || !table.optional;
    }
  }
  return named && !needed;
}

Json descriptor_to_json(const Descriptor& descriptor) {
  const auto echo = config::echo(descriptor);
  Json json = Json::parse(echo.dump());
  json["base_folder"] = descriptor.base_folder.string();
  return json;
}

Result<Descriptor> descriptor_from_json(const Json& json) {
  if (!json.is_object()) return fail("a data set's description is not a JSON object");
  Json map = json;
  const auto base = map.find("base_folder");
  if (base == map.end() || !base->is_string())
    return fail("a data set's description lacks its base_folder");
  const Path folder = base->get<std::string>();
  map.erase(base);
  config::Errors errors;
  auto descriptor = config::parse<Descriptor>(config::from_json(map, "data set"), errors);
  if (!errors.empty()) return errors.error();
  descriptor.base_folder = folder;
  return descriptor;
}

}  // namespace motive

namespace motive::config {

void Custom<TableFiles>::parse(const Node& node, TableFiles& files, const Scope& scope) {
  if (node.is_sequence()) {
    read(node, files.list, scope);
  } else {
    read(node, files.list.emplace_back(), scope);
  }
}

OrderedJson Custom<TableFiles>::echo(const TableFiles& files) {
  OrderedJson list = OrderedJson::array();
  for (const auto& file : files.list) list.push_back(config::echo(file));
  return list;
}

OrderedJson Custom<TableFiles>::schema() {
  const OrderedJson one = config::schema<TableFile>();
  return {{"anyOf", OrderedJson::array({one, {{"type", "array"}, {"items", one}}})}};
}

void Custom<Unpack>::parse(const Node& node, Unpack& unpack, const Scope& scope) {
  if (node.is_map()) {
    read(node, unpack.files, scope);
  } else {
    read(node, unpack.all, scope);
  }
}

OrderedJson Custom<Unpack>::echo(const Unpack& unpack) {
  if (unpack.files.empty()) return unpack.all;
  OrderedJson files = OrderedJson::object();
  for (const auto& [entry, target] : unpack.files) files[entry] = target;
  return files;
}

OrderedJson Custom<Unpack>::schema() {
  const OrderedJson names = {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  return {{"anyOf", OrderedJson::array({{{"type", "boolean"}}, names})}};
}

}  // namespace motive::config
