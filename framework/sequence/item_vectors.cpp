#include "framework/sequence/item_vectors.h"

#include <fmt/ranges.h>

#include "framework/nn/sparse_product.h"
#include "framework/text/text_fields.h"
#include "framework/text/tfidf.h"

namespace motive {
namespace {

constexpr int kFewestItems = 2;  // a word of one item alone says nothing of others

class Words final : public ItemTexts {
 public:
  Words(SparseRows model, SparseRows catalogue) : model_(std::move(model)), catalogue_(std::move(catalogue)) {}
  std::int64_t columns() const override { return static_cast<std::int64_t>(catalogue_.n_columns); }
  torch::Tensor of_model(const torch::Tensor& weights) const override { return nn::sparse_product(model_, weights); }
  torch::Tensor of_catalogue(const torch::Tensor& weights) const override { return nn::sparse_product(catalogue_, weights); }

 private:
  nn::SparseMatrix model_;
  SparseRows catalogue_;
};

class Sentences final : public ItemTexts {
 public:
  Sentences(torch::Tensor model, torch::Tensor catalogue) : model_(std::move(model)), catalogue_(std::move(catalogue)) {}
  std::int64_t columns() const override { return catalogue_.size(1); }
  torch::Tensor of_model(const torch::Tensor& weights) const override { return model_.mm(weights); }
  torch::Tensor of_catalogue(const torch::Tensor& weights) const override {
    const torch::NoGradGuard none;
    return catalogue_.mm(weights);
  }

 private:
  torch::Tensor model_, catalogue_;
};

Result<std::shared_ptr<const ItemTexts>> words_of(const Catalogue& catalogue, const ModelItems& items,
                                                  const std::vector<std::string>& fields) {
  MOTIVE_ASSIGN(const std::vector<std::string> names, text_fields_of(catalogue, fields, "`item_text`", "text_fields"));
  TfidfOptions options;
  options.min_df = kFewestItems;
  options.tokenizer.stop_words = true;
  SparseRows all = item_tfidf(catalogue, names, options).rows;
  if (all.n_columns == 0) {
    return Error{fmt::format("no word of {} stands with {} items or more", fmt::join(names, ", "), kFewestItems), ErrorKind::kNotApplicable};
  }
  SparseRows model;
  model.n_columns = all.n_columns;
  for (const std::uint32_t item : items.catalogue) {
    const auto columns = all.columns_of(item);
    const auto values = all.values_of(item);
    model.columns.insert(model.columns.end(), columns.begin(), columns.end());
    model.values.insert(model.values.end(), values.begin(), values.end());
    model.offsets.push_back(model.columns.size());
  }
  return std::shared_ptr<const ItemTexts>(std::make_shared<const Words>(std::move(model), std::move(all)));
}

Result<std::shared_ptr<const ItemTexts>> sentences_of(const Path& folder, const ModelItems& items) {
  MOTIVE_ASSIGN(const SentenceVectors vectors, SentenceVectors::open(folder, items.number.size()));
  const std::vector<std::int64_t> shape{static_cast<std::int64_t>(items.number.size()), static_cast<std::int64_t>(vectors.dim())};
  const torch::Tensor all = torch::from_blob(const_cast<float*>(vectors.all().data()), shape).clone();
  const std::vector<std::int64_t> known(items.catalogue.begin(), items.catalogue.end());
  return std::shared_ptr<const ItemTexts>(
      std::make_shared<const Sentences>(all.index_select(0, torch::tensor(known, torch::kInt64)), all));
}

}  // namespace

Result<std::shared_ptr<const ItemTexts>> item_texts(const ItemVectorOptions& options, const Catalogue& catalogue,
                                                    const ModelItems& items, const FeatureFolders& features) {
  if (options.text == ItemText::kNone) return std::shared_ptr<const ItemTexts>();
  if (options.text == ItemText::kTfidf) return words_of(catalogue, items, options.fields);
  MOTIVE_ASSIGN(const Path folder, features.of(sentence_vectors(options.fields)));
  return sentences_of(folder, items);
}

ItemVectorsImpl::ItemVectorsImpl(std::int64_t items, std::int64_t columns, std::int64_t dim, const ItemVectorOptions& options,
                                 std::shared_ptr<const ItemTexts> texts)
    : text_(std::move(texts)) {
  if (options.ids || options.text == ItemText::kNone) ids_ = register_parameter("ids", torch::empty({items, dim}));
  if (options.text != ItemText::kNone) words_ = register_parameter("words", torch::empty({columns, dim}));
}

torch::Tensor ItemVectorsImpl::forward() const {
  if (!words_.defined()) return ids_;
  const torch::Tensor text = text_->of_model(words_);
  return ids_.defined() ? ids_ + text : text;
}

torch::Tensor ItemVectorsImpl::text_of_catalogue() const {
  if (!words_.defined() || !text_) return {};
  return text_->of_catalogue(words_);
}

}  // namespace motive
