// `motive bench line` as a script calls it: one JSON line on standard output, an exit status.

#include "framework/base/json.h"
#include "tests/end_to_end/program.h"

namespace motive {
namespace {

struct Bench : testing::Test {
  Workplace place;
  Path file = place.write("small.txt", "1 1 2 3 4\n2 2 3 1\n3 4 1 2 5 3\n4 5 6\n");
  ProgramResult line(std::vector<std::string> words) const {
    words.insert(words.begin(), {"bench", "line"});
    return run_motive(words);
  }
};

TEST_F(Bench, PrintsOneJsonLine) {
  const auto result = line({"--model", "bpr", "--sequences", file.string(), "--epochs", "2", "--dim", "8", "--set", "lr=0.1"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
  const Json json = Json::parse(result.out, nullptr, false);
  ASSERT_TRUE(json.is_object()) << result.out;
  EXPECT_EQ(json.at("users"), 4);
  EXPECT_EQ(json.at("items"), 6);
  EXPECT_EQ(json.at("dim"), 8);
}

TEST_F(Bench, TimesTheEvaluationWithAndWithoutAFile) {
  const auto result = line({"--model", "evaluation", "--sequences", file.string()});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out).at("test_users"), 3);
  const auto made_up = line({"--model", "evaluation", "--users", "50", "--items", "20", "--dim", "4"});
  ASSERT_EQ(made_up.status, 0) << made_up.err;
  EXPECT_EQ(Json::parse(made_up.out).at("test_users"), 50);
}

TEST_F(Bench, WrongUsageIsStatusTwo) {
  EXPECT_EQ(line({"--model", "bprr", "--sequences", file.string()}).status, 2);
  EXPECT_EQ(line({"--sequences", file.string()}).status, 2);
  EXPECT_EQ(line({"--model", "bpr"}).status, 2);
  EXPECT_EQ(line({"--model", "evaluation"}).status, 2);
  EXPECT_EQ(line({"--model", "bpr", "--sequences", file.string(), "--dim", "0"}).status, 2);
  EXPECT_EQ(line({"--model", "bpr", "--sequences", place.write("bad.txt", "1 2 x\n").string()}).status, 2);
  EXPECT_EQ(run_motive({"bench"}).status, 2);
  const auto absent = line({"--model", "bpr", "--sequences", (place.folder / "absent").string()});
  EXPECT_NE(absent.status, 0);
  EXPECT_NE(absent.err.find("absent"), std::string::npos);
  EXPECT_EQ(absent.out, "");
}

}  // namespace
}  // namespace motive
