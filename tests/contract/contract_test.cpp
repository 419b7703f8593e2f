// What every registered method must do. A method that needs small parameters for it keeps a
// contract.yaml in its folder. A method that is added is tested here without a further line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>

#include "tests/contract/method_case.h"

namespace motive::contract {
namespace {

class Contract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto found = method_case(GetParam());
    ASSERT_TRUE(found) << found.error().message;
    case_ = std::move(*found);
  }

  std::unique_ptr<Recommender> fit(const testing::Data& data, std::uint64_t seed = 1) const {
    auto method = case_.make();
    testing::Contexts contexts;
    contexts.fit.init_seed = seed;
    const Status status = method->fit(data.view(), contexts.fit);
    EXPECT_TRUE(status) << status.error().message;
    return method;
  }

  Scores scores(const Recommender& method, testing::Queries& queries, int threads = 1) const {
    auto found = rank(method, queries, threads);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : Scores();
  }

  MethodCase case_;
};

void ask_all(const Checkerboard& board, bool in_training, testing::Queries& queries) {
  for (std::size_t u = 0; u < board.sequences().size(); ++u) {
    queries.add(u, in_training, board.sequences()[u]);
  }
}

void expect_close(const Scores& a, const Scores& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [row, values] : a) {
    const auto& others = b.at(row);
    ASSERT_EQ(values.size(), others.size());
    for (std::size_t c = 0; c < values.size(); ++c) {
      const float scale = std::max({std::abs(values[c]), std::abs(others[c]), 1e-6f});
      ASSERT_LE(std::abs(values[c] - others[c]), 1e-5f * scale) << "row " << row << ", " << c;
    }
  }
}

TEST_P(Contract, SaysWhatItIs) {
  EXPECT_FALSE(case_.info.code_version.empty());
  EXPECT_FALSE(case_.info.label.empty());
  EXPECT_FALSE(case_.method->summary.empty());
  ASSERT_NE(case_.method->parameters, nullptr);
  EXPECT_EQ(case_.method->parameters->name(), GetParam());
  const OrderedJson schema = case_.method->parameters->schema();
  const OrderedJson fields = schema.value("properties", OrderedJson::object());
  for (const auto& [name, field] : fields.items()) {
    EXPECT_FALSE(field.value("description", "").empty())
        << "parameter '" << name << "' has no help";
  }
}

TEST_P(Contract, ParametersSurviveTheirEcho) {
  const OrderedJson echo = case_.method->parameters->echo(case_.params);
  config::Errors errors;
  const auto node = config::from_json(Json::parse(echo.dump()), "echo");
  const std::any again = case_.method->parameters->parse(node, errors);
  ASSERT_TRUE(errors.empty()) << errors.error().message;
  EXPECT_EQ(case_.method->parameters->echo(again), echo);
}

TEST_P(Contract, EstimatesAreNumbers) {
  const Shape shapes[] = {{}, {1, 1, 1, 1, 1}, {1000000, 100000, 25000000, 1000000, 100000}};
  for (const Shape& shape : shapes) {
    for (const auto& estimate : {case_.info.fit_estimate, case_.info.rank_estimate}) {
      ASSERT_TRUE(estimate);
      const Estimate e = estimate(shape);
      EXPECT_TRUE(std::isfinite(e.seconds) && e.seconds >= 0) << e.seconds;
      EXPECT_LT(e.memory_bytes, std::uint64_t{1} << 50);
    }
  }
}

TEST_P(Contract, SameSeedSameScores) {
  const Checkerboard board(30, 24);
  testing::Queries queries(CandidateKind::kAll, 24);
  ask_all(board, true, queries);
  const Scores first = scores(*fit(board.data(), 5), queries);
  EXPECT_EQ(first.size(), 30u);
  EXPECT_EQ(first, scores(*fit(board.data(), 5), queries));
  const bool differs = first != scores(*fit(board.data(), 6), queries);
  EXPECT_EQ(differs, case_.info.stochastic) << "MethodInfo::stochastic says something else";
}

TEST_P(Contract, FittingAgainStartsAfresh) {
  const Checkerboard board(20, 16), other(12, 20);
  const auto method = fit(other.data());
  testing::Contexts contexts;
  ASSERT_TRUE(method->fit(board.data().view(), contexts.fit));
  testing::Queries queries(CandidateKind::kAll, 16);
  ask_all(board, true, queries);
  EXPECT_EQ(scores(*method, queries), scores(*fit(board.data()), queries));
}

TEST_P(Contract, ScoresDoNotDependOnBlocksOrderOrThreads) {
  const Checkerboard board(40, 24);
  const auto method = fit(board.data());
  testing::Queries queries(CandidateKind::kAll, 24);
  ask_all(board, true, queries);
  const Scores together = scores(*method, queries);
  expect_close(together, scores(*method, queries, 3));
  queries.set_block(1);
  expect_close(together, scores(*method, queries));
  queries.set_block(7);
  queries.reverse();
  expect_close(together, scores(*method, queries, 2));
}

TEST_P(Contract, CandidatesGetWhatAllItemsGet) {
  const Checkerboard board(20, 24);
  const auto method = fit(board.data());
  testing::Queries all(CandidateKind::kAll, 24), ragged(CandidateKind::kRagged, 24),
      shared(CandidateKind::kShared, 24, {item_id(3), item_id(2), item_id(23)});
  ask_all(board, true, all);
  for (std::uint32_t u = 0; u < 20; ++u) {
    ragged.add(u, true, board.sequences()[u], {u, 23, (u + 7) % 20});
    shared.add(u, true, board.sequences()[u]);
  }
  const Scores every = scores(*method, all), some = scores(*method, ragged),
               common = scores(*method, shared);
  Scores from_every, from_every_shared;
  for (const auto& [u, row] : every) {
    from_every[u] = {row[u], row[23], row[(u + 7) % 20]};
    from_every_shared[u] = {row[3], row[2], row[23]};
  }
  expect_close(from_every, some);
  expect_close(from_every_shared, common);
}

TEST_P(Contract, LearnsACheckerboard) {
  if (!case_.info.personalised) return;  // it says that it cannot
  const Checkerboard board(60, 40);
  const auto method = fit(board.data());
  for (const bool in_training : {true, false}) {
    if (!in_training && !case_.info.unseen_users) continue;
    testing::Queries queries(CandidateKind::kAll, 40);
    ask_all(board, in_training, queries);
    const Scores found = scores(*method, queries);
    double mean = 0;
    for (const auto& [user, row] : found) mean += board.auc(row, user) / 60;
    EXPECT_GT(mean, 0.95) << (in_training ? "users in training" : "unseen users");
  }
}

TEST_P(Contract, RefusesUnseenUsersIfItSaysSo) {
  const Checkerboard board(20, 16);
  const auto method = fit(board.data());
  testing::Queries queries(CandidateKind::kAll, 16);
  queries.add(3, false, {1, 3, 5});
  const auto found = rank(*method, queries);
  if (case_.info.unseen_users) {
    EXPECT_TRUE(found) << found.error().message;
  } else {
    ASSERT_FALSE(found) << "scores for a user it says it cannot rank for";
    EXPECT_EQ(found.error().kind, ErrorKind::kNotApplicable) << found.error().message;
  }
}

TEST_P(Contract, ItemsWithoutEventsGetScoresOrNone) {
  const Checkerboard board(20, 16);
  const testing::Data data(board.sequences(), 20);  // 16 to 19 have no events
  const auto method = fit(data);
  testing::Queries queries(CandidateKind::kAll, 20);
  queries.add(0, true, board.sequences()[0]);
  EXPECT_EQ(scores(*method, queries).at(0).size(), 20u);
  if (case_.info.unseen_users) {  // such items in a history
    testing::Queries unseen(CandidateKind::kAll, 20);
    unseen.add(0, false, {17, 2, 19}).add(0, false, {18});
    EXPECT_EQ(scores(*method, unseen).size(), 2u);
  }
}

TEST_P(Contract, SurvivesAnEmptyHistory) {
  const Checkerboard board(20, 16);
  const auto method = fit(board.data());
  testing::Queries known(CandidateKind::kAll, 16), unknown(CandidateKind::kAll, 16);
  known.add(2, true, {});
  EXPECT_EQ(scores(*method, known).size(), 1u);
  unknown.add(2, false, {});
  const auto found = rank(*method, unknown);
  const bool able = case_.info.empty_history && case_.info.unseen_users;
  if (found) return;
  EXPECT_FALSE(able) << found.error().message;
  EXPECT_EQ(found.error().kind, ErrorKind::kNotApplicable) << found.error().message;
}

TEST_P(Contract, SurvivesTinyData) {
  const testing::Data one({{0}}, 1);                      // one user, one item
  const testing::Data user({{0, 1, 2}}, 3);               // one user
  const testing::Data item({{0}, {0}, {0}}, 1);           // one item
  const testing::Data gaps({{0, 1}, {}, {1, 2}, {}}, 4);  // users and an item without events
  const testing::Data repeats({{0, 0, 0}, {1, 0, 1}}, 2);
  for (const testing::Data* data : {&one, &user, &item, &gaps, &repeats}) {
    const auto method = fit(*data);
    const std::size_t n = data->view().n_items();
    testing::Queries queries(CandidateKind::kAll, n);
    queries.add(0, true, {0});
    EXPECT_EQ(scores(*method, queries).at(0).size(), n);
  }
}

TEST_P(Contract, NoQueriesIsNoError) {
  const Checkerboard board(8, 8);
  const auto method = fit(board.data());
  testing::Queries none(CandidateKind::kAll, 8);
  EXPECT_TRUE(scores(*method, none).empty());
}

TEST_P(Contract, NoEventsIsAnErrorInWordsOrAFit) {
  const testing::Data data({{}, {}}, 3);
  const auto method = case_.make();
  testing::Contexts contexts;
  const Status status = method->fit(data.view(), contexts.fit);
  if (!status) {
    EXPECT_FALSE(status.error().message.empty());
    return;
  }
  testing::Queries queries(CandidateKind::kAll, 3);
  if (case_.info.unseen_users) {
    queries.add(0, false, {1});
    EXPECT_EQ(scores(*method, queries).at(0).size(), 3u);
  }
}

TEST_P(Contract, SaveAndLoadGiveTheSameRanks) {
  const Checkerboard board(20, 16);
  const auto method = fit(board.data(), 3);
  const testing::TemporaryFolder folder;
  const Status saved = method->save(folder.path());
  ASSERT_TRUE(saved) << saved.error().message;
  const auto again = case_.make();
  const Status loaded = again->load(folder.path());
  ASSERT_TRUE(loaded) << loaded.error().message;
  testing::Queries queries(CandidateKind::kAll, 16);
  ask_all(board, true, queries);
  if (case_.info.unseen_users) queries.add(0, false, {1, 2});
  EXPECT_EQ(scores(*method, queries), scores(*again, queries));

  const testing::TemporaryFolder second;  // what was loaded can be saved
  ASSERT_TRUE(again->save(second.path()));
  const auto third = case_.make();
  ASSERT_TRUE(third->load(second.path()));
  EXPECT_EQ(scores(*method, queries), scores(*third, queries));
}

TEST_P(Contract, LoadRefusesDamagedAndForeignFolders) {
  namespace fs = std::filesystem;
  const Checkerboard board(12, 12);
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(fit(board.data())->save(folder.path()));
  const auto refused = [&](const Path& from, const std::string& why) {
    const Status status = case_.make()->load(from);
    ASSERT_FALSE(status) << why;
    EXPECT_FALSE(status.error().message.empty()) << why;
  };
  const testing::TemporaryFolder empty;
  refused(empty.path(), "an empty folder");
  refused(empty.path() / "nowhere", "no folder");

  std::vector<Path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
    if (entry.is_regular_file() && entry.file_size() > 0) files.push_back(entry.path());
  }
  ASSERT_FALSE(files.empty());
  for (const Path& file : files) {
    const std::string content = *read_file(file);
    fs::resize_file(file, content.size() / 2);
    refused(folder.path(), file.filename().string() + " truncated");
    fs::remove(file);
    refused(folder.path(), file.filename().string() + " missing");
    ASSERT_TRUE(write_file_synced(file, content));
  }
  ASSERT_TRUE(case_.make()->load(folder.path()));  // whole again
  const Path model = folder.path() / "model.json";
  if (!fs::exists(model)) return;
  std::string text = *read_file(model);
  const std::string name = "\"method\": \"" + GetParam() + "\"";
  ASSERT_NE(text.find(name), std::string::npos);
  ASSERT_TRUE(write_file_synced(
      model, text.replace(text.find(name), name.size(), "\"method\": \"somebody_else\"")));
  refused(folder.path(), "a folder of another method");
}

TEST_P(Contract, AnInterruptEndsFitAndRankSoon) {
  using Clock = std::chrono::steady_clock;
  const Checkerboard board(400, 200);
  auto method = case_.make();
  testing::Contexts interrupted;
  interrupted.cancel.set();
  const auto start = Clock::now();
  const Status status = method->fit(board.data().view(), interrupted.fit);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(10));
  // A fit that is a single pass over the events may as well end.
  if (!status) {
    EXPECT_EQ(status.error().kind, ErrorKind::kCancelled) << status.error().message;
  }

  const Checkerboard small(12, 12);
  method = fit(small.data());
  testing::Queries queries(CandidateKind::kAll, 12);
  ask_all(small, true, queries);
  testing::Sink sink(queries);
  const Status ranked = method->rank(queries, sink, interrupted.rank);
  ASSERT_FALSE(ranked);
  EXPECT_EQ(ranked.error().kind, ErrorKind::kCancelled);
}

TEST_P(Contract, ContextsWithoutProgressOrCancelAreEnough) {
  const Checkerboard board(12, 12);
  auto method = case_.make();
  FitContext fit_context;
  ASSERT_TRUE(method->fit(board.data().view(), fit_context));
  testing::Queries queries(CandidateKind::kAll, 12);
  ask_all(board, true, queries);
  testing::Sink sink(queries);
  RankContext rank_context;
  EXPECT_TRUE(method->rank(queries, sink, rank_context));
}

INSTANTIATE_TEST_SUITE_P(Methods, Contract, ::testing::ValuesIn(method_names()),
                         [](const auto& method) { return method.param; });

TEST(ContractSuite, CoversTheMethodsOfThisVersion) {
  if (with_torch()) {
    EXPECT_THAT(method_names(), ::testing::IsSupersetOf({"bert4rec", "sasrec"}));
    return;
  }
  EXPECT_THAT(method_names(),
              ::testing::IsSupersetOf({"als", "bpr", "content_knn", "ease", "external", "item_knn", "lightfm", "popularity",
                                        "random", "scores_file", "slim", "user_knn"}));
}

}  // namespace
}  // namespace motive::contract
