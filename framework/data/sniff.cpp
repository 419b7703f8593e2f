#include "framework/data/sniff.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "framework/data/record_reader.h"
#include "framework/data/times.h"

namespace motive {
namespace {

constexpr std::size_t kSampleBytes = 1 << 20;
constexpr std::size_t kSampleRecords = 500;
constexpr std::size_t kExamples = 3;

using Records = std::vector<std::vector<std::string>>;

const std::map<std::string, std::vector<std::string>>& role_names() {
  static const std::map<std::string, std::vector<std::string>> kNames = {
      {"user", {"user",     "userid",    "uid",     "u",         "customer", "customerid",
                "client",   "clientid",  "member",  "memberid",  "reviewer", "reviewerid",
                "visitor",  "visitorid", "session", "sessionid", "account",  "kunde",
                "kundennr", "nutzer",    "person",  "personid",  "buyer",    "buyerid"}},
      {"item", {"item",      "itemid", "iid",        "i",       "movie",    "movieid",    "product",
                "productid", "asin",   "parentasin", "sku",     "article",  "articleid",  "artikel",
                "artikelnr", "book",   "bookid",     "isbn",    "business", "businessid", "song",
                "songid",    "track",  "trackid",    "artist",  "artistid", "game",       "gameid",
                "news",      "newsid", "recipe",     "recipeid"}},
      {"rating",
       {"rating", "ratings", "stars", "star", "score", "overall", "sterne", "bewertung", "vote",
        "preference"}},
      {"timestamp",
       {"timestamp", "time", "ts", "date", "datetime", "datum", "zeit", "unixreviewtime", "created",
        "createdat", "purchasedate", "orderdate", "reviewdate", "reviewtime"}}};
  return kNames;
}

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

/// "User_ID:token" -> "userid".
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name.substr(0, name.find(':'))) {
    if (c == '_' || c == '-' || c == ' ' || c == '.') continue;
    plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return plain;
}

std::string role_of(std::string_view name) {
  const std::string plain = plain_name(name);
  for (const auto& [role, names] : role_names()) {
    if (std::find(names.begin(), names.end(), plain) != names.end()) return role;
  }
  return "";
}

bool is_number(std::string_view text) {
  double value;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && !text.empty() && end == text.data() + text.size();
}

/// Whether all values are times: dates, or numbers that are seconds (or finer) after March 1973.
bool are_times(const std::vector<std::string_view>& values) {
  auto parser = TimeParser::make("auto");
  return parser && !values.empty() &&
         std::all_of(values.begin(), values.end(), [&](std::string_view value) {
           std::int64_t ticks = 0;
           return parser->parse(value, ticks).empty() &&
                  (!is_number(value) || ticks > 100'000'000 * kTicksPerSecond);
         });
}

/// Whether all values are numbers, of few kinds and small.
bool are_ratings(const std::vector<std::string_view>& values) {
  std::set<std::string_view> kinds;
  for (const auto value : values) {
    double number = 0;
    if (!is_number(value)) return false;
    std::from_chars(value.data(), value.data() + value.size(), number);
    if (number < -10 || number > 100) return false;
    kinds.insert(value);
  }
  return !values.empty() && kinds.size() <= 21 &&
         (values.size() < 50 || kinds.size() * 5 < values.size());
}

std::vector<std::string_view> column_of(const Records& records, std::size_t column,
                                        std::size_t first) {
  std::vector<std::string_view> values;
  for (std::size_t i = first; i < records.size(); ++i) {
    if (column < records[i].size()) values.push_back(records[i][column]);
  }
  return values;
}

/// The first records as this format reads them; fewer where it cannot read on.
Records first_records(const Path& file, const RecordFormat& format, std::string& problem) {
  Records records;
  auto reader = RecordReader::open(file, format);
  if (!reader) {
    problem = reader.error().message;
    return records;
  }
  std::vector<std::string_view> fields;
  while (records.size() < kSampleRecords) {
    const auto more = reader->next(fields);
    if (!more) problem = more.error().message;
    if (!more || !*more) break;
    records.emplace_back(fields.begin(), fields.end());
  }
  return records;
}

/// How well a separator explains the records: the share with the most common width, which must be
/// above 1.
struct Fit {
  RecordFormat format;
  Records records;
  std::size_t width = 0;
  double share = 0;
};

Fit fit_of(const Path& file, const RecordFormat& format) {
  Fit fit{format, {}, 0, 0};
  std::string problem;
  fit.records = first_records(file, format, problem);
  if (!problem.empty() || fit.records.empty()) return fit;
  std::map<std::size_t, std::size_t> widths;
  for (const auto& record : fit.records) ++widths[record.size()];
  const auto most = std::max_element(widths.begin(), widths.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  fit.width = most->first;
  fit.share = fit.width > 1
                  ? static_cast<double>(most->second) / static_cast<double>(fit.records.size())
                  : 0;
  return fit;
}

Fit best_fit(const Path& file, Encoding encoding) {
  Fit best;
  for (const char* separator : {"\t", ";", ",", "|", "::", " "}) {
    for (const char quote : {'"', '\0'}) {
      Fit fit = fit_of(file, {separator, quote, encoding});
      const bool better = fit.share > best.share + 0.05 ||
                          (fit.share > best.share - 0.05 && fit.width > best.width);
      if (fit.share > 0 && better) best = std::move(fit);
      if (best.share == 1 && best.format.quote == '"' && best.format.separator == separator) break;
    }
  }
  return best;
}

/// One user a line, then items: lines of words of different numbers.
bool looks_like_sequences(const Records& lines) {
  std::set<std::size_t> widths;
  for (const auto& line : lines) {
    const std::string& text = line.front();
    std::size_t words = 0;
    bool inside = false;
    for (const char c : text) {
      const bool space = c == ' ' || c == '\t';
      if (!space && !inside) ++words;
      inside = !space;
      if (c == ',' || c == ';' || c == '|' || c == '"') return false;
    }
    if (words < 2) return false;
    widths.insert(words);
  }
  return widths.size() > 1;
}

Result<Encoding> encoding_of(const Path& file, Sniffed& sniffed) {
  MOTIVE_ASSIGN(TextSource source, TextSource::open(file));
  std::string text(kSampleBytes, '\0');
  MOTIVE_ASSIGN(const std::size_t got, source.read(text));
  text.resize(got);
  if (got == 0) return invalid("{}: the file is empty", file.string());
  sniffed.byte_order_mark = text.starts_with("\xef\xbb\xbf");
  const std::size_t wrong = first_invalid_utf8(text);
  // The sample may end in the middle of a character.
  if (wrong == std::string::npos || (got == kSampleBytes && wrong + 4 > got))
    return Encoding::kUtf8;
  sniffed.notes.push_back(
      fmt::format("byte {} is not UTF-8, so the file is taken for latin-1", wrong + 1));
  return Encoding::kLatin1;
}

bool guess_header(const Records& records, std::size_t width) {
  if (records.size() < 2) return false;
  const bool named = std::any_of(records[0].begin(), records[0].end(),
                                 [](const auto& name) { return !role_of(name).empty(); });
  if (named) return true;
  for (std::size_t column = 0; column < std::min(width, records[0].size()); ++column) {
    const auto values = column_of(records, column, 1);
    if (!is_number(records[0][column]) && std::all_of(values.begin(), values.end(), is_number))
      return true;
  }
  return false;
}

/// Column of each role, by name first, by content for the rest.
std::map<std::string, std::size_t> guess_roles(const Sniffed& sniffed, const Records& records,
                                               std::size_t width, std::vector<std::string>& notes) {
  std::map<std::string, std::size_t> roles;
  std::vector<bool> taken(width, false);
  const auto take = [&](const std::string& role, std::size_t column) {
    roles[role] = column;
    taken[column] = true;
  };
  const std::size_t first = sniffed.file.header ? 1 : 0;
  for (std::size_t column = 0; sniffed.file.header && column < width; ++column) {
    const std::string role = role_of(sniffed.column_names[column]);
    if (!role.empty() && !roles.count(role)) take(role, column);
  }
  const auto by_content = [&](const std::string& role, auto test) {
    for (std::size_t column = 0; column < width && !roles.count(role); ++column) {
      if (taken[column] || !test(column_of(records, column, first))) continue;
      take(role, column);
      notes.push_back(fmt::format("column {} is taken for `{}` by its values",
                                  sniffed.column_names[column], role));
    }
  };
  by_content("timestamp", are_times);
  const std::size_t free = static_cast<std::size_t>(std::count(taken.begin(), taken.end(), false));
  const std::size_t needed = (roles.count("user") ? 0 : 1) + (roles.count("item") ? 0 : 1);
  if (free > needed) by_content("rating", are_ratings);
  for (const std::string role : {"user", "item"}) {
    for (std::size_t column = 0; column < width && !roles.count(role); ++column) {
      if (taken[column]) continue;
      take(role, column);
      notes.push_back(fmt::format("column {} is taken for `{}` by its place",
                                  sniffed.column_names[column], role));
    }
  }
  return roles;
}

/// Dates by a pattern are not guessed: 01/02/2019 has two meanings.
void check_timestamp(Sniffed& sniffed, const Records& records,
                     std::map<std::string, std::size_t>& roles) {
  const auto found = roles.find("timestamp");
  if (found == roles.end()) return;
  auto parser = *TimeParser::make("auto");
  for (const auto value : column_of(records, found->second, sniffed.file.header ? 1 : 0)) {
    std::int64_t ticks = 0;
    const std::string wrong = parser.parse(value, ticks);
    if (wrong.empty()) continue;
    sniffed.notes.push_back(
        fmt::format("column {} holds times in a form that is not known: {}; it is left out until "
                    "`timestamp` and `time_format` are set by hand",
                    sniffed.column_names[found->second], wrong));
    roles.erase(found);
    return;
  }
  sniffed.file.time_format = parser.format();
}

Status sniff_delimited(const Path& file, const Fit& fit, Sniffed& sniffed) {
  const Records& records = fit.records;
  sniffed.file.separator = fit.format.separator == "\t" ? "tab" : fit.format.separator;
  sniffed.file.quote = fit.format.quote ? "\"" : "none";
  sniffed.file.header = guess_header(records, fit.width);
  for (std::size_t column = 0; column < fit.width; ++column) {
    const bool named = sniffed.file.header && column < records[0].size();
    sniffed.column_names.push_back(named ? trimmed(records[0][column]) : std::to_string(column));
  }
  auto roles = guess_roles(sniffed, records, fit.width, sniffed.notes);
  if (!roles.count("user") || !roles.count("item")) {
    return invalid(
        "{}: no columns for users and items were found in it; describe the file by hand "
        "(docs/data.md)",
        file.string());
  }
  check_timestamp(sniffed, records, roles);
  for (const auto& [role, column] : roles)
    sniffed.file.columns[role] = sniffed.column_names[column];
  const std::size_t first = sniffed.file.header ? 1 : 0;
  for (std::size_t i = first; i < records.size() && i < first + kExamples; ++i)
    sniffed.examples.push_back(records[i]);
  return {};
}

std::string file_stem(const Path& file) {
  const std::string whole = file.filename().string();
  std::string_view stem = whole;
  for (const std::string_view ending :
       {".gz", ".zst", ".csv", ".tsv", ".txt", ".dat", ".data", ".inter"}) {
    if (stem.ends_with(ending) && stem.size() > ending.size()) stem.remove_suffix(ending.size());
  }
  std::string name(stem);
  for (char& c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.';
    if (!good) c = '-';
  }
  return name.front() == '.' ? "data" + name : name;
}

}  // namespace

Result<Sniffed> sniff_interactions(const Path& file) {
  Sniffed sniffed;
  MOTIVE_ASSIGN(sniffed.file.encoding, encoding_of(file, sniffed));
  sniffed.file.file = file.filename().string();
  std::string problem;
  const Records lines = first_records(file, {"\n", '\0', sniffed.file.encoding}, problem);
  if (!problem.empty()) return invalid("{}", problem);
  if (lines.empty()) return invalid("{}: there are only blank lines in it", file.string());
  const Fit fit = best_fit(file, sniffed.file.encoding);
  if (fit.share < 0.95 && looks_like_sequences(lines)) {
    sniffed.file.format = FileFormat::kSequences;
    sniffed.file.header = false;
    sniffed.notes.push_back("lines hold words of different numbers: a user, then items in order");
    for (std::size_t i = 0; i < std::min(kExamples, lines.size()); ++i)
      sniffed.examples.push_back(lines[i]);
    return sniffed;
  }
  if (fit.share == 0) {
    return invalid(
        "{}: no separator was found that cuts its lines into columns (tried tab ; , | :: and "
        "space); describe "
        "the file by hand (docs/data.md)",
        file.string());
  }
  if (fit.share < 1) {
    sniffed.notes.push_back(fmt::format(
        "{:.1f} % of the first {} records have {} columns; reading will stop at the others",
        100 * fit.share, fit.records.size(), fit.width));
  }
  MOTIVE_TRY(sniff_delimited(file, fit, sniffed));
  return sniffed;
}

OrderedJson propose_descriptor(const Sniffed& sniffed, const Path& file, const Path& yaml_folder) {
  std::error_code code;
  const Path folder = std::filesystem::absolute(file, code).parent_path();
  Path path = std::filesystem::relative(folder, yaml_folder, code);
  if (code || path.empty()) path = folder;
  const InteractionsFile& f = sniffed.file;
  OrderedJson interactions = {{"file", f.file}};
  if (f.format == FileFormat::kSequences) {
    interactions["format"] = "sequences";
  } else {
    interactions["format"] = "delimited";
    interactions["separator"] = f.separator;
    if (f.quote == "none") interactions["quote"] = "none";
    interactions["header"] = f.header;
  }
  if (f.encoding == Encoding::kLatin1) interactions["encoding"] = "latin-1";
  if (!f.columns.empty()) {
    OrderedJson columns;
    for (const char* role : {"user", "item", "rating", "timestamp"}) {
      if (const auto found = f.columns.find(role); found != f.columns.end())
        columns[role] = found->second;
    }
    interactions["columns"] = columns;
  }
  if (f.columns.count("timestamp")) interactions["time_format"] = f.time_format;
  return {{"name", file_stem(file)}, {"path", path.string()}, {"interactions", interactions}};
}

}  // namespace motive
