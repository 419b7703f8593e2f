#include "framework/evaluate/sequence_file.h"

#include "framework/evaluate/test_world.h"
#include "framework/evaluate/timing.h"

namespace motive {
namespace {

struct Sequences : ::testing::Test {
  Path file = testing::make_folder("sequences") / "sequences.txt";
  Path write(const std::string& text) const {
    EXPECT_TRUE(write_file_synced(file, text).has_value());
    return file;
  }
};

std::vector<std::size_t> numbers(std::span<const ItemId> items) {
  std::vector<std::size_t> out;
  for (const ItemId item : items) out.push_back(index(item));
  return out;
}

using Numbers = std::vector<std::size_t>;

TEST_F(Sequences, AreSplitByTheLastItem) {
  const auto read = read_sequences(write("1 40 10 20 30\nx 20 10\r\n\n3 30 10 50"));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->item_ids, (std::vector<std::uint64_t>{10, 20, 30, 40, 50}));
  EXPECT_EQ(read->user_ids, (std::vector<std::string>{"1", "x", "3"}));
  const EventsCopy train = read->train();
  EXPECT_EQ(train.offsets, (std::vector<std::uint64_t>{0, 2, 4, 5}));
  EXPECT_EQ(numbers(train.items), (Numbers{3, 0, 1, 0, 2}));
  const QuerySet test = read->test(TestHistory::kTrain);
  EXPECT_EQ(test.users, (std::vector<UserId>{user_id(0), user_id(2)}));
  EXPECT_EQ(numbers(test.targets), (Numbers{2, 4}));
  EXPECT_EQ(numbers(test.history_of(0)), (Numbers{3, 0}));
  EXPECT_EQ(numbers(test.mask_of(0)), (Numbers{0, 1, 3}));
  const QuerySet shown = read->test(TestHistory::kTrainValid);
  EXPECT_EQ(numbers(shown.history_of(0)), (Numbers{3, 0, 1}));
  EXPECT_EQ(numbers(shown.history_of(1)), (Numbers{2, 0}));
}

TEST_F(Sequences, BadFilesAreNamed) {
  const auto message = [&](const std::string& text) {
    const auto read = read_sequences(write(text));
    return read ? "" : read.error().message;
  };
  EXPECT_NE(message("1 10 20 30\n2 x\n").find("sequences.txt:2"), std::string::npos);
  EXPECT_NE(message("1 10 20 30\n2 -5\n").find("sequences.txt:2"), std::string::npos);
  EXPECT_NE(message("1 10 20 30\n2 99999999999999999999\n").find("sequences.txt:2"), std::string::npos);
  EXPECT_NE(message("1 10 20\n").find("no user has 3 items"), std::string::npos);
  EXPECT_NE(message("").find("no user has 3 items"), std::string::npos);
  EXPECT_FALSE(read_sequences(file.parent_path() / "absent").has_value());
}

TEST_F(Sequences, TimingRanksThemAll) {
  const auto line = time_evaluation({.sequences = write("1 10 20 30 40\n2 20 10\n3 30 10 50"), .dim = 8});
  ASSERT_TRUE(line.has_value()) << line.error().message;
  EXPECT_EQ(line->at("users"), 3);
  EXPECT_EQ(line->at("items"), 5);
  EXPECT_EQ(line->at("test_users"), 2);
  EXPECT_EQ(line->at("train_interactions"), 5);
  EXPECT_EQ(line->at("full_hr@10"), 1.0);
  EXPECT_GT(line->at("eval_seconds"), 0);
}

TEST(Timing, MakesUpUsersWhereThereIsNoFile) {
  EvaluationTiming options{.sequences = {}, .users = 300, .items = 50, .history = 4, .dim = 8};
  const auto line = time_evaluation(options);
  ASSERT_TRUE(line.has_value()) << line.error().message;
  EXPECT_EQ(line->at("test_users"), 300);
  EXPECT_NEAR(line->at("full_auc").get<double>(), 0.5, 0.1);
  options.threads = 1;
  EXPECT_EQ(time_evaluation(options)->at("full_ndcg@10"), line->at("full_ndcg@10"));
  options.items = 0;
  EXPECT_FALSE(time_evaluation(options).has_value());
}

}  // namespace
}  // namespace motive
