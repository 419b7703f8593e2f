#include "framework/report/unicode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace motive {
namespace {

using ::testing::ElementsAre;

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("bpr"), 3u);
  EXPECT_EQ(display_width("Größe"), 5u);
  EXPECT_EQ(display_width("Gro\xCC\x88\xC3\x9F"
                          "e"),
            5u);  // o and a combining diaeresis
  EXPECT_EQ(display_width("混合"), 4u);
  EXPECT_EQ(display_width("추천"), 4u);
  EXPECT_EQ(display_width("±0.1"), 4u);
  EXPECT_EQ(display_width("🎬"), 2u);
  EXPECT_EQ(display_width("\xFF\xC0\xAF"), 3u);  // no UTF-8: a column a byte
}

TEST(Printable, LeavesNothingThatMovesTheCursor) {
  EXPECT_EQ(printable("plain ü 混"), "plain ü 混");
  EXPECT_EQ(printable("two\r\nlines\tand"), "two  lines and");
  EXPECT_EQ(printable("\033[31mred"), "\uFFFD[31mred");
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b"),
            "a\uFFFDb");  // right-to-left override
  EXPECT_EQ(printable("cut \xE6\xB7"), "cut \uFFFD\uFFFD");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
}

TEST(Wrap, BreaksAtSpacesOnly) {
  EXPECT_THAT(wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("incompressible words", 5), ElementsAre("incompressible", "words"));
  EXPECT_THAT(wrap("", 10), ElementsAre(""));
  EXPECT_THAT(wrap("混合 混合", 4), ElementsAre("混合", "混合"));
}

RC_GTEST_PROP(Printable, IsOneLineAndStaysAsItIs, (const std::string& bytes)) {
  const std::string once = printable(bytes);
  RC_ASSERT(printable(once) == once);
  RC_ASSERT(std::none_of(once.begin(), once.end(), [](char c) { return c >= 0 && c < 0x20; }));
}

}  // namespace
}  // namespace motive
