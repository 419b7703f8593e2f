#pragma once
// Purpose: JSON that a server or a model wrote: nothing in it is trusted, its depth included (a model that repeats "[" up to
// its limit must not exhaust the stack of whoever walks the value).

#include <optional>
#include <string_view>

#include "framework/base/json.h"

namespace motive::llm {

inline constexpr int kMaxJsonDepth = 200;

/// The value that is all of the text, or nothing: no JSON, not UTF-8, or nested too deeply.
std::optional<Json> parse_json(std::string_view text);
/// The next of { } [ ] that stands outside of strings, or npos; `from` is outside of one.
std::size_t next_bracket(std::string_view text, std::size_t from);
/// The text of a member; "" where it is absent, null or no text.
std::string text_at(const Json& object, const char* key);
/// The member, or null where `value` is no object or has none.
const Json& member_at(const Json& value, const char* key);

}  // namespace motive::llm
