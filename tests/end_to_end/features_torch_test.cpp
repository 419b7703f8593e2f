// What methods read beside events, through the whole program: made once, shared, and made anew for another model.

#include <gmock/gmock.h>

#include "framework/encode/test_model.h"
#include "tests/end_to_end/program.h"

namespace motive {
namespace {

using ::testing::HasSubstr;

constexpr const char* kExperiment = R"(experiment: features
dataset: {name: tiny-world, world: {users: 60, items: 80, seed: 5}}
splits: [{name: warm, type: warm}, {name: cold, type: item_cold, select: random, fraction: 0.2}]
models:
  - content_knn: {text: minilm}
  - content_knn: {text: minilm, neighbours: 2}
  - sasrec: {dim: 16, epochs: 2, validate_every: 0, item_text: minilm}
  - bert4rec: {dim: 16, inner: 32, epochs: 2, validate_every: 0, item_text: minilm, item_ids: false}
evaluation: {candidates: [{name: full}]}
)";

struct Features : ::testing::Test {
  ProgramResult run(const std::string& folder) const {
    return run_motive({"run", file.string(), "--out", (place.folder / "out").string()}, {.environment = {{"MOTIVE_SENTENCE_MODEL", folder}}});
  }
  std::size_t nodes() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(place.folder / "out/store/features")) count += entry.is_directory();
    return count;
  }
  const Workplace place;
  const Path file = place.write("features.yaml", kExperiment);
  const encode::TestModel model;
};

TEST_F(Features, AreMadeOnceAndSharedByMethodsAndSplits) {
  const auto first = run(model.folder.path().string());
  ASSERT_EQ(first.status, 0) << first.err << first.out;
  for (const char* label : {"ContentKNN minilm", "ContentKNN minilm k=2", "SASRec CE + minilm 2 ep", "BERT4Rec mask 0.2 minilm 2 ep"}) {
    EXPECT_THAT(first.out, HasSubstr(label));
  }
  EXPECT_EQ(first.out.find("n/a"), std::string::npos) << first.out;
  EXPECT_EQ(nodes(), 1u);
  EXPECT_EQ(nodes_computed(run(model.folder.path().string())), 0);
}

TEST_F(Features, FollowTheModel) {
  ASSERT_EQ(run(model.folder.path().string()).status, 0);
  const encode::TestModel other;
  other.write_json("sentence_bert_config.json", {{"max_seq_length", 4}, {"do_lower_case", false}});
  const auto again = run(other.folder.path().string());
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_GT(nodes_computed(again), 8);
  EXPECT_EQ(nodes(), 2u);
}

TEST_F(Features, WithoutAnEncoderNothingRuns) {
  const auto missing = run("/nowhere");
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("MOTIVE_SENTENCE_MODEL"));
  EXPECT_FALSE(std::filesystem::exists(place.folder / "out/store"));
}

TEST_F(Features, OfASearchAreThoseOfAllItsSettings) {
  const Path search = place.write("search.yaml", R"(experiment: search
dataset: {name: tiny-world, world: {users: 60, items: 80, seed: 5}}
models:
  - content_knn: {text: {search: choice, values: [tfidf, minilm]}}
tuning: {trials: 2}
evaluation: {candidates: [{name: full}]}
)");
  const auto found = run_motive({"run", search.string(), "--out", (place.folder / "out").string()},
                                {.environment = {{"MOTIVE_SENTENCE_MODEL", model.folder.path().string()}}});
  EXPECT_EQ(found.status, 0) << found.err;
  EXPECT_EQ(nodes(), 1u);
}

}  // namespace
}  // namespace motive
