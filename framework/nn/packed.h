#pragma once
// Purpose: sequences of different length one after the other, without padding. What holds a token a row
// is [T×...], T the sum of the lengths; sequence b is rows offsets[b] .. offsets[b+1].
// Positions are absolute with the last token at max_len - 1, as in batches that are padded on the left
// to max_len: what is learnt of the last position serves sequences of every length.

#include <cstdint>
#include <span>
#include <vector>

namespace motive::nn {

struct Packed {
  std::vector<std::int64_t> tokens;        // [T]
  std::vector<std::int64_t> positions;     // [T]
  std::vector<std::int64_t> offsets{0};    // [B+1]
  std::size_t size() const { return offsets.size() - 1; }

  /// Appends the last max_len of the tokens.
  void add(std::span<const std::int64_t> sequence, std::size_t max_len) {
    if (sequence.size() > max_len) sequence = sequence.last(max_len);
    for (std::size_t k = 0; k < sequence.size(); ++k) {
      tokens.push_back(sequence[k]);
      positions.push_back(static_cast<std::int64_t>(max_len - sequence.size() + k));
    }
    offsets.push_back(static_cast<std::int64_t>(tokens.size()));
  }
};

}  // namespace motive::nn
