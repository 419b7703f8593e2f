#include "framework/experiment/bench_line.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "framework/recommend/registry.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using Lists = std::vector<std::vector<std::uint32_t>>;

/// Users who keep to their half of the items; some have too few for a test item. Item 0 is met last by user 0
/// alone, so that nothing is learnt of it.
Lists small_sequences(std::uint32_t users, std::uint32_t items) {
  Lists lists(users);
  Rng rng(3, "bench line");
  for (std::uint32_t u = 0; u < users; ++u) {
    std::vector<std::uint32_t> own;
    for (std::uint32_t i = 1; i < items; ++i) {
      if (i % 2 == u % 2) own.push_back(i);
    }
    rng.shuffle(std::span(own));
    own.resize(u % 7 == 3 ? 2 : 4 + u % 5);
    lists[u] = own;
  }
  lists[0].back() = 0;
  return lists;
}

struct BenchLine : ::testing::Test {
  static constexpr std::uint32_t kUsers = 60, kItems = 31;
  testing::TemporaryFolder folder;
  Lists lists = small_sequences(kUsers, kItems);
  Path file = folder.path() / "small.txt";

  BenchLine() {
    std::string text;
    for (std::size_t u = 0; u < lists.size(); ++u) {
      text += std::to_string(u);
      for (const std::uint32_t item : lists[u]) text += fmt::format(" {}", 100 + item);
      text += "\n";
    }
    EXPECT_TRUE(write_file_atomic(file, text).has_value());
  }
  BenchOptions options(const std::string& model) const { return {.model = model, .sequences = file, .epochs = {}, .dim = {}}; }
  std::string error_of(const BenchOptions& wrong) const {
    const auto line = bench_line(wrong);
    return line ? "" : line.error().message;
  }
};

/// Mean HR and NDCG at 10 by looking at every order of the tied items.
std::pair<double, double> by_hand(const Lists& lists, const std::map<std::uint32_t, std::vector<float>>& scores,
                                  const std::vector<int>& trained) {
  double hr = 0, ndcg = 0;
  int users = 0;
  for (std::uint32_t u = 0; u < lists.size(); ++u) {
    if (lists[u].size() < 3) continue;
    ++users;
    const auto score = [&](std::uint32_t i) {
      return trained[i] ? scores.at(u)[i] : -std::numeric_limits<float>::infinity();
    };
    const std::uint32_t target = lists[u].back();
    int above = 0, tied = 0;
    for (std::uint32_t i = 0; i < trained.size(); ++i) {
      if (i == target || std::find(lists[u].begin(), lists[u].end() - 1, i) != lists[u].end() - 1) continue;
      above += score(i) > score(target);
      tied += score(i) == score(target);
    }
    for (int rank = above; rank <= above + tied; ++rank) {
      hr += (rank < 10 ? 1.0 : 0.0) / (tied + 1);
      ndcg += (rank < 10 ? 1 / std::log2(rank + 2) : 0.0) / (tied + 1);
    }
  }
  return {hr / users, ndcg / users};
}

class BenchQuality : public BenchLine, public ::testing::WithParamInterface<const char*> {};

TEST_P(BenchQuality, IsThatOfPlainCounting) {
  const auto line = bench_line(options(GetParam()));
  ASSERT_TRUE(line.has_value()) << line.error().message;

  Lists train = lists;
  std::vector<int> trained(kItems, 0);
  for (auto& list : train) {
    if (list.size() >= 3) list.resize(list.size() - 2);
    for (const std::uint32_t i : list) ++trained[i];
  }
  ASSERT_EQ(trained[0], 0);
  const testing::Data data(train, kItems);
  const Method* method = Registry::instance().find(GetParam());
  config::Errors errors;
  const auto fitted = method->make(method->parameters->parse(config::Node{}, errors));
  testing::Contexts contexts;
  ASSERT_TRUE(fitted->fit(data.view(), contexts.fit).has_value());
  testing::Queries queries(CandidateKind::kAll, kItems);
  for (std::uint32_t u = 0; u < kUsers; ++u) queries.add(u, true, train[u]);
  const auto scores = testing::scores_of(*fitted, queries);
  ASSERT_TRUE(scores.has_value()) << scores.error().message;
  const auto [hr, ndcg] = by_hand(lists, *scores, trained);
  EXPECT_NEAR(line->at("full_hr@10").get<double>(), hr, 1e-12);
  EXPECT_NEAR(line->at("full_ndcg@10").get<double>(), ndcg, 1e-12);
  EXPECT_GT(hr, 0.2);
}

INSTANTIATE_TEST_SUITE_P(Methods, BenchQuality, ::testing::Values("popularity", "item_knn", "bpr"));

TEST_F(BenchLine, HasTheFieldsThatOthersRead) {
  BenchOptions bpr = options("bpr");
  bpr.epochs = 3;
  bpr.overrides = {"lr=0.1"};
  const auto line = bench_line(bpr);
  ASSERT_TRUE(line.has_value()) << line.error().message;
  for (const char* field :
       {"peer", "package", "version", "data", "users", "items", "train_interactions", "dim", "threads", "seed", "params",
        "prepare_seconds", "epochs", "fit_seconds", "cores_used", "seconds_per_epoch", "seconds_per_epoch_min",
        "interactions_per_s", "peak_rss_mb", "eval_seconds", "full_hr@5", "full_ndcg@10"}) {
    EXPECT_TRUE(line->contains(field)) << field;
  }
  std::size_t events = 0;
  for (const auto& list : lists) events += list.size() < 3 ? list.size() : list.size() - 2;
  EXPECT_EQ(line->at("data"), "small.txt");
  EXPECT_EQ(line->at("users"), kUsers);
  EXPECT_EQ(line->at("items"), kItems);
  EXPECT_EQ(line->at("train_interactions"), events);
  EXPECT_EQ(line->at("dim"), 64);
  EXPECT_EQ(line->at("params").at("lr"), 0.1);
  EXPECT_EQ(line->at("params").at("epochs"), 3);
  EXPECT_DOUBLE_EQ(line->at("interactions_per_s").get<double>(),
                   static_cast<double>(events) / line->at("seconds_per_epoch").get<double>());
  EXPECT_FALSE(line->contains("uni29_hr@10")) << "31 items are too few for 29 that a user never touched";
}

TEST_F(BenchLine, SetWinsAndTheSeedDecides) {
  BenchOptions bpr = options("bpr");
  bpr.overrides = {"dim=5", "epochs=2"};
  bpr.epochs = 9;
  const auto line = bench_line(bpr), again = bench_line(bpr);
  ASSERT_TRUE(line && again);
  EXPECT_EQ(line->at("dim"), 5);
  EXPECT_EQ(line->at("params").at("epochs"), 2);
  EXPECT_EQ(line->at("full_auc"), again->at("full_auc"));
  bpr.seed = 2;
  EXPECT_NE(bench_line(bpr)->at("full_auc"), line->at("full_auc"));
}

TEST_F(BenchLine, EpochsAreThoseTheMethodAnnounces) {
  BenchOptions bpr = options("bpr");
  bpr.epochs = 4;
  const auto line = bench_line(bpr);
  ASSERT_TRUE(line.has_value());
  const int epochs = line->at("epochs");
  EXPECT_TRUE(epochs == 4 || epochs == 1) << epochs;
  EXPECT_LE(line->at("seconds_per_epoch_min").get<double>(), line->at("seconds_per_epoch").get<double>());
  EXPECT_LE(line->at("seconds_per_epoch").get<double>(), line->at("fit_seconds").get<double>());
}

TEST_F(BenchLine, RandomScoresGiveWhatChanceGives) {
  const auto line = bench_line(options("random"));
  ASSERT_TRUE(line.has_value());
  EXPECT_NEAR(line->at("full_hr@10").get<double>(), 10.0 / 26, 0.25);
}

TEST_F(BenchLine, SaysWhatIsWrong) {
  EXPECT_NE(error_of(options("bprr")).find("did you mean `bpr`"), std::string::npos);
  BenchOptions bpr = options("bpr");
  bpr.overrides = {"lrr=1"};
  EXPECT_NE(error_of(bpr).find("did you mean `lr`"), std::string::npos);
  bpr.overrides = {"lr=fast"};
  EXPECT_NE(error_of(bpr).find("--set lr"), std::string::npos);
  bpr.overrides = {"lr"};
  EXPECT_NE(error_of(bpr).find("KEY"), std::string::npos);
  bpr.overrides = {"preset=nobody"};
  EXPECT_NE(error_of(bpr).find("preset"), std::string::npos);
  bpr.overrides.clear();
  bpr.sequences = folder.path() / "absent";
  EXPECT_NE(error_of(bpr).find("absent"), std::string::npos);
  bpr.sequences.clear();
  EXPECT_NE(error_of(bpr).find("--sequences"), std::string::npos);
  EXPECT_NE(error_of(options("content_knn")).find("title"), std::string::npos) << "no text to learn from";
}

}  // namespace
}  // namespace motive
