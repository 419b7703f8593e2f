// The probe for what a model knows by heart, against a scripted one.

#include "framework/features/memorisation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/features/test_model.h"

namespace motive {
namespace {

Json probe(const test::Says& says, const std::vector<std::string>& titles, int items) {
  test::Scripted scripted(says);
  test::TemporaryFolder folder;
  NoProgress progress;
  CancelFlag cancel;
  std::vector<std::uint32_t> all(titles.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  testing::Data data{{all}, titles.size(), titles};
  const FeatureRequest request = memorisation_probe("offline", "some-data", items, 1);
  const FeatureKind* kind = FeatureKinds::instance().find(request.kind);
  FeatureContext context{.input = *kind->input(request.params), .progress = &progress, .cancel = &cancel, .llm = scripted.client.get()};
  const Status made = kind->make(request.params, *data.view().items, context, folder.path());
  if (!made) return {{"error", made.error().message}};
  return Json::parse(*read_file(folder.path() / "memorisation.json"));
}

const std::vector<std::string> kTitles = {"Steel Kettle", "Paper Lantern", "Toy Story (1995)", "Red Chair", "Blue Chair", "  "};

TEST(Memorisation, TitlesThatComeFromTheIdAloneAreCounted) {
  const Json nothing = probe([](const std::string&, const std::string&) { return R"({"title":""})"; }, kTitles, 50);
  EXPECT_EQ(nothing.at("asked"), 2U);  // of five titles three are examples
  EXPECT_EQ(nothing.at("recalled"), 0U);
  const Json all = probe(
      [](const std::string&, const std::string& user) {
        // Knows every title: the one that is not among the examples is one of these.
        for (const char* title : {"steel kettle", "PAPER LANTERN", "toy story, 1995", "red  chair", "blue chair!"}) {
          const std::string plain = plain_title(title);
          if (plain_title(user).find(plain) == std::string::npos) return fmt::format("{{\"title\":\"{}\"}}", title);
        }
        return std::string(R"({"title":""})");
      },
      kTitles, 1);
  EXPECT_EQ(all.at("asked"), 1U);
  EXPECT_LE(all.at("recalled").get<int>(), 1);
}

TEST(Memorisation, AnswersOfAnotherFormAreUnusable) {
  const Json report = probe([](const std::string&, const std::string&) { return "no idea"; }, kTitles, 2);
  EXPECT_EQ(report.at("unusable_answers"), 2U);
  EXPECT_EQ(report.at("recalled"), 0U);
}

TEST(Memorisation, DataWithoutTitlesCannotBeAskedFor) {
  EXPECT_THAT(probe([](const std::string&, const std::string&) { return "{}"; }, {"one", "two", " "}, 5).at("error").get<std::string>(),
              ::testing::HasSubstr("too few items have a title"));
}

TEST(Memorisation, TitlesAreComparedWithoutCaseAndPunctuation) {
  EXPECT_EQ(plain_title("Toy Story (1995)"), "toy story 1995");
  EXPECT_EQ(plain_title("  A--b!! "), "a b");
  EXPECT_EQ(plain_title("***"), "");
}

}  // namespace
}  // namespace motive
