// The HTML report in a browser, where one is installed: it draws at the width of a phone and of a desktop, light and dark,
// prints, sorts, runs no script but its own and asks for nothing outside itself. Chromium is looked for in PATH, or named in
// MOTIVE_BROWSER.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <set>

#include "framework/base/temporary_folder.h"
#include "framework/report/report_html.h"
#include "framework/report/test_grid.h"

namespace motive {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return "";
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  ::pclose(pipe);
  return output;
}

std::string browser() {
  if (const char* named = std::getenv("MOTIVE_BROWSER")) return named;
  for (const char* name : {"chromium", "chromium-browser", "google-chrome", "chrome"}) {
    std::string path = output_of(std::string("command -v ") + name + " 2>/dev/null");
    if (!path.empty()) return path.substr(0, path.find('\n'));
  }
  return "";
}

class Browser : public ::testing::Test {
 protected:
  void SetUp() override {
    program_ = browser();
    if (program_.empty()) GTEST_SKIP() << "no Chromium in PATH; MOTIVE_BROWSER may name one";
    Grid grid = test::golden_grid(folder_.path() / "ranks");
    // Where escaping failed, this would become the page's title.
    grid.warnings.push_back(
        {"", "", "", "<img src=\"x\" onerror=\"document.title='taken'\"><script>document.title='taken'</script>"});
    const auto summary = summarise(grid);
    const auto tables = make_tables(grid, *summary);
    page_ = *report_html(grid, *summary, *tables, folder_.path());
    write("report.html", page_);
  }

  void write(const std::string& name, const std::string& text) { ASSERT_TRUE(write_file_atomic(folder_.path() / name, text)); }

  /// The page with a script of the test instead of the policy that would forbid it.
  void write_with(const std::string& script) {
    std::string page = page_;
    const std::size_t policy = page.find("<meta http-equiv=\"Content-Security-Policy\"");
    page.erase(policy, page.find("/>", policy) + 2 - policy);
    page.insert(page.find("</body>"), "<script>" + script + "</script>");
    write("scripted.html", page);
  }

  std::string run(const std::string& options, const std::string& name) const {
    return output_of(fmt::format(
        "'{}' --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir='{}' {} 'file://{}' 2>'{}'", program_,
        (folder_.path() / "profile").string(), options, (folder_.path() / name).string(), (folder_.path() / "log").string()));
  }

  std::size_t size_of(const std::string& name) const {
    const auto text = read_file(folder_.path() / name);
    return text ? text->size() : 0;
  }

  TemporaryFolder folder_;
  std::string program_, page_;
};

TEST_F(Browser, OpensOnPhoneAndDesktopLightAndDark) {
  std::set<std::string> pictures;
  for (const int width : {390, 1280}) {
    for (const int scheme : {0, 1}) {
      const std::string picture = fmt::format("{}-{}.png", width, scheme);
      run(fmt::format("--window-size={},2000 --blink-settings=preferredColorScheme={} --screenshot='{}'", width, scheme,
                      (folder_.path() / picture).string()),
          "report.html");
      EXPECT_GT(size_of(picture), 20000U) << picture;
      pictures.insert(*read_file(folder_.path() / picture));
    }
  }
  EXPECT_EQ(pictures.size(), 4U) << "light and dark, phone and desktop look alike";
}

TEST_F(Browser, Prints) {
  run(fmt::format("--print-to-pdf='{}'", (folder_.path() / "report.pdf").string()), "report.html");
  EXPECT_GT(size_of("report.pdf"), 20000U);
}

TEST_F(Browser, RunsItsOwnScriptAndNoOther) {
  const std::string page = run("--enable-logging=stderr --dump-dom", "report.html");
  EXPECT_THAT(page, HasSubstr("<title>test · Motive</title>"));
  EXPECT_THAT(page, HasSubstr("<button type=\"button\" title=\"Sort by this column\">hr@5</button>"));
  const std::string log = *read_file(folder_.path() / "log");
  EXPECT_THAT(log, Not(HasSubstr("Content Security Policy")));
  EXPECT_THAT(log, Not(HasSubstr("Uncaught")));
}

TEST_F(Browser, SortsByAColumnAndLeavesMissingOnesLast) {
  write_with(
      "for (let i = 0; 2 > i; ++i) document.querySelector('th[data-col=\"1\"] button').click();"
      "document.title = Array.from(document.querySelector('table').tBodies[0].rows, r => r.cells[0].textContent).join(' ');");
  const std::string page = run("--dump-dom", "scripted.html");
  EXPECT_THAT(page, HasSubstr("aria-sort=\"ascending\""));
  EXPECT_THAT(page, HasSubstr("<title>random popularity bpr2 item_knn content_knn sasrec</title>"));
}

TEST_F(Browser, NothingStandsOutToTheSide) {
  write_with("document.title = 'wide ' + (document.documentElement.scrollWidth > innerWidth);");
  for (const int width : {390, 800, 1280}) {
    EXPECT_THAT(run(fmt::format("--window-size={},900 --dump-dom", width), "scripted.html"),
                HasSubstr("<title>wide false</title>"))
        << width;
  }
}

}  // namespace
}  // namespace motive
