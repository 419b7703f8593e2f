// Checkpoints that must not be taken up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "framework/sequence/tiny_testing.h"

namespace motive::tiny {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// What is done to the checkpoint of an interrupted fit, and a word of why it is then not taken up.
struct Damage {
  std::string name;
  Plan before;  // the fit that is interrupted
  std::function<void(const Path&)> to_file;
  std::string why;
};

void edit(const Path& path, const std::function<void(nn::TensorFile&)>& change) {
  auto file = nn::read_tensors(path);
  ASSERT_TRUE(file) << file.error().message;
  change(*file);
  ASSERT_TRUE(nn::write_tensors(path, *file));
}

void set_text(const Path& path, const std::string& text, const std::string& value) {
  edit(path, [&](nn::TensorFile& file) { file.texts[text] = value; });
}

constexpr const char* kLoopOfWords = R"({"trained":"a","best_epoch":0,"looks_since":0,"best":0,"curve":[]})";

std::vector<Damage> damages() {
  const auto bytes = [](const Path& path, const std::function<void(std::string&)>& change) {
    std::string content = *read_file(path);
    change(content);
    ASSERT_TRUE(write_file_synced(path, content));
  };
  const auto cut = [bytes](std::size_t part) {
    return [=](const Path& path) { bytes(path, [=](std::string& s) { s.resize(s.size() * part / 10); }); };
  };
  const auto without = [](const std::string& name) {
    return [=](const Path& path) { edit(path, [&](nn::TensorFile& file) { ASSERT_EQ(file.tensors.erase(name), 1u); }); };
  };
  const auto misshaped = [](const std::string& name) {
    return [=](const Path& path) { edit(path, [&](nn::TensorFile& file) { file.tensors.at(name) = torch::zeros({3}); }); };
  };
  const auto text = [](const std::string& name, const std::string& value) {
    return [=](const Path& path) { set_text(path, name, value); };
  };
  const auto nothing = [](const Path&) {};
  return {
      {"empty", {}, cut(0), "shorter than its header"},
      {"half", {}, cut(5), ""},
      {"without its end", {}, cut(9), ""},
      {"a byte altered", {}, [=](const Path& p) { bytes(p, [](std::string& s) { s[s.size() - 2] ^= 1; }); }, "altered"},
      {"another format", {}, [=](const Path& p) { bytes(p, [](std::string& s) { s = "epoch 3\n"; }); }, "header"},
      {"without identity", {}, text("identity", ""), "not a model of Motive"},
      {"steps in words", {}, text("steps", "three"), "incomplete"},
      {"loop of nothing", {}, text("loop", "{}"), "incomplete"},
      {"a loop of words", {}, text("loop", kLoopOfWords), "incomplete"},
      {"no moments", {}, without("adam.second.mix.weight"), "adam.second.mix.weight"},
      {"other moments", {}, misshaped("adam.first.items.ids"), "adam.first.items.ids"},
      {"no weights", {}, without("network.mix.weight"), "network.mix.weight"},
      {"other weights", {}, misshaped("network.mix.bias"), "network.mix.bias"},
      {"another seed", {.seed = 2}, nothing, "seed is 2, not 1"},
      {"other parameters", {.options = {.parameter = "b"}}, nothing, R"(parameters is {"p":"b"}, not {"p":"a"})"},
      {"another version", {.options = {.version = "0"}}, nothing, R"(version is "0", not "1")"},
      {"other data", {.users = 13}, nothing, "events is"},
  };
}

TEST(CheckpointTest, ACheckpointThatDoesNotFitIsNotTakenUpAndTheReportSaysWhy) {
  const Fitted expected = whole({});
  for (Damage& damage : damages()) {
    SCOPED_TRACE(damage.name);
    const testing::TemporaryFolder folder;
    damage.before.checkpoints = folder.path();
    damage.before.interrupt = 2;
    ASSERT_FALSE(fit(damage.before).status);
    damage.to_file(folder.path() / "checkpoint.safetensors");
    Fitted fitted;
    ASSERT_NO_THROW(fitted = whole({.checkpoints = folder.path()}));
    EXPECT_THAT(fitted.report.value("checkpoint", ""), AllOf(HasSubstr("not taken up: "), HasSubstr(damage.why)));
    EXPECT_TRUE(fitted.model == expected.model) << "it ended in other bytes";
  }
}

TEST(CheckpointTest, ACheckpointWithValidationIsNotTakenUpWithoutIt) {
  Script script({.1, .3});
  const testing::TemporaryFolder folder;
  ASSERT_FALSE(fit({.checkpoints = folder.path(), .validation = &script, .interrupt = 2}).status);
  const Fitted fitted = whole({.checkpoints = folder.path()});
  EXPECT_THAT(fitted.report.value("checkpoint", ""), HasSubstr("validates is true, not false"));
  EXPECT_EQ(fitted.model, whole({}).model);
}

}  // namespace
}  // namespace motive::tiny
