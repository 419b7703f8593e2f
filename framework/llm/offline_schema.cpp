#include "framework/llm/offline_schema.h"

#include <algorithm>
#include <numeric>

namespace motive::llm::offline {
namespace {

/// What a word of weight 1, 2, 3 counts.
constexpr double kCounts[] = {0, 0.4, 1, 1.5};

/// What speaks for nothing, in every text: a single word does not fill a text.
constexpr double kNothing = 1;

/// The stems of a motivation's name: "price_value" has two.
std::vector<std::string> name_stems(std::string_view name) {
  std::vector<std::string> stems;
  const Text text = read_text(name);
  for (std::size_t i = 0; i < text.words.size(); ++i) {
    for (std::string_view part : pieces(text.words[i], "_")) stems.push_back(stem(part));
  }
  return stems;
}

/// Which of ours a name is or contains. A single motivation's name is contained when one of its words is there.
std::vector<Motivation> ours_in(const std::vector<std::string>& stems) {
  static const auto kNames = [] {
    std::vector<std::vector<std::string>> names;
    for (std::string_view name : kMotivationNames) names.push_back(name_stems(name));
    return names;
  }();
  std::vector<Motivation> ours;
  for (std::size_t m = 0; m < kMotivations; ++m) {
    const bool shared = std::any_of(stems.begin(), stems.end(), [&](const std::string& s) {
      return std::find(kNames[m].begin(), kNames[m].end(), s) != kNames[m].end();
    });
    if (shared) ours.push_back(static_cast<Motivation>(m));
  }
  if (!ours.empty()) return ours;
  for (const LexiconHit& hit : Lexicon::english().find(stems)) {
    if (hit.weight >= 2 && std::find(ours.begin(), ours.end(), hit.motivation) == ours.end()) ours.push_back(hit.motivation);
  }
  return ours;
}

bool reads(const Dimension& dimension, Motivation motivation) {
  return std::find(dimension.ours.begin(), dimension.ours.end(), motivation) != dimension.ours.end();
}

}  // namespace

Dimension dimension_of(std::string_view name, std::string_view description) {
  Dimension dimension;
  dimension.name = std::string(name);
  const auto stems = name_stems(name);
  dimension.ours = ours_in(stems);
  if (!dimension.ours.empty()) return dimension;
  const Text text = read_text(description);
  for (std::size_t i = 0; i < text.words.size(); ++i) {
    if (is_content(text.words[i])) dimension.own[text.stems[i]] = kCounts[2];
  }
  for (const std::string& word : stems) dimension.own[word] = kCounts[3];
  return dimension;
}

std::vector<Dimension> read_schema(std::string_view text) {
  std::vector<Dimension> dimensions;
  for (std::string_view line : lines(text)) {
    if (!line.starts_with("- ")) continue;
    line = trimmed(line.substr(2));
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = trimmed(line.substr(0, colon));
    if (!name.empty()) dimensions.push_back(dimension_of(name, colon < line.size() ? line.substr(colon + 1) : ""));
  }
  if (dimensions.empty()) {
    for (std::string_view name : kMotivationNames) dimensions.push_back(dimension_of(name, ""));
  }
  return dimensions;
}

std::vector<Mention> mentions(const std::vector<Dimension>& dimensions, const Text& text) {
  std::vector<Mention> found;
  for (std::uint32_t d = 0; d < dimensions.size(); ++d) {
    const Dimension& dimension = dimensions[d];
    for (const LexiconHit& hit : text.hits) {
      if (reads(dimension, hit.motivation)) found.push_back({d, hit.begin, hit.end, kCounts[hit.weight]});
    }
    if (dimension.own.empty()) continue;
    for (std::uint32_t i = 0; i < text.stems.size(); ++i) {
      const auto own = dimension.own.find(text.stems[i]);
      if (own != dimension.own.end()) found.push_back({d, i, i + 1, own->second});
    }
  }
  return found;
}

void as_shares(std::vector<double>& sums) {
  const double all = std::accumulate(sums.begin(), sums.end(), kNothing);
  for (double& sum : sums) sum /= all;
}

std::vector<double> evidence(const std::vector<Dimension>& dimensions, const Text& text) {
  std::vector<double> sums(dimensions.size());
  for (const Mention& mention : mentions(dimensions, text)) sums[mention.dimension] += mention.weight;
  as_shares(sums);
  return sums;
}

}  // namespace motive::llm::offline
