// With `batch: true` the method gives the same as without, and asks a server for nothing but what batches leave out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/llm/offline.h"
#include "framework/llm/test_batches.h"
#include "framework/recommend/testing.h"
#include "models/m_llm3rec/m_llm3rec.h"

namespace motive {
namespace {

using llm::test::BatchServer;

/// What the stand-in says, by a batch or at once.
std::string sensible(const Json& asked) {
  llm::EndpointConfig endpoint;
  endpoint.kind = llm::EndpointKind::kOffline;
  return llm::answer_offline(endpoint, llm::kChatPath, asked.dump()).body;
}

struct Ranked {
  std::map<std::pair<std::uint32_t, std::string>, std::vector<ItemId>> lists;
  std::map<std::uint32_t, std::vector<float>> scores;
  std::map<std::string, std::uint64_t> counts;
  Json calls;
  friend bool operator==(const Ranked&, const Ranked&) = default;
};

struct Study {
  Study() {
    world.server->answer = [](const Json& asked) { return BatchServer::batched(sensible(asked)); };
    world.server->chat = [](const Json& asked) { return llm::test::reply(200, sensible(asked)); };
  }

  Result<Ranked> rank(MLlm3RecParams params, const CancelFlag* flag = nullptr) {
    params.mote.enabled = false;
    params.mope.endpoint = params.mar.endpoint = "main";
    const testing::Data data({{0, 1}, {2, 3, 4}, {5}, {6, 7}, {}, {8, 0}}, 12,
                             {"steel kettle boils fast", "paper lantern, soft light", "sturdy hammer", "gift box of chocolate",
                              "cheap pens", "organic soap", "toy train", "warm blanket", "garden shears", "silk scarf",
                              "running shoes", "bread knife"});
    const TrainingView view = data.view();
    testing::Contexts contexts;
    MLlm3Rec method(params);
    MOTIVE_TRY(method.fit(view, contexts.fit));
    testing::Queries queries(CandidateKind::kRagged, 12);
    for (std::size_t u = 0; u < 6; ++u) {
      std::vector<std::uint32_t> history;
      for (const ItemId item : view.events.items_of(user_id(u))) history.push_back(static_cast<std::uint32_t>(index(item)));
      queries.add(u, true, history, {9, 10, 11, 3, static_cast<std::uint32_t>(u)});
    }
    queries.set_block(4);
    testing::Sink sink(queries);
    const auto client = world.client(flag);
    contexts.rank.llm = client.get();
    contexts.rank.items = view.items;
    contexts.rank.users = view.users;
    MOTIVE_TRY(method.rank(queries, sink, contexts.rank));
    Ranked ranked{sink.lists, sink.found, sink.counts, Json::object()};
    const Json report = client->report();
    for (const auto& [module, told] : report.items()) {
      if (module != "models") ranked.calls[module] = {told["calls"], told["requests"], told["outcomes"]};
    }
    return ranked;
  }

  llm::test::BatchWorld world;
};

class BatchedMethod : public ::testing::TestWithParam<std::pair<const char*, std::function<void(MLlm3RecParams&)>>> {};

TEST_P(BatchedMethod, GivesTheSameAndAsksNothingTwice) {
  MLlm3RecParams params;
  GetParam().second(params);
  Study plain, batched;
  const auto one_by_one = plain.rank(params);
  ASSERT_TRUE(one_by_one) << one_by_one.error().message;
  EXPECT_TRUE(plain.world.server->jobs.empty());
  params.mope.batch = params.mar.batch = true;
  const auto by_batches = batched.rank(params);
  ASSERT_TRUE(by_batches) << by_batches.error().message;
  EXPECT_EQ(*by_batches, *one_by_one);
  const BatchServer& server = *batched.world.server;
  EXPECT_EQ(server.chats, 0);
  const auto lines = server.lines();
  std::multiset<std::string> asked;
  for (const auto& request : plain.world.seen->log) asked.insert(Json::parse(request.body).dump());
  EXPECT_EQ(lines, asked) << "to the byte, and each once";
  for (const std::string& line : lines) EXPECT_EQ(lines.count(line), 1U);
  RecordProperty("rounds", static_cast<int>(server.jobs.size()));
  // Without batches the cache has it all; the switch asks nothing of its own either.
  const int sent = batched.world.seen->requests;
  params.mar.batch = false;
  EXPECT_EQ(*batched.rank(params), *one_by_one);
  EXPECT_EQ(batched.world.seen->requests, sent);
}

INSTANTIATE_TEST_SUITE_P(
    , BatchedMethod,
    ::testing::Values(std::pair{"defaults", [](MLlm3RecParams&) {}},
                      std::pair{"permutations", [](MLlm3RecParams& p) { p.mar.permutations = 3; }},
                      std::pair{"windows",
                                [](MLlm3RecParams& p) {
                                  p.mar.window = 3;
                                  p.mar.stride = 1;
                                }},
                      std::pair{"pointwise", [](MLlm3RecParams& p) { p.mar.how = How::kPointwise; }},
                      std::pair{"pairwise", [](MLlm3RecParams& p) { p.mar.how = How::kPairwise; }},
                      std::pair{"per_item",
                                [](MLlm3RecParams& p) {
                                  p.mope.per_item = true;
                                  p.mope.reflection = 2;
                                }},
                      std::pair{"coherence", [](MLlm3RecParams& p) { p.mope.coherence = {Coherence::kSchema}; }},
                      std::pair{"no_profiles", [](MLlm3RecParams& p) { p.mope.enabled = false; }}),
    [](const auto& tested) { return std::string(tested.param.first); });

TEST(BatchedMethodRounds, ArePlain) {
  Study study;
  MLlm3RecParams params;
  params.mope.batch = params.mar.batch = true;
  ASSERT_TRUE(study.rank(params));
  EXPECT_EQ(study.world.server->jobs.size(), 4U) << "profiles, reflections, lists, checks";

  Study ranking;
  params.mope.batch = false;
  ASSERT_TRUE(ranking.rank(params));
  EXPECT_EQ(ranking.world.server->jobs.size(), 2U);
  EXPECT_EQ(ranking.world.server->chats, 10) << "of MOPE: five users of whom something is known, asked and asked to think again";

  Study scores;
  params.mar.how = How::kPairwise;
  params.mope.enabled = false;
  ASSERT_TRUE(scores.rank(params));
  EXPECT_EQ(scores.world.server->jobs.size(), 1U);
  EXPECT_EQ(scores.world.server->lines().size(), 60U);
}

TEST(BatchedMethodRounds, AKilledRunWaitsForWhatItHasSent) {
  Study study;
  MLlm3RecParams params;
  params.mope.batch = params.mar.batch = true;
  int made = 0;
  study.world.server->on_create = [&] {
    if (++made == 3) study.world.cancel.set();
  };
  const auto killed = study.rank(params, &study.world.cancel);
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().kind, ErrorKind::kCancelled);
  const auto whole = study.rank(params);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(*whole, *Study().rank(params));
  EXPECT_EQ(made, 4);
  EXPECT_EQ(study.world.server->chats, 0);
}

}  // namespace
}  // namespace motive
