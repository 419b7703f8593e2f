#pragma once
// Purpose: profiles as `offline` makes and reads them: how strongly the user's past speaks for each dimension, and the words
// that say so. Keywords come in two kinds, because a ranking sees nothing else of the past: words of the lexicon that speak
// for the dimension, and topics (categories, repeated words) that say what kind of things the user takes.
// Determinism: functions of their arguments. Complexity: linear in the text, and n log n in the topics.

#include <string>
#include <string_view>
#include <vector>

#include "framework/base/json.h"
#include "framework/llm/offline_schema.h"

namespace motive::llm::offline {

struct Entry {
  std::string dimension, sentence;
  std::vector<std::string> keywords;
  int strength = 3;  // 1..5
};
using Profile = std::vector<Entry>;

/// JSON ({"motivations": [..]}, a list, or an object a line), lines "- name (strength 4): sentence; keywords: a, b", or
/// free text, which is one entry without a dimension.
Profile read_profile(std::string_view text);
Json profile_answer(const Profile& profile);

struct Scored {
  std::string words;  // as shown
  double weight = 0;
};
struct Topic {
  std::string words;
  double weight = 0;
  bool category = false;
  std::vector<double> evidence;  // of the items that have it, by dimension
};
/// What a history says, before it is cut to the size of a profile.
struct Findings {
  std::vector<Dimension> dimensions;
  std::vector<double> evidence;            // by dimension
  std::vector<std::vector<Scored>> words;  // by dimension, the strongest first
  std::vector<Topic> topics;               // the strongest first
};
/// user: "age: 24; occupation: student", or "".
Findings read_findings(std::vector<Dimension> dimensions, const std::vector<Item>& history, std::string_view user);
Profile profile_of(const Findings& findings);

}  // namespace motive::llm::offline
