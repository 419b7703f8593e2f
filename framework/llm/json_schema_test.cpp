#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

using testing::HasSubstr;

std::string found(const std::string& text) {
  const auto json = json_in(text);
  return json ? canonical(*json) : "";
}
std::string refused(const std::string& text) {
  const auto json = json_in(text);
  return json ? "" : json.error().message;
}

TEST(JsonIn, TheWholeText) {
  EXPECT_EQ(found(" {\"a\": 1}\n"), "{\"a\":1}");
  EXPECT_EQ(found("\xef\xbb\xbf{\"a\":\"\xc3\xa9\"}"), "{\"a\":\"\xc3\xa9\"}");
  EXPECT_EQ(found("[1, 2]"), "[1,2]");
  EXPECT_EQ(found("{\n\n\"ranking\"\n   :\n\n  [\n\n\"c30\",\n\n\"c30\"]\n\n }"), "{\"ranking\":[\"c30\",\"c30\"]}");
}

TEST(JsonIn, InAFence) {
  EXPECT_EQ(found("Here you are:\n```json\n{\"a\": [1]}\n```\nGood luck {you}!"), "{\"a\":[1]}");
  EXPECT_EQ(found("```\n{\"a\":1}```"), "{\"a\":1}");
  EXPECT_EQ(found("```json {\"a\":1} ```"), "{\"a\":1}");
  EXPECT_EQ(found("```json\n{\"a\":\"```\"}\n```"), "{\"a\":\"```\"}");
  EXPECT_EQ(found("```json\n{\"a\":1}"), "{\"a\":1}");
}

TEST(JsonIn, AfterWords) {
  EXPECT_EQ(found("Sure! {\"a\": \"}\\\"{\"} And {\"b\": 2}."), "{\"a\":\"}\\\"{\"}");
  EXPECT_EQ(found("For {user}: {\"a\": {\"b\": 1}}"), "{\"a\":{\"b\":1}}");
}

TEST(JsonIn, ThoughtsAreNoAnswer) {
  EXPECT_EQ(found("<think>perhaps {\"a\": 1}?</think>\n{\"a\": 2}"), "{\"a\":2}");
  EXPECT_NE(refused("<think>perhaps {\"a\": 1}? or"), "");
}

TEST(JsonIn, Refused) {
  for (const char* text :
       {"", "  ", "K:\n;3&C|R(u++3", "no", "{", "{\n\n\"rank", "{\"a\": {\"b\": 1}", "{\"a\": \"}", "Sure: {\"a\": [1, 2",
        "{'a': 1}", "{\"a\": 1,}", "[{\"a\":1}, {\"a\"", "Here: [{\"a\":1}, {\"a\"", "```json\n{\"a\":\n```"}) {
    EXPECT_NE(refused(text), "") << text;
  }
  EXPECT_THAT(refused("{\"a\": {\"b\": 1}"), HasSubstr("cut off"));
  EXPECT_THAT(refused("I would rather not."), HasSubstr("no JSON object"));
}

const Json kSchema = Json::parse(R"({"type":"object","additionalProperties":false,"required":["ranking","note"],"properties":{
    "ranking":{"type":"array","minItems":1,"maxItems":3,"items":{"type":"object","required":["id"],"properties":{
        "id":{"type":"string","enum":["c1","c2"]},"score":{"type":"number","minimum":0,"maximum":1}}}},
    "note":{"type":["string","null"],"maxLength":3},"count":{"type":"integer"}}})");

std::string fault(const char* text) { return schema_fault(Json::parse(text), kSchema); }

TEST(SchemaFault, None) {
  EXPECT_EQ(fault(R"({"ranking":[{"id":"c1","score":0.5,"more":[]}],"note":null})"), "");
  EXPECT_EQ(fault(R"({"ranking":[{"id":"c2","score":0},{"id":"c2","score":1}],"note":"\u00e9\u00e9\u00e9","count":3.0})"), "");
}

TEST(SchemaFault, TheFirstWithItsPlace) {
  EXPECT_THAT(fault("[]"), HasSubstr("the answer is `[]`, not of type object"));
  EXPECT_THAT(fault(R"({"ranking":[]})"), HasSubstr("the answer lacks `note`"));
  EXPECT_THAT(fault(R"({"ranking":[],"note":""})"), HasSubstr("`ranking` has 0 entries, at least 1"));
  EXPECT_THAT(fault(R"({"ranking":[{},{},{},{}],"note":""})"), HasSubstr("`ranking` has 4 entries, at most 3"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":"c1"},{"id":"c9"}],"note":""})"),
              HasSubstr("`ranking[1].id` is `\"c9\"`, which is none"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":"c1"},{}],"note":""})"), HasSubstr("`ranking[1]` lacks `id`"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":1}],"note":""})"), HasSubstr("`ranking[0].id` is `1`, not of type string"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":"c1","score":1.5}],"note":""})"), HasSubstr("above 1"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":"c1","score":-0.1}],"note":""})"), HasSubstr("below 0"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":"c1"}],"note":"four"})"), HasSubstr("`note` has 4 characters, at most 3"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":"c1"}],"note":7})"), HasSubstr("none of the types"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":"c1"}],"note":"","count":1.5})"), HasSubstr("`count` is `1.5`, not of type integer"));
  EXPECT_THAT(fault(R"({"ranking":[{"id":"c1"}],"note":"","other":1})"),
              HasSubstr("has `other`, which the schema does not know"));
}

TEST(SchemaFault, OthersByTheirOwnSchema) {
  const Json schema = {{"type", "object"}, {"additionalProperties", {{"type", "number"}}}};
  EXPECT_EQ(schema_fault({{"a", 1}}, schema), "");
  EXPECT_THAT(schema_fault({{"a", "x"}}, schema), HasSubstr("`a`"));
}

}  // namespace
}  // namespace motive::llm
