#include "framework/data/string_pool.h"

#include <cstring>

namespace motive {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <class T>
T load(const char* data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return value;
}

std::uint64_t byte_at(const char* data, std::size_t i) {
  return static_cast<unsigned char>(data[i]);
}

/// Multiply-and-fold over 8-byte words; the last word overlaps the one before. At least 8 bytes.
std::uint64_t hash_of_long(std::string_view text) {
  std::uint64_t hash = 0x9e3779b97f4a7c15u ^ text.size();
  for (std::size_t at = 0; at + 8 < text.size(); at += 8) {
    hash = mix(hash ^ load<std::uint64_t>(text.data() + at), 0xbf58476d1ce4e5b9u);
  }
  return mix(hash ^ load<std::uint64_t>(text.data() + text.size() - 8), 0x94d049bb133111ebu);
}

}  // namespace

StringPool::StringPool() : slots_(16) {}

StringPool::Key StringPool::key_of(std::string_view text) {
  const char* data = text.data();
  const std::size_t size = text.size();
  const auto length = static_cast<std::uint32_t>(size) << 24;
  if (size > 11) return {hash_of_long(text), 255u << 24};
  if (size >= 8) {
    std::uint32_t rest = 0;
    for (std::size_t i = 8; i < size; ++i)
      rest = rest << 8 | static_cast<std::uint32_t>(byte_at(data, i));
    return {load<std::uint64_t>(data), length | rest};
  }
  if (size >= 4) {  // two words that overlap
    const std::uint64_t last = load<std::uint32_t>(data + size - 4);
    return {load<std::uint32_t>(data) | last << 32, length};
  }
  if (size == 0) return {0, length};
  return {byte_at(data, 0) | byte_at(data, size / 2) << 8 | byte_at(data, size - 1) << 16, length};
}

std::uint64_t StringPool::hash_of(const Key& key) {
  return mix(key.low ^ 0x9e3779b97f4a7c15u, key.high ^ 0xbf58476d1ce4e5b9u);
}

std::size_t StringPool::slot_of(std::string_view text, const Key& key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash_of(key) & mask;
  for (; slots_[at].number != kAbsent; at = (at + 1) & mask) {
    if (Key{slots_[at].low, slots_[at].high} != key) continue;
    if (key.is_whole() || (*this)[slots_[at].number] == text) break;
  }
  return at;
}

std::uint32_t StringPool::find(std::string_view text) const {
  return slots_[slot_of(text, key_of(text))].number;
}

std::uint32_t StringPool::add(std::string_view text) {
  const Key key = key_of(text);
  std::size_t at = slot_of(text, key);
  if (slots_[at].number != kAbsent) return slots_[at].number;
  if ((size() + 1) * 3 > slots_.size() * 2) {
    grow();
    at = slot_of(text, key);
  }
  const auto number = static_cast<std::uint32_t>(size());
  slots_[at] = {key.low, key.high, number};
  bytes_.append(text);
  offsets_.push_back(bytes_.size());
  return number;
}

void StringPool::grow() {
  std::vector<Slot> slots(slots_.size() * 2);
  const std::size_t mask = slots.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.number == kAbsent) continue;
    std::size_t at = hash_of({slot.low, slot.high}) & mask;
    while (slots[at].number != kAbsent) at = (at + 1) & mask;
    slots[at] = slot;
  }
  slots_ = std::move(slots);
}

}  // namespace motive
