#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

using testing::HasSubstr;

/// An answer with one choice: `message` and the finish_reason as JSON.
std::string answer(const std::string& message, const std::string& finish,
                   const std::string& usage = R"({"completion_tokens":8,"prompt_tokens":21,"total_tokens":29,)"
                                              R"("prompt_tokens_details":{"cached_tokens":20}})") {
  return R"({"choices":[{"finish_reason":)" + finish + R"(,"index":0,"message":)" + message +
         R"(}],"model":"tiny-1","object":"chat.completion","usage":)" + usage + "}";
}

std::string saying(const std::string& content) { return R"({"role":"assistant","content":)" + content + "}"; }

TEST(WireAnswer, AnAnswer) {
  const ChatAnswer read = read_chat(answer(saying(R"("{\n\n\"ranking\":[\"c30\"]}")"), R"("stop")"), 400);
  EXPECT_EQ(read.outcome, Outcome::kOk) << read.problem;
  EXPECT_EQ(read.text, "{\n\n\"ranking\":[\"c30\"]}");
  EXPECT_EQ(read.model, "tiny-1");
  EXPECT_EQ(read.problem, "");
  EXPECT_TRUE(read.logprobs.is_null());
  EXPECT_TRUE(read.usage.reported);
  EXPECT_EQ(read.usage.prompt, 21);
  EXPECT_EQ(read.usage.cached, 20);
  EXPECT_EQ(read.usage.completion, 8);
}

TEST(WireAnswer, TheFirstOfSeveralChoices) {
  const ChatAnswer read = read_chat(R"({"choices":[{"finish_reason":"stop","message":{"content":"K:"}},
                                       {"finish_reason":"length","message":{"content":"uv"}}]})", 5);
  EXPECT_EQ(read.outcome, Outcome::kOk);
  EXPECT_EQ(read.text, "K:");
}

TEST(WireAnswer, CutOff) {
  const ChatAnswer read = read_chat(answer(saying(R"("{\n\n\"rank")"), R"("length")"), 8);
  EXPECT_EQ(read.outcome, Outcome::kTruncated);
  EXPECT_THAT(read.problem, HasSubstr("cut off at 8 tokens"));
  EXPECT_EQ(read.text, "{\n\n\"rank");
  EXPECT_EQ(read_chat(answer(saying("\"x\""), "\"MAX_TOKENS\""), 8).outcome, Outcome::kTruncated);
}

TEST(WireAnswer, AServerThatDoesNotKeepToTheLimit) {
  const ChatAnswer read = read_chat(answer(saying("\"x\""), "\"stop\"", R"({"completion_tokens":32739,"prompt_tokens":3})"), 30);
  EXPECT_EQ(read.outcome, Outcome::kTruncated);
  EXPECT_THAT(read.problem, HasSubstr("limit_field"));
  EXPECT_EQ(read_chat(answer(saying("\"x\""), "\"stop\"", R"({"completion_tokens":30,"prompt_tokens":3})"), 30).outcome,
            Outcome::kOk);
}

TEST(WireAnswer, Refusals) {
  const ChatAnswer read = read_chat(answer(R"({"content":null,"refusal":"I cannot."})", "\"stop\""), 30);
  EXPECT_EQ(read.outcome, Outcome::kRefused);
  EXPECT_THAT(read.problem, HasSubstr("I cannot."));
  EXPECT_EQ(read_chat(answer(saying("\"half\""), "\"content_filter\""), 30).outcome, Outcome::kRefused);
  EXPECT_EQ(read_chat(answer(saying("null"), "\"SAFETY\""), 30).outcome, Outcome::kRefused);
  EXPECT_EQ(read_chat(answer(R"({"content":[{"type":"refusal","refusal":"No."}]})", "\"stop\""), 30).outcome, Outcome::kRefused);
  EXPECT_EQ(read_chat(answer(R"({"content":"yes","refusal":null})", "\"stop\""), 30).outcome, Outcome::kOk);
}

TEST(WireAnswer, EmptyAnswers) {
  EXPECT_EQ(read_chat(answer(saying("null"), "\"stop\""), 30).outcome, Outcome::kWrongFormat);
  EXPECT_EQ(read_chat(answer(saying("\" \\n \""), "\"stop\""), 30).outcome, Outcome::kWrongFormat);
  EXPECT_THAT(read_chat(answer(saying("null"), "\"tool_calls\""), 30).problem, HasSubstr("tool"));
}

TEST(WireAnswer, ContentInParts) {
  EXPECT_EQ(read_chat(answer(saying(R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])"), "\"stop\""), 30).text, "ab");
}

TEST(WireAnswer, UsageThatIsMissingIsEstimated) {
  const std::string text = saying("\"some words here\"");
  for (const char* usage : {"null", "{}", R"({"prompt_tokens":5})", R"({"completion_tokens":null})", "7"}) {
    const ChatAnswer read = read_chat(answer(text, "\"stop\"", usage), 2);
    EXPECT_FALSE(read.usage.reported) << usage;
    EXPECT_EQ(read.usage.completion, estimate_tokens("some words here"));
    EXPECT_EQ(read.outcome, Outcome::kOk) << "an estimate proves nothing";
  }
  const ChatAnswer odd = read_chat(
      answer(text, "\"stop\"", R"({"completion_tokens":3,"prompt_tokens":-4,"prompt_tokens_details":{"cached_tokens":1e99}})"),
      30);
  EXPECT_EQ(odd.usage.prompt, 0);
  EXPECT_EQ(odd.usage.cached, 0);
  EXPECT_TRUE(read_chat(answer(text, "\"stop\"", R"({"completion_tokens":3,"prompt_tokens":4,"prompt_tokens_details":null})"), 30)
                  .usage.reported);
}

TEST(WireAnswer, Logprobs) {
  const ChatAnswer read = read_chat(R"({"choices":[{"finish_reason":"length","message":{"content":"K"},"logprobs":
      {"content":[{"token":"K","logprob":-4.5,"top_logprobs":[{"token":"P","logprob":-3.2}]}]}}]})", 1);
  EXPECT_EQ(read.logprobs["content"][0]["top_logprobs"][0]["token"], "P");
}

TEST(WireAnswer, WhatIsNoAnswer) {
  for (const char* body :
       {"", "<html>502</html>", "null", "[]", "{}", R"({"choices":null})", R"({"choices":[]})", R"({"choices":[null]})",
        R"({"choices":[{"message":null}]})", R"({"choices":[{"finish_reason":"stop","mess)"}) {
    const ChatAnswer read = read_chat(body, 10);
    EXPECT_EQ(read.outcome, Outcome::kWrongFormat) << body;
    EXPECT_NE(read.problem, "") << body;
  }
}

RC_GTEST_PROP(WireAnswer, AnyBytesAreRead, (const std::string& bytes)) {
  read_chat(bytes, 10);
  fate_of(200, bytes);
  fate_of(400, bytes);
  error_text(bytes);
  json_in(bytes).has_value();
  RC_ASSERT(!read_embeddings(bytes, 1).has_value());
}

/// Every member of a good body in turn, replaced by something else.
TEST(WireAnswer, AnyFieldMayBeAnything) {
  const Json good = Json::parse(answer(R"({"content":"x","refusal":null})", "\"stop\""));
  const std::vector<Json> odd = {nullptr,         true, -1, 1e300, "text", Json::array(), Json::object(), Json::array({1}),
                                 {{"message", 1}}};
  const Json flat = good.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (Json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
      for (const Json& other : odd) {
        Json body = good;
        body[at] = other;
        const std::string bytes = canonical(body);
        fate_of(200, bytes);
        read_chat(bytes, 10);
      }
    }
  }
}

TEST(WireAnswer, ManyBracketsDoNotExhaustTheStack) {
  const std::string deep(200'000, '[');
  EXPECT_EQ(fate_of(200, deep), Fate::kRetry);
  EXPECT_FALSE(json_in(deep));
  EXPECT_FALSE(json_in(deep + std::string(200'000, ']')));
  EXPECT_FALSE(json_in("{\"a\":" + deep + std::string(200'000, ']') + "}"));
}

TEST(Usage, CostAndSums) {
  EndpointConfig endpoint;
  EXPECT_EQ(cost_of({1000, 0, 1000, true}, endpoint), 0);
  endpoint.price = Price{2, 8, {}, "2025-01-01", "USD"};
  EXPECT_DOUBLE_EQ(cost_of({1000, 400, 100, true}, endpoint), (1000 * 2.0 + 100 * 8.0) / 1e6);
  endpoint.price->cached = 0.5;
  EXPECT_DOUBLE_EQ(cost_of({1000, 400, 100, true}, endpoint), (600 * 2.0 + 400 * 0.5 + 100 * 8.0) / 1e6);
  EXPECT_DOUBLE_EQ(cost_of({100, 400, 0, true}, endpoint), 100 * 0.5 / 1e6) << "more cached than there was";
  Usage sum;
  sum += Usage{10, 2, 3, true};
  EXPECT_TRUE(sum.reported);
  sum += Usage{1, 0, 1, false};
  EXPECT_FALSE(sum.reported);
  EXPECT_EQ(sum.prompt, 11);
  EXPECT_EQ(sum.cached, 2);
  EXPECT_EQ(sum.completion, 4);
}

TEST(Tokens, Estimate) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_EQ(estimate_tokens("the cat sat"), 3);
  EXPECT_GE(estimate_tokens("internationalization"), 2);
  EXPECT_GE(estimate_tokens("\xe4\xbd\xa0\xe5\xa5\xbd"), 2);
  EXPECT_GE(estimate_tokens("{\"a\": [1, 2]}"), 8);
}

RC_GTEST_PROP(Tokens, APartHasNoMoreTokensThanTheWhole, (const std::string& a, const std::string& b)) {
  RC_ASSERT(estimate_tokens(a) <= estimate_tokens(a + b));
  RC_ASSERT(estimate_tokens(a + b) <= estimate_tokens(a) + estimate_tokens(b) + 1);
}

}  // namespace
}  // namespace motive::llm
