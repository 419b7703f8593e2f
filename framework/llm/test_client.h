#pragma once
// For tests: a cache in a folder of its own and clients of one endpoint, "main", whose server is a script.

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "framework/base/temporary_folder.h"
#include "framework/llm/test_transport.h"

namespace motive::llm::test {

struct ClientWorld {
  motive::test::TemporaryFolder folder;
  std::shared_ptr<Seen> seen = std::make_shared<Seen>();
  JumpClock clock;
  EndpointConfig config = endpoint();
  Budget budget;

  Path file() const { return folder.path() / "answers.sqlite"; }

  Result<std::unique_ptr<Client>> open(FakeTransport::Script script, Mode mode = Mode::kLive, const CancelFlag* flag = nullptr) {
    ClientOptions options;
    options.endpoints = {{"main", config}};
    options.mode = mode;
    options.cache = file();
    options.experiment = "tried";
    options.budget = budget;
    options.clock = &clock;
    options.cancel = flag;
    options.threads = 2;
    return Client::open(options, std::make_unique<FakeTransport>(seen, std::move(script)));
  }
  std::unique_ptr<Client> client(FakeTransport::Script script, Mode mode = Mode::kLive, const CancelFlag* flag = nullptr) {
    auto client = open(std::move(script), mode, flag);
    EXPECT_TRUE(client) << (client ? "" : client.error().message);
    return std::move(*client);
  }
};

}  // namespace motive::llm::test
