#include "framework/llm/tally.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "framework/llm/budget.h"

namespace motive::llm {

/// Held lock.
void Tally::add(Module& module, const UsedAnswer& used) {
  const std::uint64_t key = std::strtoull(used.key_hash.substr(0, 16).c_str(), nullptr, 16);
  if (!module.seen.insert(key).second) return;
  ++module.requests;
  module.usage += used.usage;
  module.cost += to_units(used.cost);
  if (!used.model.empty()) ++models_[used.model];
}

void Tally::call(const std::string& module, Outcome outcome, const std::vector<UsedAnswer>& used) {
  const std::lock_guard lock(mutex_);
  Module& entry = modules_[module];
  ++entry.calls;
  ++entry.outcomes[outcome_name(outcome)];
  if (used.size() > 1) entry.reasks += used.size() - 1;
  for (const UsedAnswer& answer : used) add(entry, answer);
}

void Tally::texts(const std::string& module, const std::vector<UsedAnswer>& used) {
  const std::lock_guard lock(mutex_);
  Module& entry = modules_[module];
  entry.calls += used.size();
  if (!used.empty()) entry.outcomes[outcome_name(Outcome::kOk)] += used.size();
  for (const UsedAnswer& answer : used) add(entry, answer);
}

Json Tally::report() const {
  const std::lock_guard lock(mutex_);
  Json report = Json::object();
  for (const auto& [name, module] : modules_) {
    report[name] = {{"calls", module.calls},
                    {"requests", module.requests},
                    {"re-asks", module.reasks},
                    {"prompt_tokens", module.usage.prompt},
                    {"cached_tokens", module.usage.cached},
                    {"completion_tokens", module.usage.completion},
                    {"cost", from_units(module.cost)},
                    {"outcomes", module.outcomes}};
  }
  report["models"] = models_;
  return report;
}

void Tally::found() {
  const std::lock_guard lock(mutex_);
  ++sent_.found;
}

void Tally::shared() {
  const std::lock_guard lock(mutex_);
  ++sent_.shared;
}

void Tally::tried(double seconds, bool answered, const Usage& usage, double cost) {
  const std::lock_guard lock(mutex_);
  ++sent_.requests;
  sent_.usage += usage;
  sent_.cost += to_units(cost);
  if (!answered) return;
  ++sent_.answers;
  sent_.seconds += seconds;
  sent_.longest = std::max(sent_.longest, seconds);
  const double bin = 4 * std::log2(std::max(1.0, seconds * 1000));
  ++sent_.times[static_cast<std::size_t>(std::min(63.0, bin))];
}

void Tally::slowed_down() {
  const std::lock_guard lock(mutex_);
  ++sent_.slow_downs;
}

void Tally::possibly_billed() {
  const std::lock_guard lock(mutex_);
  ++sent_.possibly_billed;
}

void Tally::retried() {
  const std::lock_guard lock(mutex_);
  ++sent_.retries;
}

/// Seconds, to about 10 %. Held lock.
double Tally::quantile(double share) const {
  double left = share * static_cast<double>(sent_.answers);
  for (std::size_t i = 0; i < sent_.times.size(); ++i) {
    left -= static_cast<double>(sent_.times[i]);
    if (left <= 0) return std::min(sent_.longest, std::exp2((static_cast<double>(i) + .5) / 4) / 1000);
  }
  return sent_.longest;
}

Json Tally::sent() const {
  const std::lock_guard lock(mutex_);
  Json seconds = Json::object();
  if (sent_.answers > 0) {
    seconds = {{"mean", sent_.seconds / static_cast<double>(sent_.answers)},
               {"median", quantile(.5)},
               {"p95", quantile(.95)},
               {"longest", sent_.longest}};
  }
  return {{"answers from the cache", sent_.found},
          {"answers shared", sent_.shared},
          {"requests", sent_.requests},
          {"answers", sent_.answers},
          {"retries", sent_.retries},
          {"slow-downs", sent_.slow_downs},
          {"possibly billed", sent_.possibly_billed},
          {"prompt_tokens", sent_.usage.prompt},
          {"cached_tokens", sent_.usage.cached},
          {"completion_tokens", sent_.usage.completion},
          {"cost", from_units(sent_.cost)},
          {"seconds", seconds}};
}

}  // namespace motive::llm
