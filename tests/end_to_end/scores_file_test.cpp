// Lists of a method of ours, exported and read back, are judged as the method itself.

#include <gmock/gmock.h>

#include <sstream>

#include "tests/end_to_end/program.h"

namespace motive {
namespace {

using testing::HasSubstr;

struct ScoresFileRun : testing::Test {
  Workplace place;
  Path out = place.folder / "out";
  ProgramResult run(const std::string& models, const std::string& more = "") {
    const Path file = place.write("experiment.yaml", "experiment: lists\ndataset: {name: tiny-world, world: {users: 80, items: 120, seed: 5}}\n"
                                                     "models: [" + models + "]\nevaluation: {metrics: [hr, ndcg, mrr], topk: [5, 10]}\n" + more);
    return run_motive({"run", file.string(), "--out", out.string()});
  }
  /// Lines of metrics.csv of one model, without its name, label and store keys: what was measured.
  std::vector<std::string> measured(const std::string& model) const {
    std::vector<std::string> values;
    std::istringstream lines(*read_file(out / "metrics.csv"));
    for (std::string line; std::getline(lines, line);) {
      if (line.find("," + model + ",") == std::string::npos) continue;
      const std::size_t from = line.find(",full,");
      values.push_back(line.substr(from, line.rfind(',') - from));
    }
    return values;
  }
  /// The stored lists of the one method that has been ranked: user,rank,item,score.
  std::string stored_lists() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(out / "store" / "ranks")) {
      if (entry.path().filename() == "top_k.csv.zst") return entry.path().string();
    }
    return "";
  }
};

TEST_F(ScoresFileRun, StoredListsReadBackGiveTheSameMetrics) {
  const std::string bpr = "bpr: {dim: 8, epochs: 5}";  // no two scores are the same, so 20 items say all up to 10
  ASSERT_EQ(run(bpr).status, 0);
  // user,rank,item,score, compressed: read as it is.
  std::filesystem::copy_file(stored_lists(), place.folder / "tiny-world-warm-1.csv.zst");
  const auto result = run(bpr + ", scores_file: {file: \"{dataset}-{split}-{split_seed}.csv.zst\", label: exported}");
  ASSERT_EQ(result.status, 0) << result.err;
  const auto own = measured("bpr"), read_back = measured("scores_file");
  ASSERT_EQ(own.size(), 6u);
  EXPECT_EQ(read_back, own);
  EXPECT_THAT(result.out, HasSubstr("lists that leave items out"));
}

TEST_F(ScoresFileRun, AnotherContentIsAnotherFit) {
  place.write("lists.csv", "user,item,score\n");
  const std::string models = "random, scores_file: {file: lists.csv}";
  const auto empty = run(models);
  EXPECT_EQ(empty.status, 1) << empty.err;
  EXPECT_THAT(empty.out + empty.err, HasSubstr("it holds no scores"));
  ASSERT_EQ(run("bpr: {dim: 8, epochs: 5}").status, 0);
  std::filesystem::remove(place.folder / "lists.csv");
  std::filesystem::copy_file(stored_lists(), place.folder / "lists.csv");
  const auto filled = run(models);
  EXPECT_EQ(filled.status, 0) << filled.err;
  EXPECT_EQ(nodes_computed(run(models)), 0);
}

TEST_F(ScoresFileRun, AMissingFileIsSaidBeforeAnythingRuns) {
  const auto result = run("random, scores_file: {file: \"runs/{dataset}.csv\"}");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("runs/tiny-world.csv"));
  EXPECT_FALSE(std::filesystem::exists(out / "store" / "fits"));
}

}  // namespace
}  // namespace motive
