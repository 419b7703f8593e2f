#include "framework/base/files.h"

#include <gtest/gtest.h>

#include "framework/base/hash.h"
#include "framework/base/mapped_file.h"

namespace motive {
namespace {

struct Files : testing::Test {
  Path folder = Path(testing::TempDir()) / ("files" + std::to_string(::getpid()) +
                                            testing::UnitTest::GetInstance()->current_test_info()->name());
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }
};

TEST_F(Files, WritesAtomicallyAndReadsBack) {
  const Path file = folder / "deep" / "x.txt";
  ASSERT_TRUE(write_file_atomic(file, "one"));
  ASSERT_TRUE(write_file_atomic(file, "two"));
  EXPECT_EQ(*read_file(file), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "deep"), {}), 1);  // nothing left aside
}

TEST_F(Files, MissingFileIsAnErrorThatNamesIt) {
  const auto content = read_file(folder / "nowhere");
  ASSERT_FALSE(content);
  EXPECT_NE(content.error().message.find("nowhere"), std::string::npos);
}

TEST_F(Files, UnwritableFolderIsAnError) {
  ASSERT_TRUE(write_file_atomic(folder / "file", "x"));
  EXPECT_FALSE(write_file_atomic(folder / "file" / "below", "x"));
}

TEST_F(Files, FullDiskIsAnErrorWithARemedy) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP();
  const auto status = write_file_synced("/dev/full", "x");
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("free some space"), std::string::npos);
}

TEST_F(Files, SecondPublisherLoses) {
  for (const char* name : {"a", "b"}) {
    ASSERT_TRUE(make_folders(folder / name));
    ASSERT_TRUE(write_file_synced(folder / name / "content", name));
  }
  EXPECT_TRUE(*publish_folder(folder / "a", folder / "node"));
  EXPECT_FALSE(*publish_folder(folder / "b", folder / "node"));
  EXPECT_EQ(*read_file(folder / "node" / "content"), "a");
}

TEST_F(Files, ColumnsReadBack) {
  const std::vector<std::uint32_t> values{1, 2, 3};
  ASSERT_TRUE(write_column<std::uint32_t>(folder / "c.u32", values));
  const auto column = Column<std::uint32_t>::open(folder / "c.u32");
  ASSERT_TRUE(column);
  EXPECT_TRUE(std::equal(values.begin(), values.end(), column->view().begin(), column->view().end()));
  EXPECT_FALSE(Column<std::uint64_t>::open(folder / "c.u32"));  // 12 bytes are no whole number of 8
}

TEST_F(Files, Sha256MatchesTheStandard) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  ASSERT_TRUE(write_file_synced(folder / "abc", "abc"));
  EXPECT_EQ(*sha256_file(folder / "abc"), sha256_hex("abc"));
}

}  // namespace
}  // namespace motive
