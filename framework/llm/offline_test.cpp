#include "framework/llm/offline.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

const char* const kSchemaBlock =
    "<schema>\n- functionality: what it does\n- aesthetic: how it looks\n- price_value: what it costs\n"
    "- quality_durability: how long it lasts\n- sustainability_ethics: how it is made\n- emotional_hedonic: joy\n"
    "- social_gift: for others\n- health_safety: safe and healthy\n</schema>\n";

Json object_schema(const Json& properties) {
  Json names = Json::array();
  for (const auto& [name, schema] : properties.items()) names.push_back(name);
  return {{"type", "object"}, {"properties", properties}, {"required", names}, {"additionalProperties", false}};
}

Json text_list() { return {{"type", "array"}, {"items", {{"type", "string"}}}}; }

Json profile_schema() {
  const Json entry = object_schema({{"dimension", {{"type", "string"}}},
                                    {"motivation", {{"type", "string"}}},
                                    {"keywords", text_list()},
                                    {"strength", {{"type", "integer"}, {"minimum", 1}, {"maximum", 5}}}});
  return object_schema({{"motivations", {{"type", "array"}, {"minItems", 1}, {"items", entry}}}});
}

EndpointConfig offline_endpoint() {
  EndpointConfig endpoint;
  endpoint.kind = EndpointKind::kOffline;
  return endpoint;
}

ChatRequest request_for(const std::string& task, const std::string& user, const Json& schema) {
  ChatRequest request;
  request.messages = {{"system", "You help."}, {"user", user}};
  request.task = task;
  request.schema = schema;
  return request;
}

/// The answer as a client reads it: it has the form that the schema asks for.
Json ask(const ChatRequest& request) {
  const EndpointConfig endpoint = offline_endpoint();
  const auto reply = answer_offline(endpoint, kChatPath, canonical(chat_body(request, endpoint, Structured::kJsonSchema)));
  EXPECT_EQ(reply.status, 200) << reply.body;
  const ChatAnswer answer = read_chat(reply.body, request.max_tokens);
  EXPECT_EQ(answer.outcome, Outcome::kOk) << answer.problem;
  EXPECT_EQ(answer.model, kOfflineVersion);
  EXPECT_TRUE(answer.usage.reported);
  const auto json = json_in(answer.text);
  EXPECT_TRUE(json.has_value()) << answer.text;
  if (!json) return {};
  EXPECT_EQ(schema_fault(*json, request.schema), "") << answer.text;
  return *json;
}
Json ask(const std::string& task, const std::string& user, const Json& schema) { return ask(request_for(task, user, schema)); }

std::vector<std::string> dimensions_of(const Json& profile) {
  std::vector<std::string> names;
  for (const Json& entry : profile["motivations"]) names.push_back(entry["dimension"]);
  return names;
}

bool has_keyword(const Json& profile, const std::string& wanted) {
  for (const Json& entry : profile["motivations"]) {
    for (const Json& keyword : entry["keywords"]) {
      if (keyword.get<std::string>().find(wanted) != std::string::npos) return true;
    }
  }
  return false;
}

TEST(Offline, ProfileNamesWhatTheHistorySpeaksFor) {
  const Json profile = ask("motivation_profile", std::string(kSchemaBlock) +
                               "<history>\n1. Title: Sturdy oak bookshelf\nDescription: Durable and well made, built to last.\n"
                               "Categories: Furniture > Shelves\nRating: 5 of 5\n"
                               "2. Title: Reinforced tool chest\nDescription: Heavy duty steel, lifetime warranty.\n"
                               "Categories: Tools > Storage\nRating: 4 of 5\n</history>", profile_schema());
  const auto names = dimensions_of(profile);
  EXPECT_EQ(names.front(), "quality_durability");
  EXPECT_EQ(profile["motivations"][0]["strength"], 5);
  EXPECT_TRUE(has_keyword(profile, "durable"));
  EXPECT_TRUE(has_keyword(profile, "shelves")) << profile;
  int before = 5;
  for (const Json& entry : profile["motivations"]) {
    EXPECT_LE(entry["keywords"].size(), 8U);
    EXPECT_LE(entry["strength"], before);
    before = entry["strength"];
  }
}

TEST(Offline, LowRatingsCountLessThanHighOnes) {
  const std::string bargain = "Title: Cheap bargain mat\nDescription: Affordable, budget friendly.\nRating: ";
  const std::string healthy = "Title: Non-toxic mat\nDescription: Safe, hypoallergenic, healthy.\nRating: ";
  const auto first = [&](const std::string& a, const std::string& b) {
    return dimensions_of(ask("motivation_profile", std::string(kSchemaBlock) + "<history>\n1. " + bargain + a + " of 5\n2. " +
                                 healthy + b + " of 5\n</history>", profile_schema()));
  };
  EXPECT_EQ(first("5", "1").front(), "price_value");
  EXPECT_EQ(first("1", "5").front(), "health_safety");
  const auto names = first("5", "1");
  EXPECT_EQ(std::count(names.begin(), names.end(), "health_safety"), 0);
}

TEST(Offline, ProfileWithoutEvidenceIsTheMostGeneral) {
  const std::string history = "<history>\n1. Title: Qwx\n</history>";
  const Json profile = ask("motivation_profile", std::string(kSchemaBlock) + history, profile_schema());
  EXPECT_EQ(dimensions_of(profile), std::vector<std::string>{"functionality"});
  EXPECT_EQ(profile["motivations"][0]["strength"], 1);
  EXPECT_EQ(dimensions_of(ask("motivation_profile", "nothing here", profile_schema())).size(), 1U);
}

TEST(Offline, OtherSchemasAreReadByTheirWords) {
  const Json profile = ask("motivation_profile",
                           "<schema>\n- plot: story, twist and suspense\n- acting: actors, cast, performances\n"
                           "- price/value: cost\n</schema>\n<history>\n1. Title: Night train\n"
                           "Description: A story full of suspense, with a twist.\n"
                           "2. Title: The affordable ticket\n</history>", profile_schema());
  const auto names = dimensions_of(profile);
  EXPECT_EQ(names, (std::vector<std::string>{"plot", "price/value"}));
}

TEST(Offline, ReviewDropsWhatTheHistoryDoesNotSupport) {
  const Json reviewed = ask("profile_review", std::string(kSchemaBlock) +
                                "<profile>\n{\"motivations\": [{\"dimension\": \"health_safety\", \"motivation\": \"x\", "
                                "\"keywords\": [\"safe\"], \"strength\": 5}, {\"dimension\": \"aesthetic\", \"motivation\": "
                                "\"y\", \"keywords\": [\"elegant\"], \"strength\": 3}]}\n</profile>\n<history>\n"
                                "1. Title: Elegant, stylish vase\n</history>",
                            profile_schema());
  EXPECT_EQ(dimensions_of(reviewed), std::vector<std::string>{"aesthetic"});
}

TEST(Offline, MergedProfileAveragesStrengths) {
  const Json merged = ask("merged_profile",
                          "<profiles>\n- aesthetic (strength 4): Looks.; keywords: elegant, vase\n"
                          "- price_value (strength 2): Price.; keywords: cheap\n"
                          "- aesthetic (strength 2): Looks.; keywords: stylish\n</profiles>",
                          profile_schema());
  EXPECT_EQ(dimensions_of(merged), (std::vector<std::string>{"aesthetic", "price_value"}));
  EXPECT_EQ(merged["motivations"][0]["strength"], 3);
  EXPECT_EQ(merged["motivations"][1]["strength"], 1);
  EXPECT_TRUE(has_keyword(merged, "stylish") && has_keyword(merged, "vase"));
}

Json traits_schema() { return object_schema({{"traits", text_list()}}); }

TEST(Offline, TraitsAreAFewShortPhrases) {
  for (const std::string item : {"Title: Sturdy oak bookshelf\nDescription: A durable shelf with five boards, easy to assemble, "
                                 "for living rooms and offices.\nCategories: Furniture > Shelves", "Title: X", ""}) {
    const Json traits = ask("item_traits", "<item>\n" + item + "\n</item>", traits_schema())["traits"];
    EXPECT_GE(traits.size(), 3U);
    EXPECT_LE(traits.size(), 8U);
    for (const Json& trait : traits) EXPECT_LE(std::ranges::count(trait.get<std::string>(), ' '), 5) << trait;
  }
}

TEST(Offline, TheSchemaSaysHowManyTraitsThereAre) {
  Json list = text_list();
  list["minItems"] = 9;
  list["maxItems"] = 10;
  const Json traits = ask("item_traits", "<item>\nTitle: Small lamp\n</item>", object_schema({{"traits", list}}))["traits"];
  EXPECT_EQ(traits.size(), 9U);
  list["minItems"] = 1;
  list["maxItems"] = 1;
  list["items"]["enum"] = {"gives light", "holds water", "small"};
  const Json one = ask("item_traits", "<item>\nTitle: Small lamp\n</item>", object_schema({{"traits", list}}))["traits"];
  EXPECT_EQ(one, Json{"small"});
}

TEST(Offline, TraitsComeFromTheVocabularyWhereThereIsOne) {
  const Json traits = ask("item_traits", "<item>\nTitle: Sturdy oak bookshelf\nDescription: durable\n</item>\n<vocabulary>\n"
                          "lasts long\nsoft to touch\nfor oak lovers\nheavy duty\nvegan\n</vocabulary>",
                          traits_schema())["traits"];
  EXPECT_GE(traits.size(), 3U);
  EXPECT_EQ(traits[0], "for oak lovers");
  EXPECT_TRUE(std::find(traits.begin(), traits.end(), Json("heavy duty")) != traits.end());
}

const char* const kProfile =
    "<profile>\n- quality_durability (strength 5): Wants things that last.; keywords: sturdy, shelves, oak\n"
    "- price_value (strength 1): Price.; keywords: cheap\n</profile>\n";

Json ranking_for(const std::vector<std::string>& texts, std::size_t wanted, bool reasons) {
  std::string user = std::string(kProfile) + "<candidates>\n";
  for (std::size_t i = 0; i < texts.size(); ++i) user += "[c" + std::to_string(i + 10) + "] " + texts[i] + "\n";
  const Json item = reasons ? object_schema({{"id", {{"type", "string"}}}, {"reason", {{"type", "string"}}}})
                            : Json{{"type", "string"}};
  const Json list = {{"type", "array"}, {"items", item}, {"minItems", wanted}, {"maxItems", wanted}};
  const Json schema = object_schema({{"ranking", list}});
  return ask("ranking", user + "</candidates>", schema)["ranking"];
}

TEST(Offline, RankingPutsTheBestMatchFirst) {
  const std::vector<std::string> texts = {"soft pillow", "robust oak table, heavy duty", "pretty vase", "cheap plastic cup"};
  const Json ids = ranking_for(texts, 3, false);
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(ids[0], "c11");
  const Json reasoned = ranking_for(texts, 4, true);
  EXPECT_EQ(reasoned[0]["id"], "c11");
  EXPECT_NE(reasoned[0]["reason"].get<std::string>().find("quality_durability"), std::string::npos);
}

/// Few distinct words, so that equal scores and equal texts come up.
RC_GTEST_PROP(Offline, PlacesHaveNoInfluenceOnARanking, ()) {
  static const std::vector<std::string> kWords = {"sturdy",  "oak",     "cheap", "vase", "elegant",
                                                  "shelves", "durable", "blue",  "gift", "safe"};
  const auto picks = *rc::gen::container<std::vector<std::vector<int>>>(
      12, rc::gen::container<std::vector<int>>(4, rc::gen::inRange(0, static_cast<int>(kWords.size()))));
  std::vector<std::string> texts;
  for (const auto& pick : picks) {
    std::string text;
    for (const int word : pick) text += kWords[static_cast<std::size_t>(word)] + " ";
    texts.push_back(text);
  }
  const auto order_of = [](const std::vector<std::string>& shown) {
    std::vector<std::string> order;
    for (const Json& id : ranking_for(shown, shown.size(), false)) {
      order.push_back(shown[std::stoul(id.get<std::string>().substr(1)) - 10]);
    }
    return order;
  };
  auto shuffled = texts;
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[(seed >> i) % i]);
  RC_ASSERT(order_of(texts) == order_of(shuffled));
}

TEST(Offline, RankingReadsARawHistoryToo) {
  const Json schema = object_schema({{"ranking", text_list()}});
  const Json ids = ask("ranking", "<history>\n1. Title: Oak shelves\nDescription: sturdy\nRating: 5 of 5\n</history>\n"
                       "<candidates>\n[c1] silk scarf\n[c2] oak chair\n</candidates>", schema)["ranking"];
  EXPECT_EQ(ids, (Json{"c2", "c1"}));
}

TEST(Offline, RelevanceAndPreferenceAgree) {
  const Json schema = object_schema({{"score", {{"type", "integer"}, {"minimum", 0}, {"maximum", 100}}}});
  const auto score = [&](const std::string& text) -> int {
    return ask("relevance", std::string(kProfile) + "<candidate>\n" + text + "\n</candidate>", schema)["score"];
  };
  EXPECT_GT(score("sturdy oak shelves"), score("cheap cup"));
  EXPECT_GT(score("cheap cup"), score("grey thing"));
  const Json better = object_schema({{"better", {{"type", "string"}, {"enum", {"a", "b"}}}}});
  const std::string pair = std::string(kProfile) + "<pair>\n[a] cheap cup\n[b] sturdy oak shelves\n</pair>";
  EXPECT_EQ(ask("preference", pair, better)["better"], "b");
}

TEST(Offline, RelevanceHasLogprobsWhenAskedFor) {
  ChatRequest request = request_for("relevance", std::string(kProfile) + "<candidate>oak shelves</candidate>",
                                    object_schema({{"score", {{"type", "integer"}}}}));
  request.top_logprobs = 10;
  const EndpointConfig endpoint = offline_endpoint();
  const std::string body = canonical(chat_body(request, endpoint, Structured::kJsonSchema));
  const Json choice = Json::parse(answer_offline(endpoint, kChatPath, body).body)["choices"][0];
  std::string text;
  for (const Json& token : choice["logprobs"]["content"]) text += token["token"];
  EXPECT_EQ(text, choice["message"]["content"]);
  const Json& top = choice["logprobs"]["content"][1]["top_logprobs"];
  ASSERT_EQ(top.size(), 10U);
  double sum = 0;
  for (const Json& one : top) sum += std::exp(one["logprob"].get<double>());
  EXPECT_GT(sum, 0.5);
  EXPECT_LE(sum, 1.0 + 1e-9);
}

TEST(Offline, ReasonsHaveToStandInTheProfile) {
  const Json verdict = object_schema({{"id", {{"type", "string"}}}, {"faithful", {{"type", "boolean"}}}});
  const Json verdicts = ask("rationale_check", std::string(kProfile) + "<reasons>\n[c1] made of oak\n[c2] looks elegant\n"
                            "[c3] it is heavy duty\n[c4] no stated motivation speaks for it (traits: oak)\n</reasons>",
                            object_schema({{"verdicts", {{"type", "array"}, {"items", verdict}}}}))["verdicts"];
  ASSERT_EQ(verdicts.size(), 4U);
  EXPECT_EQ(verdicts[0]["faithful"], true);
  EXPECT_EQ(verdicts[1]["faithful"], false);
  EXPECT_EQ(verdicts[2]["faithful"], true);
  EXPECT_EQ(verdicts[3]["faithful"], false);
}

TEST(Offline, WhatItDoesNotKnowItSays) {
  const EndpointConfig endpoint = offline_endpoint();
  const auto say = [&](const ChatRequest& request) {
    const std::string body = canonical(chat_body(request, endpoint, Structured::kJsonSchema));
    return read_chat(answer_offline(endpoint, kChatPath, body).body, 100).text;
  };
  const Json poem = object_schema({{"poem", {{"type", "string"}}}});
  EXPECT_NE(say(request_for("poem", "Write one.", poem)).find("stand-in"), std::string::npos);
  EXPECT_NE(say(request_for("", "Hello", Json())).find("stand-in"), std::string::npos);
}

TEST(Offline, BodiesThatAreNoRequestGetAnError) {
  const EndpointConfig endpoint = offline_endpoint();
  for (const char* body : {"", "no json", "[]", "{}", "{\"messages\":[]}", "{\"messages\":3}", "{\"input\":7}", "\xff"}) {
    for (const char* path : {kChatPath, kEmbeddingsPath, "/models"}) {
      const auto reply = answer_offline(endpoint, path, body);
      EXPECT_EQ(reply.status, 400) << body;
      EXPECT_EQ(fate_of(reply.status, reply.body), Fate::kRejected) << body;
      EXPECT_NE(error_text(reply.body), "");
    }
  }
  // Messages of any shape are no crash.
  for (const char* body : {"{\"messages\":[1]}", "{\"messages\":[{\"role\":\"user\",\"content\":[1]}]}",
                           "{\"messages\":[{\"role\":\"user\"}],\"response_format\":{\"json_schema\":{\"name\":\"ranking\"}}}"}) {
    EXPECT_EQ(answer_offline(endpoint, kChatPath, body).status, 200) << body;
  }
}

TEST(Offline, EmbeddingsHaveLengthOneAndLikeTextsAreNear) {
  const EndpointConfig endpoint = offline_endpoint();
  const std::vector<std::string> texts = {"sturdy oak shelves", "an oak shelf, sturdily built", "vegan soap", ""};
  const auto reply = answer_offline(endpoint, kEmbeddingsPath, canonical(embeddings_body(texts, endpoint)));
  const auto vectors = read_embeddings(reply.body, texts.size());
  ASSERT_TRUE(vectors.has_value());
  const auto dot = [&](std::size_t a, std::size_t b) {
    return std::inner_product((*vectors)[a].begin(), (*vectors)[a].end(), (*vectors)[b].begin(), 0.0);
  };
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_NEAR(dot(i, i), 1, 1e-5);
  EXPECT_GT(dot(0, 1), dot(0, 2) + 0.2);
}

TEST(Offline, SentenceVectorsNeedAnEncoder) {
  EndpointConfig endpoint = offline_endpoint();
  endpoint.encoder = "minilm";
  const std::string body = canonical(embeddings_body({"a", "b"}, endpoint));
  provide_encoder({});
  EXPECT_FALSE(has_encoder());
  EXPECT_NE(error_text(answer_offline(endpoint, kEmbeddingsPath, body).body).find("encoder"), std::string::npos);
  provide_encoder([](std::span<const std::string> texts) -> Result<std::vector<std::vector<float>>> {
    return std::vector<std::vector<float>>(texts.size(), {0.6F, 0.8F});
  });
  EXPECT_TRUE(has_encoder());
  const auto vectors = read_embeddings(answer_offline(endpoint, kEmbeddingsPath, body).body, 2);
  ASSERT_TRUE(vectors.has_value());
  EXPECT_EQ((*vectors)[0].size(), 2U);
  provide_encoder({});
}

/// Whatever stands between the tags, an answer comes that is JSON; asked twice, it is the same.
RC_GTEST_PROP(Offline, AnyDataGetsAnAnswer, ()) {
  const auto piece = rc::gen::element<std::string>("- ", "(strength 9999999999999): ", "[", "]", "{", "}", "\n", "1. ", "Title:",
                                                   ":", ";", "keywords:", "Rating: 4 of 0", "<", "safe", "\xc3\xa4", "a", ",",
                                                   "\"");
  const auto data = [&] {
    std::string text;
    for (const std::string& one : *rc::gen::container<std::vector<std::string>>(piece)) text += one;
    return text;
  };
  std::string user;
  for (const char* tag : {"schema", "user", "history", "item", "profile", "candidates", "pair", "reasons", "profiles",
                          "candidate"}) {
    user += "<" + std::string(tag) + ">" + data() + "</" + tag + ">\n";
  }
  const EndpointConfig endpoint = offline_endpoint();
  for (const char* task : {"motivation_profile", "profile_review", "merged_profile", "item_traits", "ranking", "relevance",
                           "preference", "rationale_check"}) {
    const ChatRequest request = request_for(task, user, object_schema(Json::object()));
    const std::string body = canonical(chat_body(request, endpoint, Structured::kJsonSchema));
    const auto reply = answer_offline(endpoint, kChatPath, body);
    RC_ASSERT(reply.status == 200);
    RC_ASSERT(json_in(read_chat(reply.body, 1 << 20).text).has_value());
    RC_ASSERT(reply.body == answer_offline(endpoint, kChatPath, body).body);
  }
}

TEST(Offline, TheSameBodyGetsTheSameAnswer) {
  const EndpointConfig endpoint = offline_endpoint();
  const std::string body =
      canonical(chat_body(request_for("ranking", std::string(kProfile) + "<candidates>[c1] oak\n[c2] pine</candidates>",
                                      object_schema({{"ranking", text_list()}})), endpoint, Structured::kJsonSchema));
  EXPECT_EQ(answer_offline(endpoint, kChatPath, body).body, answer_offline(endpoint, kChatPath, body).body);
}

}  // namespace
}  // namespace motive::llm
