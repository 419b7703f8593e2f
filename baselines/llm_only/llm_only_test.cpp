#include "baselines/llm_only/llm_only.h"

#include <gtest/gtest.h>

#include "framework/llm/offline.h"
#include "framework/llm/test_batches.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using Lists = std::map<std::pair<std::uint32_t, std::string>, std::vector<ItemId>>;

std::string sensible(const Json& asked) {
  llm::EndpointConfig endpoint;
  endpoint.kind = llm::EndpointKind::kOffline;
  return llm::answer_offline(endpoint, llm::kChatPath, asked.dump()).body;
}

Result<Lists> rank(const LlmOnlyParams& params, llm::test::BatchWorld& world) {
  using llm::test::BatchServer;
  world.server->answer = [](const Json& asked) { return BatchServer::batched(sensible(asked)); };
  world.server->chat = [](const Json& asked) { return llm::test::reply(200, sensible(asked)); };
  const testing::Data data({{0, 1}, {2}, {3, 0}}, 8,
                           {"steel kettle", "paper lantern", "sturdy hammer", "chocolate", "pens", "soap"});
  testing::Contexts contexts;
  LlmOnly method(params);
  MOTIVE_TRY(method.fit(data.view(), contexts.fit));
  testing::Queries queries(CandidateKind::kRagged, 8);
  queries.add(0, true, {0, 1}, {4, 5, 6, 7}).add(1, true, {2}, {7, 3, 4, 5}).add(2, true, {3, 0}, {1, 2, 6, 5});
  testing::Sink sink(queries);
  const auto client = world.client();
  contexts.rank.llm = client.get();
  contexts.rank.items = data.view().items;
  MOTIVE_TRY(method.rank(queries, sink, contexts.rank));
  return sink.lists;
}

TEST(LlmOnly, ByBatchesItRanksTheSame) {
  for (const int window : {0, 3}) {
    llm::test::BatchWorld plain, batched;
    LlmOnlyParams params;
    params.endpoint = "main";
    params.permutations = 2;
    params.window = window;
    params.stride = 1;
    const auto one_by_one = rank(params, plain);
    ASSERT_TRUE(one_by_one) << one_by_one.error().message;
    params.batch = true;
    const auto by_batches = rank(params, batched);
    ASSERT_TRUE(by_batches) << by_batches.error().message;
    EXPECT_EQ(*by_batches, *one_by_one);
    EXPECT_EQ(batched.server->chats, 0);
    EXPECT_EQ(batched.server->jobs.size(), window == 0 ? 1U : 2U) << "both orders go together, windows follow each other";
    EXPECT_EQ(batched.server->lines().size(), static_cast<std::size_t>(plain.server->chats));
  }
}

}  // namespace
}  // namespace motive
