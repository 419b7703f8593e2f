#pragma once
// Purpose: the content-addressed store. A node is a folder ROOT/<kind>/<hash>/; its hash is SHA-256 of
// what determines it (inputs' hashes, resolved parameters, seeds, code versions), so a node that exists
// is never computed again. A node is complete or absent: it is made in a folder aside, synced, and
// renamed. node.json inside says what it is and lists every file with size and SHA-256; a node that does
// not match is removed and made again, never trusted.
//
// Lease: while a node is being made, <hash>.lease beside it names host, process and start time, and is
// touched every few seconds. A lease whose process is gone (same host), or that nobody touched for 30 s
// (another host), is taken over. Leases save work; correctness comes from the rename alone.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "framework/base/files.h"
#include "framework/base/json.h"

namespace motive {

/// What a node is: everything that determines it.
struct NodeSpec {
  std::string kind;  // prepared, splits, candidates, features, fits, ranks, trials, chosen
  Json spec;
  std::string hash;  // 32 hexadecimal digits over kind and spec
  static NodeSpec make(std::string kind, Json spec);
};

enum class NodeState { kAbsent, kComplete, kDamaged };

class Lease {
 public:
  /// Takes the lease beside `node_folder`, or nothing where a living process holds it.
  static Result<std::unique_ptr<Lease>> try_take(const Path& node_folder);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

 private:
  explicit Lease(Path file);
  Path file_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread heartbeat_;
};

class Store {
 public:
  /// Writes nothing: folders are made with the first node.
  static Result<Store> open(const Path& root);
  const Path& root() const { return root_; }
  Path folder(const std::string& kind, const std::string& hash) const { return root_ / kind / hash; }
  Path folder(const NodeSpec& node) const { return folder(node.kind, node.hash); }
  /// Where whoever makes the node may leave what lets him go on after a kill; build() removes it with success.
  Path checkpoints(const NodeSpec& node) const { return root_ / "checkpoints" / (node.kind + "-" + node.hash); }

  /// full: checksums as well as sizes (once per node is enough: the files are not written again).
  NodeState state(const NodeSpec& node, bool full) const;

  /// Makes the node by `make(folder aside)` and publishes it. Waits while another process is at it, and
  /// uses what that one made. Returns whether this call computed it. `waiting` is asked between waits
  /// and ends the wait with kCancelled by returning false.
  Result<bool> build(const NodeSpec& node, const std::function<Status(const Path&)>& make,
                     const std::function<bool()>& waiting) const;

  /// Removes what killed processes left behind: folders aside and leases without a living owner.
  /// Returns how many bytes that freed.
  std::uint64_t sweep() const;

 private:
  Path root_;
};

}  // namespace motive
