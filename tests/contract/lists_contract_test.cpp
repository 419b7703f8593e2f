// What every method must do that asks a language model to put candidates into an order. It is asked here through the
// embedded stand-in, without cache and network.

#include <gtest/gtest.h>

#include <deque>

#include "framework/llm/client.h"
#include "tests/contract/method_case.h"

namespace motive::contract {
namespace {

/// Lists by row and variant, and what the method said of itself.
class ListSink final : public RankSink {
 public:
  Status scores(std::uint32_t, std::span<const float>) override { return fail("it declares lists"); }
  Status factors(std::span<const std::uint32_t>, std::span<const float>, const ItemFactors&) override { return fail("it declares lists"); }
  Status ranking(std::uint32_t row, std::span<const ItemId> best_first, std::string_view variant) override {
    const std::scoped_lock lock(mutex_);
    if (!lists.emplace(std::pair(row, std::string(variant)), std::vector<ItemId>(best_first.begin(), best_first.end())).second) {
      return fail("row {} twice", row);
    }
    return {};
  }
  void count(std::string_view, std::uint64_t) override {}
  Status evidence(std::uint32_t row, std::string_view text) override {
    const std::scoped_lock lock(mutex_);
    said[row] += text;
    return {};
  }

  std::map<std::pair<std::uint32_t, std::string>, std::vector<ItemId>> lists;
  std::map<std::uint32_t, std::string> said;

 private:
  std::mutex mutex_;
};

class ListContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto found = method_case(GetParam());
    ASSERT_TRUE(found) << found.error().message;
    case_ = std::move(*found);
    llm::ClientOptions options;
    for (const std::string& name : case_.info.endpoints) options.endpoints[name].kind = llm::EndpointKind::kOffline;
    options.endpoints[llm::kOffline].kind = llm::EndpointKind::kOffline;
    options.cancel = &contexts_.cancel;
    options.threads = 3;
    auto client = llm::Client::open(std::move(options));
    ASSERT_TRUE(client) << client.error().message;
    client_ = std::move(*client);
  }

  /// Fitted, with its features made.
  std::unique_ptr<Recommender> fit(const testing::Data& data) {
    view_ = data.view();
    contexts_.rank.items = view_.items;
    contexts_.rank.users = view_.users;
    contexts_.rank.llm = client_.get();
    contexts_.rank.features = {};
    for (const FeatureRequest& request : case_.info.features) {
      const FeatureKind* kind = FeatureKinds::instance().find(request.kind);
      folders_.emplace_back();
      FeatureContext context{.input = *kind->input(request.params), .progress = &contexts_.progress, .cancel = &contexts_.cancel,
                             .llm = client_.get()};
      const Status made = kind->make(request.params, *view_.items, context, folders_.back().path());
      EXPECT_TRUE(made) << made.error().message;
      contexts_.rank.features.add(request, folders_.back().path());
    }
    auto method = case_.make();
    const Status status = method->fit(view_, contexts_.fit);
    EXPECT_TRUE(status) << status.error().message;
    return method;
  }

  Status rank(const Recommender& method, testing::Queries& queries, ListSink& sink) {
    queries.rewind();
    return method.rank(queries, sink, contexts_.rank);
  }

  testing::Contexts contexts_;
  MethodCase case_;
  std::unique_ptr<llm::Client> client_;
  TrainingView view_;
  std::deque<test::TemporaryFolder> folders_;
};

void ask_lists(const Checkerboard& board, testing::Queries& queries) {
  for (std::uint32_t u = 0; u < board.sequences().size(); ++u) {
    queries.add(u, true, board.sequences()[u], {u % board.n_items(), (u + 5) % board.n_items(), (u + 10) % board.n_items()});
  }
}

TEST_P(ListContract, SaysWhatItIs) {
  EXPECT_FALSE(case_.info.code_version.empty() || case_.info.label.empty() || case_.info.endpoints.empty());
  const OrderedJson echo = case_.method->parameters->echo(case_.params);
  config::Errors errors;
  const std::any again = case_.method->parameters->parse(config::from_json(Json::parse(echo.dump()), "echo"), errors);
  ASSERT_TRUE(errors.empty()) << errors.error().message;
  EXPECT_EQ(case_.method->parameters->echo(again), echo);
  const Shape shapes[] = {{}, {1000000, 100000, 25000000, 1000000, 30}};
  for (const Shape& shape : shapes) {
    const Estimate estimate = case_.info.rank_estimate(shape);
    EXPECT_TRUE(std::isfinite(estimate.seconds));
    EXPECT_FALSE(estimate.llm.empty()) << "a plan must know what will be asked";
  }
}

TEST_P(ListContract, DeliversEveryCandidateOnceWhateverTheOrderOfQueries) {
  const Checkerboard board(20, 16);
  const auto method = fit(board.data());
  testing::Queries queries(CandidateKind::kRagged, 16);
  ask_lists(board, queries);
  ListSink first, second;
  ASSERT_TRUE(rank(*method, queries, first));
  for (const Query& query : queries.list()) {
    std::vector<ItemId> list = first.lists.at({query.row, ""}), wanted(query.candidates.begin(), query.candidates.end());
    std::sort(list.begin(), list.end());
    std::sort(wanted.begin(), wanted.end());
    EXPECT_EQ(list, wanted);
  }
  queries.reverse();
  queries.set_block(1);
  ASSERT_TRUE(rank(*method, queries, second));
  EXPECT_EQ(first.lists, second.lists);
}

TEST_P(ListContract, IsNotApplicableToAWholeCatalogue) {
  const Checkerboard board(8, 8);
  const auto method = fit(board.data());
  testing::Queries queries(CandidateKind::kAll, 8);
  queries.add(0, true, {1});
  ListSink sink;
  const Status status = rank(*method, queries, sink);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kNotApplicable);
}

TEST_P(ListContract, ShowsTheHistoryAndNotTheCandidates) {
  const Checkerboard board(12, 16);
  const auto method = fit(board.data());
  testing::Queries queries(CandidateKind::kRagged, 16);
  queries.add(0, true, {1, 3}, {2, 5, 9}).add(1, false, {}, {2, 5, 9});
  ListSink sink;
  ASSERT_TRUE(rank(*method, queries, sink));
  EXPECT_NE(sink.said[0].find("thing 3"), std::string::npos);
  EXPECT_EQ(sink.said[0].find("thing 5"), std::string::npos);
  EXPECT_EQ(sink.lists.count({1, ""}), 1U) << "nothing is known of the user, and candidates get an order all the same";
}

TEST_P(ListContract, SaveAndLoadGiveTheSameLists) {
  const Checkerboard board(12, 16);
  const auto method = fit(board.data());
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(method->save(folder.path()));
  const auto again = case_.make();
  ASSERT_TRUE(again->load(folder.path()));
  testing::Queries queries(CandidateKind::kRagged, 16);
  ask_lists(board, queries);
  ListSink first, second;
  ASSERT_TRUE(rank(*method, queries, first));
  ASSERT_TRUE(rank(*again, queries, second));
  EXPECT_EQ(first.lists, second.lists);
  EXPECT_FALSE(case_.make()->load(folder.path() / "nowhere"));
}

TEST_P(ListContract, AnInterruptEndsItAndNobodyToAskIsAnError) {
  const Checkerboard board(12, 12);
  const auto method = fit(board.data());
  testing::Queries queries(CandidateKind::kRagged, 12);
  ask_lists(board, queries);
  ListSink sink, other;
  contexts_.cancel.set();
  const Status status = rank(*method, queries, sink);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kCancelled);
  contexts_.rank.llm = nullptr;
  EXPECT_FALSE(rank(*method, queries, other));
}

INSTANTIATE_TEST_SUITE_P(Methods, ListContract, ::testing::ValuesIn(list_method_names()),
                         [](const auto& method) { return method.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ListContract);  // the program with LibTorch tests other methods

}  // namespace
}  // namespace motive::contract
