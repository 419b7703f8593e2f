// Archives that nobody vouches for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/data/unpack.h"
#include "tests/download/local_server.h"

namespace motive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class UnpackTest : public testing::Test {
 protected:
  Result<std::vector<std::string>> unpack(const std::string& name, const std::string& bytes,
                                          const std::map<std::string, std::string>& wanted = {}, const UnpackLimits& limits = {}) {
    const Path file = archives_.write(name, bytes);
    std::filesystem::remove_all(place_.path() / "in");
    std::filesystem::create_directories(place_.path() / "in");
    NoProgress progress;
    return unpack_archive(file, place_.path() / "in", wanted, limits, progress, nullptr);
  }
  void expect_refused(const std::string& name, const std::string& bytes, const std::string& why, const UnpackLimits& limits = {}) {
    const auto done = unpack(name, bytes, {}, limits);
    ASSERT_FALSE(done.has_value()) << name;
    EXPECT_EQ(done.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(done.error().message, HasSubstr(why));
    for (const std::string& file : place_.files()) EXPECT_TRUE(file.starts_with("in/")) << file << " is outside";
  }
  std::string content(const std::string& name) const { return *read_file(place_.path() / "in" / name); }

  TestFolder archives_, place_;
};

TEST_F(UnpackTest, ZipTarAndGzip) {
  ASSERT_TRUE(unpack("a.zip", zip_bytes({{"ml/u.data", "1 2 3\n"}, {"ml/README", "read me"}})).has_value());
  EXPECT_EQ(content("ml/u.data"), "1 2 3\n");
  const std::string tar = tar_bytes({{"d", "", '5'}, {"d/x", "xx"}, {"./y", std::string(2000, 'y')}});
  for (const auto& [name, bytes] : {std::pair("a.tar", tar), std::pair("a.tar.gz", gzip_bytes(tar)), std::pair("a.tgz", gzip_bytes(tar))}) {
    const auto names = unpack(name, bytes);
    ASSERT_TRUE(names.has_value()) << names.error().message;
    EXPECT_THAT(*names, ElementsAre("d/x", "y"));
    EXPECT_EQ(content("y"), std::string(2000, 'y'));
  }
  const auto lone = unpack("reviews.json.gz", gzip_bytes("{}\n"));
  ASSERT_TRUE(lone.has_value()) << lone.error().message;
  EXPECT_THAT(*lone, ElementsAre("reviews.json"));
  EXPECT_EQ(content("reviews.json"), "{}\n");
}

TEST_F(UnpackTest, OnlyWhatIsWantedUnderItsNewName) {
  const std::string zip = zip_bytes({{"ml/u.data", "1"}, {"ml/u.item", "2"}, {"ml/junk", "3"}});
  const auto names = unpack("a.zip", zip, {{"ml/u.data", "u.data"}, {"ml/u.item", "deep/items"}});
  ASSERT_TRUE(names.has_value()) << names.error().message;
  EXPECT_THAT(place_.files(), ElementsAre("in/deep/items", "in/u.data"));
  const auto missing = unpack("a.zip", zip, {{"ml/u.dat", "u.data"}});
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, HasSubstr("there is no entry `ml/u.dat` in it; did you mean `ml/u.data`?"));
}

TEST_F(UnpackTest, NothingEscapes) {
  for (const char* name : {"../evil", "a/../../evil", "/abs/evil", "..", "a\\..\\evil", "C:evil", "a\nb"}) {
    expect_refused("a.tar", tar_bytes({{"good", "fine"}, {name, "bad"}}), "nothing was unpacked");
  }
  expect_refused("a.zip", zip_bytes({{"../evil", "bad"}}), "its name leads out of the folder");
  expect_refused("a.zip", zip_bytes({{"/evil", "bad"}}), "its name is absolute");
}

TEST_F(UnpackTest, LinksAndDevicesAreRefused) {
  expect_refused("a.tar", tar_bytes({{"out", "", '2', "/etc"}, {"out/passwd", "bad"}}), "it is a link");
  expect_refused("a.tar", tar_bytes({{"hard", "", '1', "../../etc/passwd"}}), "it is a link");
  expect_refused("a.tar", tar_bytes({{"pipe", "", '6'}}), "neither a file nor a folder");
  expect_refused("a.tar", tar_bytes({{"x", "1"}, {"x", "2"}}), "it stands there twice");
}

TEST_F(UnpackTest, BombsAreDefusedEarly) {
  const std::string zeros(16 << 20, '\0');
  UnpackLimits limits;
  limits.free_bytes = 1 << 20;
  expect_refused("a.zip", zip_bytes({{"zeros", zeros}}), "unpacks to more than 200 times the archive's size", limits);
  expect_refused("b.gz", gzip_bytes(zeros), "unpacks to more than 200 times", limits);
  EXPECT_LT(std::filesystem::file_size(place_.path() / "in" / "b"), zeros.size() / 2) << "not after all of it was written";
  std::vector<TarEntry> many;
  for (int i = 0; i < 50; ++i) many.push_back({fmt::format("f{}", i), "x"});
  limits.entries = 49;
  expect_refused("c.tar", tar_bytes(many), "more than 49 entries", limits);
}

TEST_F(UnpackTest, AFullDiskSaysWhatToDo) {
  const std::string zip = zip_bytes({{"x", sample_bytes(60'000)}});
  const Path file = archives_.write("a.zip", zip);
  std::filesystem::create_directories(place_.path() / "in");
  NoProgress progress;
  Result<std::vector<std::string>> failed = std::vector<std::string>{};
  {
    const FullDisk full(20'000);
    failed = unpack_archive(file, place_.path() / "in", {}, {}, progress, nullptr);
  }
  ASSERT_FALSE(failed.has_value());
  EXPECT_THAT(failed.error().message, HasSubstr("x: cannot write: File too large; free some space and run the same command again"));
}

TEST_F(UnpackTest, WhatIsNoArchiveOrHalfOfOne) {
  expect_refused("a.zip", "<!DOCTYPE html><html>log in first</html>", "not a whole zip, tar or gzip file");
  expect_refused("a.tar.gz", gzip_bytes(tar_bytes({{"x", sample_bytes(5000)}})).substr(0, 2000), "not a whole");
  expect_refused("a.gz", "plain text", "not a gzip file");
  const std::string zip = zip_bytes({{"x", sample_bytes(5000)}});
  expect_refused("a.zip", zip.substr(0, zip.size() / 2), "not a whole");
}

}  // namespace
}  // namespace motive
