#include "framework/data/world_words.h"

#include <algorithm>
#include <array>

#include "framework/base/hash.h"
#include "framework/config/node.h"

namespace motive::world {
namespace {

using config::Errors;
using config::Node;

constexpr std::array<std::string_view, 10> kSlots = {
    "a", "adjective", "brand", "colour", "kind", "noun", "number", "size", "variant", "verb"};

const Node* member(const Node& map, std::string_view key, Node::Kind kind, Errors& errors) {
  const Node* node = map.find(key);
  if (node != nullptr && node->kind == kind) return node;
  errors.add(node ? node->mark : map.mark,
             fmt::format("\"{}\" must be a {} here", std::string(key),
                         kind == Node::Kind::kMap ? "map" : "list of texts"));
  return nullptr;
}

/// Every { must open a slot that the text maker fills.
void check_slots(const Node& node, Errors& errors) {
  for (std::size_t at = node.scalar.find('{'); at != std::string::npos;
       at = node.scalar.find('{', at + 1)) {
    const std::size_t end = node.scalar.find('}', at);
    const auto slot =
        end == std::string::npos ? std::string() : node.scalar.substr(at + 1, end - at - 1);
    if (std::find(kSlots.begin(), kSlots.end(), slot) == kSlots.end()) {
      std::string all;
      for (const std::string_view known : kSlots) all.append(all.empty() ? "" : ", ").append(known);
      errors.add(node.mark, fmt::format("\"{{{}}}\" is not a slot; there are {}", slot, all));
    }
  }
}

Strings texts(const Node& list, std::size_t least, Errors& errors) {
  Strings result;
  for (const Node& item : list.items) {
    if (item.kind != Node::Kind::kScalar || item.scalar.empty()) {
      errors.add(item.mark, "expected a text");
      continue;
    }
    check_slots(item, errors);
    if (std::find(result.begin(), result.end(), item.scalar) != result.end()) {
      errors.add(item.mark, fmt::format("\"{}\" stands here twice", item.scalar));
    }
    result.push_back(item.scalar);
  }
  if (result.size() < least) errors.add(list.mark, fmt::format("needs at least {} entries", least));
  return result;
}

Strings texts(const Node& map, std::string_view key, std::size_t least, Errors& errors) {
  const Node* list = member(map, key, Node::Kind::kSequence, errors);
  return list ? texts(*list, least, errors) : Strings();
}

void read_traits(const Node& root, Words& words, Errors& errors) {
  const Node* traits = member(root, "traits", Node::Kind::kMap, errors);
  if (!traits) return;
  for (const auto& [name, node] : traits->members) {
    words.traits.push_back({name, texts(node, "adjectives", 2, errors),
                            texts(node, "nouns", 1, errors), texts(node, "verbs", 1, errors),
                            texts(node, "sentences", 1, errors)});
  }
  if (words.traits.size() < 2 || words.traits.size() > 64)
    errors.add(traits->mark, "needs 2 to 64 traits");
}

void read_categories(const Node& root, Words& words, Errors& errors) {
  const Node* categories = member(root, "categories", Node::Kind::kMap, errors);
  if (!categories) return;
  for (const auto& [category, kinds] : categories->members) {
    if (kinds.kind != Node::Kind::kMap || kinds.members.empty()) {
      errors.add(kinds.mark, "needs a map of product kinds");
      continue;
    }
    for (const auto& [kind, names] : kinds.members) {
      words.kinds.push_back({kind, texts(names, 1, errors), words.categories.size()});
    }
    words.categories.push_back(category);
  }
  if (words.categories.empty() || words.categories.size() > 64)
    errors.add(categories->mark, "needs 1 to 64 categories");
  if (words.kinds.size() > 65535) errors.add(categories->mark, "needs at most 65535 product kinds");
}

void read_neutral(const Node& root, Words& words, Errors& errors) {
  if (const Node* neutral = member(root, "neutral", Node::Kind::kMap, errors)) {
    words.neutral_sentences = texts(*neutral, "sentences", 1, errors);
    words.variants = texts(*neutral, "variants", 1, errors);
    words.colours = texts(*neutral, "colours", 1, errors);
    words.sizes = texts(*neutral, "sizes", 1, errors);
  }
  if (const Node* syllables = member(root, "brand_syllables", Node::Kind::kMap, errors)) {
    words.brand_first = texts(*syllables, "first", 1, errors);
    words.brand_middle = texts(*syllables, "middle", 1, errors);
    words.brand_last = texts(*syllables, "last", 1, errors);
  }
  if (const Node* fields = member(root, "user_fields", Node::Kind::kMap, errors)) {
    for (const auto& [name, values] : fields->members)
      words.user_fields.emplace_back(name, texts(values, 1, errors));
  }
}

}  // namespace

Result<Words> read_words(const Path& file) {
  Errors errors;
  MOTIVE_ASSIGN(const std::string text, read_file(file));
  const Node root = config::parse_yaml(text, file.string(), errors);
  if (!errors.empty()) return errors.error();
  Words words;
  words.sha256 = sha256_hex(text);
  read_traits(root, words, errors);
  read_categories(root, words, errors);
  read_neutral(root, words, errors);
  words.title_templates = texts(root, "title_templates", 1, errors);
  words.plain_title_templates = texts(root, "plain_title_templates", 1, errors);
  words.sentence_templates = texts(root, "sentence_templates", 1, errors);
  if (!errors.empty()) return errors.error();
  return words;
}

}  // namespace motive::world
