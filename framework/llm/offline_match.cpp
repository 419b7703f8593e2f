#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "framework/llm/offline_rank.h"

namespace motive::llm::offline {
namespace {

constexpr double kMotives = 1, kWords = 1, kVectors = 1;  // shares of the score
constexpr double kPlace = 0.3;     // how much less a keyword counts with each place in its list
constexpr double kSentence = 0.2;  // what words of a sentence count beside keywords
constexpr double kSteep = 1.5;     // power of a strength: 1 of 5 is hardly anything
constexpr double kSmooth = 0.1;    // added to what candidates have on average

void note_words(std::unordered_map<std::string, double>& terms, std::string_view source, double weight) {
  const Text text = read_text(source);
  for (std::size_t i = 0; i < text.words.size(); ++i) {
    if (!is_content(text.words[i])) continue;
    double& present = terms[text.stems[i]];
    present = std::max(present, weight);
  }
}

Taste taste_of_profile(const Profile& profile) {
  Taste taste;
  for (const Entry& entry : profile) {
    if (entry.dimension.empty()) {  // free text
      auto dimensions = read_schema("");
      auto strength = evidence(dimensions, read_text(entry.sentence));
      taste.dimensions.insert(taste.dimensions.end(), dimensions.begin(), dimensions.end());
      taste.strength.insert(taste.strength.end(), strength.begin(), strength.end());
    } else {
      taste.dimensions.push_back(dimension_of(entry.dimension, ""));
      taste.strength.push_back(std::pow(entry.strength, kSteep));
    }
    for (std::size_t i = 0; i < entry.keywords.size(); ++i) {
      note_words(taste.terms, entry.keywords[i], 1 / (1 + kPlace * static_cast<double>(i)));
      taste.text += (taste.text.empty() ? "" : ", ") + entry.keywords[i];
    }
    note_words(taste.terms, entry.sentence, entry.keywords.empty() ? 1 : kSentence);
    if (entry.keywords.empty()) taste.text += " " + entry.sentence;
  }
  return taste;
}

Taste taste_of_history(const Task& task) {
  const auto history = read_history(block(task.message, "history").value_or(""));
  const Findings findings = read_findings(read_schema(block(task.message, "schema").value_or("")), history, "");
  Taste taste{findings.dimensions, findings.evidence, {}, ""};
  double most = 1e-9;
  for (const Topic& topic : findings.topics) most = std::max(most, topic.weight);
  for (const Topic& topic : findings.topics) note_words(taste.terms, topic.words, topic.weight / most);
  for (const auto& words : findings.words) {
    for (const Scored& word : words) note_words(taste.terms, word.words, 0.5);
  }
  for (const Item& item : history) {
    if (item.liking > 0) taste.text += item.title + ". " + item.description + " ";
  }
  return taste;
}

/// A candidate's text, read once.
struct Reading {
  Text text;
  std::vector<std::string> words;  // distinct stems of content words, sorted
  std::vector<double> share;       // of each dimension
};

Reading read(const Candidate& candidate, const Taste& taste) {
  Reading reading{read_text(candidate.text), {}, {}};
  for (std::size_t i = 0; i < reading.text.words.size(); ++i) {
    if (is_content(reading.text.words[i])) reading.words.push_back(reading.text.stems[i]);
  }
  std::sort(reading.words.begin(), reading.words.end());
  reading.words.erase(std::unique(reading.words.begin(), reading.words.end()), reading.words.end());
  reading.share = evidence(taste.dimensions, reading.text);
  return reading;
}

/// What all candidates have in common: how many have a word; how little they have of a dimension.
struct Background {
  std::unordered_map<std::string_view, std::size_t> having;
  std::vector<double> rarity;
  std::size_t candidates = 0;

  Background(const std::vector<Reading>& readings, std::size_t dimensions) : rarity(dimensions, 1), candidates(readings.size()) {
    std::vector<double> mean(dimensions);
    for (const Reading& reading : readings) {
      for (const std::string& word : reading.words) ++having[word];
      for (std::size_t d = 0; d < dimensions; ++d) mean[d] += reading.share[d] / static_cast<double>(candidates);
    }
    for (std::size_t d = 0; d < dimensions && candidates > 1; ++d) rarity[d] = 1 / std::sqrt(mean[d] + kSmooth);
  }
  double idf(std::string_view word) const {
    const auto found = having.find(word);
    const double df = found == having.end() ? 0 : static_cast<double>(found->second);
    return std::log((1 + static_cast<double>(candidates)) / (1 + df)) + (candidates > 1 ? 0.1 : 1);
  }
};

void match_motives(const Taste& taste, const Background& background, const Reading& reading, Match& match) {
  double most = 0, sum = 0, squares = 0;
  for (std::size_t d = 0; d < taste.strength.size(); ++d) {
    const double wanted = taste.strength[d] * background.rarity[d], agreement = wanted * reading.share[d];
    squares += wanted * wanted;
    sum += agreement;
    if (agreement <= most) continue;
    most = agreement;
    match.dimension = d;
    match.motive = true;
  }
  if (sum > 0) match.score += kMotives * sum / std::sqrt(squares);
}

void match_words(const Taste& taste, const Background& background, const Reading& reading, double length, Match& match) {
  double product = 0, squares = 0;
  std::vector<std::pair<double, std::string_view>> shared;
  for (const std::string& word : reading.words) {
    const double idf = background.idf(word);
    squares += idf * idf;
    const auto term = taste.terms.find(word);
    if (term == taste.terms.end()) continue;
    product += term->second * idf * idf;
    shared.emplace_back(-term->second * idf, word);
  }
  if (product > 0 && length > 0) match.score += kWords * product / std::sqrt(squares * length);
  std::sort(shared.begin(), shared.end());
  for (const auto& [weight, stem_of] : shared) {
    if (match.shared.size() == 3) break;
    const auto at = std::find(reading.text.stems.begin(), reading.text.stems.end(), stem_of) - reading.text.stems.begin();
    match.shared.push_back(reading.text.words[static_cast<std::size_t>(at)]);
  }
}

/// Adds cosines of sentence vectors, in `order`.
Status match_vectors(const Taste& taste, const std::vector<Candidate>& candidates, std::vector<Match>& matches) {
  std::vector<std::string> texts = {taste.text};
  for (const Candidate& candidate : candidates) texts.push_back(candidate.text);
  MOTIVE_ASSIGN(const auto vectors, encode(texts));
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    matches[c].score += kVectors * std::inner_product(vectors[0].begin(), vectors[0].end(), vectors[c + 1].begin(), 0.0);
  }
  return {};
}

/// By text: an order that knows nothing of places. What equal texts get is equal.
std::vector<std::size_t> by_text(const std::vector<Candidate>& candidates) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return candidates[a].text < candidates[b].text; });
  return order;
}

}  // namespace

Taste taste_of(const Task& task) {
  const auto text = block(task.message, "profile");
  if (text) {
    const Profile profile = read_profile(*text);
    if (!profile.empty()) return taste_of_profile(profile);
  }
  return taste_of_history(task);
}

std::vector<Candidate> read_candidates(std::string_view text) {
  std::vector<Candidate> candidates;
  for (std::string_view line : lines(text)) {
    const auto close = line.find(']');
    if (line.front() == '[' && close != std::string_view::npos) {
      candidates.push_back({std::string(line.substr(1, close - 1)), std::string(trimmed(line.substr(close + 1)))});
    } else if (!candidates.empty()) {
      candidates.back().text += " " + std::string(line);
    }
  }
  return candidates;
}

Result<std::vector<Match>> match(const Taste& taste, const std::vector<Candidate>& candidates, bool sentence_vectors) {
  const auto order = by_text(candidates);
  std::vector<Reading> readings;  // in that order
  for (std::size_t place : order) readings.push_back(read(candidates[place], taste));
  const Background background(readings, taste.dimensions.size());
  // Words of the profile that no candidate has make its vector longer for all of them alike: left out.
  std::set<std::pair<std::string_view, double>> present;
  for (const Reading& reading : readings) {
    for (const std::string& word : reading.words) {
      if (const auto term = taste.terms.find(word); term != taste.terms.end()) present.emplace(term->first, term->second);
    }
  }
  double length = 0;
  for (const auto& [word, weight] : present) length += std::pow(weight * background.idf(word), 2);
  std::vector<Match> matches(candidates.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    match_motives(taste, background, readings[i], matches[order[i]]);
    match_words(taste, background, readings[i], length, matches[order[i]]);
  }
  if (sentence_vectors) MOTIVE_TRY(match_vectors(taste, candidates, matches));
  return matches;
}

std::vector<std::size_t> best_first(const std::vector<Candidate>& candidates, const std::vector<Match>& matches) {
  std::vector<std::uint64_t> arbitrary;
  for (const Candidate& candidate : candidates) arbitrary.push_back(hash_of(candidate.text));
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (matches[a].score != matches[b].score) return matches[a].score > matches[b].score;
    if (arbitrary[a] != arbitrary[b]) return arbitrary[a] < arbitrary[b];
    const auto one = hash_of(candidates[a].id), other = hash_of(candidates[b].id);
    return one != other ? one < other : a < b;
  });
  return order;
}

}  // namespace motive::llm::offline
