#include "framework/llm/endpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

#include "framework/llm/offline.h"

namespace motive::llm {
namespace {

bool only(std::string_view text, std::string_view allowed) { return text.find_first_not_of(allowed) == std::string_view::npos; }

/// A day that exists, as YYYY-MM-DD.
bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  std::array<int, 3> part{};
  const std::array<std::string_view, 3> digits = {text.substr(0, 4), text.substr(5, 2), text.substr(8, 2)};
  for (std::size_t i = 0; i < 3; ++i) {
    if (!only(digits[i], "0123456789")) return false;
    std::from_chars(digits[i].data(), digits[i].data() + digits[i].size(), part[i]);
  }
  using namespace std::chrono;
  return year_month_day(year(part[0]), month(static_cast<unsigned>(part[1])), day(static_cast<unsigned>(part[2]))).ok();
}

std::string check_price(const Price& p) {
  if (!is_date(p.as_of)) return "`as_of` is the day on which these prices were read, as YYYY-MM-DD";
  if (p.currency.size() != 3 || !only(p.currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    return "`currency` is a code of three letters, such as USD";
  }
  return "";
}

std::string check_base_url(const EndpointConfig& e) {
  const std::string_view url = e.base_url;
  if (url.empty()) return "";
  const std::size_t scheme = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || url.size() == scheme) return "an address begins with https:// or http://, as in http://localhost:8000/v1";
  const auto unprintable = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (std::any_of(url.begin(), url.end(), unprintable)) return "an address has no spaces";
  const std::string_view rest = url.substr(scheme);
  if (rest.substr(0, rest.find('/')).find('@') != std::string_view::npos) {
    return "no name and password in an address; name the variable that holds the key in `api_key_env`";
  }
  if (rest.find_first_of("?#") != std::string_view::npos) return "an address without ? and #: the API's paths are put behind it";
  if (url.ends_with("/")) return "leave out the slash at its end: the API's paths are put behind it";
  for (const std::string_view path : {"/chat/completions", "/embeddings", "/completions"}) {
    if (url.ends_with(path)) return fmt::format("leave out {} at its end: it is put there", path);
  }
  return "";
}

/// Upper case only, so that a key pasted here by mistake is seen. It is not repeated in the message.
std::string check_api_key_env(const EndpointConfig& e) {
  const std::string& name = e.api_key_env;
  const bool digit_first = !name.empty() && name[0] >= '0' && name[0] <= '9';
  if (!digit_first && only(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")) return "";
  return "this is the name of an environment variable (capital letters, digits and _), such as OPENAI_API_KEY; "
         "never write a key itself into a file";
}

/// The first of the fields that say something `offline` has no use for.
std::string check_offline(const EndpointConfig& e) {
  const EndpointConfig none;
  const char* field = !e.base_url.empty()                                ? "base_url"
                      : !e.model.empty()                                 ? "model"
                      : !e.api_key_env.empty()                           ? "api_key_env"
                      : e.price                                          ? "price"
                      : e.requests_per_minute != 0                       ? "requests_per_minute"
                      : e.tokens_per_minute != 0                         ? "tokens_per_minute"
                      : e.structured != none.structured                  ? "structured"
                      : e.limit_field != none.limit_field                ? "limit_field"
                      : e.sampling_fields != none.sampling_fields        ? "sampling_fields"
                                                                         : nullptr;
  if (field == nullptr) return "";
  return fmt::format("`{}` has no meaning for kind offline, which is part of this program; leave it out, or take kind openai",
                     field);
}

std::string check_kind(const EndpointConfig& e) {
  if (e.is_offline()) return check_offline(e);
  if (e.base_url.empty()) {
    return "kind openai needs `base_url`, as in http://localhost:8000/v1 (or take {kind: offline}, which needs no server)";
  }
  if (e.model.empty()) return "kind openai needs `model`, the name by which the server knows it";
  if (!e.encoder.empty()) return "`encoder` belongs to kind offline; leave it out";
  return "";
}

std::string check_encoder(const EndpointConfig& e) {
  if (e.encoder.empty() || e.encoder == "minilm") return "";
  return fmt::format("{} is no encoder; there is minilm, or nothing: by words", config::excerpt(e.encoder));
}

const char* structured_name(Structured structured) {
  switch (structured) {
    case Structured::kJsonSchema: return "json_schema";
    case Structured::kJsonObject: return "json_object";
    case Structured::kText: return "text";
    case Structured::kAuto: break;
  }
  return "auto";
}

template <class T>
Result<T> from_json(const Json& json, const std::string& source) {
  config::Errors errors;
  T value = config::parse<T>(config::from_json(json, source), errors);
  if (!errors.empty()) return errors.error();
  return value;
}

}  // namespace

const config::Table<Price>& Price::table() {
  static const auto kTable =
      config::Table<Price>("price")
          .field("input", &Price::input, "money for a million tokens of prompts", config::range(0, 1e6).required())
          .field("output", &Price::output, "money for a million tokens of answers", config::range(0, 1e6).required())
          .field("cached", &Price::cached, "money for a million tokens of prompts that the server had cached; default: as input",
                 config::range(0, 1e6))
          .field("as_of", &Price::as_of, "the day on which these prices were read, YYYY-MM-DD, in quotes or not",
                 config::required())
          .field("currency", &Price::currency, "code of three letters")
          .check(check_price);
  return kTable;
}

const config::Table<EndpointConfig>& EndpointConfig::table() {
  static const auto kTable =
      config::Table<EndpointConfig>("endpoint")
          .choice(
              "kind", &EndpointConfig::kind, "what answers",
              {{"openai", EndpointKind::kOpenai, "a server that speaks OpenAI's API: vLLM, llama.cpp, Ollama, a hosted one"},
               {"offline", EndpointKind::kOffline, "a stand-in inside this program, for trying things out; no language model"}})
          .field("base_url", &EndpointConfig::base_url, "the server's address up to the API's paths: http://localhost:8000/v1")
          .field("model", &EndpointConfig::model, "the model's name, as the server knows it")
          .field("api_key_env", &EndpointConfig::api_key_env,
                 "environment variable that holds the key, such as OPENAI_API_KEY; none where the server wants no key")
          .field("limit_field", &EndpointConfig::limit_field,
                 "how the request names the most tokens of an answer; older servers know max_tokens only",
                 config::one_of({"max_completion_tokens", "max_tokens"}))
          .choice("structured", &EndpointConfig::structured, "how answers are asked to be JSON",
                  {{"auto", Structured::kAuto, "the server is asked once what it honours"},
                   {"json_schema", Structured::kJsonSchema, "by the answer's schema"},
                   {"json_object", Structured::kJsonObject, "as an object, with the schema in words"},
                   {"text", Structured::kText, "by words alone"}})
          .field("sampling_fields", &EndpointConfig::sampling_fields,
                 "send temperature and top_p; false for models that refuse any but their own")
          .field("encoder", &EndpointConfig::encoder, "of offline: minilm compares by sentence vectors; nothing: by words")
          .field("context", &EndpointConfig::context, "tokens that prompt and answer may have together; 0: not known",
                 config::range(0, 1e9))
          .field("connections", &EndpointConfig::connections, "most requests at a time", config::range(1, 1000))
          .field("requests_per_minute", &EndpointConfig::requests_per_minute, "most of them; 0: no limit", config::range(0, 1e9))
          .field("tokens_per_minute", &EndpointConfig::tokens_per_minute, "of prompts and answers; 0: no limit",
                 config::range(0, 1e12))
          .field("timeout", &EndpointConfig::timeout, "longest wait for one answer",
                 config::above(0).up_to(86400).unit("seconds"))
          .field("retries", &EndpointConfig::retries, "tries after a failure that may pass", config::range(0, 100))
          .field("reasks", &EndpointConfig::reasks, "times an answer that is not as asked is asked for again",
                 config::range(0, 20))
          .field("price", &EndpointConfig::price, "what tokens cost; without it, costs are 0")
          .check("base_url", check_base_url)
          .check("api_key_env", check_api_key_env)
          .check("encoder", check_encoder)
          .check(check_kind);
  return kTable;
}

Json EndpointConfig::identity() const {
  return {{"kind", is_offline() ? "offline" : "openai"},
          {"model", is_offline() ? std::string(kOfflineVersion) : model},
          {"structured", structured_name(structured)},
          {"limit_field", limit_field},
          {"sampling_fields", sampling_fields},
          {"encoder", encoder}};
}

Json endpoint_to_json(const EndpointConfig& endpoint) { return Json::parse(config::echo(endpoint).dump()); }

Result<EndpointConfig> endpoint_from_json(const Json& json) {
  if (!json.is_object()) return fail("an endpoint's description is not a JSON object");
  return from_json<EndpointConfig>(json, "endpoint");
}

const config::Table<Budget>& Budget::table() {
  static const auto kTable =
      config::Table<Budget>("budget")
          .field("money", &Budget::money, "most that all runs under this experiment's name may cost, in the prices' currency",
                 config::range(0, 1e9))
          .field("tokens", &Budget::tokens, "most tokens, of prompts and answers", config::range(0, 1e15))
          .field("calls", &Budget::calls, "most requests that are sent", config::range(0, 1e12));
  return kTable;
}

Json budget_to_json(const Budget& budget) { return Json::parse(config::echo(budget).dump()); }

Result<Budget> budget_from_json(const Json& json) { return from_json<Budget>(json, "budget"); }

}  // namespace motive::llm
