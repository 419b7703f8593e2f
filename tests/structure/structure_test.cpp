// The rules of the house that a compiler does not know: which folder may include which, how long a file
// may be, and that nothing speaks of one person's machine.

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/structure/checkout.h"

namespace motive {
namespace {

/// A folder of framework/ includes only those that stand before it here.
const std::vector<std::string> kLayers = {"base",  "config",    "data",     "split", "text",  "llm",        "nn",     "encode",
                                          "graph", "recommend", "features", "sequence", "evaluate", "stats", "store", "experiment", "report", "cli"};
const std::set<std::string> kNotForRecommend = {"llm", "nn", "encode", "graph"};
/// Where LibTorch may be included: everything else builds and starts without it.
const std::set<std::string> kTorchFolders = {"framework/nn", "framework/encode", "framework/sequence", "models", "baselines", "tests"};

int layer(const std::string& folder) {
  const auto found = std::find(kLayers.begin(), kLayers.end(), folder);
  return found == kLayers.end() ? -1 : static_cast<int>(found - kLayers.begin());
}

bool is_method(const std::string& path) { return path.rfind("models/", 0) == 0 || path.rfind("baselines/", 0) == 0; }

/// Why `file` must not include "framework/<folder>/...", or nothing.
std::string framework_fault(const std::string& file, const std::string& folder) {
  const int included = layer(folder);
  if (included < 0) return "framework/" + folder + " is not in the list of the house";
  if (is_method(file)) return included > layer("sequence") ? "a method includes the framework up to sequence/ only" : "";
  if (file.rfind("framework/", 0) != 0) return "";
  const std::string own = parts(file, 2).substr(10);
  if (own == "recommend" && kNotForRecommend.count(folder)) return "recommend/ is kept free of what single methods need";
  return included > layer(own) ? own + "/ stands above " + folder + "/" : "";
}

/// Why `file` must not include `target`, or nothing.
std::string fault(const std::string& file, const std::string& target, bool quoted) {
  static const std::regex kTorch("^(torch|ATen|c10)/.*");
  if (std::regex_match(target, kTorch)) {
    return kTorchFolders.count(parts(file, 1)) || kTorchFolders.count(parts(file, 2)) ? "" : "LibTorch is kept out of here";
  }
  if (!quoted) return "";
  const std::string top = parts(target, 1);
  if (top == "framework") return framework_fault(file, parts(target, 2).substr(10));
  if (is_method(target)) {
    return parts(target, 2) == parts(file, 2) ? "" : "a method is reached through the registry only";
  }
  if (top == "tests") return parts(file, 1) == "tests" ? "" : "tests are included by tests only";
  return "quoted paths start at the root: \"framework/base/rng.h\"";
}

bool is_code(const std::string& path) { return has_ending(path, {".cpp", ".h", ".hpp", ".cu"}); }

TEST(Structure, FoldersIncludeOnlyWhatStandsAboveThem) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  int includes = 0;
  for (const SourceFile& file : project_files()) {
    if (!is_code(file.path)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_match(file.lines[i], match, kInclude)) continue;
      ++includes;
      const std::string why = fault(file.path, match[2], match[1] == "\"");
      EXPECT_TRUE(why.empty()) << file.path << ":" << i + 1 << ": " << file.lines[i] << "  (" << why << ")";
    }
  }
  EXPECT_GT(includes, 100) << "the files of the project were not found";
}

TEST(Structure, TheRulesCatchWhatTheyForbid) {
  EXPECT_EQ(fault("framework/evaluate/a.cpp", "framework/base/rng.h", true), "");
  EXPECT_EQ(fault("baselines/bpr/bpr.cpp", "baselines/bpr/bpr.h", true), "");
  EXPECT_EQ(fault("baselines/sasrec/sasrec.cpp", "torch/torch.h", false), "");
  EXPECT_NE(fault("framework/base/a.cpp", "framework/data/prepared.h", true), "");
  EXPECT_NE(fault("framework/recommend/a.h", "framework/graph/graph.h", true), "");
  EXPECT_NE(fault("baselines/bpr/bpr.cpp", "framework/evaluate/metrics.h", true), "");
  EXPECT_NE(fault("models/x/x.cpp", "baselines/bpr/bpr.h", true), "");
  EXPECT_NE(fault("framework/cli/main.cpp", "baselines/bpr/bpr.h", true), "");
  EXPECT_NE(fault("framework/recommend/a.h", "torch/torch.h", false), "");
  EXPECT_NE(fault("framework/base/a.cpp", "rng.h", true), "");
  EXPECT_NE(fault("framework/base/a.cpp", "framework/new_folder/a.h", true), "");
}

TEST(Structure, SourceFilesAreShortEnoughToRead) {
  for (const SourceFile& file : project_files()) {
    if (!is_code(file.path) && !has_ending(file.path, {".py", ".sh", ".cmake", "CMakeLists.txt", "motive"})) continue;
    EXPECT_LE(file.lines.size(), 500U) << file.path << ": split it where a reader would look for the parts";
  }
}

TEST(Structure, NothingNamesAFolderOfOnePersonsMachine) {
  // In pieces, so that this line does not match itself.
  static const std::regex kPersonal("(^|[^[:alnum:]_.$}>])/(ho" "me|Us" "ers|ro" "ot|tm" "p|wo" "rk)/.*");
  for (const SourceFile& file : project_files()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      // Long lines are data; a regular expression over them is slow.
      const bool personal = std::regex_search(file.lines[i].substr(0, 2000), kPersonal);
      EXPECT_FALSE(personal) << file.path << ":" << i + 1 << ": " << file.lines[i];
    }
  }
}

}  // namespace
}  // namespace motive
