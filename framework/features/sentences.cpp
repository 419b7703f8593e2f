// What is known of sentence vectors without LibTorch. They are made in sentences_torch.cpp.

#include "framework/features/sentences.h"

#include "framework/encode/find_model.h"
#include "framework/encode/model_files.h"

namespace motive {
namespace {

constexpr const char* kName = "sentences";
constexpr const char* kVersion = "1";

Result<Json> model_of(const Json&) {
  MOTIVE_ASSIGN(const Path folder, encode::minilm_folder());
  MOTIVE_ASSIGN(const std::string fingerprint, encode::fingerprint_of(folder));
  return Json(fingerprint);
}

/// As measured: titles and categories, some forty pieces; the weights stand in memory three times while they are read.
Estimate estimate(const Json&, const Shape& s) {
  return {static_cast<double>(s.items) / 140, (450u << 20) + s.items * 384 * 4 * 2};
}

const DeclareFeature kDeclare{{.name = kName, .title = "sentence vectors", .version = kVersion, .torch = true, .input = model_of,
                               .estimate = estimate, .make = {}}};

}  // namespace

FeatureRequest sentence_vectors(const std::vector<std::string>& fields) { return {kName, {{"fields", fields}}}; }

Status SentenceVectors::write(const Path& folder, std::span<const float> vectors, std::size_t items, std::size_t without_text,
                              const std::vector<std::string>& fields) {
  ArrayWriter writer(folder, kName, kVersion);
  const std::size_t dim = items ? vectors.size() / items : 0;
  writer.values()["items"] = items;
  writer.values()["dim"] = dim;
  writer.values()["items_without_text"] = without_text;
  writer.values()["fields"] = fields;
  MOTIVE_TRY(writer.add<float>("vectors", vectors, {items, dim}));
  return writer.finish();
}

Result<SentenceVectors> SentenceVectors::open(const Path& folder, std::size_t items) {
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, kName, kVersion));
  SentenceVectors found;
  MOTIVE_ASSIGN(found.dim_, reader.number("dim"));
  MOTIVE_ASSIGN(found.without_text_, reader.number("items_without_text"));
  if (const auto fields = reader.values().find("fields"); fields != reader.values().end() && fields->is_array()) {
    for (const Json& field : *fields) found.fields_.push_back(field.is_string() ? field.get<std::string>() : "");
  }
  MOTIVE_ASSIGN(found.vectors_, reader.map<float>("vectors", {items, found.dim_}));
  return found;
}

}  // namespace motive
