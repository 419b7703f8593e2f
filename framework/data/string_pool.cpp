#include "framework/data/string_pool.h"

#include <cstring>

namespace motive {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Multiply-and-fold over 8-byte words; ids are short, so this is a few instructions.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0x9e3779b97f4a7c15u ^ text.size();
  const char* data = text.data();
  std::size_t left = text.size();
  for (; left >= 8; data += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, data, 8);
    hash = mix(hash ^ word, 0xbf58476d1ce4e5b9u);
  }
  if (left > 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, left);
    hash = mix(hash ^ word, 0xbf58476d1ce4e5b9u);
  }
  return mix(hash, 0x94d049bb133111ebu);
}

std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace

StringPool::StringPool() : slots_(16) {}

std::size_t StringPool::slot_of(std::string_view text, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].number != kAbsent &&
         (slots_[at].tag != tag_of(hash) || (*this)[slots_[at].number] != text)) {
    at = (at + 1) & mask;
  }
  return at;
}

std::uint32_t StringPool::find(std::string_view text) const {
  return slots_[slot_of(text, hash_of(text))].number;
}

std::uint32_t StringPool::add(std::string_view text) {
  const std::uint64_t hash = hash_of(text);
  std::size_t at = slot_of(text, hash);
  if (slots_[at].number != kAbsent) return slots_[at].number;
  if ((size() + 1) * 4 > slots_.size() * 3) {
    grow();
    at = slot_of(text, hash);
  }
  const auto number = static_cast<std::uint32_t>(size());
  slots_[at] = {tag_of(hash), number};
  bytes_.append(text);
  offsets_.push_back(bytes_.size());
  return number;
}

void StringPool::grow() {
  std::vector<Slot> slots(slots_.size() * 2);
  const std::size_t mask = slots.size() - 1;
  for (std::uint32_t number = 0; number < size(); ++number) {
    const std::uint64_t hash = hash_of((*this)[number]);
    std::size_t at = hash & mask;
    while (slots[at].number != kAbsent) at = (at + 1) & mask;
    slots[at] = {tag_of(hash), number};
  }
  slots_ = std::move(slots);
}

}  // namespace motive
