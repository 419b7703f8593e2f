#pragma once
// Purpose: titles and descriptions that express an item's traits in varied words.
// A sentence is about one trait, drawn in proportion to its strength (or, with probability
// text_noise, about any trait at all); neutral sentences stand between. A brand is a few syllables
// and means nothing.

#include <string>

#include "framework/data/world_items.h"

namespace motive::world {

struct ItemText {
  std::string title, description, brand;
};

class TextMaker {
 public:
  TextMaker(const WorldOptions& options, const Words& words);
  /// The text of item number `number`; a stream of its own.
  ItemText make(std::size_t number, const Item& item) const;

 private:
  struct Draft;
  std::string brand(Rng& rng) const;
  std::size_t draw_trait(Rng& rng, const Item& item) const;
  std::string title(Draft& draft) const;
  std::string description(Draft& draft) const;
  /// Replaces the slots of `text`, from the trait `trait`.
  std::string fill(Draft& draft, std::string_view text, std::size_t trait, int depth = 0) const;
  std::string slot(Draft& draft, std::string_view name, std::size_t trait, int depth) const;

  const WorldOptions& options_;
  const Words& words_;
  Fixed text_noise_;
};

}  // namespace motive::world
