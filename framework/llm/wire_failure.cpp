// What a reply means when it is no answer; the table is in docs/llm-endpoints.md.

#include <algorithm>
#include <array>
#include <span>

#include "framework/llm/parse_json.h"
#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

struct ServerError {
  std::string message;
  std::string code;    // in lower case: `code`, `type` and `status` of the error, separated by spaces
  int status = 0;      // a code that is a number, where it is one of HTTP
};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool has_any(std::string_view text, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

/// One line: white space is one space, controls are none.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

/// At most so many characters; cut between two of UTF-8.
std::string cut(std::string text, std::size_t most) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (++characters > most) {
      text.resize(i);
      break;
    }
  }
  return text;
}

/// What a page of HTML says: its title, else its text.
std::string text_of_html(std::string_view page) {
  const std::string small = lower(std::string(page));
  if (const auto title = small.find("<title>"); title != std::string::npos) {
    const auto end = small.find("</title>", title);
    if (end != std::string::npos) return std::string(page.substr(title + 7, end - title - 7));
  }
  std::string text;
  bool in_tag = false;
  for (const char c : page) {
    if (c == '<') in_tag = true;
    if (!in_tag) text += c;
    if (c == '>') {
      in_tag = false;
      text += ' ';
    }
  }
  return text;
}

/// The words of `detail` as FastAPI writes it: a text, or a list of {"loc", "msg"}.
std::string words_of_detail(const Json& detail) {
  if (detail.is_string()) return detail.get<std::string>();
  if (!detail.is_array()) return canonical(detail);
  std::string words;
  for (const Json& entry : detail) {
    const std::string message = entry.is_string() ? entry.get<std::string>() : text_at(entry, "msg");
    if (!message.empty()) words += (words.empty() ? "" : "; ") + message;
  }
  return words;
}

void add_codes(const Json& object, ServerError& error) {
  for (const char* key : {"code", "type", "status"}) {
    const Json& code = member_at(object, key);
    if (code.is_string()) {
      error.code += lower(code.get<std::string>()) + " ";
    } else if (code.is_number_integer() && error.status == 0) {
      const auto number = code.get<std::int64_t>();
      if (number >= 300 && number < 600) error.status = static_cast<int>(number);
    }
  }
  // "code": "429" is met as well.
  if (error.status != 0) return;
  const std::string text = text_at(object, "code");
  if (text.size() == 3 && text.find_first_not_of("0123456789") == std::string::npos && text >= "300" && text < "600") {
    error.status = std::stoi(text);
  }
}

/// The error that an object tells of, or nothing where it tells of none.
std::optional<ServerError> error_in(const Json& body) {
  if (body.is_array() && !body.empty()) return error_in(body.front());  // Google's
  if (!body.is_object()) return std::nullopt;
  ServerError error;
  const Json& inner = member_at(body, "error");
  if (inner.is_object()) {
    add_codes(inner, error);
    error.message = text_at(inner, "message");
    if (error.message.empty()) error.message = canonical(inner);
    return error;
  }
  if (inner.is_string()) {
    add_codes(body, error);
    error.message = inner.get<std::string>();
    return error;
  }
  if (!inner.is_null() && inner != Json(false)) {
    error.message = canonical(inner);
    return error;
  }
  if (text_at(body, "object") == "error" || text_at(body, "type") == "error") {
    add_codes(body, error);
    error.message = text_at(body, "message");
    return error;
  }
  if (body.contains("choices") || body.contains("data")) return std::nullopt;
  if (const Json& detail = member_at(body, "detail"); !detail.is_null()) {
    error.message = words_of_detail(detail);
    return error;
  }
  if (std::string message = text_at(body, "message"); !message.empty()) {
    add_codes(body, error);
    error.message = std::move(message);
    return error;
  }
  return std::nullopt;
}

ServerError read_error(std::string_view body) {
  if (const auto json = parse_json(body)) {
    if (auto error = error_in(*json)) return *error;
    return {canonical(*json), "", 0};
  }
  const auto begin = body.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && body[begin] == '<') return {text_of_html(body.substr(0, 1 << 16)), "", 0};
  return {std::string(body.substr(0, 4096)), "", 0};
}

bool says_too_long(const ServerError& error) {
  static constexpr std::array<std::string_view, 3> kCodes = {"context_length_exceeded", "exceed_context_size_error",
                                                             "string_above_max_length"};
  // vLLM and OpenAI; llama.cpp; Anthropic; Google; Groq; TGI; llama.cpp's embeddings; OpenAI, more than a minute's tokens.
  static constexpr std::array<std::string_view, 17> kPhrases = {
      "maximum context length", "exceeds the available context size", "exceed the context size", "exceeds the context",
      "exceeds context window", "exceeds the model's context", "prompt is too long", "input is too long",
      "input token count", "reduce the length of the", "`inputs` tokens", "inputs must have less than",
      "input is too large to process", "request too large for", "tokens must be reduced", "longer than the maximum model length",
      "exceeds the maximum number of tokens"};
  return has_any(error.code, kCodes) || has_any(lower(error.message), kPhrases);
}

bool says_spent(const ServerError& error) {
  static constexpr std::array<std::string_view, 7> kCodes = {"insufficient_quota", "billing_hard_limit_reached",
                                                             "billing_not_active", "insufficient_credits", "insufficient_balance",
                                                             "spend_limit", "billing_error"};
  static constexpr std::array<std::string_view, 13> kPhrases = {
      "insufficient_quota", "exceeded your current quota", "insufficient quota", "insufficient balance", "insufficient credit",
      "insufficient funds", "spend limit", "spending limit", "spending cap", "out of credits", "credit balance", "billing",
      "hard limit"};
  // A limit of a minute passes, and its message may name the page of bills all the same.
  static constexpr std::array<std::string_view, 4> kPasses = {"per min", "per second", "try again in", "retry in"};
  if (has_any(error.code, kCodes)) return true;
  if (error.code.find("rate_limit_exceeded") != std::string::npos) return false;
  const std::string message = lower(error.message);
  return has_any(message, kPhrases) && !has_any(message, kPasses);
}

bool says_bad_key(const ServerError& error) {
  static constexpr std::array<std::string_view, 3> kCodes = {"invalid_api_key", "authentication_error", "permission_error"};
  static constexpr std::array<std::string_view, 3> kPhrases = {"api key not valid", "incorrect api key", "invalid api key"};
  return has_any(error.code, kCodes) || has_any(lower(error.message), kPhrases);
}

bool says_invalid_request(const ServerError& error) {
  static constexpr std::array<std::string_view, 7> kCodes = {"invalid_request", "bad_request", "badrequest", "invalid_argument",
                                                             "not_found", "notfound", "unprocessable"};
  return has_any(error.code, kCodes);
}

Fate fate_of_error(int status, const ServerError& error) {
  if (status == 401 || status == 402 || status == 403 || status == 407) return Fate::kStop;
  // A redirect, an unknown path or an unknown model say that the address is wrong: it concerns every request.
  if ((status >= 300 && status < 400) || status == 404 || status == 405) return Fate::kStop;
  if (says_too_long(error)) return Fate::kTooLong;
  if (status == 429) return says_spent(error) ? Fate::kStop : Fate::kSlowDown;
  if (status == 408 || status == 409 || status == 425 || status == 499 || status >= 500) return Fate::kRetry;
  if (status == 413) return Fate::kTooLong;
  if (says_bad_key(error) || has_any(error.code, std::array<std::string_view, 2>{"insufficient_quota", "billing"}) ||
      lower(error.message).find("credit balance is too low") != std::string::npos) {
    return Fate::kStop;
  }
  return Fate::kRejected;
}

/// An error that came with a status of success.
Fate fate_of_hidden_error(const ServerError& error) {
  if (error.status != 0) return fate_of_error(error.status, error);
  if (says_too_long(error)) return Fate::kTooLong;
  if (says_bad_key(error) || says_spent(error)) return Fate::kStop;
  if (error.code.find("rate_limit") != std::string::npos) return Fate::kSlowDown;
  return says_invalid_request(error) ? Fate::kRejected : Fate::kRetry;
}

Fate fate_of_success(std::string_view body) {
  const auto json = parse_json(body);
  if (!json) return Fate::kRetry;  // a page of some proxy, or cut off
  if (const auto error = error_in(*json)) return fate_of_hidden_error(*error);
  if (const Json& data = member_at(*json, "data"); data.is_array() && !data.empty()) return Fate::kAnswer;
  const Json& choices = member_at(*json, "choices");
  if (!choices.is_array() || choices.empty()) return Fate::kRetry;
  const Json& first = choices.front();
  if (const auto error = member_at(first, "error").is_null() ? std::nullopt : error_in(first))
    return fate_of_hidden_error(*error);
  if (text_at(first, "finish_reason") == "error") return Fate::kRetry;
  return member_at(first, "message").is_object() ? Fate::kAnswer : Fate::kRetry;
}

}  // namespace

Fate fate_of(int status, std::string_view body) {
  if (status < 200) return Fate::kRetry;  // none came
  if (status < 300) return fate_of_success(body);
  return fate_of_error(status, read_error(body));
}

std::string error_text(std::string_view body) {
  const auto json = parse_json(body);
  if (json) {
    const Json& choices = member_at(*json, "choices");
    const Json& first = choices.is_array() && !choices.empty() ? choices.front() : choices;
    if (!member_at(first, "error").is_null()) return cut(one_line(read_error(canonical(first)).message), 300);
  }
  return cut(one_line(read_error(body).message), 300);
}

}  // namespace motive::llm
