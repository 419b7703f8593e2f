#pragma once
// Purpose: the parameters by which methods read the texts of items, alike for all. Known without LibTorch.

#include <string>

#include "framework/config/table.h"

namespace motive {

enum class ItemText { kNone, kTfidf };

/// Adds `item_text`, `item_ids` and `text_fields` to the table of a P that has them.
template <class P>
config::Table<P>& add_item_text(config::Table<P>& table) {
  return table
      .choice("item_text", &P::item_text, "what vectors of items are made of, beside or instead of one of their own",
              {{"none", ItemText::kNone, "nothing else: items without training events are n/a"},
               {"tfidf", ItemText::kTfidf, "the words of their text, a learnt vector each: new items are ranked, too"}})
      .later_choice("item_text", "minilm", "a sentence encoder")
      .field("item_ids", &P::item_ids, "whether items have a vector of their own beside their text")
      .field("text_fields", &P::text_fields, "of the text; empty: title, description, categories, as far as there are",
             config::Rule().unique())
      .check("item_ids", [](const P& p) { return p.item_ids || p.item_text != ItemText::kNone ? "" : "asks for `item_text`"; });
}

/// For labels: " + tfidf", " tfidf" without vectors of their own.
template <class P>
std::string item_text_label(const P& p) {
  return p.item_text == ItemText::kNone ? "" : p.item_ids ? " + tfidf" : " tfidf";
}

}  // namespace motive
