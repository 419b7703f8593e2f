#include "framework/data/python_literal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/base/json.h"

namespace motive {
namespace {

/// As JSON, or "! " and what is wrong.
std::string converted(const std::string& literal) {
  std::string json;
  const std::string wrong = python_to_json(literal, json);
  return wrong.empty() ? json : "! " + wrong;
}

TEST(PythonLiteral, EveryKindOfValue) {
  EXPECT_EQ(converted("{'a': 1, \"b\": -2.5e-3, 'c': None, 'd': True, 'e': False}"),
            "{\"a\":1,\"b\":-2.5e-3,\"c\":null,\"d\":true,\"e\":false}");
  EXPECT_EQ(converted("[[], {}, (), (1,), [1, 2,], 12345678901234L, +3]"),
            "[[],{},[],[1],[1,2],12345678901234,3]");
  EXPECT_EQ(converted(" { 'a' : [ 'x' , u'y' ] } "), "{\"a\":[\"x\",\"y\"]}");
}

TEST(PythonLiteral, Strings) {
  EXPECT_EQ(converted(R"('it\'s')"), R"("it's")");
  EXPECT_EQ(converted(R"("say \"hi\" 'you'")"), R"("say \"hi\" 'you'")");
  EXPECT_EQ(converted(R"('a\tb\nc\\d')"), R"("a\u0009b\u000ac\\d")");
  EXPECT_EQ(converted(R"('caf\xc3\xa9')"), "\"caf\xc3\xa9\"");  // bytes that are UTF-8
  EXPECT_EQ(converted(R"('caf\xe9')"), "\"caf\xc3\xa9\"");      // bytes that are not
  EXPECT_EQ(converted(R"(u'caf\xe9 \u20ac \U0001f600')"),
            "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
  EXPECT_EQ(converted(R"(u'\ud83d\ude00')"), "\"\xf0\x9f\x98\x80\"");  // a pair
  EXPECT_EQ(converted(R"(u'\ud83d!')"), "\"\xef\xbf\xbd!\"");          // half of one
  EXPECT_EQ(converted(R"('\101\60')"), R"("A0")");
  EXPECT_EQ(converted(R"('\d \%')"), R"("\\d \\%")");
}

TEST(PythonLiteral, WhatIsNoLiteralIsRefusedWithItsPlace) {
  using testing::StartsWith;
  EXPECT_EQ(converted(""), "! the line ends where a value was expected, at character 1");
  EXPECT_EQ(converted("{'a': 1"), "! expected `,` or `}` at character 8");
  EXPECT_EQ(converted("{'a' 1}"), "! expected `:` at character 6");
  EXPECT_EQ(converted("[1 2]"), "! expected `,` or the end of the list at character 4");
  EXPECT_EQ(converted("{'a': 1} x"), "! text stands behind the value at character 10");
  EXPECT_EQ(converted("{'a': open('f')}"),
            "! not a dict, list, string, number, True, False or None at character 7");
  EXPECT_EQ(converted("{'a': 'b}"), "! a string does not end; it begins at character 7");
  EXPECT_EQ(converted(R"({'a': 'b\'})"), "! a string does not end; it begins at character 7");
  EXPECT_EQ(converted(R"({'a': '\x4'})"),
            "! an escape in a string is not complete; it begins at character 7");
  EXPECT_EQ(converted("{1: 2}"),
            "! not a dict, list, string, number, True, False or None at character 2");
  EXPECT_EQ(converted("nan"),
            "! not a dict, list, string, number, True, False or None at character 1");
  EXPECT_THAT(converted(std::string(100000, '[')), StartsWith("! nested deeper than 64"));
}

TEST(PythonLiteral, ADictIsToldFromAnObject) {
  EXPECT_TRUE(is_python_dict("{'a': 1}"));
  EXPECT_TRUE(is_python_dict("{ u'a': 1}"));
  EXPECT_FALSE(is_python_dict("{\"a\": 1}"));
  EXPECT_FALSE(is_python_dict("{}"));
  EXPECT_FALSE(is_python_dict("['a']"));
}

/// As Python 3 writes them: printable text as it is.
RC_GTEST_PROP(PythonLiteral, StringsComeBack, (const std::string& bytes)) {
  std::string literal = "'";
  for (const char c : bytes) {
    if (c == '\'' || c == '\\') {
      literal += '\\';
      literal += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) {
      literal += fmt::format("\\x{:02x}", static_cast<unsigned char>(c) & 0x7f);
    } else {
      literal += c;
    }
  }
  std::string expected = bytes;
  for (char& c : expected) c = static_cast<char>(c & 0x7f);
  std::string json;
  RC_ASSERT(python_to_json(literal + "'", json).empty());
  RC_ASSERT(Json::parse(json).get<std::string>() == expected);
}

RC_GTEST_PROP(PythonLiteral, AnyTextIsReadAsJsonOrRefused, (const std::string& text)) {
  std::string json;
  if (python_to_json(text, json).empty()) RC_ASSERT(!json.empty());
}

}  // namespace
}  // namespace motive
