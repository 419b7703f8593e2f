#pragma once
// What a server may answer, for tests: good bodies, errors of every kind that is met, connections that break.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/json.h"

namespace motive::llm {

/// How an answer ends. What is cut off begins after `part` bytes of the body.
enum class End {
  kWhole,
  kSilent,     // the connection is closed without a byte
  kReset,      // the same by a reset (RST)
  kCutReset,   // headers and a part of the body, then a reset
  kTruncated,  // the same, then an orderly close: less than Content-Length says
  kHangsUp,    // whole, and then the connection is closed, though nothing said so
};

struct ServedReply {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside Content-Type and Content-Length
  double delay = 0;             // seconds before the first byte; the client may leave meanwhile
  double bytes_per_second = 0;  // of the body; 0: all at once
  End end = End::kWhole;
  std::size_t part = 0;
  std::string content_type = "application/json";
  std::string raw;  // sent in place of all of it, then closed: what is not HTTP

  ServedReply with(std::string name, std::string value) const;  // one header more
  ServedReply after(double seconds) const;                      // the same, that much later
  ServedReply ending(End how, std::size_t part_of_body = 0) const;
};

/// What a chat completion says beside its text.
struct Completion {
  std::string model = "scripted";
  std::string finish_reason = "stop";
  std::int64_t prompt = 100, cached = 0, completion = 20;  // tokens
  std::string id = "chatcmpl-1";
};

namespace served {

// Answers with status 200.
std::string completion_body(const std::string& text, const Completion& more = {});
ServedReply completion(const std::string& text, const Completion& more = {});
ServedReply completion_of(const Json& answer, const Completion& more = {});  // its dump as text
ServedReply cut_at_limit(const std::string& text);                           // finish_reason length
ServedReply refusal(const std::string& words);                               // message.refusal; content is null
ServedReply filtered();                                                      // finish_reason content_filter
ServedReply wrong_schema();                                                  // JSON, and another than any schema asks for
ServedReply error_in_200(const std::string& message);
ServedReply null_choices();
/// Vectors with their index, in reverse order: a reader has to sort them.
ServedReply embeddings(const std::vector<std::vector<float>>& vectors, const std::string& model = "scripted");

// Errors. code: a string, a number or null.
ServedReply error(int status, const std::string& message, const std::string& type = "server_error", const Json& code = {});
ServedReply bare_error(int status, const std::string& message);  // {"object": "error", ..}, vLLM of old
ServedReply detail(int status, const std::string& message);      // {"detail": ..}, FastAPI
ServedReply html(int status);                                    // a proxy in between
ServedReply overloaded();                                        // 529
ServedReply too_long();                                          // 400, context_length_exceeded
ServedReply quota_spent();                                       // 429 that no waiting helps
ServedReply wrong_key();                                         // 401

// 429 in every form of "wait so long".
ServedReply slow_down();  // says nothing
ServedReply slow_down(const std::string& retry_after);
ServedReply slow_down_ms(int milliseconds);
ServedReply slow_down_until(std::int64_t seconds_since_1970);  // as a date
ServedReply slow_down_reset(const std::string& requests, const std::string& tokens);  // "6m0s", "12ms"; "" leaves it out

}  // namespace served
}  // namespace motive::llm
