#include "framework/llm/offline_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "framework/llm/offline_tasks.h"

namespace motive::llm::offline {
namespace {

constexpr std::size_t kMostKeywords = 8, kMostWords = 4;  // an entry; of its keywords, so many from the lexicon
constexpr double kFade = 0.97;           // what an interaction counts beside the next one
constexpr double kCategory = 3, kTitle = 2, kDescription = 1;  // topics, by where they stand
constexpr double kUser = 0.25;           // what the user's own fields count beside an item
constexpr double kLeast = 0.02;          // share of the strongest dimension below which one is left out

constexpr std::array<std::string_view, kMotivations> kSentences = {
    "Wants things that work well and are easy to use",
    "Cares how things look",
    "Looks for a good price",
    "Wants things that are well made and last",
    "Cares about nature and fair making",
    "Wants enjoyment and comfort",
    "Thinks of others: presents, family, occasions",
    "Cares about health and safety"};

std::string sentence_of(const Dimension& dimension, const std::vector<Scored>& words) {
  std::string sentence = dimension.ours.empty() ? "Cares about " + dimension.name
                                                : std::string(kSentences[static_cast<std::size_t>(dimension.ours[0])]);
  for (std::size_t i = 0; i < std::min<std::size_t>(words.size(), 3); ++i) sentence += (i ? ", " : ": ") + words[i].words;
  return sentence + ".";
}

/// Sums by name, then the strongest first.
class Ranked {
 public:
  void add(const std::string& key, const std::string& words, double weight) {
    Scored& scored = by_key_[key];
    if (scored.words.empty()) scored.words = words;
    scored.weight += weight;
  }
  std::vector<Scored> sorted() const {
    std::vector<Scored> list;
    for (const auto& [key, scored] : by_key_) list.push_back(scored);
    std::stable_sort(list.begin(), list.end(), [](const Scored& a, const Scored& b) { return a.weight > b.weight; });
    return list;
  }

 private:
  std::map<std::string, Scored> by_key_;
};

/// Reads one history, item by item.
class Finder {
 public:
  explicit Finder(std::vector<Dimension> dimensions) {
    found_.dimensions = std::move(dimensions);
    found_.evidence.resize(found_.dimensions.size());
    words_.resize(found_.dimensions.size());
  }

  void add(const Item& item, double weight) {
    item_sums_.assign(found_.dimensions.size(), 0);
    item_topics_.clear();
    for (std::string_view category : pieces(item.categories, ">|,;/")) {
      // A topic and no evidence: a shelf's name ("Health & Beauty") speaks for all that stands there.
      const Text text = read_text(category);
      const std::string words = shown(text, 0, static_cast<std::uint32_t>(text.words.size()));
      if (!words.empty()) topic(words, words, kCategory);
    }
    read_field(item.title, kTitle, weight);
    read_field(item.description, kDescription, weight);
    as_shares(item_sums_);
    for (std::size_t d = 0; d < item_sums_.size(); ++d) found_.evidence[d] += weight * item_sums_[d];
    for (auto& [key, scored] : item_topics_) {
      Topic& topic = topics_[key];
      if (topic.words.empty()) topic.words = scored.words;
      topic.weight += weight * scored.weight;
      topic.category |= scored.weight >= kCategory;
      topic.evidence.resize(item_sums_.size());
      for (std::size_t d = 0; d < item_sums_.size(); ++d) topic.evidence[d] += weight * item_sums_[d];
    }
  }

  /// What the user's fields say counts where the items say it too.
  void add_user(std::string_view user) {
    const Text text = read_text(user);
    for (const Mention& mention : mentions(found_.dimensions, text)) {
      if (found_.evidence[mention.dimension] > 0) found_.evidence[mention.dimension] += kUser * mention.weight;
    }
  }

  Findings finish() {
    for (const Ranked& words : words_) found_.words.push_back(words.sorted());
    for (auto& [key, topic] : topics_) found_.topics.push_back(std::move(topic));
    std::stable_sort(found_.topics.begin(), found_.topics.end(),
                     [](const Topic& a, const Topic& b) { return a.weight > b.weight; });
    return std::move(found_);
  }

 private:
  void topic(const std::string& key, const std::string& words, double weight) {
    Scored& scored = item_topics_[key];
    scored.words = words;
    scored.weight = std::max(scored.weight, weight);
  }

  /// Which words speak strongly for a dimension: those are no topics.
  std::vector<bool> read_mentions(const Text& text, double weight) {
    std::vector<bool> strong(text.words.size());
    for (const Mention& mention : mentions(found_.dimensions, text)) {
      item_sums_[mention.dimension] += mention.weight;
      std::string key;
      for (std::uint32_t i = mention.begin; i < mention.end; ++i) {
        key += text.stems[i] + " ";
        if (mention.weight >= 1) strong[i] = true;
      }
      words_[mention.dimension].add(key, shown(text, mention.begin, mention.end), weight * mention.weight);
    }
    return strong;
  }

  void read_field(std::string_view field, double field_weight, double weight) {
    const Text text = read_text(field);
    const std::vector<bool> strong = read_mentions(text, weight);
    for (std::size_t i = 0; i < text.words.size(); ++i) {
      if (!strong[i] && is_content(text.words[i])) topic(text.stems[i], text.words[i], field_weight);
    }
  }

  Findings found_;
  std::vector<Ranked> words_;
  std::map<std::string, Topic> topics_;
  std::vector<double> item_sums_;
  std::map<std::string, Scored> item_topics_;
};

void add_keyword(const std::string& keyword, Entry& entry) {
  auto& list = entry.keywords;
  if (list.size() < kMostKeywords && std::find(list.begin(), list.end(), keyword) == list.end()) list.push_back(keyword);
}

/// Puts each topic where its items' evidence is strongest, while there is room. Categories take at most a half.
void place_topics(const Findings& findings, const std::vector<std::size_t>& kept, bool categories, Profile& profile) {
  const std::size_t room = categories ? kMostKeywords - kMostWords : kMostKeywords;
  std::set<std::string> present;
  for (const Entry& entry : profile) present.insert(entry.keywords.begin(), entry.keywords.end());
  for (const Topic& topic : findings.topics) {
    if ((categories && !topic.category) || !present.insert(topic.words).second) continue;
    std::size_t best = profile.size();
    for (std::size_t e = 0; e < profile.size(); ++e) {
      if (profile[e].keywords.size() >= room) continue;
      if (best == profile.size() || topic.evidence[kept[e]] > topic.evidence[kept[best]]) best = e;
    }
    if (best == profile.size()) return;
    add_keyword(topic.words, profile[best]);
  }
}

std::size_t most_general(const std::vector<Dimension>& dimensions) {
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    for (Motivation ours : dimensions[d].ours) {
      if (ours == Motivation::kFunctionality) return d;
    }
  }
  return 0;
}

/// The strongest, as many as the schema allows.
Json answer_of(const Task& task, Profile profile) {
  const std::size_t most = list_bound(task, "motivations", "maxItems", profile.size());
  if (profile.size() > most) profile.resize(std::max<std::size_t>(most, 1));
  return profile_answer(profile);
}

Findings findings_of(const Task& task) {
  return read_findings(read_schema(block(task.message, "schema").value_or("")),
                       read_history(block(task.message, "history").value_or("")), block(task.message, "user").value_or(""));
}

}  // namespace

Findings read_findings(std::vector<Dimension> dimensions, const std::vector<Item>& history, std::string_view user) {
  Finder finder(std::move(dimensions));
  const bool liked = std::any_of(history.begin(), history.end(), [](const Item& item) { return item.liking > 0; });
  double weight = 1;
  for (std::size_t i = history.size(); i-- > 0; weight *= kFade) {
    const double liking = liked ? history[i].liking : 1;  // all disliked: the kind of thing is all there is
    if (liking > 0) finder.add(history[i], weight * liking);
  }
  finder.add_user(user);
  return finder.finish();
}

Profile profile_of(const Findings& findings) {
  const auto& evidence = findings.evidence;
  const double most = evidence.empty() ? 0 : *std::max_element(evidence.begin(), evidence.end());
  std::vector<std::size_t> kept;
  for (std::size_t d = 0; d < evidence.size(); ++d) {
    if (evidence[d] > 0 && evidence[d] >= kLeast * most) kept.push_back(d);
  }
  std::stable_sort(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) { return evidence[a] > evidence[b]; });
  if (kept.empty()) kept.push_back(most_general(findings.dimensions));
  Profile profile;
  for (std::size_t d : kept) {
    const auto& words = findings.words[d];
    Entry entry{findings.dimensions[d].name, sentence_of(findings.dimensions[d], words), {}, 1};
    if (most > 0) entry.strength = std::clamp(static_cast<int>(std::lround(5 * evidence[d] / most)), 1, 5);
    profile.push_back(std::move(entry));
  }
  place_topics(findings, kept, true, profile);
  for (std::size_t e = 0; e < kept.size(); ++e) {
    const auto& words = findings.words[kept[e]];
    for (std::size_t i = 0; i < std::min(words.size(), kMostWords); ++i) add_keyword(words[i].words, profile[e]);
  }
  place_topics(findings, kept, false, profile);
  return profile;
}

Json motivation_profile(const Task& task) { return answer_of(task, profile_of(findings_of(task))); }

Json profile_review(const Task& task) {
  const Findings findings = findings_of(task);
  const Profile fresh = profile_of(findings), earlier = read_profile(block(task.message, "profile").value_or(""));
  Profile reviewed;
  for (const Entry& entry : fresh) {
    const auto known = std::find_if(earlier.begin(), earlier.end(),
                                    [&](const Entry& other) { return other.dimension == entry.dimension; });
    // A dimension that the earlier profile did not see has to be strong.
    if (known == earlier.end() && entry.strength < 4 && fresh.size() > 1) continue;
    reviewed.push_back(entry);
    if (known != earlier.end()) reviewed.back().strength = (entry.strength + known->strength + 1) / 2;
  }
  if (reviewed.empty()) reviewed.push_back(fresh.front());
  std::stable_sort(reviewed.begin(), reviewed.end(), [](const Entry& a, const Entry& b) { return a.strength > b.strength; });
  return answer_of(task, std::move(reviewed));
}

Json merged_profile(const Task& task) {
  struct Sum {
    Entry first;
    int strength = 0;
    Ranked keywords;
  };
  std::map<std::string, Sum> sums;
  std::map<std::string, int> times;  // profiles, as far as can be told: how often the commonest dimension stands there
  int profiles = 1;
  for (const Entry& entry : read_profile(block(task.message, "profiles").value_or(""))) {
    Sum& sum = sums[entry.dimension];
    if (sum.strength == 0 || entry.strength > sum.first.strength) sum.first = entry;
    sum.strength += entry.strength;
    for (std::size_t i = 0; i < entry.keywords.size(); ++i) {
      sum.keywords.add(entry.keywords[i], entry.keywords[i], entry.strength / (1.0 + 0.1 * static_cast<double>(i)));
    }
    profiles = std::max(profiles, ++times[entry.dimension]);
  }
  Profile merged;
  for (auto& [name, sum] : sums) {
    Entry entry = sum.first;
    entry.strength = std::clamp((sum.strength + profiles / 2) / profiles, 1, 5);
    entry.keywords.clear();
    for (const Scored& keyword : sum.keywords.sorted()) {
      if (entry.keywords.size() < kMostKeywords) entry.keywords.push_back(keyword.words);
    }
    merged.push_back(std::move(entry));
  }
  std::stable_sort(merged.begin(), merged.end(), [](const Entry& a, const Entry& b) { return a.strength > b.strength; });
  if (merged.empty()) return answer_of(task, profile_of(findings_of(task)));
  return answer_of(task, std::move(merged));
}

}  // namespace motive::llm::offline
