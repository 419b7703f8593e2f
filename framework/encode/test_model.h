#pragma once
// Purpose: the small model of bert_values.py as a folder of sentence-transformers, for the tests.

#include <gtest/gtest.h>

#include "framework/base/json.h"
#include "framework/data/test_data.h"
#include "framework/nn/safetensors.h"

namespace motive::encode {

class TestModel {
 public:
  /// prefix: before the names of tensors, "" or "bert.".
  explicit TestModel(const std::string& prefix = "") {
    auto read = nn::read_tensors(Path(MOTIVE_SOURCE_DIR) / "framework/encode/bert_values.safetensors");
    if (!read) std::abort();
    values = std::move(*read);
    for (const auto& [name, tensor] : values.tensors) {
      const std::string group = "weights.";
      if (name.starts_with(group)) weights.tensors[prefix + name.substr(group.size())] = tensor.to(torch::kFloat32);
    }
    config = {{"model_type", "bert"}, {"architectures", {"BertModel"}}, {"hidden_act", "gelu"}, {"hidden_size", 32},
              {"num_hidden_layers", 2}, {"num_attention_heads", 4}, {"intermediate_size", 64}, {"layer_norm_eps", 1e-12},
              {"max_position_embeddings", 20}, {"type_vocab_size", 2}};
    write_json("config.json", config);
    write_json("sentence_bert_config.json", {{"max_seq_length", 12}, {"do_lower_case", false}});
    write_json("tokenizer_config.json", {{"do_lower_case", true}, {"strip_accents", nullptr}, {"model_max_length", 512}});
    write_modules({"Transformer", "Pooling", "Normalize"});
    write_pooling("pooling_mode_mean_tokens");
    folder.write("vocab.txt", values.texts.at("vocabulary"));
    write_weights();
  }

  void write_json(const std::string& name, const Json& content) const { folder.write(name, content.dump(2)); }
  void write_modules(const std::vector<std::string>& kinds) const {
    Json list = Json::array();
    for (const std::string& kind : kinds) {
      const std::string place = list.empty() ? "" : fmt::format("{}_{}", list.size(), kind);
      list.push_back({{"idx", list.size()}, {"path", place}, {"type", "sentence_transformers.models." + kind}});
    }
    write_json("modules.json", list);
  }
  void write_pooling(const std::string& mode) const {
    Json flags = {{"word_embedding_dimension", 32}};
    for (const char* name : {"cls_token", "mean_tokens", "max_tokens"}) flags[std::string("pooling_mode_") + name] = false;
    flags[mode] = true;
    write_json("1_Pooling/config.json", flags);
  }
  void write_weights() const {
    const Status written = nn::write_tensors(folder.path() / "model.safetensors", weights);
    EXPECT_TRUE(written.has_value());
  }

  std::vector<std::string> texts() const { return Json::parse(values.texts.at("texts")).get<std::vector<std::string>>(); }
  std::vector<float> expected(const std::string& name) const {
    const torch::Tensor numbers = values.tensors.at(name).contiguous();
    return {numbers.data_ptr<float>(), numbers.data_ptr<float>() + numbers.numel()};
  }

  test::TempFolder folder;
  nn::TensorFile values, weights;
  Json config;
};

}  // namespace motive::encode
