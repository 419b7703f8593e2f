#include "framework/encode/find_model.h"
#include "framework/encode/model_files.h"
#include "framework/encode/sentence_encoder.h"
#include "framework/features/sentences.h"
#include "framework/text/text_fields.h"

namespace motive {
namespace {

/// The fields that the item has, one sentence each.
std::string text_of(const Catalogue& items, std::size_t item, const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) {
    const std::string_view value = items.text(item, field);
    if (value.empty()) continue;
    if (!text.empty()) text += ". ";
    text += value;
  }
  return text;
}

Result<encode::SentenceEncoder> planned_encoder(const Json& planned) {
  MOTIVE_ASSIGN(const Path folder, encode::minilm_folder());
  MOTIVE_ASSIGN(const std::string fingerprint, encode::fingerprint_of(folder));
  if (planned != fingerprint) return fail("{}: its files have changed since this run began; run the same command again", folder.string());
  return encode::SentenceEncoder::open(folder);
}

Status make(const Json& params, const Catalogue& items, FeatureContext& context, const Path& folder) {
  const auto wanted = params.at("fields").get<std::vector<std::string>>();
  MOTIVE_ASSIGN(const std::vector<std::string> fields, text_fields_of(items, wanted, "the sentence encoder", "fields"));
  MOTIVE_ASSIGN(const encode::SentenceEncoder encoder, planned_encoder(context.input));
  std::vector<std::string> texts;
  texts.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) texts.push_back(text_of(items, i, fields));
  MOTIVE_ASSIGN(std::vector<float> vectors, encoder.encode(texts, context.threads, context.cancel, context.progress));
  std::size_t without_text = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) continue;
    ++without_text;
    std::fill_n(vectors.begin() + static_cast<std::ptrdiff_t>(i * encoder.dim()), encoder.dim(), 0.0f);
  }
  return SentenceVectors::write(folder, vectors, items.size(), without_text, fields);
}

const ProvideFeature kProvide{sentence_vectors({}).kind, make};

}  // namespace
}  // namespace motive
