#include "tests/llm/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace motive::llm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSlice = .02;  // seconds between the pieces of a slow body

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

const char* reason(int status) { return status < 300 ? "OK" : "Scripted"; }

/// Sleeps. False: the client left (or the server is being ended).
bool sleep_with(int socket, double seconds) {
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (;;) {
    const double left = std::chrono::duration<double>(end - Clock::now()).count();
    if (left <= 0) return true;
    pollfd one = {socket, POLLRDHUP, 0};
    const auto whole = static_cast<time_t>(left);
    const timespec wait = {whole, static_cast<long>((left - static_cast<double>(whole)) * 1e9)};
    if (::ppoll(&one, 1, &wait, nullptr) > 0) return false;
  }
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// The next request of a connection; `rest` holds what came beyond it.
std::optional<ServedRequest> receive(int socket, std::string& rest) {
  const auto more = [&] {
    char buffer[16384];
    const ssize_t n = ::recv(socket, buffer, sizeof buffer, 0);
    if (n > 0) rest.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  };
  std::size_t end = 0;
  while ((end = rest.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  ServedRequest request;
  std::size_t at = rest.find("\r\n");
  const std::string first = rest.substr(0, at);
  request.method = first.substr(0, first.find(' '));
  if (const auto space = first.find(' '); space != std::string::npos)
    request.path = first.substr(space + 1, first.rfind(' ') - space - 1);
  while (at < end) {
    const std::size_t next = rest.find("\r\n", at + 2);
    const std::string line = rest.substr(at + 2, next - at - 2);
    const auto colon = line.find(':');
    if (colon != std::string::npos) {
      const auto value = line.find_first_not_of(' ', colon + 1);
      request.headers[lower(line.substr(0, colon))] = value == std::string::npos ? "" : line.substr(value);
    }
    at = next;
  }
  const std::string length = request.header("content-length");
  std::size_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  while (rest.size() < end + 4 + bytes) {
    if (!more()) return std::nullopt;
  }
  request.body = rest.substr(end + 4, bytes);
  rest.erase(0, end + 4 + bytes);
  return request;
}

void reset(int socket) {
  const linger now = {1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

enum class After { kGoesOn, kCloses, kGone };

/// Called just before the last bytes of an answer go out: with them the client may ask again, over another connection.
using BeforeLast = std::function<void()>;

bool send_slowly(int socket, std::string_view body, double bytes_per_second, const BeforeLast& before_last) {
  const auto slice = static_cast<std::size_t>(std::max(1.0, bytes_per_second * kSlice));
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, slice);
    if (!sleep_with(socket, static_cast<double>(piece.size()) / bytes_per_second)) return false;
    body.remove_prefix(piece.size());
    if (body.empty()) before_last();
    if (!send_all(socket, piece)) return false;
  }
  return true;
}

After answer(int socket, const ServedReply& reply, const BeforeLast& before_last) {
  if (reply.delay > 0 && !sleep_with(socket, reply.delay)) return After::kGone;
  const bool slow = reply.bytes_per_second > 0 && !reply.body.empty();
  if (!slow) before_last();
  if (reply.end == End::kReset) reset(socket);
  if (reply.end == End::kSilent || reply.end == End::kReset) return After::kCloses;
  if (!reply.raw.empty()) return send_all(socket, reply.raw) ? After::kCloses : After::kGone;
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", reply.status,
                                 reason(reply.status), reply.content_type, reply.body.size());
  for (const auto& [name, value] : reply.headers) head += fmt::format("{}: {}\r\n", name, value);
  head += "\r\n";
  const bool whole = reply.end == End::kWhole || reply.end == End::kHangsUp;
  const std::string_view body = whole ? std::string_view(reply.body) : std::string_view(reply.body).substr(0, reply.part);
  const bool out = slow ? send_all(socket, head) && send_slowly(socket, body, reply.bytes_per_second, before_last)
                        : send_all(socket, head.append(body));
  if (!out) return After::kGone;
  if (reply.end == End::kCutReset) {
    sleep_with(socket, .05);  // a reset overtakes what was sent just before it
    reset(socket);
  }
  return reply.end == End::kWhole ? After::kGoesOn : After::kCloses;
}

}  // namespace

std::string ServedRequest::header(const std::string& name) const {
  const auto at = headers.find(name);
  return at == headers.end() ? "" : at->second;
}

struct ScriptedServer::State {
  Script script;
  const Clock::time_point begin = Clock::now();
  int listener = -1, port = 0;
  std::thread acceptor;
  std::mutex scripting;

  mutable std::mutex mutex;  // of all below
  bool ending = false;
  std::vector<std::thread> threads;
  std::vector<int> sockets;  // by connection; -1: closed
  std::vector<ServedRequest> log;
  std::size_t open = 0, most_open = 0, abandoned = 0;

  void listen();
  void accept_all();
  void serve(int socket, std::size_t connection);
};

void ScriptedServer::State::listen() {
  listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 512) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("a scripted server cannot listen on 127.0.0.1");
    std::abort();
  }
  port = ntohs(address.sin_port);
  acceptor = std::thread([this] { accept_all(); });
}

void ScriptedServer::State::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(mutex);
    if (ending) {
      ::close(socket);
      return;
    }
    const std::size_t connection = sockets.size();
    sockets.push_back(socket);
    threads.emplace_back([this, socket, connection] { serve(socket, connection); });
  }
}

void ScriptedServer::State::serve(int socket, std::size_t connection) {
  std::string rest;
  After after = After::kGoesOn;
  while (after == After::kGoesOn) {
    std::optional<ServedRequest> request = receive(socket, rest);
    if (!request) break;
    ServedReply reply;
    {
      const std::lock_guard lock(mutex);
      request->count = log.size();
      request->connection = connection;
      request->time = std::chrono::duration<double>(Clock::now() - begin).count();
      most_open = std::max(most_open, ++open);
      log.push_back(*request);
    }
    {
      const std::lock_guard lock(scripting);  // not `mutex`: a script may look at the server
      reply = script(*request);
    }
    bool counted = true;
    const auto end_count = [&] {
      const std::lock_guard lock(mutex);
      open -= std::exchange(counted, false);
    };
    after = answer(socket, reply, end_count);
    end_count();
    const std::lock_guard lock(mutex);
    if (after == After::kGone && !ending) ++abandoned;
  }
  const std::lock_guard lock(mutex);
  sockets[connection] = -1;
  ::close(socket);
}

ScriptedServer::ScriptedServer(Script script) : state_(std::make_unique<State>()) {
  state_->script = std::move(script);
  state_->listen();
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
    for (const int socket : state_->sockets) {
      if (socket >= 0) ::shutdown(socket, SHUT_RDWR);
    }
  }
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->acceptor.join();
  ::close(state_->listener);
  for (std::thread& thread : state_->threads) thread.join();
}

std::string ScriptedServer::url(std::string_view path) const { return fmt::format("http://127.0.0.1:{}{}", state_->port, path); }
int ScriptedServer::port() const { return state_->port; }

std::vector<ServedRequest> ScriptedServer::log() const {
  const std::lock_guard lock(state_->mutex);
  return state_->log;
}
std::size_t ScriptedServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->log.size();
}
std::size_t ScriptedServer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->sockets.size();
}
std::size_t ScriptedServer::closed() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::size_t>(std::count(state_->sockets.begin(), state_->sockets.end(), -1));
}
std::size_t ScriptedServer::most_open() const {
  const std::lock_guard lock(state_->mutex);
  return state_->most_open;
}
std::size_t ScriptedServer::abandoned() const {
  const std::lock_guard lock(state_->mutex);
  return state_->abandoned;
}

ScriptedServer::Script in_turn(std::vector<ServedReply> replies) {
  return [replies = std::move(replies)](const ServedRequest& request) {
    return replies[std::min(request.count, replies.size() - 1)];
  };
}

ScriptedServer::Script always(ServedReply reply) {
  return [reply = std::move(reply)](const ServedRequest&) { return reply; };
}

}  // namespace motive::llm
