#pragma once
// Purpose: MOTE, the motivation-oriented trait encoder. Source: M-LLM3REC, section 3.2.
//   T_i = G(d_i; P_trait) = {t_1 .. t_m}, 3 to 8 phrases of at most six words                        (eq 7)
// A kind of features: made for the whole catalogue once a data set, whatever experiments ask, and kept in the store; each
// item is one request, so the cache pays for it once for good. Files: traits.jsonl, a line an item in the catalogue's
// order ({"item": raw id, "traits": [..]}), and traits.json with its SHA-256 and counts.
// An item without text has no traits and is not asked about; an answer that stays wrong leaves the item's text, cut: both
// are counted. Errors: those that end a run; kNotApplicable where no item has any text.

#include <map>
#include <string>
#include <vector>

#include "framework/recommend/feature.h"
#include "models/m_llm3rec/params.h"

namespace motive {

/// What a method asks for in MethodInfo::features.
FeatureRequest item_traits(const MoteParams& params);

struct Traits {
  std::vector<std::vector<std::string>> of_item;  // [I]; empty: the item has no text
  std::map<std::string, std::uint64_t> counts;
  static Result<Traits> read(const Path& folder, std::size_t items);
};

}  // namespace motive
