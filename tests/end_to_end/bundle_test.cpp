// A run folder given away: the tables come again from the bundle where nothing else is, and nothing in it tells whose it is.

#include <gmock/gmock.h>

#include <algorithm>

#include "framework/base/compress.h"
#include "tests/end_to_end/program.h"

namespace motive {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct Bundle : testing::Test {
  Workplace place;
  Path file = place.write("small.yaml", "# by Ada\n" + small_experiment());
  Path out = place.folder / "out", made = place.folder / "bundle";

  void run(const std::vector<std::string>& more = {}, int status = 0) {
    std::vector<std::string> words{"run", file.string(), "--out", out.string()};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = run_motive(words, {.environment = here()});
    ASSERT_EQ(result.status, status) << result.err;
  }
  ProgramResult bundle(const std::vector<std::string>& more = {}, ProgramOptions options = {}) {
    std::vector<std::string> words{"bundle", out.string(), "--out", made.string()};
    words.insert(words.end(), more.begin(), more.end());
    for (const auto& [name, value] : here()) options.environment.emplace(name, value);
    return run_motive(words, options);
  }
  std::map<std::string, std::string> here() const { return {{"MOTIVE_CACHE", (place.folder / "cache").string()}}; }

  /// The files that `motive table` makes of the bundle once all else is gone.
  std::map<std::string, std::string> made_elsewhere() {
    const Path elsewhere = place.folder / "reviewer" / "artefact";
    fs::create_directories(elsewhere.parent_path());
    fs::rename(made, elsewhere);
    for (const char* gone : {"out", "cache", "small.yaml"}) fs::remove_all(place.folder / gone);
    for (const char* name :
         {"metrics.csv", "summary.csv", "comparisons.csv", "table.txt", "table.md", "table.csv", "table.tex"})
      fs::remove(elsewhere / name);
    const auto table =
        run_motive({"table", elsewhere.string()}, {.environment = {{"MOTIVE_CACHE", "/nowhere"}, {"MOTIVE_DATA", "/nowhere"}}});
    EXPECT_EQ(table.status, 0) << table.err;
    EXPECT_EQ(std::system(("cd '" + elsewhere.string() + "' && sha256sum --quiet -c SHA256SUMS").c_str()), 0);
    return tables_in(elsewhere);
  }
  static std::map<std::string, std::string> tables_in(const Path& folder) {
    std::map<std::string, std::string> files = printed_files(folder);
    files.erase("resolved.yaml");
    for (const char* name : {"comparisons.csv", "variance.csv", "table.tex"}) files[name] = *read_file(folder / name);
    return files;
  }
  /// Names and contents of all files, unpacked.
  static std::string all_text(const Path& folder) {
    std::string text;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      text += entry.path().lexically_relative(folder).string() + "\n";
      if (!entry.is_regular_file()) continue;
      const std::string content = *read_file(entry.path());
      if (entry.path().extension() != ".zst") {
        text += content;
        continue;
      }
      LineUnpacker lines(content);
      for (std::string line; *lines.next(line);) text += line + "\n";
    }
    return text;
  }
  /// Neither the bundle nor what it is made in.
  void expect_nothing_left() const {
    for (const auto& entry : fs::directory_iterator(place.folder)) {
      EXPECT_EQ(entry.path().filename().string().find("bundle"), std::string::npos) << entry.path();
    }
  }
};

TEST_F(Bundle, TablesComeAgainWhereNothingElseIs) {
  run();
  const auto own = tables_in(out);
  const auto result = bundle();
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("by running numbers"));
  EXPECT_EQ(tables_in(made), own);
  EXPECT_EQ(made_elsewhere(), own);
}

TEST_F(Bundle, SlicesListsSeedsAndFoldsNeedNoData) {
  const std::vector<std::string> more = {
      "--set", "evaluation.metrics=[ndcg, auc, coverage, gini, novelty, diversity]",
      "--set", "evaluation.slices=[history, popularity, item, user, {by: category, top: 2}]",
      "--set", "splits=[{type: warm}, {name: folds, type: item_cold, folds: 3}, {name: new, type: user_cold, fraction: 0.2}]",
      "--set", "seeds.split=[1, 2]", "--set", "evaluation.candidates=[{name: full}]"};
  run(more);
  const auto own = tables_in(out);
  ASSERT_THAT(own.at("summary.csv"), HasSubstr(",diversity,10,"));
  ASSERT_EQ(own.at("summary.csv").find("nan"), std::string::npos);
  const auto result = bundle();
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(made_elsewhere(), own);
}

TEST_F(Bundle, DiversityByTextsNeedsNoTexts) {
  std::string events = "user,item,time\n", items = "item,title\n";
  for (int u = 0; u < 40; ++u) {
    for (int e = 0; e < 6; ++e) events += fmt::format("person{},thing{},{}\n", u, (u * 3 + e * e) % 25, e);
  }
  for (int i = 0; i < 25; ++i) items += fmt::format("thing{},\"lamp {} of glass {}\"\n", i, i % 5, i % 3 == 0 ? "red" : "blue");
  place.write("events.csv", events);
  place.write("items.csv", items);
  file = place.write("small.yaml", R"(experiment: texts
dataset:
  name: things
  path: .
  interactions: {file: events.csv, format: delimited, separator: ",", header: true,
                 columns: {user: user, item: item, timestamp: time}}
  items: {file: items.csv, format: delimited, separator: ",", header: true, columns: {item: item, title: title}}
models: [random, item_knn]
evaluation: {metrics: [ndcg, diversity], topk: [5]}
)");
  run();
  const auto own = tables_in(out);
  ASSERT_THAT(own.at("summary.csv"), HasSubstr(",all,diversity,5,0."));
  const auto result = bundle();
  ASSERT_EQ(result.status, 0) << result.err;
  const std::string text = all_text(made);
  EXPECT_EQ(text.find("glass"), std::string::npos);
  EXPECT_EQ(text.find("person1"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("text.csv.zst"));
  for (const char* gone : {"events.csv", "items.csv"}) fs::remove(place.folder / gone);
  EXPECT_EQ(made_elsewhere(), own);
}

TEST_F(Bundle, NothingTellsWhoseItIs) {
  run();
  ASSERT_EQ(bundle().status, 0);
  const std::string text = all_text(made);
  EXPECT_EQ(text.find(place.folder.string()), std::string::npos);
  EXPECT_EQ(text.find(MOTIVE_SOURCE_DIR), std::string::npos);
  EXPECT_EQ(text.find("Ada"), std::string::npos) << "comments stay with their author";
  EXPECT_THAT(text, HasSubstr("\nu1,"));
  const std::string own = all_text(out / "store" / "ranks");
  const std::size_t row = own.find("user,positive") + std::string("user,positive,above,tied,candidates\n").size();
  const std::string first = own.substr(row, own.find(',', row) - row);
  EXPECT_EQ(text.find("\n" + first + ","), std::string::npos) << "the id of a user";
}

TEST_F(Bundle, TheSameRunGivesTheSameBytes) {
  run();
  fs::create_directories(place.folder / ".bundle.making" / "left by a killed process");
  ASSERT_EQ(bundle().status, 0);
  EXPECT_FALSE(fs::exists(place.folder / ".bundle.making"));
  const std::string sums = *read_file(made / "SHA256SUMS");
  made = place.folder / "bundle-again";
  ASSERT_EQ(bundle().status, 0);
  EXPECT_EQ(*read_file(made / "SHA256SUMS"), sums);
}

TEST_F(Bundle, ABundleOfABundleSaysTheSame) {
  run({"--set", "evaluation.metrics=[ndcg, novelty]"});
  ASSERT_EQ(bundle().status, 0);
  const auto own = tables_in(made);
  out = made;
  made = place.folder / "bundle-again";
  const auto result = bundle();
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(tables_in(made), own);
  EXPECT_EQ(run_motive({"compare", made.string(), "bpr", "random"}).status, 0);
}

TEST_F(Bundle, CellsThatAreNotDoneKeepTheirStateWithoutPaths) {
  run({"--set", "models.bpr.lr=10", "--set", "models.bpr.epochs=200"}, 1);
  std::string cells = *read_file(out / "cells.jsonl");
  const std::string cause = "\"cause\":\"";
  const std::size_t failed = cells.find("\"state\":\"failed\"");
  ASSERT_NE(failed, std::string::npos);
  cells.insert(cells.find(cause, failed) + cause.size(), (place.folder / "lab" / "model.bin").string() + ": ");
  place.write("out/cells.jsonl", cells);
  const auto result = bundle();
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("note"));
  EXPECT_THAT(*read_file(made / "table.txt"), HasSubstr("failed"));
  EXPECT_THAT(*read_file(made / "table.txt"), HasSubstr("PATH/model.bin"));
  EXPECT_EQ(all_text(made).find(place.folder.string()), std::string::npos);
}

TEST_F(Bundle, AnswersGoWithItOnDemand) {
  run({"--set", "models=[popularity, llm_only]", "--set", "evaluation.candidates=[{name: few, negatives: 9}]"});
  const auto own = tables_in(out);
  ASSERT_EQ(bundle().status, 0);
  EXPECT_FALSE(fs::exists(made / "llm")) << "`offline` gives the same answers again";
  fs::remove_all(made);
  const auto result = bundle({"--all-answers"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(*read_file(made / "README.txt"), HasSubstr("histories of users"));
  const auto imported = run_motive(
      {"cache", "import", (made / "llm/answers.jsonl.zst").string(), "--file", (place.folder / "theirs.sqlite").string()});
  EXPECT_EQ(imported.status, 0) << imported.err;
  EXPECT_EQ(tables_in(made), own);
  fs::remove_all(made);
  ASSERT_EQ(bundle({"--no-answers"}).status, 0);
  EXPECT_FALSE(fs::exists(made / "llm"));
}

TEST_F(Bundle, RandomTiesNeedTheIdsOfUsers) {
  run({"--set", "evaluation.ties=random"});
  const auto own = tables_in(out);
  const auto refused = bundle();
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("--keep-user-ids"));
  expect_nothing_left();
  const auto result = bundle({"--keep-user-ids"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(made_elsewhere(), own);
}

TEST_F(Bundle, ANameThatIsLeftIsNotPublished) {
  run();
  const ProgramOptions as_tiny{.environment = {{"USER", "tiny"}}};
  const auto refused = bundle({}, as_tiny);
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("the name of the user (tiny)"));
  EXPECT_THAT(refused.err, HasSubstr("--allow tiny"));
  expect_nothing_left();
  const auto allowed = bundle({"--allow", "tiny"}, as_tiny);
  EXPECT_EQ(allowed.status, 0) << allowed.err;
}

TEST_F(Bundle, DamagedAndMissingRanksAreNamed) {
  run();
  const Path ranks = fs::directory_iterator(out / "store" / "ranks")->path();
  const std::string content = *read_file(ranks / "ranks.csv.zst");
  std::string damaged = content;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  ASSERT_TRUE(write_file_synced(ranks / "ranks.csv.zst", damaged));
  const auto refused = bundle();
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr(ranks.filename().string()));
  EXPECT_THAT(refused.err, HasSubstr("damaged"));
  expect_nothing_left();
  fs::remove_all(ranks);
  EXPECT_THAT(bundle().err, HasSubstr("is not in the store"));
  expect_nothing_left();
}

TEST_F(Bundle, AFullDiskLeavesNothingBehind) {
  run();
  const auto refused = bundle({}, {.largest_file = 1500});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("free some space"));
  expect_nothing_left();
}

TEST_F(Bundle, WrongUsageIsRefused) {
  const auto none = bundle();
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("no run folder"));
  run();
  place.write("bundle", "mine");
  const auto exists = bundle();
  EXPECT_EQ(exists.status, 2);
  EXPECT_THAT(exists.err, HasSubstr("exists already"));
  EXPECT_EQ(*read_file(made), "mine");
}

}  // namespace
}  // namespace motive
