#include <algorithm>

#include "framework/report/audit.h"
#include "framework/report/unicode.h"

namespace motive {
namespace {

std::string counted(std::size_t n, const char* one) { return fmt::format("{} {}{}", n, one, n == 1 ? "" : "s"); }

/// Cells by the columns that tell them apart; what all have in common is said once.
class CellNames {
 public:
  explicit CellNames(const AuditTable& table) : table_(table) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const auto same = [&](const AuditCell& cell) { return cell.name[c] == table.cells.front().name[c]; };
      if (!std::all_of(table.cells.begin(), table.cells.end(), same)) shown_.push_back(c);
    }
    if (shown_.empty() && !table.columns.empty()) shown_.push_back(table.columns.size() - 1);
    for (const std::size_t c : shown_) {
      std::size_t width = display_width(printable(table.columns[c]));
      for (const AuditCell& cell : table.cells) width = std::max(width, display_width(cell.name[c]));
      widths_.push_back(width);
    }
  }

  /// "source: arXiv:1, split: warm", of the columns that are not shown.
  std::string common() const {
    std::string out;
    for (std::size_t c = 0; c < table_.columns.size(); ++c) {
      const std::string& value = table_.cells.front().name[c];
      if (value.empty() || std::find(shown_.begin(), shown_.end(), c) != shown_.end()) continue;
      out += (out.empty() ? "" : ", ") + printable(table_.columns[c]) + ": " + value;
    }
    return out;
  }

  std::string header() const {
    std::string out = "  line  " + row(table_.columns);
    return out.substr(0, out.find_last_not_of(' ') + 1);
  }
  std::string of(const AuditCell& cell) const { return fmt::format("{:>6}  {}", cell.line, row(cell.name)); }
  std::string blank() const { return std::string(display_width("  line  " + row(table_.columns)), ' '); }

 private:
  std::string row(const std::vector<std::string>& fields) const {
    std::string out;
    for (std::size_t i = 0; i < shown_.size(); ++i) out += pad_right(printable(fields[shown_[i]]), widths_[i]) + "  ";
    return out;
  }

  const AuditTable& table_;
  std::vector<std::size_t> shown_;
  std::vector<std::size_t> widths_;  // beside shown_
};

/// A heading, and a line a cell and text; further texts of a cell below the first. Nothing where there is none.
template <class Texts>
std::string section(const Audit& audit, const CellNames& names, const char* heading, Texts texts) {
  std::string out;
  for (const CellAudit& cell : audit.cells) {
    bool first = true;
    for (const std::string& text : texts(cell)) {
      out += (first ? names.of(audit.table.cells[cell.cell]) : names.blank()) + text + "\n";
      first = false;
    }
  }
  return out.empty() ? "" : fmt::format("\n{}\n{}\n{}", heading, names.header(), out);
}

}  // namespace

std::string audit_verdict(const Audit& audit) {
  const std::size_t audited = audit.audited(), impossible = audit.impossible();
  std::size_t empty = 0;
  for (const CellAudit& cell : audit.cells) empty += cell.empty;
  const std::size_t others = audit.cells.size() - audited - empty;
  const std::string more = (others > 0 ? fmt::format("; {} more not auditable", others) : "") +
                           (empty > 0 ? fmt::format("; {} more without numbers", empty) : "");
  if (audited == 0) return fmt::format("{}, none auditable", counted(audit.cells.size(), "cell"));
  if (impossible == 0) return fmt::format("{}, none impossible{}", counted(audited, "cell"), more);
  return fmt::format("{} of {} impossible{}", impossible, counted(audited, "cell"), more);
}

std::string audit_text(const Audit& audit) {
  const AuditTable& table = audit.table;
  const CellNames names(table);
  std::size_t numbers = 0, alone = 0;
  for (const AuditCell& cell : table.cells) numbers += cell.values.size();
  for (const CellAudit& cell : audit.cells) alone += cell.not_auditable.empty() && !cell.compared;

  std::string out = fmt::format("{}: {}, {} in {}; {}\n", table.file, table.form, counted(numbers, "number"),
                                counted(table.cells.size(), "cell"),
                                table.exact ? "numbers are taken as exact" : "printed digits are taken with their rounding");
  if (const std::string common = names.common(); !common.empty()) out += common + "\n";
  using Texts = std::vector<std::string>;
  out += section(audit, names, "Impossible", [](const CellAudit& cell) -> const Texts& { return cell.violations; });
  out += section(audit, names, "Remarks", [](const CellAudit& cell) -> const Texts& { return cell.remarks; });
  out += section(audit, names, "Not auditable", [](const CellAudit& cell) {
    return cell.not_auditable.empty() || cell.empty ? Texts{} : Texts{cell.not_auditable};
  });
  out += "\n";
  if (!table.ignored.empty()) out += fmt::format("not audited: {}\n", fmt::join(table.ignored, ", "));
  if (alone > 0) out += fmt::format("{} with nothing to compare: only 0 <= value <= 1 was checked\n", counted(alone, "cell"));
  return out + audit_verdict(audit) + "\n";
}

OrderedJson audit_json(const Audit& audit) {
  const AuditTable& table = audit.table;
  OrderedJson cells = OrderedJson::array();
  for (const CellAudit& checked : audit.cells) {
    const AuditCell& cell = table.cells[checked.cell];
    OrderedJson name = OrderedJson::object();
    for (std::size_t c = 0; c < table.columns.size(); ++c) name[table.columns[c]] = cell.name[c];
    OrderedJson one = {{"line", cell.line}, {"name", name}, {"numbers", cell.values.size()}};
    if (checked.not_auditable.empty()) {
      one["violations"] = checked.violations;
      one["remarks"] = checked.remarks;
    } else {
      one["not_auditable"] = checked.not_auditable;
    }
    cells.push_back(one);
  }
  return {{"file", table.file},           {"form", table.form},
          {"exact", table.exact},         {"cells", cells},
          {"ignored", table.ignored},     {"audited", audit.audited()},
          {"impossible", audit.impossible()}, {"not_auditable", audit.cells.size() - audit.audited()},
          {"verdict", audit_verdict(audit)}};
}

}  // namespace motive
