// Profiles as text and JSON.

#include <algorithm>
#include <charconv>

#include "framework/llm/offline_profile.h"
#include "framework/llm/parse_json.h"

namespace motive::llm::offline {
namespace {

constexpr std::string_view kKeywords = "keywords:";

std::size_t find_keywords(std::string_view text) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const auto found = std::search(text.begin(), text.end(), kKeywords.begin(), kKeywords.end(),
                                 [&](char a, char b) { return lower(a) == b; });
  return static_cast<std::size_t>(found - text.begin());
}

int number_after(std::string_view text, std::string_view word, int otherwise) {
  const auto at = text.find(word);
  if (at == std::string_view::npos) return otherwise;
  const auto digit = text.find_first_of("0123456789", at);
  if (digit == std::string_view::npos) return otherwise;
  int value = otherwise;
  std::from_chars(text.data() + digit, text.data() + text.size(), value);
  return std::clamp(value, 1, 5);
}

/// "- name (strength 4): sentence; keywords: a, b"
std::optional<Entry> read_line(std::string_view line) {
  const bool marked = line.starts_with("- ") || line.starts_with("* ");
  if (marked) line = trimmed(line.substr(2));
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view head = line.substr(0, colon);
  const auto bracket = head.find('(');
  if (!marked && bracket == std::string_view::npos) return std::nullopt;
  Entry entry;
  entry.dimension = std::string(trimmed(head.substr(0, bracket)));
  entry.strength = number_after(head, "strength", 3);
  const std::string_view rest = line.substr(colon + 1);
  const std::size_t at = find_keywords(rest);
  const auto sentence = trimmed(rest.substr(0, at));
  entry.sentence = std::string(sentence.substr(0, sentence.find_last_not_of("; ") + 1));
  if (at < rest.size()) {
    for (std::string_view keyword : pieces(rest.substr(at + kKeywords.size()), ",;")) entry.keywords.emplace_back(keyword);
  }
  return entry;
}

void read_entry(const Json& json, Profile& profile) {
  if (json.is_array()) {
    for (const Json& element : json) read_entry(element, profile);
    return;
  }
  if (!json.is_object()) return;
  if (const Json& list = member_at(json, "motivations"); list.is_array()) return read_entry(list, profile);
  Entry entry{text_at(json, "dimension"), text_at(json, "motivation"), {}, 3};
  if (const Json& strength = member_at(json, "strength"); strength.is_number()) {
    entry.strength = static_cast<int>(std::clamp(strength.get<double>(), 1.0, 5.0));
  }
  if (const Json& keywords = member_at(json, "keywords"); keywords.is_array()) {
    for (const Json& keyword : keywords) {
      if (keyword.is_string()) entry.keywords.push_back(keyword.get<std::string>());
    }
  }
  if (!entry.dimension.empty() || !entry.keywords.empty()) profile.push_back(std::move(entry));
}

}  // namespace

Profile read_profile(std::string_view text) {
  Profile profile;
  if (const auto whole = parse_json(text)) {
    read_entry(*whole, profile);
    return profile;
  }
  std::string free;
  for (std::string_view line : lines(text)) {
    if (line.starts_with('{') || line.starts_with('[')) {
      if (const auto json = parse_json(line)) {
        read_entry(*json, profile);
        continue;
      }
    }
    if (auto entry = read_line(line)) {
      profile.push_back(std::move(*entry));
    } else {
      free += (free.empty() ? "" : " ") + std::string(line);
    }
  }
  if (profile.empty() && !free.empty()) profile.push_back({"", free, {}, 3});
  return profile;
}

Json profile_answer(const Profile& profile) {
  Json list = Json::array();
  for (const Entry& entry : profile) {
    list.push_back({{"dimension", entry.dimension},
                    {"motivation", entry.sentence},
                    {"keywords", entry.keywords},
                    {"strength", entry.strength}});
  }
  return {{"motivations", std::move(list)}};
}

}  // namespace motive::llm::offline
