// Words, money and sizes; the bodies are in wire_request.cpp, wire_answer.cpp, wire_failure.cpp and wire_embeddings.cpp.

#include "framework/llm/wire.h"

#include <algorithm>

namespace motive::llm {

Usage& Usage::operator+=(const Usage& other) {
  // A sum is as good as its worst part; a sum of nothing is no part.
  const bool nothing = prompt == 0 && cached == 0 && completion == 0 && !reported;
  reported = nothing ? other.reported : reported && other.reported;
  prompt += other.prompt;
  cached += other.cached;
  completion += other.completion;
  return *this;
}

double cost_of(const Usage& usage, const EndpointConfig& endpoint) {
  if (!endpoint.price) return 0;
  const Price& price = *endpoint.price;
  const auto cached = std::clamp<std::int64_t>(usage.cached, 0, std::max<std::int64_t>(usage.prompt, 0));
  return (static_cast<double>(usage.prompt - cached) * price.input +
          static_cast<double>(cached) * price.cached.value_or(price.input) +
          static_cast<double>(usage.completion) * price.output) / 1e6;
}

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk: return "ok";
    case Outcome::kWrongFormat: return "wrong format";
    case Outcome::kTruncated: return "truncated";
    case Outcome::kRefused: return "refused";
    case Outcome::kRejected: return "rejected";
    case Outcome::kTooLong: return "too long";
    case Outcome::kBroken: break;
  }
  return "broken";
}

std::int64_t estimate_tokens(std::string_view text) {
  // After the word pieces of byte-pair vocabularies: up to four letters a piece (most English words are one piece, rare ones
  // and names are cut), up to three digits, other signs alone. A single space belongs to the word behind it.
  enum class Kind { kNone, kLetter, kDigit, kSpace, kOther };
  std::int64_t tokens = 0;
  Kind last = Kind::kNone;
  int run = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const Kind kind = letter                       ? Kind::kLetter
                      : byte >= '0' && byte <= '9' ? Kind::kDigit
                      : byte == ' '                ? Kind::kSpace
                                                   : Kind::kOther;
    run = kind == last ? run + 1 : 0;
    last = kind;
    switch (kind) {
      case Kind::kLetter: tokens += run % 4 == 0 ? 1 : 0; break;
      case Kind::kDigit: tokens += run % 3 == 0 ? 1 : 0; break;
      case Kind::kSpace: tokens += run == 1 ? 1 : 0; break;  // a run of spaces is one piece
      // Signs, and characters of several bytes: a piece for each byte but the first of a character.
      default: tokens += byte < 0xc0 ? 1 : 0; break;
    }
  }
  return tokens;
}

}  // namespace motive::llm
