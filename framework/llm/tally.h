#pragma once
// Purpose: what client.h's report() and sent() say.
//   report: by module. calls, re-asks and outcomes count every chat() (or embedded text); requests, tokens and cost count
//   a key once a module, however often it was asked, at the price that was paid when its answer came. So a run that
//   asked, one that was killed and went on, and one that found everything in the cache report the same numbers, in
//   whatever order threads came.
//   sent: what this process itself did; differs from run to run.
// Memory: 8 bytes (and a hash table's share) for each distinct key. Thread-safe.

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "framework/base/json.h"
#include "framework/llm/wire.h"

namespace motive::llm {

/// One answer that a call used.
struct UsedAnswer {
  std::string key_hash, model;
  Usage usage;
  double cost = 0;
};

class Tally {
 public:
  void call(const std::string& module, Outcome outcome, const std::vector<UsedAnswer>& used);
  void texts(const std::string& module, const std::vector<UsedAnswer>& used);
  Json report() const;

  void found();   // in the cache
  void shared();  // with a request that was on its way
  void tried(double seconds, bool answered, const Usage& usage, double cost);
  void slowed_down();
  void possibly_billed();
  void retried();
  Json sent() const;

 private:
  struct Module {
    std::uint64_t calls = 0, reasks = 0, requests = 0;
    std::map<std::string, std::uint64_t> outcomes;
    Usage usage;
    std::int64_t cost = 0;  // units of budget.h
    std::unordered_set<std::uint64_t> seen;
  };
  void add(Module& module, const UsedAnswer& used);

  mutable std::mutex mutex_;
  std::map<std::string, Module> modules_;
  std::map<std::string, std::uint64_t> models_;

  struct Sent {
    std::uint64_t requests = 0, answers = 0, retries = 0, slow_downs = 0, possibly_billed = 0, found = 0, shared = 0;
    Usage usage;
    std::int64_t cost = 0;
    double seconds = 0, longest = 0;
    std::array<std::uint64_t, 64> times{};  // answers by 4 log2 of milliseconds
  };
  double quantile(double share) const;
  Sent sent_;
};

}  // namespace motive::llm
