#pragma once
// A server on 127.0.0.1 whose every answer is scripted: what transports and clients do with it is seen over real
// sockets. HTTP/1.1 with kept connections; a thread a connection, asleep while it waits.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/json.h"
#include "tests/llm/replies.h"

namespace motive::llm {

/// A request as it came, whole.
struct ServedRequest {
  std::string method, path, body;
  std::map<std::string, std::string> headers;  // names in lower case
  std::size_t count = 0;                       // requests before it, of all connections
  std::size_t connection = 0;                  // connections opened before its own
  double time = 0;                             // seconds since the server began
  Json json() const { return Json::parse(body, nullptr, false); }
  std::string header(const std::string& name) const;
};

class ScriptedServer {
 public:
  /// Called for one request at a time; it must not wait (ServedReply::delay does).
  using Script = std::function<ServedReply(const ServedRequest&)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();  // breaks what is open
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  /// "http://127.0.0.1:PORT" + path.
  std::string url(std::string_view path = "/v1") const;
  int port() const;

  std::vector<ServedRequest> log() const;  // in the order in which they came
  std::size_t requests() const;
  std::size_t connections() const;  // opened so far
  std::size_t closed() const;       // of these, no longer open
  std::size_t most_open() const;    // requests that waited for their answer at a time
  std::size_t abandoned() const;    // clients that left before the answer was out

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One after the other; the last for all that follow.
ScriptedServer::Script in_turn(std::vector<ServedReply> replies);
/// The same answer always.
ScriptedServer::Script always(ServedReply reply);

}  // namespace motive::llm
