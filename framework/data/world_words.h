#pragma once
// Purpose: datasets/synthetic/words.yaml, read and checked: the schema of motivations with their
// expressions, the kinds of products, the templates of titles and sentences.
// Errors: file:line:column, all of a file at once; a template with a slot that nobody fills.

#include <string>
#include <utility>
#include <vector>

#include "framework/base/files.h"
#include "framework/base/status.h"

namespace motive::world {

using Strings = std::vector<std::string>;

struct TraitWords {
  std::string name;
  Strings adjectives, nouns, verbs, sentences;
};

struct Kind {
  std::string name;
  Strings names;
  std::size_t category = 0;
};

struct Words {
  std::vector<TraitWords> traits;
  Strings categories;
  std::vector<Kind> kinds;
  Strings neutral_sentences, variants, colours, sizes;
  Strings title_templates, plain_title_templates, sentence_templates;
  Strings brand_first, brand_middle, brand_last;
  std::vector<std::pair<std::string, Strings>> user_fields;
  std::string sha256;  // of the file
};

Result<Words> read_words(const Path& file);

}  // namespace motive::world
