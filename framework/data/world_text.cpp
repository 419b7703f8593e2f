#include "framework/data/world_text.h"

#include <algorithm>

namespace motive::world {
namespace {

std::uint32_t size_of(const Strings& list) { return static_cast<std::uint32_t>(list.size()); }

const std::string& pick(Rng& rng, const Strings& list) { return list[rng.below(size_of(list))]; }

/// The earlier ones more often, as words are used.
const std::string& pick_skewed(Rng& rng, const Strings& list) {
  const std::uint32_t first = rng.below(size_of(list));
  return list[std::min(first, rng.below(size_of(list)))];
}

void capitalise(std::string& text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
}

/// "a" or "an" before `text`; rough, but right for the words in use.
std::string_view article(std::string_view text) {
  for (const std::string_view sound : {"use", "uni", "eu", "one"}) {
    if (text.starts_with(sound)) return "a";
  }
  if (text.starts_with("hon") && !text.starts_with("hone")) return "an";
  const bool vowel =
      !text.empty() && std::string_view("aeiouAEIOU").find(text[0]) != std::string_view::npos;
  return vowel ? "an" : "a";
}

}  // namespace

struct TextMaker::Draft {
  Rng rng;
  const Item& item;
  std::string brand;
  std::string adjective = {};  // the last one: "safe and safe" is not said
};

TextMaker::TextMaker(const WorldOptions& options, const Words& words)
    : options_(options), words_(words), text_noise_(to_fixed(options.text_noise)) {}

std::string TextMaker::brand(Rng& rng) const {
  // A brand has some thirty items, the first ones many more.
  const auto brands = static_cast<std::uint32_t>(20 + options_.items / 30);
  const std::uint32_t number = std::min(rng.below(brands), rng.below(brands));
  Rng syllables(options_.seed, "world brand", number);
  std::string name = pick(syllables, words_.brand_first);
  if (syllables.below(3) == 0) name += pick(syllables, words_.brand_middle);
  name += pick(syllables, words_.brand_last);
  capitalise(name);
  return name;
}

std::size_t TextMaker::draw_trait(Rng& rng, const Item& item) const {
  if (chance(rng, text_noise_)) return rng.below(static_cast<std::uint32_t>(words_.traits.size()));
  std::uint32_t draw = rng.below(1000);
  for (const Share& share : item.traits) {
    if (draw < share.permille) return share.which;
    draw -= share.permille;
  }
  return item.traits[0].which;
}

std::string TextMaker::slot(Draft& draft, std::string_view name, std::size_t trait,
                            int depth) const {
  Rng& rng = draft.rng;
  const TraitWords& words = words_.traits[trait];
  if (name == "brand") return draft.brand;
  if (name == "kind") return pick_skewed(rng, words_.kinds[draft.item.kind].names);
  if (name == "noun") return pick_skewed(rng, words.nouns);
  if (name == "verb") return pick_skewed(rng, words.verbs);
  if (name == "colour") return pick(rng, words_.colours);
  if (name == "size") return pick(rng, words_.sizes);
  if (name == "number") return std::to_string(2 + rng.below(28));
  if (name == "variant") return fill(draft, pick(rng, words_.variants), trait, depth + 1);
  std::string adjective = pick_skewed(rng, words.adjectives);
  while (adjective == draft.adjective) adjective = pick(rng, words.adjectives);
  return draft.adjective = adjective;
}

std::string TextMaker::fill(Draft& draft, std::string_view text, std::size_t trait,
                            int depth) const {
  const std::size_t open = text.find('{');
  const std::size_t close = text.find('}', open);
  if (open == std::string_view::npos || close == std::string_view::npos || depth > 4)
    return std::string(text);
  const std::string_view name = text.substr(open + 1, close - open - 1);
  std::string result(text.substr(0, open));
  if (name == "a") {
    const std::string rest = fill(draft, text.substr(close + 1), trait, depth);
    const std::size_t word = rest.find_first_not_of(' ');
    return result +
           std::string(article(std::string_view(rest).substr(std::min(word, rest.size())))) + rest;
  }
  result += slot(draft, name, trait, depth);
  return result + fill(draft, text.substr(close + 1), trait, depth);
}

std::string TextMaker::title(Draft& draft) const {
  // One title in four only names the thing, as in real catalogues.
  const bool plain = draft.rng.below(4) == 0;
  const Strings& templates = plain ? words_.plain_title_templates : words_.title_templates;
  const std::size_t trait = draw_trait(draft.rng, draft.item);
  std::string text = fill(draft, pick(draft.rng, templates), trait);
  capitalise(text);
  return text;
}

std::string TextMaker::description(Draft& draft) const {
  Rng& rng = draft.rng;
  const auto mean = static_cast<std::uint32_t>(options_.sentences);
  const std::uint32_t spread = mean / 2;
  const std::uint32_t about_traits = mean - spread + rng.below(2 * spread + 1);
  const std::uint32_t neutral = rng.below(3);
  std::string text;
  Strings used;  // no sentence twice in one description
  for (std::uint32_t i = 0, left = neutral; i < about_traits + neutral; ++i) {
    const bool is_neutral = rng.below(about_traits + neutral - i) < left;
    left -= is_neutral ? 1 : 0;
    const std::size_t trait = draw_trait(rng, draft.item);
    const Strings& whole = is_neutral ? words_.neutral_sentences : words_.traits[trait].sentences;
    const bool templated = !is_neutral && rng.below(4) != 0;
    std::string sentence =
        fill(draft, pick(rng, templated ? words_.sentence_templates : whole), trait);
    capitalise(sentence);
    if (std::find(used.begin(), used.end(), sentence) != used.end()) continue;
    if (!text.empty()) text += ' ';
    text += sentence;
    used.push_back(std::move(sentence));
  }
  return text;
}

ItemText TextMaker::make(std::size_t number, const Item& item) const {
  Draft draft{Rng(options_.seed, "world text", number), item, {}};
  draft.brand = brand(draft.rng);
  ItemText text;
  text.title = title(draft);
  text.description = description(draft);
  text.brand = draft.brand;
  return text;
}

}  // namespace motive::world
