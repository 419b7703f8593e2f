// Methods that need LibTorch, through the whole program: other workers, checkpoints, curves, predictions.

#include <gmock/gmock.h>
#include <signal.h>

#include "tests/end_to_end/program.h"

namespace motive {
namespace {

using ::testing::HasSubstr;

constexpr const char* kExperiment = R"(experiment: networks
dataset: {name: tiny-world, world: {users: 80, items: 120, seed: 5}}
models:
  - sasrec: {dim: 16, epochs: 40, batch: 16, validate_every: 4, patience: 20}
  - bert4rec: {dim: 16, inner: 32, epochs: 40, batch: 16, validate_every: 4, patience: 20}
evaluation: {candidates: [{name: full}]}
)";

class Networks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string_view(MOTIVE_TORCH_VERSION) == "none") GTEST_SKIP() << "built without LibTorch";
  }
  ProgramResult run(const std::string& out, const ProgramOptions& options = {}) const {
    return run_motive({"run", file_.string(), "--out", (place_.folder / out).string()}, options);
  }
  std::map<std::string, std::string> files(const std::string& out) const {
    auto files = printed_files(place_.folder / out);
    const auto curves = read_file(place_.folder / out / "curves.csv");
    files["curves.csv"] = curves ? *curves : "missing";
    return files;
  }
  const Workplace place_;
  const Path file_ = place_.write("networks.yaml", kExperiment);
};

TEST_F(Networks, ARunThatIsKilledGoesOnFromItsCheckpointsToTheSameResults) {
  const auto whole = run("whole");
  ASSERT_EQ(whole.status, 0) << whole.err;
  const auto expected = files("whole");
  EXPECT_THAT(expected.at("table.txt"), HasSubstr("SASRec CE <=40 ep"));
  EXPECT_THAT(expected.at("curves.csv"), HasSubstr("BERT4Rec mask 0.2 <=40 ep,tiny-world,warm,1,1,select,4,"));
  bool left_something = false;
  for (const double seconds : {1.0, 1.6, 2.2}) {
    run("killed", {.signal_after = seconds, .signal = SIGKILL, .to_worker = seconds == 1.6});
    left_something |= std::filesystem::exists(place_.folder / "killed/store/checkpoints");
  }
  EXPECT_TRUE(left_something) << "no kill came while a network was trained";
  const auto again = run("killed");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(files("killed"), expected);
  EXPECT_TRUE(std::filesystem::is_empty(place_.folder / "killed/store/checkpoints"));
}

TEST_F(Networks, PredictStartsTheProgramWithLibTorch) {
  ASSERT_EQ(run("whole").status, 0);
  run_motive({"split", file_.string(), "--out", (place_.folder / "whole").string(), "--export", (place_.folder / "x").string()});
  const auto train = read_file(place_.folder / "x/tiny-world-warm-1/train.csv");
  ASSERT_TRUE(train);
  const std::string user = train->substr(27, train->find(',', 27) - 27);  // after "user,item,rating,timestamp"
  const auto prediction =
      run_motive({"predict", (place_.folder / "whole").string(), "SASRec CE <=40 ep", "--user", user, "--top", "3", "--json"});
  EXPECT_EQ(prediction.status, 0) << prediction.err;
  EXPECT_THAT(prediction.out, HasSubstr("\"score\""));
}

}  // namespace
}  // namespace motive
