#include "framework/llm/lexicon.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "framework/text/tokenizer.h"

namespace motive::llm {
namespace {

/// Words whose ending only looks like one, or whose stem is another word.
constexpr std::string_view kWhole[] = {
    "anything", "assembly", "business", "clothing", "daily",   "during",   "evening", "everything", "family",  "fitness",
    "friendly", "harness",  "illness",  "lovely",   "morning", "nothing",  "setting", "something",  "wellness"};

bool is_whole(std::string_view word) { return std::binary_search(std::begin(kWhole), std::end(kWhole), word); }

bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y'; }

bool has_vowel(std::string_view word) { return std::any_of(word.begin(), word.end(), is_vowel); }

void drop_plural(std::string& word) {
  if (!word.ends_with('s') || word.size() < 4) return;
  if (word.ends_with("ies") && word.size() > 4) {
    word.replace(word.size() - 3, 3, "y");
  } else if (word.ends_with("sses") || word.ends_with("xes") || word.ends_with("ches") || word.ends_with("shes")) {
    word.resize(word.size() - 2);
  } else if (!word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is")) {
    word.pop_back();
  }
}

/// What is left of "running", "stopped", or nothing where the ending belongs to the word.
bool drop_verb_ending(std::string& word, std::string_view ending) {
  const std::size_t left = word.size() - ending.size();
  if (!word.ends_with(ending) || left < 3 || !has_vowel(std::string_view(word).substr(0, left))) return false;
  if (word.ends_with("eed")) return false;
  word.resize(left);
  const char last = word.back();
  if (last == word[left - 2] && !is_vowel(last) && last != 'l' && last != 's' && last != 'z') word.pop_back();
  return true;
}

bool drop_adverb(std::string& word) {
  if (!word.ends_with("ly") || word.size() < 6) return false;
  if (word.ends_with("bly")) {
    word.back() = 'e';
  } else if (word.ends_with("ily")) {
    word.replace(word.size() - 3, 3, "y");
  } else {
    word.resize(word.size() - 2);
  }
  return true;
}

bool is_negation(std::string_view word) {
  static constexpr std::string_view kWords[] = {"aren", "cannot", "didn", "doesn", "don", "isn",  "lack",    "neither",
                                                "never", "no", "nor", "not", "wasn", "weren", "without", "won"};
  return std::binary_search(std::begin(kWords), std::end(kWords), word);
}

}  // namespace

std::string stem(std::string_view text) {
  std::string word(text);
  if (word.size() < 4) return word;
  drop_plural(word);
  if (!is_whole(word)) {
    if (word.ends_with("bility") && word.size() > 8) {
      word.replace(word.size() - 5, 5, "le");
    } else if (word.ends_with("ness") && word.size() > 6) {
      word.resize(word.size() - 4);
      drop_verb_ending(word, "ed");
    } else if (!drop_verb_ending(word, "ing") && !drop_verb_ending(word, "ed")) {
      if (drop_adverb(word)) drop_verb_ending(word, "ing") || drop_verb_ending(word, "ed");
    }
  }
  if (word.size() > 3 && word.back() == 'e') word.pop_back();
  if (word.size() > 3 && word.back() == 'y') word.back() = 'i';
  return word;
}

struct Lexicon::State {
  struct Entry {
    std::vector<std::string> more;  // stems after the first
    Motivation motivation;
    std::uint8_t weight;
  };
  std::unordered_map<std::string, std::vector<Entry>> by_first;  // the longest first, then by motivation
  std::array<std::size_t, kMotivations> sizes{};

  void add(std::vector<std::string> stems, Motivation motivation, std::uint8_t weight);
};

void Lexicon::State::add(std::vector<std::string> stems, Motivation motivation, std::uint8_t weight) {
  if (stems.empty()) return;
  std::vector<Entry>& entries = by_first[stems.front()];
  stems.erase(stems.begin());
  for (Entry& entry : entries) {
    if (entry.motivation != motivation || entry.more != stems) continue;
    entry.weight = std::max(entry.weight, weight);  // two forms of one stem: the stronger counts
    return;
  }
  entries.push_back({std::move(stems), motivation, weight});
  ++sizes[static_cast<std::size_t>(motivation)];
}

Lexicon::Lexicon() : state_(std::make_unique<State>()) {
  Tokenizer tokenizer;
  for (const LexiconSource& source : lexicon_sources()) {
    for (std::size_t weight = 1; weight <= source.phrases.size(); ++weight) {
      std::string_view rest = source.phrases[weight - 1];
      while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        std::vector<std::string> stems;
        for (std::string_view word : tokenizer.words(rest.substr(0, comma))) stems.push_back(stem(word));
        state_->add(std::move(stems), source.motivation, static_cast<std::uint8_t>(weight));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    }
  }
  for (auto& [first, entries] : state_->by_first) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const State::Entry& a, const State::Entry& b) { return a.more.size() > b.more.size(); });
  }
}

Lexicon::~Lexicon() = default;

const Lexicon& Lexicon::english() {
  static const Lexicon lexicon;
  return lexicon;
}

std::size_t Lexicon::size(Motivation motivation) const { return state_->sizes[static_cast<std::size_t>(motivation)]; }

std::vector<LexiconHit> Lexicon::find(std::span<const std::string> stems) const {
  std::vector<LexiconHit> hits;
  for (std::size_t at = 0; at < stems.size();) {
    const auto found = state_->by_first.find(stems[at]);
    std::size_t taken = 0;  // words of the longest phrase here
    if (found != state_->by_first.end()) {
      for (const State::Entry& entry : found->second) {
        const std::size_t length = entry.more.size() + 1;
        if (length < taken || at + length > stems.size()) continue;
        if (!std::equal(entry.more.begin(), entry.more.end(), stems.begin() + static_cast<std::ptrdiff_t>(at) + 1)) continue;
        taken = length;
        const bool negated = (at >= 1 && is_negation(stems[at - 1])) || (at >= 2 && is_negation(stems[at - 2]));
        hits.push_back({entry.motivation, entry.weight, static_cast<std::uint32_t>(at),
                        static_cast<std::uint32_t>(at + length), negated});
      }
    }
    at += std::max<std::size_t>(taken, 1);
  }
  return hits;
}

}  // namespace motive::llm
