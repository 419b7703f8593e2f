#pragma once
// Purpose: the training loop of BPR: factors in padded, aligned rows, triples drawn in batches,
// rows fetched ahead of their step.

#include <memory>
#include <new>

#include "baselines/bpr/bpr.h"
#include "baselines/bpr/bpr_step.h"
#include "baselines/bpr/negatives.h"

namespace motive::bpr {

/// Allocates on boundaries of 64 bytes.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{kAlign}));
  }
  void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{kAlign}); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};

/// A matrix of floats whose rows begin on boundaries of 64 bytes, filled up with zeros.
class Rows {
 public:
  Rows(std::size_t rows, std::size_t dim)
      : rows_(rows),
        dim_(dim),
        stride_((dim + kLanes<float> - 1) / kLanes<float> * kLanes<float>),
        values_(rows * stride_, 0.0f) {}
  float* row(std::size_t r) { return values_.data() + r * stride_; }
  std::size_t stride() const { return stride_; }
  std::size_t blocks() const { return stride_ / kLanes<float>; }
  std::span<const float> values() const { return values_; }
  std::size_t size() const { return rows_; }
  /// Without the filling.
  void copy_to(std::vector<float>& out) const;

 private:
  std::size_t rows_, dim_, stride_;
  std::vector<float, AlignedAllocator<float>> values_;
};

class Trainer {
 public:
  Trainer(const BprParams& params, const TrainingView& train,
          const std::vector<std::uint32_t>& item_events, const FitContext& context);

  /// As many steps as there are training events; number from 1, total for the progress.
  /// Errors: divergence, cancellation.
  Status epoch(int number, int total);
  /// Mean of -ln sigma(x) over a sample of the last epoch's steps, before each step.
  double loss() const { return sampled_ ? loss_sum_ / static_cast<double>(sampled_) : 0; }
  /// Draws without a step: users who have seen every item.
  std::uint64_t skipped() const { return skipped_; }

  const Rows& users() const { return users_; }
  const Rows& items() const { return items_; }
  const std::vector<float>& bias() const { return bias_; }

 private:
  struct Triple {
    std::uint32_t user, positive, negative;
  };
  void initialise(const FitContext& context);
  void draw(Rng& rng, std::size_t n);
  ItemId draw_negative(UserId u, Rng& rng);
  template <std::size_t kBlocks>
  void run_batch(Rng& rng);
  void run_batch_of_any_size(Rng& rng);
  void fetch(const Triple& triple);
  Error diverged(int epoch) const;

  const BprParams& params_;
  const FitContext& context_;
  const TrainingView& train_;
  Unseen unseen_;
  std::unique_ptr<AdaptiveNegatives> adaptive_;  // null for the other kinds
  std::vector<std::uint32_t> event_user_;        // [N]
  Rows users_, items_;
  std::vector<float> bias_;  // [I], empty without biases
  StepSizes<float> sizes_;
  std::vector<Triple> batch_;
  std::uint64_t steps_ = 0, skipped_ = 0, sampled_ = 0;
  std::uint64_t next_refresh_ = 0;
  double loss_sum_ = 0;
  float batch_sum_ = 0;  // of x: not finite once any x is not
};

}  // namespace motive::bpr
