#pragma once
// Purpose: how a long piece of work says how far it is. Cheap to call often: an implementation
// decides how often it shows anything.

#include <string_view>

namespace motive {

class Progress {
 public:
  virtual ~Progress() = default;
  /// done of total units (total 0: unknown); note: a few words such as "loss .43, valid ndcg@10 .031".
  virtual void update(double done, double total, std::string_view note = {}) = 0;
  /// A pass over the training events has ended; number from 1. For who wants to know how long one takes.
  virtual void epoch_ended([[maybe_unused]] int number) {}
};

/// Shows nothing.
class NoProgress final : public Progress {
 public:
  void update(double, double, std::string_view) override {}
};

}  // namespace motive
