#include "baselines/external/external.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/external/csv.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char* const kExample = MOTIVE_SOURCE_DIR "/baselines/external/example_popularity.py";

Result<std::vector<std::vector<std::string>>> parse(const std::string& text, std::size_t piece) {
  std::vector<std::vector<std::string>> rows;
  external::CsvReader reader([&](const std::vector<std::string>& fields, std::size_t) {
    rows.push_back(fields);
    return Status();
  });
  for (std::size_t at = 0; at < text.size(); at += piece) {
    MOTIVE_TRY(reader.feed(std::string_view(text).substr(at, piece)));
  }
  MOTIVE_TRY(reader.finish());
  return rows;
}

TEST(ExternalCsvTest, ReadsRowsInPiecesOfAnySize) {
  const std::string text = "a,b\r\n\n\"x,\"\"y\"\"\nz\",\n\"\"\n";
  for (const std::size_t piece : {1, 2, 3, 100}) {
    const auto rows = parse(text, piece);
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_THAT(*rows,
                ElementsAre(ElementsAre("a", "b"), ElementsAre("x,\"y\"\nz", ""), ElementsAre("")));
  }
  EXPECT_FALSE(parse("a,b", 1));
  EXPECT_FALSE(parse("\"a\n", 1));
  EXPECT_FALSE(parse("\"a\"b\n", 1));
}

TEST(ExternalCsvTest, WhatIsWrittenReadsBack) {
  const testing::TemporaryFolder folder;
  const Path file = folder.path() / "x.csv";
  external::CsvWriter writer(file);
  writer.row({"plain", "with,comma", "with \"quotes\"", "two\nlines", ""});
  writer.row({""});
  writer.row({"ünï", "2", "", "", "x"});
  ASSERT_TRUE(writer.finish());
  std::vector<std::vector<std::string>> rows;
  ASSERT_TRUE(external::read_csv(file, [&](const std::vector<std::string>& r, std::size_t) {
    rows.push_back(r);
    return Status();
  }));
  EXPECT_THAT(rows,
              ElementsAre(ElementsAre("plain", "with,comma", "with \"quotes\"", "two\nlines", ""),
                          ElementsAre(""), ElementsAre("ünï", "2", "", "", "x")));
}

TEST(ExternalTest, TheExampleCountsEvents) {
  const testing::Data data({{2, 0}, {2}, {2, 1}}, 4);
  External method({.command = {"python3", kExample}});
  testing::Contexts contexts;
  const Status status = method.fit(data.view(), contexts.fit);
  ASSERT_TRUE(status) << status.error().message;
  testing::Queries all(CandidateKind::kAll, 4), some(CandidateKind::kRagged, 4);
  all.add(0, true, {2, 0}).add(1, true, {});
  some.add(1, true, {2}, {3, 2});
  const auto every = testing::scores_of(method, all), listed = testing::scores_of(method, some);
  ASSERT_TRUE(every) << every.error().message;
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_THAT(every->at(0), ElementsAre(1, 1, 3, 0));
  EXPECT_EQ(every->at(1), every->at(0));
  EXPECT_THAT(listed->at(0), ElementsAre(0, 3));
}

TEST(ExternalTest, AnEditedScriptIsAnotherVersion) {
  const testing::TemporaryFolder folder;
  const Path script = folder.path() / "method.py";
  const Method* external = Registry::instance().find("external");
  const auto version = [&](const std::string& content, const std::string& extra) {
    EXPECT_TRUE(write_file_synced(script, content));
    const ExternalParams params{.command = {"python3", script.string()}, .version = extra};
    return external->describe(std::any(params)).code_version;
  };
  const std::string first = version("print(1)", "");
  EXPECT_EQ(first, version("print(1)", ""));
  EXPECT_NE(first, version("print(2)", ""));
  EXPECT_NE(first, version("print(1)", "b"));
}

TEST(ExternalTest, ACommandIsNeeded) {
  const Method* external = Registry::instance().find("external");
  config::Errors errors;
  external->parameters->parse(config::Node{}, errors);
  ASSERT_FALSE(errors.empty());
  EXPECT_THAT(errors.error().message, HasSubstr("command"));
}

TEST(ExternalTest, AnAlteredModelIsRefused) {
  const testing::Data data({{2, 0}, {2}}, 4);
  External method({.command = {"python3", kExample}});
  testing::Contexts contexts;
  ASSERT_TRUE(method.fit(data.view(), contexts.fit));
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(method.save(folder.path()));
  ASSERT_TRUE(write_file_synced(folder.path() / "model" / "counts.json", "{\"i3\": 9}"));
  External again({.command = {"python3", kExample}});
  const Status status = again.load(folder.path());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("'counts.json' is truncated or altered"));
}

}  // namespace
}  // namespace motive
