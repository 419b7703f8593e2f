#pragma once
// What the tests of the transport share.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "framework/llm/transport.h"
#include "tests/llm/server.h"

namespace motive::llm {

inline constexpr const char* kKey = "sk-secret-of-the-test";

class TransportTest : public testing::Test {
 protected:
  TransportTest() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    transport_ = *make_curl_transport();
  }
  static HttpRequest request(const ScriptedServer& server, std::string body = "{}") {
    HttpRequest out;
    out.url = server.url("/v1/chat/completions");
    out.body = std::move(body);
    out.api_key = kKey;
    out.timeout = 20;
    return out;
  }
  HttpReply ask(const HttpRequest& request, const CancelFlag* abort = nullptr) {
    const HttpReply reply = transport_->exchange(request, abort);
    EXPECT_EQ(reply.status == 0, !reply.failure.empty());
    EXPECT_THAT(reply.failure, testing::Not(testing::HasSubstr(kKey)));
    return reply;
  }
  HttpReply ask(const ScriptedServer& server) { return ask(request(server)); }

  std::unique_ptr<Transport> transport_;
};

}  // namespace motive::llm
