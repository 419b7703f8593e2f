#include "framework/report/render_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/base/temporary_folder.h"
#include "framework/report/test_html.h"

namespace motive {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

FigureGroup group_of(const std::vector<std::string>& names, int height = 100) {
  FigureGroup group{"metric", "", "", {}, {}};
  for (const std::string& name : names) {
    group.figures.push_back({name, name, "", {{"usermeta", {{"made_by", "motive"}}}, {"height", height}}, {}});
  }
  return group;
}

/// A shell in place of Python: its script notes each call and writes both pictures.
class Drawing {
 public:
  explicit Drawing(const std::string& end = "") {
    const std::string script = "echo call >> '" + log().string() + "'; folder=$1; shift; " + (end.empty() ? kDraw : end) + "\n";
    EXPECT_TRUE(write_file_atomic(renderer.script = folder_.path() / "draw.sh", script));
    renderer.pythons = {"/nowhere/python", "/bin/sh"};
    renderer.timeout_seconds = 1;
  }
  std::size_t calls() const {
    const auto text = read_file(log());
    return text ? static_cast<std::size_t>(std::count(text->begin(), text->end(), '\n')) : 0;
  }
  Path figures() const { return folder_.path() / "figures"; }
  FigureRenderer renderer;

 private:
  Path log() const { return folder_.path() / "log"; }
  static constexpr const char* kDraw = "for n; do cp \"$folder/$n.vl.json\" \"$folder/$n.svg\"; touch \"$folder/$n.pdf\"; done";
  TemporaryFolder folder_;
};

TEST(RenderFigures, DrawsWhatIsNewOnce) {
  Drawing drawing;
  const auto first = render_figures({group_of({"a", "b"})}, drawing.figures(), drawing.renderer);
  EXPECT_EQ(first.fault, "");
  EXPECT_EQ(first.svg.size(), 2U);
  const auto second = render_figures({group_of({"a", "b"})}, drawing.figures(), drawing.renderer);
  EXPECT_EQ(second.svg, first.svg);
  EXPECT_EQ(drawing.calls(), 1U);
  std::filesystem::remove(drawing.figures() / "a.pdf");
  render_figures({group_of({"a", "b"})}, drawing.figures(), drawing.renderer);
  EXPECT_EQ(drawing.calls(), 2U);
}

TEST(RenderFigures, AChangedSpecificationIsDrawnAgain) {
  Drawing drawing;
  const auto first = render_figures({group_of({"a"})}, drawing.figures(), drawing.renderer);
  const auto second = render_figures({group_of({"a"}, 200)}, drawing.figures(), drawing.renderer);
  EXPECT_NE(first.svg.at("a"), second.svg.at("a"));
  // Without the package the picture of another specification must not stay.
  const auto third = render_figures({group_of({"a"}, 300)}, drawing.figures(), {});
  EXPECT_EQ(third.svg.count("a"), 0U);
  EXPECT_FALSE(is_there(drawing.figures() / "a.pdf"));
}

TEST(RenderFigures, OldOnesGoAndThoseOfOthersStay) {
  Drawing drawing;
  render_figures({group_of({"a", "b"})}, drawing.figures(), drawing.renderer);
  ASSERT_TRUE(write_file_atomic(drawing.figures() / "mine.vl.json", "{}"));
  ASSERT_TRUE(write_file_atomic(drawing.figures() / "mine.svg", "<svg/>"));
  render_figures({group_of({"a"})}, drawing.figures(), drawing.renderer);
  for (const char* ending : {".vl.json", ".svg", ".pdf"}) EXPECT_FALSE(is_there(drawing.figures() / (std::string("b") + ending)));
  EXPECT_TRUE(is_there(drawing.figures() / "a.svg"));
  EXPECT_TRUE(is_there(drawing.figures() / "mine.svg"));
}

TEST(RenderFigures, WithoutThePackageTheRemedyIsNamed) {
  Drawing drawing("exit 3");
  const auto rendered = render_figures({group_of({"a"})}, drawing.figures(), drawing.renderer);
  EXPECT_THAT(rendered.fault, HasSubstr("motive setup --figures"));
  EXPECT_TRUE(is_there(drawing.figures() / "a.vl.json"));
  const TemporaryFolder folder;
  EXPECT_THAT(render_figures({group_of({"a"})}, folder.path(), {}).fault, HasSubstr("motive setup --figures"));
  EXPECT_EQ(render_figures({}, folder.path() / "none", {}).fault, "");
}

TEST(RenderFigures, FailuresAndEndlessScriptsAreSaid) {
  Drawing failing("echo \"b: no such mark\" >&2; n=$1; touch \"$folder/$n.svg\" \"$folder/$n.pdf\"; exit 1");
  const auto rendered = render_figures({group_of({"a", "b"})}, failing.figures(), failing.renderer);
  EXPECT_THAT(rendered.fault, HasSubstr("b: no such mark"));
  EXPECT_EQ(rendered.svg.size(), 1U);
  Drawing endless("exec sleep 100");
  EXPECT_THAT(render_figures({group_of({"a"})}, endless.figures(), endless.renderer).fault, HasSubstr("did not end in time"));
}

TEST(RenderFigures, AFolderThatCannotBeWrittenIsSaid) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "figures", "a file"));
  EXPECT_THAT(render_figures({group_of({"a"})}, folder.path() / "figures", {}).fault, HasSubstr("cannot be written"));
}

/// With the package itself, where it is there.
TEST(RenderFigures, ThePackageDraws) {
  const TemporaryFolder folder;
  FigureGroup group = group_of({"a"});
  group.figures[0].spec = OrderedJson::parse(
      R"({"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": [{"x": "<b>&", "y": 2}]},
    "mark": {"type": "bar", "color": "#1f6fb4"}, "encoding": {"x": {"field": "x", "type": "nominal"}, "y": {"field": "y", "type": "quantitative"}}})");
  const auto rendered = render_figures({group}, folder.path(), default_renderer());
  if (rendered.fault.find("setup --figures") != std::string::npos) GTEST_SKIP() << rendered.fault;
  ASSERT_EQ(rendered.fault, "");
  const auto svg = inline_svg(rendered.svg.at("a"), "f", "title", "text");
  ASSERT_TRUE(svg.has_value()) << svg.error().message;
  EXPECT_EQ(test::XmlCheck(*svg).fault(), "");
  EXPECT_THAT(*svg, HasSubstr("var(--s1)"));
  EXPECT_TRUE(read_file(folder.path() / "a.pdf")->starts_with("%PDF"));
}

constexpr const char* kPicture =
    R"x(<svg xmlns="http://www.w3.org/2000/svg" class="marks" width="358" height="82" viewBox="0 0 358 82"><defs><clipPath id="c0"><rect x="0" width="9"/></clipPath></defs><g transform="translate(79.123456,5)" role="graphics-object" clip-path="url(#c0)"><path d="M0.5,1e-7h269.98765v40" stroke="#dde2e9" fill="#1f6fb4"/><text font-family="x" fill="#123456">a &lt;b</text></g></svg>)x";

TEST(InlineSvg, ColoursAreThePagesIdsAreItsOwnNumbersAreShort) {
  const auto svg = inline_svg(kPicture, "f1", "a & b", "text");
  ASSERT_TRUE(svg.has_value()) << svg.error().message;
  EXPECT_EQ(
      *svg,
      R"x(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 358 82" role="img" aria-labelledby="f1-title f1-text" style="max-width:430px">)x"
      R"x(<title id="f1-title">a &amp; b</title><desc id="f1-text">text</desc><defs><clipPath id="f1-c0"><rect x="0" width="9"/></clipPath></defs>)x"
      R"x(<g transform="translate(79.12,5)" clip-path="url(#f1-c0)"><path d="M0.5,1e-7h269.98v40" stroke="var(--rule)" fill="var(--s1)"/>)x"
      R"x(<text fill="#123456">a &lt;b</text></g></svg>)x");
}

TEST(InlineSvg, RefusesWhatNoFigureHas) {
  for (const char* bad : {"", "text", "<svg viewBox=\"0 0 1 1\"><script>alert(1)</script></svg>",
                          "<svg viewBox=\"0 0 1 1\"><a href=\"x\">y</a></svg>", "<svg viewBox=\"0 0 1 1\"><g>",
                          "<svg viewBox=\"0 0 1 1\"><!-- --></svg>", "<svg><g/></svg>", "<svg viewBox=\"0 0 1 1\"><g x=y/></svg>",
                          "<svg viewBox=\"0 0 1 1\"><svg/></svg>", "<svg viewBox=\"0 0 1 1\"/><g", "<p viewBox=\"0 0 1 1\"></p>",
                          "<svg viewBox=\"0 0 1 1"}) {
    EXPECT_FALSE(inline_svg(bad, "f", "", "").has_value()) << bad;
  }
}

TEST(InlineSvg, DropsAttributesThatAct) {
  const auto svg =
      inline_svg("<svg viewBox=\"0 0 1 1\" onload=\"a\"><g onclick=\"a\" style=\"b\" fill=\"url(http://c)\" x=\"1\"></g></svg>",
                 "f", "", "");
  ASSERT_TRUE(svg.has_value());
  EXPECT_THAT(*svg, HasSubstr("<g fill=\"none\" x=\"1\"></g>"));
  EXPECT_THAT(*svg, Not(HasSubstr("onclick")));
  EXPECT_THAT(*svg, Not(HasSubstr("onload")));
}

}  // namespace
}  // namespace motive
