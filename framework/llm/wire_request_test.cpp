#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

EndpointConfig server() {
  EndpointConfig endpoint;
  endpoint.base_url = "http://localhost:8000/v1";
  endpoint.model = "tiny";
  endpoint.api_key_env = "SECRET_KEY";
  return endpoint;
}

ChatRequest request() {
  ChatRequest request;
  request.messages = {{"system", "You sort."}, {"user", "caf\xc3\xa9 \xf0\x9f\x98\x80\n\"x\""}};
  request.temperature = 0;
  request.top_p = 0.95;
  request.max_tokens = 400;
  request.task = "rank";
  request.schema = {{"type", "object"}};
  request.module = "mar";
  return request;
}

TEST(WireRequest, TheBytesAreFixed) {
  // These bytes are in keys: where they change, everything that was paid for is asked again.
  EXPECT_EQ(canonical(chat_body(request(), server(), Structured::kJsonSchema)),
            "{\"max_completion_tokens\":400,\"messages\":[{\"content\":\"You sort.\",\"role\":\"system\"},"
            "{\"content\":\"caf\xc3\xa9 \xf0\x9f\x98\x80\\n\\\"x\\\"\",\"role\":\"user\"}],\"model\":\"tiny\","
            "\"response_format\":{\"json_schema\":{\"name\":\"rank\",\"schema\":{\"type\":\"object\"},\"strict\":true},"
            "\"type\":\"json_schema\"},\"temperature\":0.0,\"top_p\":0.95}");
  EXPECT_EQ(canonical(embeddings_body({"a", "b"}, server())), R"({"encoding_format":"float","input":["a","b"],"model":"tiny"})");
}

TEST(WireRequest, NumbersAreWrittenInOneWay) {
  EXPECT_EQ(canonical({{"a", 1}, {"b", 1.0}, {"c", 0.1}, {"d", 1e300}, {"e", -7}, {"f", 0.1 + 0.2}}),
            R"({"a":1,"b":1.0,"c":0.1,"d":1e+300,"e":-7,"f":0.30000000000000004})");
  ChatRequest negative_zero = request();
  negative_zero.temperature = -0.0;
  EXPECT_EQ(chat_body(negative_zero, server(), Structured::kText), chat_body(request(), server(), Structured::kText));
  EXPECT_THAT(canonical(chat_body(negative_zero, server(), Structured::kText)), HasSubstr("\"temperature\":0.0"));
}

TEST(WireRequest, BytesThatAreNoUtf8DoNotEndTheRun) { EXPECT_EQ(canonical("a\xff"), "\"a\xef\xbf\xbd\""); }

TEST(WireRequest, EndpointsDecideOnTheFields) {
  EndpointConfig endpoint = server();
  endpoint.limit_field = "max_tokens";
  endpoint.sampling_fields = false;
  const Json body = chat_body(request(), endpoint, Structured::kJsonSchema);
  EXPECT_EQ(body["max_tokens"], 400);
  for (const char* absent :
       {"max_completion_tokens", "temperature", "top_p", "seed", "n", "logprobs", "top_logprobs", "stream"}) {
    EXPECT_FALSE(body.contains(absent)) << absent;
  }
  EXPECT_THAT(canonical(body), testing::Not(HasSubstr("SECRET_KEY")));
  EXPECT_THAT(canonical(body), testing::Not(HasSubstr("mar")));
}

TEST(WireRequest, Logprobs) {
  ChatRequest asked = request();
  asked.top_logprobs = 5;
  const Json body = chat_body(asked, server(), Structured::kJsonSchema);
  EXPECT_EQ(body["logprobs"], true);
  EXPECT_EQ(body["top_logprobs"], 5);
}

TEST(WireRequest, TheSchemaInWordsWhereTheServerDoesNotKnowIt) {
  ChatRequest asked = request();
  asked.messages.push_back({"assistant", "Yes?"});
  for (const Structured structured : {Structured::kText, Structured::kJsonObject}) {
    const Json body = chat_body(asked, server(), structured);
    ASSERT_EQ(body["messages"].size(), 3U);
    const std::string last_user = body["messages"][1]["content"];
    EXPECT_THAT(last_user, StartsWith(asked.messages[1].content));
    EXPECT_THAT(last_user, EndsWith("JSON Schema, and nothing else: {\"type\":\"object\"}"));
    EXPECT_EQ(body["messages"][0]["content"], "You sort.");
    EXPECT_EQ(body.contains("response_format"), structured == Structured::kJsonObject);
  }
  EXPECT_EQ(chat_body(asked, server(), Structured::kJsonObject)["response_format"], Json({{"type", "json_object"}}));
  asked.messages = {{"system", "Sort."}};
  EXPECT_EQ(chat_body(asked, server(), Structured::kText)["messages"][1]["role"], "user");
}

TEST(WireRequest, FreeTextHasNoForm) {
  ChatRequest free = request();
  free.schema = nullptr;
  for (const Structured structured : {Structured::kText, Structured::kJsonObject, Structured::kJsonSchema}) {
    const Json body = chat_body(free, server(), structured);
    EXPECT_FALSE(body.contains("response_format"));
    EXPECT_EQ(body["messages"][1]["content"], free.messages[1].content);
  }
}

RC_GTEST_PROP(WireRequest, CanonicalBytesReadBackAreTheSameBytes,
              (const std::string& text, double number, std::int64_t integer)) {
  const Json body = {{"text", text}, {"number", number}, {text, integer}};
  const std::string bytes = canonical(body);
  RC_ASSERT(canonical(Json::parse(bytes)) == bytes);
}

}  // namespace
}  // namespace motive::llm
