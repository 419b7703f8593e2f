#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/evaluate/csv_zst.h"
#include "framework/evaluate/ranking.h"
#include "framework/evaluate/test_world.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::make_folder;

/// A table of raw ids that owns them.
struct Ids {
  std::vector<std::uint64_t> offsets = {0};
  std::string bytes;
  explicit Ids(const std::vector<std::string>& ids) {
    for (const auto& id : ids) {
      bytes += id;
      offsets.push_back(bytes.size());
    }
  }
  TableView table() const { return {StringsView(offsets, bytes), {}}; }
};

struct Sample {
  Ids users{{"plain", "with,comma", "with \"quotes\"", "two\nlines", " spaced ", ""}};
  Ids items{{"i0", "i,1", "Amélie", "i3"}};
  QuerySet queries;
  Ranking ranking;
  Sample() {
    for (std::size_t q = 0; q < 6; ++q) queries.users.push_back(user_id(q));
    ranking.top = TopLists(6, 2);
    ranking.variants.push_back({"", {}});
    ranking.variants.push_back({"strict", {}});
    for (std::uint32_t q = 0; q < 6; ++q) {
      ranking.variants[0].rows.push_back({q, item_id(q % 4), q, 2 * q, 100});
      ranking.variants[1].rows.push_back({q, item_id(q % 4), 100, 0, 100});
      const TopItem list[] = {{item_id(1), 0.1f + static_cast<float>(q)}, {item_id(2), -1e-30f}};
      if (q != 3) ranking.top.set(q, list);
    }
    ranking.counts = {{"unanswered", 2}};
  }
  Status write(const Path& folder, int threads = 1) const {
    return write_ranking(ranking, queries, users.table(), items.table(), folder, threads);
  }
};

TEST(RankingFiles, ReadBackWhatWasWritten) {
  const Sample sample;
  const Path folder = make_folder("ranking_files");
  ASSERT_TRUE(sample.write(folder).has_value());
  EXPECT_THAT(*variants_of(folder), ElementsAre("", "strict"));
  for (const auto& variant : sample.ranking.variants) {
    const auto rows = read_ranks(folder, variant.name);
    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    ASSERT_EQ(rows->size(), 6u);
    for (std::size_t q = 0; q < 6; ++q) {
      EXPECT_EQ((*rows)[q].user, sample.users.table().id(q));
      EXPECT_EQ((*rows)[q].positive, sample.items.table().id(q % 4));
      EXPECT_EQ((*rows)[q].above, variant.rows[q].above);
      EXPECT_EQ((*rows)[q].tied, variant.rows[q].tied);
      EXPECT_EQ((*rows)[q].candidates, 100u);
    }
  }
  const std::string top = *read_zst(folder / "top_k.csv.zst");
  EXPECT_THAT(top, HasSubstr("user,rank,item,score\nplain,1,\"i,1\",0.1\nplain,2,Amélie,-1e-30\n"));
  EXPECT_THAT(*read_file(folder / "diagnostics.json"), HasSubstr("\"unanswered\": 2"));
}

TEST(RankingFiles, BytesDoNotDependOnThreads) {
  const std::size_t n = 200000;  // several chunks
  std::vector<std::string> names;
  QuerySet queries;
  Ranking ranking;
  ranking.variants.push_back({"", {}});
  ranking.top = TopLists(n, 1);
  for (std::uint32_t q = 0; q < n; ++q) {
    names.push_back(fmt::format("user-{}", q));
    queries.users.push_back(user_id(q));
    ranking.variants[0].rows.push_back({q, item_id(q % 3), q % 1000, 0, 1000});
    const TopItem list[] = {{item_id(q % 3), 1.0f / static_cast<float>(q + 1)}};
    ranking.top.set(q, list);
  }
  const Ids users(names), items({"a", "b", "c"});
  std::vector<std::string> ranks, tops;
  for (const int threads : {1, 2, 7}) {
    const Path folder = make_folder(fmt::format("ranking_threads_{}", threads));
    ASSERT_TRUE(
        write_ranking(ranking, queries, users.table(), items.table(), folder, threads).has_value());
    ranks.push_back(*read_file(folder / "ranks.csv.zst"));
    tops.push_back(*read_file(folder / "top_k.csv.zst"));
    const auto rows = read_ranks(folder, "");
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), n);
    EXPECT_EQ(rows->back().user, "user-199999");
  }
  EXPECT_TRUE(ranks[0] == ranks[1] && ranks[0] == ranks[2]);
  EXPECT_TRUE(tops[0] == tops[1] && tops[0] == tops[2]);
}

TEST(RankingFiles, DamagedFilesAreRefused) {
  const Sample sample;
  const Path folder = make_folder("ranking_damaged");
  ASSERT_TRUE(sample.write(folder).has_value());
  const Path file = folder / "ranks.csv.zst";
  const std::string good = *read_file(file);
  const auto refuses = [&](const std::string& content) {
    EXPECT_TRUE(write_file_synced(file, content).has_value());
    return !read_ranks(folder, "").has_value();
  };
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_TRUE(refuses(good.substr(0, n))) << n;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string altered = good;
    altered[at] ^= 0x10;
    ASSERT_TRUE(write_file_synced(file, altered).has_value());
    const auto rows = read_ranks(folder, "");  // refused, or a bit that says nothing
    EXPECT_TRUE(!rows.has_value() || (*rows)[5].tied == 10) << at;
  }
  const auto write_lines = [&](const std::string& header, const std::string& lines) {
    EXPECT_TRUE(write_csv_zst(file, header, 1, 1, [&](std::size_t, std::string& out) {
                  out = lines;
                }).has_value());
  };
  const std::string header = "user,positive,above,tied,candidates";
  const std::string five = "u,i,0,0,9\nu,i,0,0,9\nu,i,0,0,9\nu,i,0,0,9\nu,i,0,0,9\n";
  write_lines(header, five + "u,i,3,4,9\n");
  EXPECT_TRUE(read_ranks(folder, "").has_value());
  for (const char* line :
       {"u,i,3,4\n", "u,i,3,4,9,9\n", "u,i,-1,4,9\n", "u,i,3,6,9\n", "u,i,x,0,9\n",
        "u,i,99999999999,0,9\n", "u,i,3,4294967295,9\n", "u,i,3 ,4,9\n"}) {
    write_lines(header, five + line);
    EXPECT_FALSE(read_ranks(folder, "").has_value()) << line;
  }
  write_lines("user,positive,above,tied", five);
  EXPECT_THAT(read_ranks(folder, "").error().message, HasSubstr("header"));
  EXPECT_FALSE(read_ranks(folder, "nothing").has_value());
  EXPECT_FALSE(variants_of(folder / "nowhere").has_value());
}

}  // namespace
}  // namespace motive
