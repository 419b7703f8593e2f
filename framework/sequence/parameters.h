#pragma once
// Purpose: what the parameters and costs of all networks over sequences share. Known without LibTorch.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/config/table.h"
#include "framework/features/sentences.h"
#include "framework/recommend/registry.h"

namespace motive {

enum class ItemText { kNone, kTfidf, kMinilm };

/// Of a process: the library itself, and buffers of its kernels.
inline constexpr std::uint64_t kLibTorchBytes = 170u << 20;

/// Events that a user's sequence has on average, as far as they are read.
inline double mean_length(const Shape& s, int max_len) {
  return std::min<double>(max_len, static_cast<double>(s.events) / static_cast<double>(std::max<std::uint64_t>(1, s.users)));
}

/// Adds the fields that every P has to the end of its table: early stopping, threads, item text; and what must hold of them.
template <class P>
config::Table<P>& add_shared(config::Table<P>& table) {
  return table
      .field("validate_every", &P::validate_every, "epochs between two looks at validation ndcg@10; 0: train all epochs",
             config::range(0, 100000))
      .field("patience", &P::patience, "looks without a better value before it stops", config::range(1, 100000))
      .field("threads", &P::threads, "threads of a fit; part of the result", config::range(1, 256))
      .choice("item_text", &P::item_text, "what vectors of items are made of, beside or instead of one of their own",
              {{"none", ItemText::kNone, "nothing else: items without training events are n/a"},
               {"tfidf", ItemText::kTfidf, "the words of their text, a learnt vector each: new items are ranked, too"},
               {"minilm", ItemText::kMinilm, "the vector of their text by the sentence encoder all-MiniLM-L6-v2, projected; as tfidf"}})
      .field("item_ids", &P::item_ids, "whether items have a vector of their own beside their text")
      .field("text_fields", &P::text_fields, "of the text; empty: title, description, categories, as far as there are",
             config::Rule().unique())
      .check("heads", [](const P& p) {
        return p.dim % p.heads == 0 ? "" : fmt::format("does not divide `dim: {}`; take another number of either", p.dim);
      })
      .check("item_ids", [](const P& p) { return p.item_ids || p.item_text != ItemText::kNone ? "" : "asks for `item_text`"; });
}

/// For labels: " + tfidf", " tfidf" without vectors of their own.
template <class P>
std::string item_text_label(const P& p) {
  if (p.item_text == ItemText::kNone) return "";
  return std::string(p.item_ids ? " + " : " ") + (p.item_text == ItemText::kTfidf ? "tfidf" : "minilm");
}

template <class P>
std::vector<FeatureRequest> item_features(const P& p) {
  if (p.item_text != ItemText::kMinilm) return {};
  return {sentence_vectors(p.text_fields)};
}

}  // namespace motive
