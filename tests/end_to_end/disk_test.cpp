// What cannot be written, and data that leave nothing to do: a clear error, nothing half-written, and the
// same command goes on once the cause is gone.

#include <gmock/gmock.h>
#include <unistd.h>

#include <regex>

#include "tests/end_to_end/program.h"

namespace motive {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

struct Disk : testing::Test {
  Workplace place;
  Path out = place.folder / "out";

  ProgramResult run(const std::string& yaml, const ProgramOptions& options = {}) const {
    const Path file = place.write("e.yaml", yaml);
    return run_motive({"run", file.string(), "--out", out.string()}, options);
  }
  /// Names of nodes of a kind that the store takes for complete.
  std::vector<std::string> nodes(const std::string& kind) const {
    std::vector<std::string> names;
    std::error_code code;
    for (fs::directory_iterator at(out / "store" / kind, code), end; !code && at != end; at.increment(code)) {
      if (fs::exists(at->path() / "node.json")) names.push_back(at->path().filename().string());
    }
    return names;
  }
  /// A data set of one's own, and an experiment on it.
  std::string shop(const std::string& rows, const std::string& more) const {
    place.write("a.csv", "user,item,rating\n" + rows);
    return "experiment: e\ndataset: {name: shop, path: ., interactions: {file: a.csv, columns: {user: user, item: item, rating: "
           "rating}}}\nmodels: [popularity]\n" + more;
  }
};

TEST_F(Disk, AFullDiskFailsWithARemedyAndTheSameCommandGoesOn) {
  ProgramOptions full;
  full.largest_file = 3000;  // no column of the world fits
  const auto failed = run(small_experiment(), full);
  EXPECT_NE(failed.status, 0);
  EXPECT_THAT(failed.err + failed.out, HasSubstr("free some space and run the same command again"));
  EXPECT_TRUE(nodes("prepared").empty());
  const auto done = run(small_experiment());
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(nodes("prepared").size(), 1u);
}

TEST_F(Disk, InspectOnAFullDisk) {
  ProgramOptions full;
  full.largest_file = 3000;
  full.environment["TMPDIR"] = place.folder.string();
  const auto failed = run_motive({"data", "inspect", "synthetic-small"}, full);
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.err, HasSubstr("free some space"));
  EXPECT_TRUE(fs::is_empty(place.folder)) << "the scratch folder is gone";
}

TEST_F(Disk, AFolderThatCannotBeMade) {
  out = place.write("file", "not a folder") / "out";
  const auto failed = run(small_experiment());
  EXPECT_NE(failed.status, 0);
  EXPECT_THAT(failed.err, HasSubstr("cannot make the folder"));
  EXPECT_EQ(*read_file(place.folder / "file"), "not a folder");
}

TEST_F(Disk, AFolderWithoutPermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::create_directory(out);
  fs::permissions(out, fs::perms::owner_read | fs::perms::owner_exec);
  const auto failed = run(small_experiment());
  fs::permissions(out, fs::perms::owner_all);
  EXPECT_NE(failed.status, 0);
  EXPECT_THAT(failed.err, HasSubstr("check"));
  EXPECT_TRUE(fs::is_empty(out));
}

TEST_F(Disk, EmptyAfterFiltersNamesTheStep) {
  const auto failed = run(shop("u,1,3\nu,2,3\nv,1,2\n", "filters: {min_rating: 4}\n"));
  EXPECT_NE(failed.status, 0);
  EXPECT_THAT(failed.err + failed.out, HasSubstr("the filter `min_rating 4` leaves no interactions"));
  EXPECT_TRUE(nodes("prepared").empty());
}

TEST_F(Disk, AnImpossibleFilterIsRefusedBeforeAnythingIsRead) {
  const auto failed = run(shop("u,1,3\n", "filters: {time_range: {from: 2020-01-01}}\n"));
  EXPECT_EQ(failed.status, 2);
  EXPECT_THAT(failed.err, HasSubstr("`shop` has no timestamps"));
  EXPECT_TRUE(nodes("prepared").empty());
}

TEST_F(Disk, NoTestUsers) {
  const auto failed = run(shop("u,1,3\nu,2,3\nv,1,2\n", ""));
  EXPECT_NE(failed.status, 0);
  EXPECT_THAT(failed.err + failed.out, HasSubstr("no user has a target"));
  EXPECT_TRUE(nodes("splits").empty());
}

TEST_F(Disk, TheFunnelStandsBelowTheTable) {
  std::string rows;
  for (int u = 0; u < 30; ++u) {
    for (int i = 0; i < 5; ++i) rows += fmt::format("u{},{},{}\n", u, (u + i) % 9, 1 + i);
  }
  const auto done = run(shop(rows, "filters: {min_rating: 2, users: {sample: 20}}\n"));
  ASSERT_EQ(done.status, 0) << done.err;
  const std::string text = std::regex_replace(done.out, std::regex("\\s+"), " ");  // notes are broken into lines
  EXPECT_THAT(text, HasSubstr("20 users"));
  EXPECT_THAT(text, HasSubstr("of 150 events of the source; min_rating 2 -30; users sample 20, seed 1 -40"));
}

}  // namespace
}  // namespace motive
