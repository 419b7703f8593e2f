#include "framework/llm/curl_exchange.h"

#include <string.h>

#include <algorithm>
#include <cstring>

#include "framework/base/trimmed.h"

namespace motive::llm {
namespace {

constexpr std::size_t kMostHeaderBytes = 1 << 18;  // of one answer
constexpr std::string_view kBlanks = " \t\r\n";
constexpr long kProbeSeconds = 30;                 // an answer may take minutes, and routers forget silent connections

long milliseconds(double seconds) { return static_cast<long>(std::clamp(seconds * 1000, 1.0, 1e9)); }  // 0 would be "no limit"

/// A control character in a header would end it and begin another.
bool fits_header(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; });
}

}  // namespace

CurlExchange::~CurlExchange() {
  if (easy_) ::curl_easy_cleanup(easy_);
  for (const curl_slist* at = headers_; at; at = at->next) ::explicit_bzero(at->data, std::strlen(at->data));  // the key
  ::curl_slist_free_all(headers_);
}

/// Leaves no copy of the line but the one in the list.
bool CurlExchange::add_header(std::string line) {
  curl_slist* longer = ::curl_slist_append(headers_, line.c_str());
  ::explicit_bzero(line.data(), line.size());
  if (longer) headers_ = longer;
  return longer != nullptr;
}

std::string CurlExchange::prepare() {
  if (!fits_header(request_.api_key)) return "the key has characters that no key has (a line break?)";
  if (!fits_header(request_.content_type)) return "the content type has characters that a header cannot have";
  easy_ = ::curl_easy_init();
  bool whole = easy_ != nullptr;
  if (whole && has_body()) whole = add_header("Content-Type: " + request_.content_type) && add_header("Expect:");
  if (whole && !request_.api_key.empty()) {
    std::string line;
    line.reserve(request_.api_key.size() + 32);  // so that it is not moved while it grows
    line.append("Authorization: Bearer ").append(request_.api_key);
    whole = add_header(std::move(line));
  }
  if (!whole) return "libcurl does not start (out of memory?)";
  ::curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  ::curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  ::curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  ::curl_easy_setopt(easy_, CURLOPT_USERAGENT, "motive/" MOTIVE_VERSION);
  ::curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  ::curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
  ::curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  ::curl_easy_setopt(easy_, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  set_method();
  set_callbacks();
  set_limits();
  return "";
}

void CurlExchange::set_method() {
  if (has_body()) {
    ::curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    ::curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  }
  if (request_.method != (has_body() ? "POST" : "GET")) ::curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void CurlExchange::set_callbacks() {
  using Callback = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  const Callback send = [](char* to, std::size_t size, std::size_t n, void* self) {
    return static_cast<CurlExchange*>(self)->give(to, size * n);
  };
  const Callback header = [](char* data, std::size_t size, std::size_t n, void* self) {
    return static_cast<CurlExchange*>(self)->take_header({data, size * n}) ? size * n : 0;
  };
  const Callback body = [](char* data, std::size_t size, std::size_t n, void* self) {
    return static_cast<CurlExchange*>(self)->take_body({data, size * n}) ? size * n : 0;
  };
  ::curl_easy_setopt(easy_, CURLOPT_READFUNCTION, send);
  ::curl_easy_setopt(easy_, CURLOPT_READDATA, this);
  ::curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, header);
  ::curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  ::curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, body);
  ::curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
#if LIBCURL_VERSION_NUM >= 0x075000
  // Called before the request is written, every time: once a part of the body may be out, there is no second time.
  const auto begin = [](void* self, char*, char*, int, int) {
    return static_cast<CurlExchange*>(self)->given_ > 0 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
  };
  ::curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, static_cast<int (*)(void*, char*, char*, int, int)>(begin));
  ::curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
#endif
}

void CurlExchange::set_limits() {
  ::curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, milliseconds(request_.timeout));
  ::curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request_.connect_timeout));
  ::curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  ::curl_easy_setopt(easy_, CURLOPT_TCP_KEEPIDLE, kProbeSeconds);
  ::curl_easy_setopt(easy_, CURLOPT_TCP_KEEPINTVL, kProbeSeconds);
#if LIBCURL_VERSION_NUM >= 0x075700
  ::curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);  // giving up does not wait for a name server that is silent
#endif
}

std::size_t CurlExchange::give(char* to, std::size_t room) {
  const std::size_t n = std::min(room, request_.body.size() - given_);
  std::memcpy(to, request_.body.data() + given_, n);
  given_ += n;
  return n;
}

bool CurlExchange::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) {
    refused_ = "headers without end";
    return false;
  }
  if (line.starts_with("HTTP/")) {  // of each answer on the way: "100 Continue" comes before the one that counts
    reply.headers.clear();
    return true;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  std::string name(trimmed(line.substr(0, colon), kBlanks));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  reply.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1), kBlanks));
  return true;
}

bool CurlExchange::take_body(std::string_view bytes) {
  if (bytes.size() > request_.most_bytes - reply.body.size()) {
    refused_ = fmt::format("an answer of more than {} bytes", request_.most_bytes);
    return false;
  }
  reply.body.append(bytes);
  return true;
}

void CurlExchange::finish(CURLcode code) {
  long status = 0;
  if (code == CURLE_OK) ::curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status == 0) return fail(failure_of(code));
  reply.status = static_cast<int>(status);
  reply.sent = true;
}

void CurlExchange::fail(std::string why) {
  reply.status = 0;
  reply.body.clear();
  reply.failure = std::move(why);
  reply.sent = sent();
}

bool CurlExchange::sent() const {
  if (!request_.body.empty()) return given_ > 0;
  long written = 0;
  if (easy_) ::curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &written);
  return written > 0;
}

std::string CurlExchange::failure_of(CURLcode code) const {
  if (!refused_.empty()) return refused_;
  const std::string words = ::curl_easy_strerror(code);
  switch (code) {
    case CURLE_COULDNT_CONNECT: return "could not connect";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_SSL_CONNECT_ERROR: return "could not connect: " + words;
    case CURLE_OPERATION_TIMEDOUT: return sent() ? "timed out" : "could not connect: timed out";
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return "reset by the server";
    case CURLE_GOT_NOTHING:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_SEND_FAIL_REWIND: return "closed by the server without an answer";
    case CURLE_PARTIAL_FILE: return "closed by the server within the answer";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return "the server's certificate cannot be verified: " + words;
    case CURLE_URL_MALFORMAT: return "the address is none";
    case CURLE_UNSUPPORTED_PROTOCOL: return sent() ? "an answer that is not HTTP" : "an address that is not http(s)";
    case CURLE_WEIRD_SERVER_REPLY: return "an answer that is not HTTP";
    default: return words;
  }
}

}  // namespace motive::llm
