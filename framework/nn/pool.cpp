#include "framework/nn/pool.h"

#include <c10/core/CPUAllocator.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

namespace motive::nn {
namespace {

constexpr std::size_t kAlignment = 64, kHeader = 64, kSmallestPooled = 32 << 10;

/// Up to the next quarter between two powers of two.
std::size_t rounded(std::size_t bytes) {
  const std::size_t quarter = std::bit_floor(bytes) / 4;
  return (bytes + quarter - 1) / quarter * quarter;
}

/// A block is preceded by its size; 0: not pooled.
class PoolAllocator final : public c10::Allocator {
 public:
  static PoolAllocator& instance() {
    static auto* const kPool = new PoolAllocator;  // outlives all tensors
    return *kPool;
  }
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const data = bytes ? take(bytes) : nullptr;
    return {data, data, &give_back, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }

 private:
  void* take(std::size_t bytes) {
    const std::size_t size = bytes < kSmallestPooled ? 0 : rounded(bytes);
    if (size) {
      const std::lock_guard lock(mutex_);
      auto& list = waiting_[size];
      if (!list.empty()) {
        void* const data = list.back();
        list.pop_back();
        return data;
      }
    }
    void* block = nullptr;
    if (::posix_memalign(&block, kAlignment, kHeader + (size ? size : bytes)) != 0) throw std::bad_alloc();
    std::memcpy(block, &size, sizeof(size));
    return static_cast<char*>(block) + kHeader;
  }
  static void give_back(void* data) {
    if (!data) return;
    char* const block = static_cast<char*>(data) - kHeader;
    std::size_t size = 0;
    std::memcpy(&size, block, sizeof(size));
    if (size == 0) return std::free(block);
    PoolAllocator& pool = instance();
    const std::lock_guard lock(pool.mutex_);
    pool.waiting_[size].push_back(data);
  }

  std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<void*>> waiting_;
};

}  // namespace

void pool_tensor_memory() { c10::SetCPUAllocator(&PoolAllocator::instance(), /*priority=*/100); }

}  // namespace motive::nn
