#pragma once
// Purpose: the parts of the HTML report, each a piece of the page. Only report_*.cpp include it.

#include "framework/report/figures.h"
#include "framework/report/table.h"

namespace motive::page {

/// A part of the page. Nothing to show: no part.
struct Section {
  std::string id, title, body;
  std::string count;                                       // beside it in the contents: "3", or nothing
  std::vector<std::pair<std::string, std::string>> parts;  // id and title of what it holds, for wide contents
};

/// A warning with the tables or splits that it is about, both as plain text.
struct Warning {
  std::string text;
  std::vector<std::string> where;
};
/// Adds `where` to the warning with this text, or a warning.
void warn(std::vector<Warning>& warnings, const std::string& text, const std::string& where);

/// What heads the page, and the best of each table in words.
std::string facts(const Grid& grid, const Summary& summary, const RunRecord& record);
std::string findings(const Summary& summary, const std::vector<Table>& tables);

Section tables(const std::vector<Table>& tables, std::vector<Warning>& warnings);
std::string result_table(const Table& table);

/// What language models were asked, and what every cell cost.
Section answers(const Grid& grid, const RunRecord& record);
Section costs(const Grid& grid, const RunRecord& record);

Section certificates(const Grid& grid, const RunRecord& record, std::vector<Warning>& warnings);
Section funnels(const RunRecord& record);
Section not_done(const Summary& summary);
Section environment(const Grid& grid, const RunRecord& record);

/// <dl class="notes">; headings and texts are foreign. pairs: the texts are short and stay beside their headings on a phone.
std::string note_list(const std::vector<std::pair<std::string, std::string>>& notes, bool pairs = false);

}  // namespace motive::page
