#pragma once
// Purpose: where a language model is asked, as the experiment's YAML describes it. identity() is the part that answers
// depend on and that keys contain; the rest (address, key, limits, prices) says how to get them and what they cost.
// Keys are read from the environment variable that api_key_env names, when a request is sent, and are kept nowhere.
// Errors: unknown keys and values out of bounds, from the field table; what a kind of endpoint cannot have.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "framework/base/json.h"
#include "framework/config/table.h"

namespace motive::llm {

enum class EndpointKind { kOffline, kOpenai };
/// How an answer is asked to be JSON: by the schema, as some JSON object, by words alone; kAuto asks the server once
/// (client.h) and takes the first that it honours.
enum class Structured { kAuto, kJsonSchema, kJsonObject, kText };

/// Money for a million tokens.
struct Price {
  double input = 0, output = 0;
  std::optional<double> cached;  // of input that the server had cached; default: as input
  std::string as_of;             // date, YYYY-MM-DD
  std::string currency = "USD";
  static const config::Table<Price>& table();
};

struct EndpointConfig {
  EndpointKind kind = EndpointKind::kOpenai;
  std::string base_url;              // "http://localhost:8000/v1"
  std::string model;
  std::string api_key_env;           // "": the server wants no key
  std::string limit_field = "max_completion_tokens";  // or "max_tokens"
  Structured structured = Structured::kAuto;
  bool sampling_fields = true;       // send temperature and top_p; some models refuse any but their own
  std::string encoder;               // offline: "minilm" matches by sentence vectors; "" by words
  std::int64_t context = 0;          // tokens that prompt and answer may have together; 0: unknown
  int connections = 16;              // most requests at a time
  std::int64_t requests_per_minute = 0, tokens_per_minute = 0;  // 0: no limit
  double timeout = 120;              // seconds for one answer
  int retries = 6;                   // after failures that may pass
  int reasks = 2;                    // after answers that are not as asked
  std::optional<Price> price;

  static const config::Table<EndpointConfig>& table();
  bool is_offline() const { return kind == EndpointKind::kOffline; }
  /// What answers depend on, part of every key: kind, model, structured, limit field, sampling fields, encoder.
  Json identity() const;
};

using Endpoints = std::map<std::string, EndpointConfig>;

/// The name that is always there: the embedded stand-in.
inline constexpr const char* kOffline = "offline";

/// To a worker and back; contains no secret.
Json endpoint_to_json(const EndpointConfig& endpoint);
Result<EndpointConfig> endpoint_from_json(const Json& json);

/// A ceiling for everything that is paid under an experiment's name, over all its runs. Empty: no ceiling.
struct Budget {
  std::optional<double> money;       // in the currency of the prices
  std::optional<std::int64_t> tokens, calls;
  static const config::Table<Budget>& table();
  bool empty() const { return !money && !tokens && !calls; }
};
Json budget_to_json(const Budget& budget);
Result<Budget> budget_from_json(const Json& json);

}  // namespace motive::llm
