#include "framework/encode/model_files.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "framework/base/hash.h"
#include "framework/base/json.h"

namespace motive::encode {
namespace {

constexpr const char* kRevision = "sentence encoder 1";  // changes when vectors do
constexpr std::int64_t kLargest = 1 << 24;  // no size of a model is beyond it

/// One JSON object and where it stands, so that errors can say so.
class Settings {
 public:
  static Result<Settings> open(const Path& file, bool may_be_missing) {
    std::error_code code;
    if (!std::filesystem::exists(file, code)) {
      if (may_be_missing) return Settings(file, Json::object());
      return invalid("{}: there is no such file; give the folder of a sentence-transformers model, as its save() writes it",
                     file.string());
    }
    MOTIVE_ASSIGN(const std::string text, read_file(file));
    Json content = Json::parse(text, nullptr, false);
    if (content.is_discarded()) return invalid("{}: it is no JSON; download the model again", file.string());
    return Settings(file, std::move(content));
  }

  const Json& content() const { return content_; }
  bool has(const std::string& key) const { return content_.is_object() && content_.contains(key) && !content_[key].is_null(); }
  Error wrong(const std::string& key, const std::string& wanted) const {
    return invalid("{}: {} is {}; {}", file_.string(), key, has(key) ? content_[key].dump() : "missing", wanted);
  }
  Result<std::int64_t> size(const std::string& key) const {
    if (!has(key) || !content_[key].is_number_integer() || content_[key] < 1 || content_[key] > kLargest) {
      return wrong(key, fmt::format("it must be a whole number from 1 to {}", kLargest));
    }
    return content_[key].get<std::int64_t>();
  }
  Result<bool> flag(const std::string& key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!content_[key].is_boolean()) return wrong(key, "it must be true or false");
    return content_[key].get<bool>();
  }
  /// Where it is given at all, it must be this text.
  Status expect(const std::string& key, const std::string& text) const {
    if (!has(key) || content_[key] == text) return {};
    return wrong(key, "only " + text + " is supported; use a model such as all-MiniLM-L6-v2");
  }

 private:
  Settings(Path file, Json content) : file_(std::move(file)), content_(std::move(content)) {}
  Path file_;
  Json content_;
};

Result<BertShape> read_shape(const Settings& config) {
  if (!config.has("model_type")) return config.wrong("model_type", "it must be bert");
  MOTIVE_TRY(config.expect("model_type", "bert"));
  const Json architectures = config.has("architectures") ? config.content()["architectures"] : Json{"BertModel"};
  if (!architectures.is_array() || std::find(architectures.begin(), architectures.end(), "BertModel") == architectures.end()) {
    return config.wrong("architectures", "only BertModel is supported; use a model such as all-MiniLM-L6-v2");
  }
  MOTIVE_TRY(config.expect("hidden_act", "gelu"));
  MOTIVE_TRY(config.expect("position_embedding_type", "absolute"));
  BertShape shape;
  MOTIVE_ASSIGN(shape.dim, config.size("hidden_size"));
  MOTIVE_ASSIGN(shape.layers, config.size("num_hidden_layers"));
  MOTIVE_ASSIGN(shape.heads, config.size("num_attention_heads"));
  MOTIVE_ASSIGN(shape.inner, config.size("intermediate_size"));
  MOTIVE_ASSIGN(shape.positions, config.size("max_position_embeddings"));
  MOTIVE_ASSIGN(shape.types, config.size("type_vocab_size"));
  if (shape.dim % shape.heads != 0) {
    return config.wrong("num_attention_heads", fmt::format("it must divide hidden_size {}", shape.dim));
  }
  if (shape.positions < 2) return config.wrong("max_position_embeddings", "there must be two at least");
  const Json epsilon = config.has("layer_norm_eps") ? config.content()["layer_norm_eps"] : Json(1e-12);
  if (!epsilon.is_number() || epsilon <= 0 || epsilon > 1) {
    return config.wrong("layer_norm_eps", "it must be a small positive number");
  }
  shape.norm_epsilon = epsilon.get<double>();
  return shape;
}

Status read_tokens(const Settings& sentence, const Settings& tokenizer, ModelFiles& files) {
  MOTIVE_ASSIGN(files.pieces.lower_case, tokenizer.flag("do_lower_case", true));
  MOTIVE_ASSIGN(files.pieces.strip_accents, tokenizer.flag("strip_accents", files.pieces.lower_case));
  MOTIVE_ASSIGN(files.pieces.cjk_words, tokenizer.flag("tokenize_chinese_chars", true));
  MOTIVE_ASSIGN(const bool lower_before, sentence.flag("do_lower_case", false));
  files.pieces.lower_case = files.pieces.lower_case || lower_before;
  std::int64_t most = files.shape.positions;
  if (sentence.has("max_seq_length")) {
    MOTIVE_ASSIGN(const std::int64_t given, sentence.size("max_seq_length"));
    if (given < 2) return sentence.wrong("max_seq_length", "there must be room for [CLS] and [SEP]");
    most = std::min(most, given);
  } else if (tokenizer.has("model_max_length") && tokenizer.content()["model_max_length"] < most) {  // 1e30: none
    MOTIVE_ASSIGN(most, tokenizer.size("model_max_length"));
    if (most < 2) return tokenizer.wrong("model_max_length", "there must be room for [CLS] and [SEP]");
  }
  files.max_len = static_cast<std::size_t>(most);
  return {};
}

/// Either "pooling_mode": "mean", or a flag a mode, of which one is true.
Result<Pooling> read_pooling(const Settings& pooling) {
  const std::string wanted = "only the mean of all pieces and the state of [CLS] are supported, one of them";
  if (pooling.has("pooling_mode")) {
    const Json& mode = pooling.content()["pooling_mode"];
    if (mode != "mean" && mode != "cls") return pooling.wrong("pooling_mode", wanted);
    return mode == "mean" ? Pooling::kMean : Pooling::kCls;
  }
  std::vector<std::string> chosen;
  if (pooling.content().is_object()) {
    for (const auto& [key, value] : pooling.content().items()) {
      if (key.starts_with("pooling_mode_") && value == true) chosen.push_back(key);
    }
  }
  if (chosen == std::vector<std::string>{"pooling_mode_mean_tokens"}) return Pooling::kMean;
  if (chosen == std::vector<std::string>{"pooling_mode_cls_token"}) return Pooling::kCls;
  return pooling.wrong(chosen.empty() ? "pooling_mode_mean_tokens" : chosen.back(), wanted);
}

struct Modules {
  std::string transformer, pooling;  // their folders
  bool normalize = false;
};

Result<Modules> read_modules(const Path& file) {
  MOTIVE_ASSIGN(const Settings settings, Settings::open(file, false));
  Modules modules;
  std::vector<std::string> kinds;
  for (const Json& module : settings.content()) {
    if (!module.is_object() || !module.contains("type") || !module["type"].is_string()) break;
    const std::string type = module["type"].get<std::string>();
    kinds.push_back(type.substr(type.rfind('.') + 1));
    if (kinds.size() > 2 || !module.contains("path") || !module["path"].is_string()) continue;
    (kinds.size() == 1 ? modules.transformer : modules.pooling) = module["path"].get<std::string>();
  }
  modules.normalize = kinds.size() == 3 && kinds[2] == "Normalize";
  const bool known = kinds.size() >= 2 && kinds[0] == "Transformer" && kinds[1] == "Pooling";
  if (known && (kinds.size() == 2 || modules.normalize)) return modules;
  return invalid("{}: its modules are [{}]; only a Transformer, a Pooling and perhaps a Normalize are supported; use a model "
                 "such as all-MiniLM-L6-v2", file.string(), fmt::join(kinds, ", "));
}

}  // namespace

Result<ModelFiles> read_model_files(const Path& folder) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) {
    return invalid("{}: it is no folder; give that of a sentence-transformers model", folder.string());
  }
  MOTIVE_ASSIGN(const Modules modules, read_modules(folder / "modules.json"));
  const Path inner = folder / modules.transformer;
  ModelFiles files;
  files.normalize = modules.normalize;
  files.vocabulary = inner / "vocab.txt";
  files.weights = inner / "model.safetensors";
  files.all = {folder / "modules.json", inner / "config.json", inner / "sentence_bert_config.json",
               inner / "tokenizer_config.json", folder / modules.pooling / "config.json", files.vocabulary, files.weights};
  MOTIVE_ASSIGN(const Settings config, Settings::open(files.all[1], false));
  MOTIVE_ASSIGN(const Settings sentence, Settings::open(files.all[2], true));
  MOTIVE_ASSIGN(const Settings tokenizer, Settings::open(files.all[3], true));
  MOTIVE_ASSIGN(const Settings pooling, Settings::open(files.all[4], false));
  MOTIVE_ASSIGN(files.shape, read_shape(config));
  MOTIVE_TRY(read_tokens(sentence, tokenizer, files));
  MOTIVE_ASSIGN(files.pooling, read_pooling(pooling));
  for (const Path& file : {files.vocabulary, files.weights}) {
    if (!std::filesystem::exists(file, code)) {
      return invalid("{}: there is no such file; the model must have vocab.txt and model.safetensors (not pytorch_model.bin, nor "
                     "tokenizer.json alone)", file.string());
    }
  }
  return files;
}

Result<std::string> fingerprint_of(const Path& folder) {
  MOTIVE_ASSIGN(const ModelFiles files, read_model_files(folder));
  Sha256 digest;
  digest.update(kRevision);
  for (const Path& file : files.all) {  // in the order of the list, so that names do not matter
    std::error_code code;
    std::string own = "missing";
    if (std::filesystem::exists(file, code)) {
      MOTIVE_ASSIGN(own, sha256_file(file));
    }
    digest.update("\n" + own);
  }
  return digest.hex();
}

}  // namespace motive::encode
