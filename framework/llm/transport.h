#pragma once
// Purpose: HTTP exchanges, many at a time. One thread drives libcurl's multi interface; who asks waits in exchange().
// A transport knows nothing of keys, caches, retries or money: it sends one request once and says what came back.
// Threads: exchange() may be called from many; as many exchanges are open as callers are waiting (the client admits
// no more than its limits allow). Memory: the bodies of the open exchanges.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/cancel.h"
#include "framework/base/status.h"

namespace motive::llm {

struct HttpRequest {
  std::string method = "POST", url, body;
  std::string content_type = "application/json";
  std::string api_key;      // sent as "Authorization: Bearer ..."; never in a message or log
  double timeout = 120;     // seconds for the whole
  double connect_timeout = 15;
  std::size_t most_bytes = 64 << 20;  // of the answer; more is an error
};

struct HttpReply {
  int status = 0;           // 0: none came; failure says why
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string failure;      // "could not connect", "reset by the server", "timed out"
  bool sent = false;        // the request left this machine: what happened to it there is not known
  double seconds = 0;
  /// "" where there is none.
  std::string_view header(std::string_view name) const;
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Blocks until the answer is there. abort: set to give up at once (status 0).
  virtual HttpReply exchange(const HttpRequest& request, const CancelFlag* abort) = 0;
};

/// Over sockets. Follows no redirects; http and https only.
Result<std::unique_ptr<Transport>> make_curl_transport();

/// Seconds that the server asks to wait (retry-after-ms, retry-after in seconds or as a date, x-ratelimit-reset-*), or
/// a negative number where it says nothing. now: seconds since 1970, for dates.
double retry_after(const HttpReply& reply, double now);
/// "6m0s", "12ms", "1.5s", "2h3m": in seconds; negative where it is none.
double parse_duration(std::string_view text);

}  // namespace motive::llm
