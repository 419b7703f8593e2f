#pragma once
// Purpose: a matrix of floats for kernels that work on whole vector registers: rows begin on boundaries of 64 bytes
// and are filled up with zeros to whole blocks of 16 floats, so a loop over a row needs no remainder.
// Large matrices ask for huge pages: rows taken at random otherwise cost more for the translation of addresses than
// for the data. Shapes: [rows × dim] held as [rows × stride], stride = dim rounded up to 16. Memory: rows·stride floats.

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <vector>

namespace motive {

inline constexpr std::size_t kRowAlignment = 64;  // bytes
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Allocates on boundaries of kRowAlignment; from kHugePage on, on those of a huge page, and asks for them (a hint:
/// where the system refuses, nothing but speed is lost).
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) {
    void* const p = ::operator new (n * sizeof(T), alignment(n));
    if (n * sizeof(T) >= kHugePage) ::madvise(p, n * sizeof(T), MADV_HUGEPAGE);
    return static_cast<T*>(p);
  }
  void deallocate(T* p, std::size_t n) { ::operator delete (p, alignment(n)); }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }

 private:
  static std::align_val_t alignment(std::size_t n) {
    return std::align_val_t{n * sizeof(T) >= kHugePage ? kHugePage : kRowAlignment};
  }
};

class AlignedRows {
 public:
  static constexpr std::size_t kBlock = kRowAlignment / sizeof(float);

  AlignedRows() = default;
  AlignedRows(std::size_t rows, std::size_t dim)
      : rows_(rows),
        dim_(dim),
        stride_((dim + kBlock - 1) / kBlock * kBlock),
        values_(rows * stride_, 0.0f) {}
  float* row(std::size_t r) { return values_.data() + r * stride_; }
  const float* row(std::size_t r) const { return values_.data() + r * stride_; }
  std::size_t stride() const { return stride_; }
  std::size_t blocks() const { return stride_ / kBlock; }
  std::span<const float> values() const { return values_; }  // with the filling
  std::size_t size() const { return rows_; }
  std::size_t dim() const { return dim_; }

  /// [rows × dim], without the filling.
  void copy_to(std::vector<float>& out) const {
    out.resize(rows_ * dim_);
    for (std::size_t r = 0; r < rows_; ++r) {
      std::copy_n(row(r), dim_, out.begin() + static_cast<std::ptrdiff_t>(r * dim_));
    }
  }

 private:
  std::size_t rows_ = 0, dim_ = 0, stride_ = 0;
  std::vector<float, AlignedAllocator<float>> values_;
};

}  // namespace motive
