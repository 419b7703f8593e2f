#pragma once
// Purpose: one HTTP exchange as libcurl sees it; the transport's thread (curl_transport.cpp) drives many of them.
// The body goes out through a callback that cannot go back: libcurl would otherwise send a request again, without a word,
// when a kept connection closes unanswered, and it would be paid twice.

#include <curl/curl.h>

#include <condition_variable>
#include <string>
#include <string_view>

#include "framework/llm/transport.h"

namespace motive::llm {

/// One request on its way, on the stack of who asks. The I/O thread alone touches it between submit() and `done`.
class CurlExchange {
 public:
  CurlExchange(const HttpRequest& request, const CancelFlag* abort) : request_(request), abort_(abort) {}
  ~CurlExchange();
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  /// "" or why it cannot be sent.
  std::string prepare();
  void finish(CURLcode code);
  void fail(std::string why);
  bool aborted() const { return abort_ && abort_->is_set(); }
  bool has_abort() const { return abort_ != nullptr; }
  CURL* easy() const { return easy_; }

  HttpReply reply;
  bool done = false;  // guarded by the transport's mutex
  std::condition_variable ready;

 private:
  bool add_header(std::string line);
  void set_method();
  void set_callbacks();
  void set_limits();
  bool has_body() const { return request_.method == "POST" || !request_.body.empty(); }
  bool sent() const;
  std::string failure_of(CURLcode code) const;
  std::size_t give(char* to, std::size_t room);
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);

  const HttpRequest& request_;
  const CancelFlag* abort_;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  std::size_t given_ = 0;  // bytes of the body that libcurl took, which it does when it is about to write them
  std::size_t header_bytes_ = 0;
  std::string refused_;  // why the answer was not taken further
};

}  // namespace motive::llm
