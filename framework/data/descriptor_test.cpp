#include "framework/data/descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/data/test_data.h"

namespace motive {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& yaml) {
  const auto descriptor = test::describe(yaml, "/tmp");
  return descriptor ? "" : descriptor.error().message;
}

TEST(Descriptor, EveryDescriptorOfTheProjectIsRead) {
  const auto names = descriptor_names();
  EXPECT_THAT(names, testing::IsSupersetOf({"movielens-100k", "amazon-2014-beauty",
                                            "amazon-2014-sports", "amazon-2014-toys"}));
  for (const auto& name : names) {
    const auto descriptor = find_descriptor(name);
    ASSERT_TRUE(descriptor.has_value()) << descriptor.error().message;
    EXPECT_EQ(descriptor->name, name);
    EXPECT_FALSE(descriptor->title.empty()) << name;
    EXPECT_FALSE(descriptor->terms.empty()) << name;
  }
}

TEST(Descriptor, GoesThroughJsonUnchanged) {
  const auto descriptor = find_descriptor("movielens-100k");
  ASSERT_TRUE(descriptor.has_value());
  const Json json = descriptor_to_json(*descriptor);
  const auto back = descriptor_from_json(json);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(descriptor_to_json(*back), json);
  EXPECT_EQ(back->base_folder, descriptor->base_folder);
  EXPECT_EQ(back->items.list.size(), 2u);
  EXPECT_EQ(back->items.list[0].encoding, Encoding::kLatin1);
  EXPECT_FALSE(descriptor_from_json(Json::array()).has_value());
  EXPECT_FALSE(descriptor_from_json(Json::object()).has_value());
}

TEST(Descriptor, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(refusal("movielens-100"),
              HasSubstr("unknown data set `movielens-100`; did you mean `movielens-100k`?"));
  EXPECT_THAT(refusal("./nothing.yaml"), HasSubstr("there is no such file"));
  EXPECT_THAT(refusal("name: x\n"), HasSubstr("`interactions` are missing"));
  EXPECT_THAT(refusal("name: x\ninteractions: {file: a.csv, colums: {}}\n"),
              HasSubstr("did you mean `columns`?"));
  EXPECT_THAT(refusal("name: x\ninteractions: {file: a.csv, columns: {user: u}}\n"),
              HasSubstr("must name the columns of `user` and `item`"));
  EXPECT_THAT(
      refusal("name: x\ninteractions: {file: a.csv, columns: {user: u, item: i, time: t}}\n"),
      HasSubstr("`time` is not a role of a column"));
  EXPECT_THAT(
      refusal("name: x\ninteractions: {file: a.csv, header: false, columns: {user: u, item: 1}}\n"),
      HasSubstr("without a header, columns are numbers from 0"));
  EXPECT_THAT(refusal("name: x\ninteractions: {file: a.json, format: amazon_reviws}\n"),
              HasSubstr("amazon_reviews"));
  EXPECT_THAT(
      refusal(
          "name: x\ninteractions: {file: a.csv, on_error: ignore, columns: {user: u, item: i}}\n"),
      HasSubstr("skip"));
  EXPECT_THAT(
      refusal(
          "name: x\ninteractions: {file: a.csv, time_format: fast, columns: {user: u, item: i}}\n"),
      HasSubstr("is not a time format"));
  EXPECT_THAT(refusal("name: x\ninteractions: {file: a.csv, columns: {user: u, item: i}}\nitems: "
                      "{file: b.csv, columns: {title: t}}\n"),
              HasSubstr("must name the column of `item`"));
  EXPECT_THAT(refusal("name: x\ninteractions: {file: a.csv, columns: {user: u, item: i}}\nitems: "
                      "{file: b.csv, columns: {item: i, ../x: t}}\n"),
              HasSubstr("names hold letters, digits, _ and - only"));
  EXPECT_THAT(refusal("name: x\ninteractions: {file: /etc/passwd, columns: {user: u, item: i}}\n"),
              HasSubstr("relative to the data set's folder"));
  EXPECT_THAT(refusal("name: x\ninteractions: {file: a.csv, columns: {user: u, item: "
                      "i}}\nchecksums: {b.csv: abc}\n"),
              HasSubstr("`b.csv` is not a file of this data set"));
  EXPECT_THAT(
      refusal(
          "name: x\ninteractions: {file: a.csv, separator: '\"', columns: {user: u, item: i}}\n"),
      HasSubstr("must differ"));
}

TEST(Descriptor, DownloadsBringEveryFileThatIsNeeded) {
  for (const auto& name : descriptor_names()) {
    const auto descriptor = find_descriptor(name);
    ASSERT_TRUE(descriptor.has_value()) << descriptor.error().message;
    if (descriptor->downloads.empty()) continue;
    std::vector<std::string> brought;
    for (const Download& download : descriptor->downloads) {
      if (!download.unpack.any()) brought.push_back(download.file_name());
      for (const auto& [entry, target] : download.unpack.files) brought.push_back(target);
    }
    for (const std::string& file : descriptor->files()) {
      if (!descriptor->is_optional(file)) {
        EXPECT_THAT(brought, testing::Contains(file)) << name;
      }
    }
  }
}

TEST(Descriptor, DownloadsSayWhatIsTakenOutOfThem) {
  const std::string files = "name: x\ninteractions: {file: a.csv, columns: {user: u, item: i}}\n";
  const auto descriptor = test::describe(
      files +
          "downloads:\n  - {url: https://example.org/sets/x.zip, unpack: {x/a.csv: a.csv}}\n"
          "  - {url: \"https://example.org/x?raw\", file: b.zip, unpack: true}\n"
          "  - {url: http://example.org/c.csv.gz}\n",
      "/tmp");
  ASSERT_TRUE(descriptor.has_value()) << descriptor.error().message;
  ASSERT_EQ(descriptor->downloads.size(), 3u);
  EXPECT_EQ(descriptor->downloads[0].file_name(), "x.zip");
  EXPECT_EQ(descriptor->downloads[0].unpack.files.at("x/a.csv"), "a.csv");
  EXPECT_TRUE(descriptor->downloads[1].unpack.all);
  EXPECT_EQ(descriptor->downloads[1].file_name(), "b.zip");
  EXPECT_FALSE(descriptor->downloads[2].unpack.any());
  const Json json = descriptor_to_json(*descriptor);
  EXPECT_EQ(descriptor_to_json(*descriptor_from_json(json)), json);
  const auto wrong = [&](const std::string& entry) {
    return refusal(files + "downloads: [" + entry + "]\n");
  };
  EXPECT_THAT(wrong("{url: ftp://example.org/a}"), HasSubstr("begins with https:// or http://"));
  EXPECT_THAT(wrong("{url: https://example.org/}"), HasSubstr("the url has none at its end"));
  EXPECT_THAT(wrong("{url: https://example.org/a, file: ../a}"),
              HasSubstr("inside the data set's"));
  EXPECT_THAT(wrong("{url: https://example.org/a, sha256: 12}"), HasSubstr("64 lower-case"));
  EXPECT_THAT(wrong("{url: https://example.org/a.zip, unpack: {b: /etc/b}}"),
              HasSubstr("`/etc/b` is not a name inside"));
}

TEST(Descriptor, AFileOfYourOwnIsNamedByItsPath) {
  test::TempFolder folder;
  folder.write("sub/mine.yaml",
               "name: mine\npath: .\ninteractions: {file: a.csv, columns: {user: u, item: i}}\n");
  folder.write("sub/a.csv", "u,i\n1,2\n");
  const auto descriptor = test::describe("sub/mine.yaml", folder.path());
  ASSERT_TRUE(descriptor.has_value()) << descriptor.error().message;
  EXPECT_EQ(*find_files(*descriptor), folder.path() / "sub");
}

TEST(Descriptor, TheFirstPlaceWithAllFilesIsTaken) {
  test::TempFolder folder;
  folder.write("one/a.csv", "u,i\n1,2\n");
  folder.write("data/shop/a.csv", "u,i\n1,2\n");
  folder.write("data/shop/b.csv", "i,t\n1,2\n");
  const char* before = std::getenv("MOTIVE_DATA");
  const std::string kept = before ? before : "";
  ::setenv("MOTIVE_DATA", (folder.path() / "data").c_str(), 1);
  const auto descriptor = test::describe(
      "name: shop\npath: one\ninteractions: {file: a.csv, columns: {user: u, item: i}}\nitems: "
      "{file: b.csv, columns: {item: i}}\n",
      folder.path());
  ASSERT_TRUE(descriptor.has_value()) << descriptor.error().message;
  EXPECT_EQ(*find_files(*descriptor), folder.path() / "data" / "shop");
  std::filesystem::remove(folder.path() / "data/shop/b.csv");
  EXPECT_THAT(find_files(*descriptor).error().message, HasSubstr("one: no b.csv"));
  if (before) {
    ::setenv("MOTIVE_DATA", kept.c_str(), 1);
  } else {
    ::unsetenv("MOTIVE_DATA");
  }
}

}  // namespace
}  // namespace motive
