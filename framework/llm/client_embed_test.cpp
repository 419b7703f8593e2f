#include <gtest/gtest.h>

#include <cmath>

#include "framework/llm/test_client.h"

namespace motive::llm {
namespace {

/// A vector for each text by its length; one text is refused.
HttpReply embed(const HttpRequest& request, int) {
  const Json body = Json::parse(request.body);
  Json data = Json::array();
  for (std::size_t i = body["input"].size(); i-- > 0;) {  // in another order
    const std::string text = body["input"][i];
    if (text == "poison") return test::error(400, "this cannot be embedded");
    data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", {static_cast<double>(text.size()), 1.5}}});
  }
  const auto tokens = static_cast<std::int64_t>(body["input"].size() * 3 + 1);
  return test::reply(200, Json({{"data", data}, {"model", "vectors-1"}, {"usage", {{"prompt_tokens", tokens}}}}).dump());
}

struct Vectors : test::ClientWorld {
  std::unique_ptr<Client> client(Mode mode = Mode::kLive) { return ClientWorld::client(embed, mode); }
};

std::vector<std::string> texts(int from, int to) {
  std::vector<std::string> texts;
  for (int i = from; i < to; ++i) texts.push_back(std::string(static_cast<std::size_t>(i), 'x') + " text");
  return texts;
}

TEST(ClientEmbed, AsksInBatchesAndKeepsEachText) {
  Vectors world;
  auto client = world.client();
  const auto first = client->embed("main", texts(0, 300), "items");
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->size(), 300U);
  for (std::size_t i = 0; i < 300; ++i) {
    const auto& vector = (*first)[i];
    EXPECT_NEAR(std::hypot(vector[0], vector[1]), 1, 1e-6);
    EXPECT_NEAR(vector[0] / vector[1], (static_cast<double>(i) + 5) / 1.5, 1e-3);
  }
  EXPECT_EQ(world.seen->requests, 1);
  const Json report = client->report();
  EXPECT_EQ(report["items"]["prompt_tokens"], 901) << "shared out without a rest";
  EXPECT_EQ(report["items"]["calls"], 300);

  const auto more = world.client()->embed("main", texts(200, 400), "items");
  ASSERT_TRUE(more);
  EXPECT_EQ(world.seen->requests, 2);
  EXPECT_EQ(Json::parse(world.seen->log.back().body)["input"].size(), 100U) << "what is there is not asked for";
  EXPECT_EQ((*more)[0], (*first)[200]);

  client = world.client(Mode::kReplay);
  EXPECT_EQ(*client->embed("main", texts(0, 300), "items"), *first);
  EXPECT_EQ(client->report(), report);
  const auto missing = client->embed("main", {"never seen"}, "items");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("never seen"), std::string::npos) << missing.error().message;
}

TEST(ClientEmbed, NoMoreThan2048TextsARequestAndTheSameTextOnce) {
  Vectors world;
  std::vector<std::string> many;
  for (int i = 0; i < 10000; ++i) many.push_back("text " + std::to_string(i % 5000));
  const auto vectors = world.client()->embed("main", many, "items");
  ASSERT_TRUE(vectors) << vectors.error().message;
  EXPECT_EQ(vectors->size(), 10000U);
  std::size_t sent = 0;
  for (const HttpRequest& request : world.seen->log) {
    const std::size_t n = Json::parse(request.body)["input"].size();
    EXPECT_LE(n, 2048U);
    sent += n;
  }
  EXPECT_EQ(sent, 5000U);
}

TEST(ClientEmbed, OneRefusedTextDoesNotCostTheOthers) {
  Vectors world;
  auto list = texts(0, 64);
  list[37] = "poison";
  auto client = world.client();
  const auto vectors = client->embed("main", list, "items");
  ASSERT_FALSE(vectors);
  EXPECT_NE(vectors.error().message.find("poison"), std::string::npos) << vectors.error().message;
  const int before = world.seen->requests;
  list[37] = "another";
  EXPECT_TRUE(client->embed("main", list, "items"));
  EXPECT_EQ(world.seen->requests, before + 1);
  EXPECT_EQ(Json::parse(world.seen->log.back().body)["input"], Json({"another"}));
}

TEST(ClientEmbed, ManyThreadsAskForEachTextOnce) {
  Vectors world;
  auto client = world.client();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) threads.emplace_back([&] { EXPECT_TRUE(client->embed("main", texts(0, 500), "items")); });
  for (auto& thread : threads) thread.join();
  std::size_t sent = 0;
  for (const HttpRequest& request : world.seen->log) sent += Json::parse(request.body)["input"].size();
  EXPECT_EQ(sent, 500U);
}

}  // namespace
}  // namespace motive::llm
