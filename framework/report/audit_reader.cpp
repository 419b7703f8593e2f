#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <set>

#include "framework/base/trimmed.h"
#include "framework/data/record_reader.h"
#include "framework/report/audit.h"
#include "framework/report/unicode.h"

namespace motive {
namespace {

constexpr std::size_t npos = static_cast<std::size_t>(-1);

/// The columns of a long form that tell cells apart. All others (notes, states, intervals) say nothing about which
/// numbers belong together.
const std::vector<std::string>& name_columns() {
  static const std::vector<std::string> names = {
      "source",     "table",     "dataset",        "split",    "model",             "label",    "variant",
      "split_seed", "order_seed", "init_seed",     "candidate_seed", "llm_seed",    "prompt_order_seed",
      "protocol",   "slice"};
  return names;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trimmed(std::string_view text) { return motive::trimmed(text, " \t\r\n"); }

bool is_missing(std::string_view text) {
  static const std::set<std::string, std::less<>> words = {"", "-", "–", "—", "n/a", "na", "nan", "none"};
  return words.contains(lower(text));
}

/// A metric's name without its cutoff. Letters alone need the @ before a cutoff: `P5` may be a method.
std::optional<MetricKind> kind_of(const std::string& name, bool has_at) {
  static const std::map<std::string, MetricKind> kinds = {
      {"hr", MetricKind::kHr},         {"hit", MetricKind::kHr},          {"hits", MetricKind::kHr},
      {"hitrate", MetricKind::kHr},    {"hit_rate", MetricKind::kHr},     {"hit rate", MetricKind::kHr},
      {"hit_ratio", MetricKind::kHr},  {"hit ratio", MetricKind::kHr},    {"ndcg", MetricKind::kNdcg},
      {"mrr", MetricKind::kMrr},       {"recall", MetricKind::kRecall},   {"precision", MetricKind::kPrecision},
      {"prec", MetricKind::kPrecision}};
  static const std::map<std::string, MetricKind> letters = {
      {"h", MetricKind::kHr}, {"n", MetricKind::kNdcg}, {"r", MetricKind::kRecall}, {"p", MetricKind::kPrecision}};
  if (const auto found = kinds.find(name); found != kinds.end()) return found->second;
  if (const auto found = letters.find(name); has_at && found != letters.end()) return found->second;
  return std::nullopt;
}

/// "hr@5", "NDCG10", "N@10", "MRR" (k 0); nothing where it is not a metric that is audited.
std::optional<MetricSpec> metric_of(std::string_view written) {
  const std::string text = lower(trimmed(written));
  std::size_t cut = text.size();
  while (cut > 0 && std::isdigit(static_cast<unsigned char>(text[cut - 1]))) --cut;
  int k = 0;
  if (cut < text.size()) {
    const auto [end, error] = std::from_chars(text.data() + cut, text.data() + text.size(), k);
    if (error != std::errc{} || k < 1) return std::nullopt;
  }
  std::string name = text.substr(0, cut);
  const bool has_at = name.ends_with('@');
  name.resize(name.find_last_not_of("@ _-") + 1);
  const auto kind = kind_of(name, has_at);
  return kind ? std::optional(MetricSpec{*kind, k}) : std::nullopt;
}

/// n of "sampled(29,uniform,catalogue)"; 0 where it is another.
int negatives_of(std::string_view protocol) {
  constexpr std::string_view start = "sampled(";
  int n = 0;
  if (protocol.starts_with(start)) {
    const std::string_view rest = protocol.substr(start.size());
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), n);
    if (error != std::errc{} || n < 0 || n > kLargestAuditCutoff) n = 0;
  }
  return n;
}

class Reader {
 public:
  Reader(RecordReader records, std::vector<std::string> header, const AuditOptions& options)
      : records_(std::move(records)), header_(std::move(header)), options_(options) {
    for (std::string& name : header_) name = std::string(trimmed(name));
    table_.file = records_.source().file().string();
  }

  Result<AuditTable> read() {
    for (std::size_t c = 0; c < header_.size(); ++c) {
      if (const std::size_t first = column(lower(header_[c])); first != c && !header_[c].empty()) {
        return records_.error("columns {} and {} are both {}; rename one or leave it out", first + 1, c + 1, lower(header_[c]));
      }
    }
    const bool long_form = column("metric") != npos;
    MOTIVE_TRY(long_form ? prepare_long() : prepare_wide());
    std::vector<std::string_view> fields;
    while (true) {
      MOTIVE_ASSIGN(const bool more, records_.next(fields));
      if (!more) break;
      if (fields.size() != header_.size()) {
        return records_.error("{} fields, but the header has {}; a field with commas needs quotes", fields.size(),
                              header_.size());
      }
      MOTIVE_TRY(long_form ? add_long(fields) : add_wide(fields));
    }
    if (table_.cells.empty()) return invalid("{}: no numbers, only a header", table_.file);
    return std::move(table_);
  }

 private:
  std::size_t column(std::string_view name) const {
    for (std::size_t c = 0; c < header_.size(); ++c) {
      if (lower(header_[c]) == name) return c;
    }
    return npos;
  }

  Status add_name(std::size_t c) {
    names_.push_back(c);
    table_.columns.push_back(header_[c]);
    return {};
  }

  Status prepare_long() {
    metric_ = column("metric");
    k_ = column("k");
    value_ = column("value");
    const bool summary = value_ == npos && column("mean") != npos;
    if (summary) value_ = column("mean");
    if (value_ == npos) return records_.error("there is a column `metric`, but none called `value` (or `mean`)");
    users_ = column("users");
    const bool metrics = column("state") != npos && column("cell") != npos && column("split_seed") != npos;
    table_.exact = metrics || (summary && column("sd_seeds") != npos);
    table_.form = metrics ? "metrics.csv" : table_.exact ? "summary.csv" : "long form";
    for (const std::string& name : name_columns()) {
      if (const std::size_t c = column(name); c != npos) MOTIVE_TRY(add_name(c));
    }
    if (names_.empty()) return records_.error("no column says whose numbers these are: model, dataset, split, protocol");
    return {};
  }

  Status prepare_wide() {
    for (std::size_t c = 0; c < header_.size(); ++c) {
      const auto spec = metric_of(header_[c]);
      if (!spec) {
        if (wide_.empty() && lower(header_[c]) != "state") MOTIVE_TRY(add_name(c));
        continue;
      }
      for (const auto& [other, theirs] : wide_) {
        if (theirs == *spec) {
          return records_.error("columns {} and {} are both {}; put data sets one below the other, with a column `dataset`",
                                other + 1, c + 1, metric_label(*spec));
        }
      }
      MOTIVE_TRY(check_cutoff(*spec));
      wide_.emplace_back(c, *spec);
    }
    if (wide_.empty()) {
      return records_.error(
          "neither columns `metric`, `k` and `value` nor columns such as hr@5 and ndcg@5; the header has: {}", header_text());
    }
    users_ = column("users");
    table_.form = column("state") != npos && column("slice") != npos ? "table.csv" : "wide table";
    return {};
  }

  std::string header_text() const {
    std::string out;
    for (const std::string& name : header_) out += (out.empty() ? "" : ", ") + printable(name);
    return out.size() > 200 ? out.substr(0, 200) + "..." : out;
  }

  static std::string metric_label(const MetricSpec& spec) {
    return spec.k > 0 ? fmt::format("{}@{}", spec.name(), spec.k) : spec.name();
  }

  Status check_cutoff(const MetricSpec& spec) const {
    if (spec.k == 0 && spec.kind != MetricKind::kMrr) {
      return records_.error("{} without a cutoff: write {}@10, or give a column `k`", spec.name(), spec.name());
    }
    if (spec.k < 0 || spec.k > kLargestAuditCutoff) {
      return records_.error("cutoff {} of {}: must be 1 to {}", spec.k, spec.name(), kLargestAuditCutoff);
    }
    return {};
  }

  Result<std::optional<MetricSpec>> spec_of(const std::vector<std::string_view>& fields) {
    auto spec = metric_of(fields[metric_]);
    if (!spec) {
      const std::string name = printable(trimmed(fields[metric_]));
      if (std::find(table_.ignored.begin(), table_.ignored.end(), name) == table_.ignored.end()) table_.ignored.push_back(name);
      return spec;
    }
    const std::string_view written = k_ == npos ? std::string_view{} : trimmed(fields[k_]);
    if (!written.empty()) {
      int k = 0;
      const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), k);
      if (error != std::errc{} || end != written.data() + written.size() || k < 1) {
        return records_.error("k is `{}`: must be a whole number from 1", printable(written.substr(0, 40)));
      }
      if (spec->k > 0 && spec->k != k) return records_.error("metric `{}` with k {}", printable(fields[metric_]), k);
      spec->k = k;
    }
    MOTIVE_TRY(check_cutoff(*spec));
    return spec;
  }

  AuditCell start_cell(const std::vector<std::string_view>& fields) {
    AuditCell cell;
    cell.line = records_.line();
    for (const std::size_t c : names_) cell.name.push_back(printable(trimmed(fields[c])));
    const std::size_t protocol = column("protocol");
    cell.negatives = protocol == npos ? 0 : negatives_of(trimmed(fields[protocol]));
    if (cell.negatives == 0 && (protocol == npos || trimmed(fields[protocol]).empty())) cell.negatives = options_.negatives;
    if (users_ != npos) {
      const std::string_view written = trimmed(fields[users_]);
      std::from_chars(written.data(), written.data() + written.size(), cell.users);
    }
    return cell;
  }

  Status add_value(AuditCell& cell, const MetricSpec& spec, std::string_view written) {
    written = trimmed(written);
    if (is_missing(written)) {
      cell.has_gaps = true;
      return {};
    }
    for (const AuditValue& other : cell.values) {
      if (other.spec == spec) {
        return records_.error("{} of the same cell stands on line {} already; cells are told apart by {}", metric_label(spec),
                              other.line, fmt::join(table_.columns, ", "));
      }
    }
    auto number = printed_number(written, options_.percent, table_.exact);
    if (!number) return records_.error("{}: {}", metric_label(spec), number.error().message);
    cell.values.push_back({spec, *number, records_.line()});
    return {};
  }

  Status add_long(const std::vector<std::string_view>& fields) {
    MOTIVE_ASSIGN(const auto spec, spec_of(fields));
    AuditCell fresh = start_cell(fields);
    const auto [place, is_new] = places_.try_emplace(fresh.name, table_.cells.size());
    if (is_new) table_.cells.push_back(std::move(fresh));
    return spec ? add_value(table_.cells[place->second], *spec, fields[value_]) : Status{};
  }

  Status add_wide(const std::vector<std::string_view>& fields) {
    AuditCell cell = start_cell(fields);
    for (const auto& [c, spec] : wide_) MOTIVE_TRY(add_value(cell, spec, fields[c]));
    table_.cells.push_back(std::move(cell));
    return {};
  }

  RecordReader records_;
  std::vector<std::string> header_;
  const AuditOptions& options_;
  AuditTable table_;
  std::vector<std::size_t> names_;                       // beside table_.columns
  std::size_t metric_ = npos, k_ = npos, value_ = npos, users_ = npos;
  std::vector<std::pair<std::size_t, MetricSpec>> wide_;  // columns with numbers
  std::map<std::vector<std::string>, std::size_t> places_;
};

}  // namespace

Result<AuditTable> read_audit_table(const Path& file, const AuditOptions& options) {
  for (const char* separator : {",", "\t", ";"}) {
    MOTIVE_ASSIGN(RecordReader records, RecordReader::open(file, {.separator = separator}));
    std::vector<std::string_view> fields;
    MOTIVE_ASSIGN(const bool more, records.next(fields));
    if (!more) return invalid("{}: empty; a table needs a header line and numbers", file.string());
    if (fields.size() == 1) continue;
    std::vector<std::string> header(fields.begin(), fields.end());
    return Reader(std::move(records), std::move(header), options).read();
  }
  return invalid("{}:1: one column only; expected columns split by commas, tabs or semicolons", file.string());
}

}  // namespace motive
