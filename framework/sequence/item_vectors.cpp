#include "framework/sequence/item_vectors.h"

#include <fmt/ranges.h>

#include "framework/text/text_fields.h"
#include "framework/text/tfidf.h"

namespace motive {
namespace {

constexpr int kFewestItems = 2;  // a word of one item alone says nothing of others

}  // namespace

Result<std::shared_ptr<const ItemWords>> ItemWords::of(const Catalogue& catalogue, const ModelItems& items,
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
  return std::make_shared<const ItemWords>(ItemWords{nn::SparseMatrix(std::move(model)), std::move(all)});
}

ItemVectorsImpl::ItemVectorsImpl(std::int64_t items, std::int64_t columns, std::int64_t dim, const ItemVectorOptions& options,
                                 std::shared_ptr<const ItemWords> words)
    : text_(std::move(words)) {
  if (options.ids || options.text == ItemText::kNone) ids_ = register_parameter("ids", torch::empty({items, dim}));
  if (options.text != ItemText::kNone) words_ = register_parameter("words", torch::empty({columns, dim}));
}

torch::Tensor ItemVectorsImpl::forward() const {
  if (!words_.defined()) return ids_;
  const torch::Tensor text = nn::sparse_product(text_->model, words_);
  return ids_.defined() ? ids_ + text : text;
}

torch::Tensor ItemVectorsImpl::text_of_catalogue() const {
  if (!words_.defined() || !text_) return {};
  return nn::sparse_product(text_->catalogue, words_);
}

}  // namespace motive
