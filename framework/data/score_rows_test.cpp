#include "framework/data/score_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "framework/data/test_compress.h"

namespace motive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ScoreRowsTest : public testing::Test {
 protected:
  Result<std::vector<std::string>> read(const std::string& text, ScoreFormat format = ScoreFormat::kAuto) {
    EXPECT_TRUE(write_file_synced(file_, text));
    std::vector<std::string> rows;
    MOTIVE_TRY(read_score_rows(file_, format, [&](const ScoreRow& row) -> Status {
      rows.push_back(fmt::format("{}:{}/{}={}", row.line, row.user, row.item, row.score));
      return {};
    }));
    return rows;
  }
  std::string error(const std::string& text, ScoreFormat format = ScoreFormat::kAuto) {
    const auto rows = read(text, format);
    return rows ? "" : rows.error().message;
  }
  void TearDown() override { std::filesystem::remove(file_); }

  const Path file_ = Path(testing::TempDir()) / fmt::format("scores-{}.csv", ::getpid());
};

TEST_F(ScoreRowsTest, CsvWithAndWithoutAHeader) {
  EXPECT_THAT(*read("a,x,1.5\nb,\"y,z\",-2e3\n"), ElementsAre("1:a/x=1.5", "2:b/y,z=-2000"));
  EXPECT_THAT(*read("user,item,score\r\na,x,+1\r\n"), ElementsAre("2:a/x=1"));
  EXPECT_THAT(*read("rank;Score;item_id;user_id\n1;.5;x;a\n\n2;.25;y;a"), ElementsAre("2:a/x=0.5", "4:a/y=0.25"));
  EXPECT_THAT(*read("a\tx\t1\n"), ElementsAre("1:a/x=1"));
  EXPECT_THAT(*read("user,item,score\n"), ElementsAre());
}

TEST_F(ScoreRowsTest, CompressedFilesAreReadAsTheyAre) {
  EXPECT_THAT(*read(test::gzip("a,x,1\n")), ElementsAre("1:a/x=1"));
  EXPECT_THAT(*read(test::zstd("a,x,1\n")), ElementsAre("1:a/x=1"));
}

TEST_F(ScoreRowsTest, TrecRuns) {
  EXPECT_THAT(*read("301 Q0 FT-1 1 12.75 mine\n302\tQ0\tFT-2\t1\t3\tmine\n"), ElementsAre("1:301/FT-1=12.75", "2:302/FT-2=3"));
  EXPECT_THAT(*read("a\tQ0\tx\t1\t3\tmine\n"), ElementsAre("1:a/x=3"));
  EXPECT_THAT(*read("a,1 Q0 x,2 1 3 a,b\n", ScoreFormat::kTrec), ElementsAre("1:a,1/x,2=3"));
}

TEST_F(ScoreRowsTest, ErrorsSayFileAndLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "the file is empty"},
      {"hello world\n", ".csv:1: `hello world` is neither a row"},
      {"a,x,good\n", ".csv:1: the first line is neither a row user,item,score"},
      {"a,x,1\nb,y\n", ".csv:2: 2 fields where 3 are wanted"},
      {"a,x,1\nb,y,2,3\n", ".csv:2: 4 fields"},
      {"a,x,1\nb,y,two\n", ".csv:2: the score `two` is not a finite number"},
      {"a,x,nan\n", ".csv:1: the score `nan`"},
      {"user,item,score\na,x,inf\n", ".csv:2: the score `inf`"},
      {"a,x,1\n,y,1\n", ".csv:2: the user is empty"},
      {"a,x,1\nb,,1\n", ".csv:2: the item is empty"},
      {"q Q0 d 1 2 t\nq Q0 d 1 t\n", ".csv:2: 5 fields where a line of a TREC run has 6"},
      {"q Q0 d 1 nan t\n", ".csv:1: the score `nan`"}};
  for (const auto& [text, message] : cases) EXPECT_THAT(error(text), HasSubstr(message)) << text;
  const auto stopped = read_score_rows(file_, ScoreFormat::kAuto, [](const ScoreRow&) -> Status { return fail("enough"); });
  ASSERT_FALSE(stopped);
}

}  // namespace
}  // namespace motive
