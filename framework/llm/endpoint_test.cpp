#include "framework/llm/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace motive::llm {
namespace {

using testing::HasSubstr;

template <class T>
Result<T> read(const std::string& yaml) {
  config::Errors errors;
  const config::Node node = config::parse_yaml(yaml, "test.yaml", errors);
  T value = config::parse<T>(node, errors);
  if (!errors.empty()) return errors.error();
  return value;
}

std::string error_of(const std::string& yaml) {
  const auto endpoint = read<EndpointConfig>(yaml);
  return endpoint ? "" : endpoint.error().message;
}

const std::string kServer = "{base_url: http://localhost:8000/v1, model: tiny";

TEST(Endpoint, Defaults) {
  const auto endpoint = read<EndpointConfig>(kServer + "}");
  ASSERT_TRUE(endpoint) << endpoint.error().message;
  EXPECT_EQ(endpoint->kind, EndpointKind::kOpenai);
  EXPECT_EQ(endpoint->structured, Structured::kAuto);
  EXPECT_EQ(endpoint->limit_field, "max_completion_tokens");
  EXPECT_FALSE(endpoint->price);
  const auto offline = read<EndpointConfig>("{kind: offline}");
  ASSERT_TRUE(offline) << offline.error().message;
  EXPECT_TRUE(offline->is_offline());
}

TEST(Endpoint, KindsHaveTheirOwnFields) {
  EXPECT_THAT(error_of("{model: tiny}"), HasSubstr("needs `base_url`"));
  EXPECT_THAT(error_of("{base_url: http://localhost/v1}"), HasSubstr("needs `model`"));
  EXPECT_THAT(error_of(kServer + ", encoder: minilm}"), HasSubstr("belongs to kind offline"));
  EXPECT_EQ(error_of("{kind: offline, encoder: minilm}"), "");
  EXPECT_THAT(error_of("{kind: offline, encoder: large}"), HasSubstr("no encoder"));
  for (const char* field : {"base_url: http://a/v1", "model: x", "api_key_env: KEY", "requests_per_minute: 5",
                            "tokens_per_minute: 5", "structured: text", "limit_field: max_tokens", "sampling_fields: false",
                            "price: {input: 1, output: 2, as_of: 2025-01-31}"}) {
    EXPECT_THAT(error_of(std::string("{kind: offline, ") + field + "}"), HasSubstr("no meaning for kind offline")) << field;
  }
}

TEST(Endpoint, Addresses) {
  const auto error = [](const std::string& url) { return error_of("{model: tiny, base_url: \"" + url + "\"}"); };
  EXPECT_EQ(error("https://models.example/v1"), "");
  EXPECT_EQ(error("http://[::1]:8080"), "");
  EXPECT_THAT(error("localhost:8000/v1"), HasSubstr("https://"));
  EXPECT_THAT(error("ftp://models.example"), HasSubstr("https://"));
  EXPECT_THAT(error("https://"), HasSubstr("https://"));
  EXPECT_THAT(error("http://a b/v1"), HasSubstr("no spaces"));
  EXPECT_THAT(error("http://localhost/v1/"), HasSubstr("slash"));
  EXPECT_THAT(error("http://localhost/v1/chat/completions"), HasSubstr("leave out /chat/completions"));
  EXPECT_THAT(error("https://models.example/v1?key=abc"), HasSubstr("without ?"));
  EXPECT_THAT(error("https://name:word@models.example/v1"), HasSubstr("api_key_env"));
}

TEST(Endpoint, AKeyIsRefusedAndNotRepeated) {
  for (const std::string key : {"sk-proj-12345", "gsk_12345", "1KEY", "MY KEY"}) {
    const std::string error = error_of(kServer + ", api_key_env: \"" + key + "\"}");
    EXPECT_THAT(error, HasSubstr("environment variable"));
    EXPECT_THAT(error, testing::Not(HasSubstr(key)));
  }
  EXPECT_EQ(error_of(kServer + ", api_key_env: OPENAI_API_KEY}"), "");
}

TEST(Endpoint, PricesHaveADate) {
  const auto error = [](const std::string& price) { return error_of(kServer + ", price: {" + price + "}}"); };
  EXPECT_EQ(error("input: 0.15, output: 0.6, as_of: 2025-02-28"), "");
  EXPECT_EQ(error("input: 0.15, output: 0.6, cached: 0.075, as_of: \"2024-02-29\", currency: EUR"), "");
  EXPECT_THAT(error("input: 0.15, output: 0.6"), HasSubstr("as_of"));
  EXPECT_THAT(error("input: 0.15, as_of: 2025-01-01"), HasSubstr("output"));
  EXPECT_THAT(error("input: -1, output: 0.6, as_of: 2025-01-01"), HasSubstr("input"));
  for (const char* date : {"2025-02-29", "2025-13-01", "2025-1-1", "01.02.2025", "today"}) {
    EXPECT_THAT(error(std::string("input: 1, output: 1, as_of: ") + date), HasSubstr("YYYY-MM-DD")) << date;
  }
  EXPECT_THAT(error("input: 1, output: 1, as_of: 2025-01-01, currency: dollars"), HasSubstr("three letters"));
}

TEST(Endpoint, Bounds) {
  for (const char* field : {"connections: 0", "timeout: 0", "retries: -1", "reasks: 21", "limit_field: n", "structured: xml",
                            "context: -1", "kind: anthropic", "temperature: 1"}) {
    EXPECT_NE(error_of(kServer + ", " + field + "}"), "") << field;
  }
}

TEST(Endpoint, EveryFieldHasHelp) {
  for (const auto* table : {&EndpointConfig::table().core(), &Price::table().core(), &Budget::table().core()}) {
    for (const auto& field : table->fields()) EXPECT_FALSE(field.help.empty()) << field.name;
  }
}

TEST(Endpoint, JsonAndBack) {
  EndpointConfig endpoint;
  endpoint.base_url = "https://models.example/v1";
  endpoint.model = "m\xc3\xbc \"quoted\": 010";
  endpoint.api_key_env = "SOME_KEY";
  endpoint.limit_field = "max_tokens";
  endpoint.structured = Structured::kText;
  endpoint.sampling_fields = false;
  endpoint.context = 131072;
  endpoint.connections = 3;
  endpoint.requests_per_minute = 500;
  endpoint.tokens_per_minute = 200'000'000'000;
  endpoint.timeout = 0.1 + 0.2;
  endpoint.retries = 0;
  endpoint.reasks = 7;
  endpoint.price = Price{0.1, 1.0 / 3, 0.025, "2025-06-30", "EUR"};
  const Json json = endpoint_to_json(endpoint);
  const auto back = endpoint_from_json(json);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(endpoint_to_json(*back), json);
  EXPECT_EQ(back->model, endpoint.model);
  EXPECT_EQ(back->timeout, endpoint.timeout);
  EXPECT_EQ(back->price->output, endpoint.price->output);
  EXPECT_EQ(back->price->cached, endpoint.price->cached);
  EXPECT_EQ(back->tokens_per_minute, endpoint.tokens_per_minute);
  EndpointConfig offline;
  offline.kind = EndpointKind::kOffline;
  const auto again = endpoint_from_json(endpoint_to_json(offline));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->is_offline());
  EXPECT_FALSE(endpoint_from_json(Json("text")));
  EXPECT_FALSE(endpoint_from_json({{"kind", "openai"}}));
}

TEST(Endpoint, IdentityIsWhatAnswersDependOn) {
  EndpointConfig endpoint;
  endpoint.base_url = "https://models.example/v1";
  endpoint.model = "tiny";
  const Json identity = endpoint.identity();
  EXPECT_EQ(identity, Json({{"kind", "openai"}, {"model", "tiny"}, {"structured", "auto"}, {"encoder", ""},
                            {"limit_field", "max_completion_tokens"}, {"sampling_fields", true}}));
  EndpointConfig other = endpoint;
  other.base_url = "http://elsewhere/v1";
  other.api_key_env = "KEY";
  other.connections = 1;
  other.timeout = 1;
  other.retries = 1;
  other.reasks = 0;
  other.price = Price{1, 1, {}, "2025-01-01", "USD"};
  EXPECT_EQ(other.identity(), identity);
  other.structured = Structured::kText;
  EXPECT_NE(other.identity(), identity);
  EndpointConfig offline;
  offline.kind = EndpointKind::kOffline;
  EXPECT_EQ(offline.identity()["kind"], "offline");
  EXPECT_THAT(offline.identity()["model"].get<std::string>(), HasSubstr("offline"));
}

TEST(Budget, EmptyIsNoCeiling) {
  const auto none = read<Budget>("{}");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  const auto some = read<Budget>("{money: 2.5, calls: 100000}");
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(some->money, 2.5);
  EXPECT_EQ(some->calls, 100000);
  EXPECT_FALSE(some->tokens);
  EXPECT_FALSE(some->empty());
  EXPECT_FALSE(read<Budget>("{money: -1}"));
}

}  // namespace
}  // namespace motive::llm
