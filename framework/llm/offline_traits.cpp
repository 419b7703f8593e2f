// Traits of an item: what it is for, in short phrases, without its brand's words where they can be told.

#include <algorithm>
#include <array>
#include <set>

#include "framework/llm/offline_profile.h"
#include "framework/llm/offline_tasks.h"
#include "framework/llm/parse_json.h"

namespace motive::llm::offline {
namespace {

constexpr double kLeastShare = 0.3;  // of the strongest motivation's, below which one is passed over
constexpr std::size_t kLeastTraits = 3, kMostTraits = 8;  // where the schema does not say
constexpr std::size_t kMostWords = 6, kMostMotives = 4;

/// The noun behind words of the lexicon, itself next to nothing in it.
constexpr std::array<std::string_view, kMotivations> kNouns = {"use",    "appeal", "price",   "make",
                                                               "origin", "feel",   "company", "care"};

class Traits {
 public:
  Traits(std::size_t least, std::size_t most) : least_(least), most_(most) {}
  void add(const std::string& phrase) {
    if (!phrase.empty() && list_.size() < most_ && seen_.insert(phrase).second) list_.push_back(phrase);
  }
  bool enough() const { return list_.size() >= least_; }
  const std::vector<std::string>& list() const { return list_; }

 private:
  std::size_t least_, most_;
  std::vector<std::string> list_;
  std::set<std::string> seen_;
};

/// "sturdy solid build": the strongest words of a motivation and its noun.
std::string motive_phrase(const std::vector<Scored>& words, std::string_view noun) {
  std::string phrase;
  std::size_t length = 0;
  for (const Scored& scored : words) {
    const auto more = static_cast<std::size_t>(std::count(scored.words.begin(), scored.words.end(), ' ')) + 1;
    if (length + more + 1 > kMostWords) continue;
    phrase += scored.words + " ";
    length += more;
  }
  return phrase + std::string(noun);
}

/// Runs of content words: what the text is about, in its own order.
void add_runs(std::string_view field, std::size_t longest, std::vector<std::string>& runs) {
  for (std::string_view clause : pieces(field, ".,;:!?()[]|\"/")) {
    const Text text = read_text(clause);
    std::string run;
    std::size_t length = 0;
    for (std::size_t i = 0; i <= text.words.size(); ++i) {
      const bool content = i < text.words.size() && is_content(text.words[i]);
      if (content && length < longest) {
        run += (length ? " " : "") + text.words[i];
        ++length;
        continue;
      }
      if (!run.empty()) runs.push_back(run);
      run = content ? text.words[i] : "";
      length = content ? 1 : 0;
    }
  }
}

void add_category(const Item& item, Traits& traits) {
  const auto path = pieces(item.categories, ">|,;/");
  std::string phrase;
  std::size_t length = 0;
  for (auto category = path.rbegin(); category != path.rend(); ++category) {
    for (const std::string& word : read_text(*category).words) {
      if (length < kMostWords) phrase += (length++ ? " " : "") + word;
    }
  }
  traits.add(phrase);
}

void add_motives(const Findings& findings, Traits& traits) {
  std::vector<std::size_t> order;
  const double most = *std::max_element(findings.evidence.begin(), findings.evidence.end());
  for (std::size_t d = 0; d < findings.evidence.size(); ++d) {
    if (findings.evidence[d] > 0 && findings.evidence[d] >= kLeastShare * most) order.push_back(d);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return findings.evidence[a] > findings.evidence[b]; });
  if (order.size() > kMostMotives) order.resize(kMostMotives);
  for (std::size_t d : order) {
    const auto motivation = static_cast<std::size_t>(findings.dimensions[d].ours[0]);
    traits.add(motive_phrase(findings.words[d], kNouns[motivation]));
  }
}

/// The phrases that traits may be, where not all may: those of the schema, else lines.
std::vector<std::string> vocabulary_of(const Task& task) {
  std::vector<std::string> phrases;
  const Json& items = member_at(member_at(member_at(*task.schema, "properties"), "traits"), "items");
  if (const Json& allowed = member_at(items, "enum"); allowed.is_array()) {
    for (const Json& phrase : allowed) {
      if (phrase.is_string()) phrases.push_back(phrase.get<std::string>());
    }
    return phrases;
  }
  for (std::string_view line : lines(block(task.message, "vocabulary").value_or(""))) {
    phrases.emplace_back(line.starts_with("- ") ? trimmed(line.substr(2)) : line);
  }
  return phrases;
}

/// The phrases of the vocabulary that share most with the item, by words and by motivations.
void choose(const std::vector<std::string>& vocabulary, const Text& whole, const Findings& findings, Traits& traits) {
  const std::set<std::string> stems(whole.stems.begin(), whole.stems.end());
  std::vector<std::pair<double, std::string>> scored;
  for (const std::string& allowed : vocabulary) {
    const Text phrase = read_text(allowed);
    double score = 0;
    for (std::size_t i = 0; i < phrase.words.size(); ++i) {
      if (is_content(phrase.words[i]) && stems.count(phrase.stems[i])) score += 1;
    }
    const auto speaks = evidence(findings.dimensions, phrase);
    for (std::size_t d = 0; d < speaks.size(); ++d) score += speaks[d] * findings.evidence[d];
    scored.emplace_back(score, allowed);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [score, phrase] : scored) {
    if (score > 0 || !traits.enough()) traits.add(phrase);
  }
}

/// Where an item has little text, and the schema wants more.
void fill(const Text& whole, Traits& traits) {
  for (std::size_t i = 0; i < whole.words.size() && !traits.enough(); ++i) {
    if (is_content(whole.words[i])) traits.add(whole.words[i]);
  }
  for (const char* phrase : {"general purpose", "everyday item", "no particular use named"}) {
    if (!traits.enough()) traits.add(phrase);
  }
  for (int i = 2; !traits.enough(); ++i) traits.add("no particular use named " + std::to_string(i));
}

}  // namespace

Json item_traits(const Task& task) {
  const std::string_view source = block(task.message, "item").value_or("");
  const Item item = read_item(source);
  const Findings findings = read_findings(read_schema(""), {item}, "");
  const std::size_t most = list_bound(task, "traits", "maxItems", kMostTraits);
  Traits traits(std::min(most, list_bound(task, "traits", "minItems", kLeastTraits)), most);
  if (const auto vocabulary = vocabulary_of(task); !vocabulary.empty()) {
    choose(vocabulary, read_text(source), findings, traits);
    return {{"traits", traits.list()}};
  }
  add_motives(findings, traits);
  add_category(item, traits);
  std::vector<std::string> runs;
  add_runs(item.title, kMostWords, runs);
  add_runs(item.description, kMostWords, runs);
  // Long phrases say more; the title's come first among equals.
  std::stable_sort(runs.begin(), runs.end(), [](const std::string& a, const std::string& b) {
    return std::count(a.begin(), a.end(), ' ') > std::count(b.begin(), b.end(), ' ');
  });
  for (const std::string& run : runs) traits.add(run);
  fill(read_text(source), traits);
  return {{"traits", traits.list()}};
}

}  // namespace motive::llm::offline
