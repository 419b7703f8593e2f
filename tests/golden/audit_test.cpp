// `motive audit` over what the checkout holds: our own reference tables must pass, and the verdict on the published
// Table 2 of M-LLM3REC stays what a linear programme over the shares of users by rank gives: 15 of 27 cells have none.

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "framework/report/audit.h"

namespace motive {
namespace {

namespace fs = std::filesystem;

const Path kSource = MOTIVE_SOURCE_DIR;
constexpr const char* kTable2 = "results/published/m_llm3rec/table2.csv";

Audit audit_of(const Path& file) {
  auto table = read_audit_table(kSource / file);
  if (!table) {
    ADD_FAILURE() << table.error().message;
    return {};
  }
  table->file = file.generic_string();
  return audit(std::move(*table));
}

/// All CSV files below a folder of the checkout with one of these names (all names where there is none).
std::vector<Path> files_below(const Path& folder, const std::set<std::string>& names) {
  std::vector<Path> files;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / folder)) {
    const bool wanted = names.empty() ? entry.path().extension() == ".csv" : names.contains(entry.path().filename().string());
    if (wanted) files.push_back(fs::relative(entry.path(), kSource));
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(AuditGolden, OurReferenceTablesPass) {
  const auto files = files_below("results/reference", {"table.csv", "summary.csv", "metrics.csv"});
  EXPECT_GE(files.size(), 20u);
  for (const Path& file : files) {
    const Audit result = audit_of(file);
    EXPECT_EQ(result.impossible(), 0u) << audit_text(result);
    EXPECT_GT(result.audited(), 0u) << file;
  }
}

TEST(AuditGolden, FifteenCellsOfThePublishedTable2AreImpossible) {
  const Audit result = audit_of(kTable2);
  std::set<std::string> impossible;
  for (const CellAudit& cell : result.cells) {
    const auto& name = result.table.cells[cell.cell].name;  // source, table, dataset, split, model, protocol
    if (!cell.violations.empty()) impossible.insert(name[2].substr(12) + " " + name[4]);
  }
  EXPECT_EQ(impossible, (std::set<std::string>{"beauty a_llmrec", "beauty bert4rec", "beauty llm_only", "beauty m_llm3rec",
                                               "beauty sasrec", "beauty tallrec", "sports a_llmrec", "sports lightfm",
                                               "sports m_llm3rec", "sports tallrec", "toys a_llmrec", "toys bert4rec",
                                               "toys lightfm", "toys llm_only", "toys tallrec"}));
  EXPECT_EQ(audit_verdict(result), "15 of 27 cells impossible");
}

TEST(AuditGolden, TheTextOfTable2) {
  const auto golden = read_file(kSource / "tests/golden/audit_table2.txt");
  ASSERT_TRUE(golden) << golden.error().message;
  EXPECT_EQ(audit_text(audit_of(kTable2)), *golden);
}

TEST(AuditGolden, AllPublishedTablesCanBeRead) {
  const auto files = files_below("results/published", {});
  EXPECT_GE(files.size(), 18u);
  std::size_t impossible = 0;
  for (const Path& file : files) impossible += audit_of(file).impossible();
  EXPECT_EQ(impossible, 16u);  // Table 2, and one row of baselines/p5.csv: results/published/README.md
}

}  // namespace
}  // namespace motive
