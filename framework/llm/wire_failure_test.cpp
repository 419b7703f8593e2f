#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

using testing::HasSubstr;

/// {"error": {"message", "type", "code"}}; type and code as JSON.
std::string error(const std::string& message, const std::string& type = "null", const std::string& code = "null") {
  return R"({"error":{"message":)" + Json(message).dump() + R"(,"type":)" + type + R"(,"param":null,"code":)" + code + "}}";
}

const std::string kAnswer = R"({"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"x"}}]})";

TEST(Fate, ByStatus) {
  EXPECT_EQ(fate_of(200, kAnswer), Fate::kAnswer);
  EXPECT_EQ(fate_of(200, R"({"object":"list","data":[{"index":0,"embedding":[1]}]})"), Fate::kAnswer);
  for (const int status : {0, 100, 408, 409, 500, 501, 502, 503, 504, 520, 529})
    EXPECT_EQ(fate_of(status, ""), Fate::kRetry) << status;
  for (const int status : {400, 415, 422}) EXPECT_EQ(fate_of(status, error("no")), Fate::kRejected) << status;
  for (const int status : {301, 308, 401, 402, 403, 404, 405, 407}) EXPECT_EQ(fate_of(status, error("no")), Fate::kStop) << status;
  EXPECT_EQ(fate_of(413, "<html><title>413 Request Entity Too Large</title></html>"), Fate::kTooLong);
  EXPECT_EQ(fate_of(429, ""), Fate::kSlowDown);
}

TEST(Fate, AMalformedRequestOfOneServer) {
  EXPECT_EQ(fate_of(500, error("parse error at line 1, column 10: unexpected end of input", "\"server_error\"", "500")),
            Fate::kRetry);
  EXPECT_EQ(fate_of(400, error("'messages' is required", "\"invalid_request_error\"", "400")), Fate::kRejected);
}

TEST(Fate, PromptsThatAreTooLong) {
  EXPECT_EQ(
      fate_of(400, R"({"error":{"code":400,"message":"request (40019 tokens) exceeds the available context size (16384 tokens),)"
                   R"( try increasing it","type":"exceed_context_size_error","n_prompt_tokens":40019,"n_ctx":16384}})"),
      Fate::kTooLong);
  EXPECT_EQ(fate_of(400, error("no", "\"invalid_request_error\"", "\"context_length_exceeded\"")), Fate::kTooLong);
  for (const char* words :
       {"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
        "prompt is too long: 210000 tokens > 200000 maximum", "Please reduce the length of the messages or completion.",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000"}) {
    EXPECT_EQ(fate_of(400, error(words)), Fate::kTooLong) << words;
    EXPECT_EQ(fate_of(422, R"({"error":")" + std::string(words) + R"(","error_type":"validation"})"), Fate::kTooLong) << words;
    EXPECT_EQ(fate_of(400, R"({"object":"error","message":")" + std::string(words) + R"(","type":"BadRequestError","code":400})"),
              Fate::kTooLong);
  }
  EXPECT_EQ(fate_of(500, error("input is too large to process. increase the physical batch size")), Fate::kTooLong);
  EXPECT_EQ(fate_of(429, error("Request too large for m on tokens per min (TPM): Limit 10000, Requested 12000.", "\"tokens\"",
                               "\"rate_limit_exceeded\"")), Fate::kTooLong) << "it would never be let through";
  EXPECT_EQ(fate_of(400, error("max_tokens is too large: this model supports at most 4096 completion tokens")), Fate::kRejected);
}

TEST(Fate, QuotaAndRate) {
  EXPECT_EQ(fate_of(429, error("You exceeded your current quota, please check your plan and billing details.",
                               "\"insufficient_quota\"", "\"insufficient_quota\"")), Fate::kStop);
  EXPECT_EQ(fate_of(429, error("You exceeded your current quota.")), Fate::kStop);
  EXPECT_EQ(fate_of(429, error("The monthly spend limit of this key is reached", "null", "\"spend_limit_reached\"")),
            Fate::kStop);
  EXPECT_EQ(fate_of(429, error("x", "null", "\"billing_not_active\"")), Fate::kStop);
  EXPECT_EQ(fate_of(429, error("Rate limit reached for m on requests per min (RPM): Limit 3. Please try again in 20s. You can "
                               "increase your limit by adding a payment method in billing.",
                               "\"requests\"", "\"rate_limit_exceeded\"")),
            Fate::kSlowDown);
  EXPECT_EQ(fate_of(429, error("You exceeded your current quota, see billing. Please retry in 31s.", "null", "429")),
            Fate::kSlowDown);
  EXPECT_EQ(fate_of(400, error("Your credit balance is too low to access the API.", "\"invalid_request_error\"")), Fate::kStop);
  EXPECT_EQ(fate_of(400, error("API key not valid. Please pass a valid API key.")), Fate::kStop);
}

TEST(Fate, ErrorsThatComeWithASuccess) {
  EXPECT_EQ(fate_of(200, error("bad", "\"invalid_request_error\"")), Fate::kRejected);
  EXPECT_EQ(fate_of(200, error("bad", "null", "400")), Fate::kRejected);
  EXPECT_EQ(fate_of(200, error("bad", "null", "\"429\"")), Fate::kSlowDown);
  EXPECT_EQ(fate_of(200, error("slow", "null", "\"rate_limit_exceeded\"")), Fate::kSlowDown);
  EXPECT_EQ(fate_of(200, error("no key", "null", "401")), Fate::kStop);
  EXPECT_EQ(fate_of(200, error("busy", "null", "502")), Fate::kRetry);
  EXPECT_EQ(fate_of(200, error("busy")), Fate::kRetry);
  EXPECT_EQ(fate_of(200, error("the maximum context length is 8 tokens")), Fate::kTooLong);
  EXPECT_EQ(fate_of(200, R"({"error":"model is loading"})"), Fate::kRetry);
  EXPECT_EQ(fate_of(200, R"({"object":"error","message":"bad","type":"BadRequestError","code":400})"), Fate::kRejected);
  EXPECT_EQ(
      fate_of(200,
              R"({"choices":[{"error":{"code":502,"message":"upstream"},"finish_reason":"error","message":{"content":""}}]})"),
      Fate::kRetry);
  EXPECT_EQ(fate_of(200, R"({"error":null,"choices":[{"message":{"content":"x"}}]})"), Fate::kAnswer);
}

TEST(Fate, SuccessWithoutAnAnswer) {
  for (const char* body : {"", "<html></html>", "{}", R"({"choices":null})", R"({"choices":[]})", R"({"choices":[null]})",
                           R"({"choices":[{"message":null}]})", R"({"choices":[{"message":{"content":"hal)", R"({"data":[]})",
                           "data: {\"choices\":[{\"delta\":{\"content\":\"K\"}}]}\n\ndata: [DONE]\n\n"}) {
    EXPECT_EQ(fate_of(200, body), Fate::kRetry) << body;
  }
}

TEST(ErrorText, TheServersWords) {
  EXPECT_EQ(error_text(error("no\n such   model")), "no such model");
  EXPECT_EQ(error_text(R"({"object":"error","message":"bare"})"), "bare");
  EXPECT_EQ(error_text(R"({"error":"a text"})"), "a text");
  EXPECT_EQ(error_text(R"({"detail":"Not Found"})"), "Not Found");
  EXPECT_EQ(error_text(R"({"detail":[{"loc":["body"],"msg":"field required"},{"msg":"too short"}]})"),
            "field required; too short");
  EXPECT_EQ(error_text(R"([{"error":{"code":400,"message":"in a list","status":"INVALID_ARGUMENT"}}])"), "in a list");
  EXPECT_EQ(error_text(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"), "Overloaded");
  EXPECT_EQ(error_text("<html><head><TITLE>502 Bad\nGateway</TITLE></head><body>x</body></html>"), "502 Bad Gateway");
  EXPECT_EQ(error_text("<p>busy <b>now</b></p>"), "busy now");
  EXPECT_EQ(error_text("plain words"), "plain words");
  EXPECT_EQ(error_text(R"({"choices":[{"error":{"message":"upstream"}}]})"), "upstream");
  EXPECT_EQ(error_text(""), "");
  const std::string text = error_text(error(std::string(299, 'x') + "\xc3\xa9\xc3\xa9"));
  EXPECT_EQ(text, std::string(299, 'x') + "\xc3\xa9");
}

TEST(Outcome, Names) {
  EXPECT_STREQ(outcome_name(Outcome::kOk), "ok");
  EXPECT_STREQ(outcome_name(Outcome::kWrongFormat), "wrong format");
  EXPECT_STREQ(outcome_name(Outcome::kTooLong), "too long");
  EXPECT_STREQ(outcome_name(Outcome::kBroken), "broken");
}

}  // namespace
}  // namespace motive::llm
