#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;

std::string fault(const std::string& body, std::size_t texts) {
  const auto vectors = read_embeddings(body, texts);
  return vectors ? "" : vectors.error().message;
}

TEST(Embeddings, InTheOrderOfTheTexts) {
  const auto vectors =
      read_embeddings(R"({"object":"list","data":[{"index":1,"embedding":[0,-2]},{"index":0,"embedding":[3,4.0]}]})", 2);
  ASSERT_TRUE(vectors) << vectors.error().message;
  EXPECT_THAT((*vectors)[0], ElementsAre(FloatEq(0.6F), FloatEq(0.8F)));
  EXPECT_THAT((*vectors)[1], ElementsAre(FloatEq(0), FloatEq(-1)));
  EXPECT_EQ(fault(R"({"data":[{"embedding":[1]},{"embedding":[2]}]})", 2), "") << "without index they are in order";
}

TEST(Embeddings, Base64) {
  // 3.0 and 4.0 as little-endian floats: 00 00 40 40 00 00 80 40.
  for (const char* text : {"AABAQAAAgEA=", "AABAQAAAgEA"}) {
    const auto vectors = read_embeddings(R"({"data":[{"index":0,"embedding":")" + std::string(text) + R"("}]})", 1);
    ASSERT_TRUE(vectors) << vectors.error().message;
    EXPECT_THAT((*vectors)[0], ElementsAre(FloatEq(0.6F), FloatEq(0.8F)));
  }
  EXPECT_THAT(fault(R"({"data":[{"embedding":"AABAQA-_"}]})", 1), HasSubstr("base64"));
  EXPECT_THAT(fault(R"({"data":[{"embedding":"AAAA"}]})", 1), HasSubstr("base64"));
  EXPECT_THAT(fault(R"({"data":[{"embedding":"AADAfwAAgEA="}]})", 1), HasSubstr("no length")) << "not a number";
}

TEST(Embeddings, WhatIsWrongIsSaid) {
  EXPECT_THAT(fault("<html><title>busy</title>", 1), HasSubstr("busy"));
  EXPECT_THAT(fault(R"({"data":null})", 1), HasSubstr("no answer"));
  EXPECT_THAT(fault(R"({"data":[{"embedding":[1]}]})", 2), HasSubstr("2 texts were sent and 1 vectors came"));
  EXPECT_THAT(fault(R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})", 2), HasSubstr("two vectors"));
  for (const char* index : {"2", "-1", "0.5", "\"0\"", "1e99"}) {
    EXPECT_THAT(fault(std::string(R"({"data":[{"index":)") + index + R"(,"embedding":[1]},{"index":1,"embedding":[1]}]})", 2),
                HasSubstr("`index`")) << index;
  }
  EXPECT_THAT(fault(R"({"data":[{"embedding":[1,2]},{"embedding":[1]}]})", 2), HasSubstr("different lengths"));
  EXPECT_THAT(fault(R"({"data":[{"embedding":[0,0]}]})", 1), HasSubstr("no length"));
  EXPECT_THAT(fault(R"({"data":[{"embedding":[]}]})", 1), HasSubstr("no length"));
  EXPECT_THAT(fault(R"({"data":[{"embedding":[1,null]}]})", 1), HasSubstr("no number"));
  EXPECT_THAT(fault(R"({"data":[{}]})", 1), HasSubstr("missing"));
  EXPECT_THAT(fault(R"({"data":[7]})", 1), HasSubstr("missing"));
}

}  // namespace
}  // namespace motive::llm
