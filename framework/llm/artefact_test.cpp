#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "framework/base/hash.h"
#include "framework/llm/artefact_lines.h"
#include "framework/llm/cache_testing.h"
#include "framework/base/compress.h"

namespace motive::llm {
namespace {

using namespace test;
using testing::HasSubstr;

class ArtefactTest : public testing::Test {
 protected:
  std::unique_ptr<Cache> open(const char* name) { return must(Cache::open(folder_.path() / name)); }
  Path file(const char* name) const { return folder_.path() / name; }
  std::string content(const char* name) const { return must(read_file(file(name))); }
  TemporaryFolder folder_;
};

TEST_F(ArtefactTest, TheSameAnswersGiveTheSameBytes) {
  const auto first = open("first.sqlite"), second = open("second.sqlite"), third = open("third.sqlite");
  for (int i = 0; i < 1200; ++i) {  // more than one transaction
    must(first->store(key_of(i), answer_of(i), attempt_of(), false, false));
    must(second->store(key_of(1199 - i), answer_of(1199 - i), attempt_of("other"), false, false));
  }
  EXPECT_EQ(must(first->export_to(file("first.zst"))), 1200U) << "what was not waited for is in it too";
  EXPECT_EQ(must(second->export_to(file("second.zst"))), 1200U);
  const MergeReport report = must(third->import_from(file("first.zst")));
  EXPECT_EQ(report.added, 1200U);
  EXPECT_EQ(report.present + report.conflicts, 0U);
  EXPECT_EQ(must(third->export_to(file("third.zst"))), 1200U);
  EXPECT_EQ(content("first.zst"), content("second.zst"));
  EXPECT_EQ(content("first.zst"), content("third.zst"));
  EXPECT_EQ(content("first.zst.manifest.json"), content("third.zst.manifest.json"));
  EXPECT_EQ(body_of(*third, key_of(77)), answer_of(77).body);
  EXPECT_TRUE(must(third->verify()).empty());
}

TEST_F(ArtefactTest, AnswersOfSomeExperimentsGoAlone) {
  const auto cache = open("cache.sqlite");
  must(cache->store(key_of(1), answer_of(1), attempt_of("table2"), false));
  must(cache->store(key_of(2), answer_of(2), attempt_of("table5"), false));
  must(cache->store(key_of(2), answer_of(2), attempt_of("table2"), false));  // asked again, the first answer stays
  must(cache->store(key_of(3), answer_of(3), attempt_of(""), false));
  EXPECT_EQ(must(cache->export_to(file("all.zst"))), 3U);
  EXPECT_EQ(must(cache->export_to(file("2.zst"), {"table2"})), 2U);
  EXPECT_EQ(must(cache->export_to(file("5.zst"), {"table5"})), 1U);
  EXPECT_EQ(must(cache->export_to(file("25.zst"), {"table5", "table2"})), 2U);
  EXPECT_EQ(must(cache->export_to(file("none.zst"), {"table"})), 0U);
  const auto other = open("other.sqlite");
  EXPECT_EQ(must(other->import_from(file("5.zst"))).added, 1U);
  EXPECT_EQ(body_of(*other, key_of(2)), answer_of(2).body);
  EXPECT_EQ(body_of(*other, key_of(1)), "-");
}

TEST(ArtefactLines, AnyRowComesBackFromItsLine) {
  const bool fine = rc::check("a row, its line, and the row again", [](const std::string& text, const std::string& body,
                                                                     std::uint64_t sample, double cost) {
    const StoredAnswer answer{404, body, {1, 2, 3, sample % 2 == 0}, cost, text, text};
    const RequestRow row = make_row({text, body, text, sample, 7}, answer);
    const std::string line = must(line_of(row));
    const RequestRow back = must(row_of(line));
    RC_ASSERT(back.key == row.key && back.endpoint == row.endpoint && back.path == row.path && back.sample == row.sample);
    RC_ASSERT(back.attempt == 7 && back.status == 404 && back.asked == row.asked && back.answer == row.answer);
    RC_ASSERT(back.model == row.model && back.received == row.received && back.cost == row.cost);
    RC_ASSERT(back.usage.cached == 2 && back.usage.reported == row.usage.reported && must(line_of(back)) == line);
  });
  EXPECT_TRUE(fine);
}

TEST_F(ArtefactTest, AnyBytesSurviveTheWayThroughAFile) {
  const auto first = open("first.sqlite"), second = open("second.sqlite");
  const std::string bodies[] = {std::string("a\0b", 3), "\xff\xfe", "\n\r\t\"\\", "",
                                "caf\xc3\xa9 \xf0\x9f\x98\x80", "\xed\xa0\x80"};
  int number = 0;
  for (const std::string& body : bodies) {
    StoredAnswer answer = answer_of(0);
    answer.body = body;
    must(first->store(key_of(++number), answer, attempt_of(), false));
  }
  must(first->export_to(file("first.zst")));
  must(second->import_from(file("first.zst")));
  for (const std::string& body : bodies) {
    EXPECT_EQ(body_of(*second, key_of(static_cast<int>(&body - bodies) + 1)), body);
  }
}

TEST_F(ArtefactTest, AMergeKeepsItsOwnAnswersAndReportsOthers) {
  const auto mine = open("mine.sqlite"), theirs = open("theirs.sqlite");
  must(mine->store(key_of(1), answer_of(1), attempt_of(), false));
  must(mine->store(key_of(2), answer_of(2), attempt_of(), false));
  StoredAnswer later = answer_of(1);
  later.received = "2025-01-01T00:00:00Z";
  must(theirs->store(key_of(1), later, attempt_of(), false));          // the same, at another time
  must(theirs->store(key_of(2), answer_of(20), attempt_of(), false));  // another
  must(theirs->store(key_of(3), answer_of(3), attempt_of(), false));
  must(theirs->export_to(file("theirs.zst")));
  const MergeReport report = must(mine->import_from(file("theirs.zst")));
  EXPECT_EQ(report.added, 1U);
  EXPECT_EQ(report.present, 1U);
  EXPECT_EQ(report.conflicts, 1U);
  EXPECT_EQ(report.conflicting, std::vector<std::string>{key_of(2).hash()});
  EXPECT_EQ(body_of(*mine, key_of(2)), answer_of(2).body);
  EXPECT_EQ(body_of(*mine, key_of(3)), answer_of(3).body);
  EXPECT_EQ(must(mine->spent("e")).calls, 2) << "what others paid is not ours";
}

TEST_F(ArtefactTest, TheManifestSaysWhatIsInTheFile) {
  const auto cache = open("c.sqlite");
  for (int i = 0; i < 3; ++i) must(cache->store(key_of(i), answer_of(i), attempt_of(), false));
  must(cache->export_to(file("a.zst")));
  const Json manifest = Json::parse(content("a.zst.manifest.json"));
  EXPECT_EQ(manifest["lines"], 3);
  EXPECT_EQ(manifest["sha256"], sha256_hex(content("a.zst")));
  const std::string packed = content("a.zst");
  LineUnpacker lines(packed);
  std::string line, whole, last_key;
  while (must(lines.next(line))) {
    whole += line + "\n";
    const std::string key = Json::parse(line)["key"];
    EXPECT_LT(last_key, key);
    last_key = key;
  }
  EXPECT_EQ(manifest["content_sha256"], sha256_hex(whole));
  EXPECT_EQ(manifest["models"][0]["model"], "m-2");
  EXPECT_EQ(manifest["models"][0]["answers"], 3);
  EXPECT_EQ(manifest["models"][0]["cost"], 1.5);
  EXPECT_EQ(manifest["models"][0]["first_received"], "2024-01-02T03:04:05Z");
  EXPECT_EQ(manifest["endpoints"][0]["endpoint"], R"({"model":"m"})");
}

TEST_F(ArtefactTest, WrongFilesAreNotTakenIn) {
  const auto cache = open("c.sqlite"), empty = open("empty.sqlite");
  for (int i = 0; i < 50; ++i) must(cache->store(key_of(i), answer_of(i), attempt_of(), false, false));
  must(cache->export_to(file("a.zst")));
  const std::string whole = content("a.zst");
  must(write_file_atomic(file("a.zst"), whole.substr(0, whole.size() - 9)));
  EXPECT_THAT(error_of(empty->import_from(file("a.zst"))), HasSubstr("its SHA-256 differs"));
  std::filesystem::remove(file("a.zst.manifest.json"));
  EXPECT_THAT(error_of(empty->import_from(file("a.zst"))), HasSubstr("cut short"));
  must(write_file_atomic(file("a.zst"), whole));
  EXPECT_EQ(must(empty->import_from(file("a.zst"))).added, 50U) << "a manifest may be lacking";
  must(write_file_atomic(file("text"), "no export"));
  EXPECT_THAT(error_of(empty->import_from(file("text"))), HasSubstr("was not made by `motive cache export`"));
  must(write_file_atomic(file("nothing"), ""));
  EXPECT_THAT(error_of(empty->import_from(file("nothing"))), HasSubstr("was not made by `motive cache export`"));
  must(write_file_atomic(file("other.zst"), pack("{\"a\": 1}\n")));
  EXPECT_THAT(error_of(empty->import_from(file("other.zst"))), HasSubstr("line 1: `request` is missing"));
  LineUnpacker lines(whole);
  std::string line;
  must(lines.next(line));
  const std::size_t at = line.find("question");
  line.replace(at, 8, "QUESTION");
  must(write_file_atomic(file("forged.zst"), pack(line + "\n")));
  EXPECT_THAT(error_of(empty->import_from(file("forged.zst"))), HasSubstr("is not the hash of its request"));
  EXPECT_THAT(error_of(empty->import_from(file("absent.zst"))), HasSubstr("absent.zst"));
  EXPECT_THAT(error_of(cache->export_to(file("c.sqlite"))), HasSubstr("is the cache itself"));
}

TEST_F(ArtefactTest, AnEmptyCacheIsAnEmptyExport) {
  EXPECT_EQ(must(open("c.sqlite")->export_to(file("a.zst"))), 0U);
  EXPECT_EQ(must(open("d.sqlite")->import_from(file("a.zst"))).added, 0U);
}

}  // namespace
}  // namespace motive::llm
