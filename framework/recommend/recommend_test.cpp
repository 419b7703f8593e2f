#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "framework/recommend/arrays.h"
#include "framework/recommend/registry.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// score = 1000 user + item; counts how large its blocks are.
class Numbers final : public BatchRecommender {
 public:
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override {
    std::size_t seen = largest;
    while (seen < queries.size() && !largest.compare_exchange_weak(seen, queries.size())) {
    }
    for (std::size_t q = 0; q < queries.size(); ++q) {
      if (queries[q].row == failing_row) return fail("row {} fails", failing_row);
      for (std::size_t c = 0; c < out[q].size(); ++c) {
        const auto list = queries[q].candidates;
        const std::size_t item = list.empty() ? c : index(list[c]);
        out[q][c] = static_cast<float>(1000 * index(queries[q].user) + item);
      }
    }
    return {};
  }
  std::uint32_t failing_row = 1u << 30;
  mutable std::atomic<std::size_t> largest{0};
};

class Vectors final : public FactorRecommender {
 public:
  explicit Vectors(std::size_t n_items) {
    for (std::size_t i = 0; i < n_items; ++i) {
      items_.insert(items_.end(), {static_cast<float>(i), 1.0f});
      bias_.push_back(0.5f);
    }
  }
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
  ItemFactors item_factors() const override { return {items_, bias_, 2}; }
  Status user_factors(const Query& query, std::span<float> out) const override {
    out[0] = 1;
    out[1] = static_cast<float>(100 * index(query.user));
    return {};
  }

 private:
  std::vector<float> items_, bias_;
};

TEST(TrainingViewTest, CountsAndSeenItems) {
  const testing::Data data({{3, 1, 3}, {}, {0}}, 5);
  const TrainingView train = data.view();
  EXPECT_THAT(item_counts(train), ElementsAre(1, 1, 0, 2, 0));
  const SeenItems seen = seen_items(train);
  EXPECT_THAT(seen.of(user_id(0)), ElementsAre(item_id(1), item_id(3)));
  EXPECT_TRUE(seen.of(user_id(1)).empty());
  EXPECT_TRUE(seen.contains(user_id(2), item_id(0)));
  EXPECT_FALSE(seen.contains(user_id(2), item_id(1)));
}

TEST(BatchRecommenderTest, DeliversEveryRowOnceInBlocks) {
  testing::Queries queries(CandidateKind::kAll, 4);
  for (std::size_t u = 0; u < 1000; ++u) queries.add(u, true, {});
  const Numbers method;
  for (const int threads : {1, 3}) {
    testing::Contexts contexts;
    contexts.rank.threads = threads;
    queries.rewind();
    testing::Sink sink(queries);
    ASSERT_TRUE(method.rank(queries, sink, contexts.rank));
    ASSERT_EQ(sink.found.size(), 1000u);
    for (const auto& [row, times] : sink.delivered) EXPECT_EQ(times, 1) << row;
    EXPECT_THAT(sink.found[7], ElementsAre(7000, 7001, 7002, 7003));
  }
  EXPECT_EQ(method.largest, 256u);
}

TEST(BatchRecommenderTest, LargeCataloguesGetSmallBlocks) {
  testing::Queries queries(CandidateKind::kAll, std::size_t{1} << 21);
  for (std::size_t u = 0; u < 4; ++u) queries.add(0, true, {});
  const Numbers method;
  testing::Contexts contexts;
  class Nothing final : public RankSink {
    Status scores(std::uint32_t, std::span<const float>) override { return {}; }
    Status ranking(std::uint32_t, std::span<const ItemId>, std::string_view) override { return {}; }
    Status factors(std::span<const std::uint32_t>, std::span<const float>,
                   const ItemFactors&) override {
      return {};
    }
    void count(std::string_view, std::uint64_t) override {}
  } sink;
  ASSERT_TRUE(method.rank(queries, sink, contexts.rank));
  EXPECT_EQ(method.largest, 2u);
}

TEST(BatchRecommenderTest, RaggedAndSharedCandidates) {
  testing::Queries ragged(CandidateKind::kRagged, 9);
  ragged.add(1, true, {}, {8, 2}).add(2, true, {}, {}).add(3, true, {}, {0});
  const Numbers method;
  auto found = testing::scores_of(method, ragged);
  ASSERT_TRUE(found);
  EXPECT_THAT((*found)[0], ElementsAre(1008, 1002));
  EXPECT_TRUE((*found)[1].empty());
  EXPECT_THAT((*found)[2], ElementsAre(3000));
  testing::Queries shared(CandidateKind::kShared, 9, {item_id(4), item_id(1)});
  shared.add(5, true, {});
  found = testing::scores_of(method, shared);
  ASSERT_TRUE(found);
  EXPECT_THAT((*found)[0], ElementsAre(5004, 5001));
}

TEST(BatchRecommenderTest, ErrorsAndInterruptsEndTheRanking) {
  testing::Queries queries(CandidateKind::kAll, 3);
  for (std::size_t u = 0; u < 600; ++u) queries.add(u, true, {});
  Numbers method;
  method.failing_row = 300;
  const auto failed = testing::scores_of(method, queries, 2);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "row 300 fails");
  testing::Contexts contexts;
  contexts.cancel.set();
  queries.rewind();
  testing::Sink sink(queries);
  const Status cancelled = method.rank(queries, sink, contexts.rank);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, ErrorKind::kCancelled);
  EXPECT_TRUE(sink.found.empty());
}

TEST(FactorRecommenderTest, GivesVectorsAndRefusesAnotherCatalogue) {
  testing::Queries queries(CandidateKind::kAll, 3);
  for (std::size_t u = 0; u < 300; ++u) queries.add(u, true, {});
  const Vectors method(3);
  const auto found = testing::scores_of(method, queries, 2);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 300u);
  EXPECT_THAT(found->at(2), ElementsAre(200.5f, 201.5f, 202.5f));
  testing::Queries other(CandidateKind::kAll, 4);
  const auto refused = testing::scores_of(method, other);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("has 3 item vectors, the catalogue 4 items"));
}

class ArraysTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ArrayWriter writer(folder_.path(), "toy", "7");
    writer.values()["n"] = 2;
    ASSERT_TRUE(writer.add<float>("m", std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}));
    ASSERT_TRUE(writer.add<std::uint32_t>("none", std::vector<std::uint32_t>{}, {0}));
    ASSERT_TRUE(writer.finish());
  }
  std::string open_error(const std::string& method, const std::string& version) {
    const auto reader = ArrayReader::open(folder_.path(), method, version);
    return reader ? "" : reader.error().message;
  }
  std::string read_error(const std::vector<std::uint64_t>& shape) {
    const auto reader = ArrayReader::open(folder_.path(), "toy", "7");
    if (!reader) return reader.error().message;
    const auto values = reader->read<float>("m", shape);
    return values ? "" : values.error().message;
  }
  testing::TemporaryFolder folder_;
};

TEST_F(ArraysTest, ReadsBack) {
  const auto reader = ArrayReader::open(folder_.path(), "toy", "7");
  ASSERT_TRUE(reader);
  EXPECT_EQ(*reader->number("n"), 2u);
  EXPECT_THAT(*reader->read<float>("m", {2, 3}), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_TRUE(reader->read<std::uint32_t>("none", {0})->empty());
}

TEST_F(ArraysTest, RefusesWhatIsNotItsOwn) {
  EXPECT_THAT(open_error("other", "7"), HasSubstr("a model of 'toy', not of 'other'"));
  EXPECT_THAT(open_error("toy", "8"), HasSubstr("made by version '7' of toy"));
  EXPECT_THAT(read_error({3, 2}), HasSubstr("shape [2,3] where 3x2 is needed"));
  EXPECT_FALSE(ArrayReader::open(folder_.path() / "nowhere", "toy", "7"));
  const auto reader = ArrayReader::open(folder_.path(), "toy", "7");
  EXPECT_FALSE(reader->read<std::uint64_t>("m", {2, 3}));
  EXPECT_FALSE(reader->read<float>("unknown", {2, 3}));
  EXPECT_FALSE(reader->number("unknown"));
}

TEST_F(ArraysTest, RefusesTruncatedAndAlteredFiles) {
  std::filesystem::resize_file(folder_.path() / "m.f32", 20);
  EXPECT_THAT(read_error({2, 3}), HasSubstr("20 bytes where shape 2x3 needs 24"));
  ASSERT_TRUE(write_file_synced(folder_.path() / "m.f32", std::string(24, 'x')));
  EXPECT_THAT(read_error({2, 3}), HasSubstr("checksum differs"));
  std::filesystem::remove(folder_.path() / "m.f32");
  EXPECT_NE(read_error({2, 3}), "");
  std::filesystem::resize_file(folder_.path() / "model.json", 30);
  EXPECT_THAT(open_error("toy", "7"), HasSubstr("cut off"));
}

TEST_F(ArraysTest, RefusesAShapeThatDoesNotFit) {
  ArrayWriter writer(folder_.path(), "toy", "7");
  EXPECT_FALSE(writer.add<float>("m", std::vector<float>{1, 2, 3}, {2, 2}));
  EXPECT_FALSE(writer.add<float>("m", std::vector<float>{}, {1ull << 63, 2}));
}

TEST(RegistryTest, KeepsMethodsByName) {
  Registry registry;
  Method b, a;
  b.name = "b";
  a.name = "a";
  registry.add(b);
  registry.add(a);
  EXPECT_THAT(registry.names(), ElementsAre("a", "b"));
  EXPECT_EQ(registry.find("b")->name, "b");
  EXPECT_EQ(registry.find("c"), nullptr);
}

TEST(RegistryDeathTest, TwoOfOneNameEndTheProgram) {
  Registry registry;
  Method a;
  a.name = "a";
  registry.add(a);
  EXPECT_DEATH(registry.add(a), "two methods are called 'a'");
}

}  // namespace
}  // namespace motive
