#pragma once
// Purpose: the bytes of a source file, decompressed as they are read. gzip and zstd are recognised
// by their first bytes, whatever the file is called; several compressed parts after each other are
// one file. Memory: a buffer of a few hundred kB. Errors: kFailed naming the file; a compressed
// file that ends in the middle says so and is never taken for a shorter one.

#include <cstdint>
#include <memory>
#include <span>

#include "framework/base/files.h"

namespace motive {

class TextSource {
 public:
  static Result<TextSource> open(const Path& file);
  TextSource(TextSource&&) noexcept;
  TextSource& operator=(TextSource&&) noexcept;
  ~TextSource();

  /// Fills `buffer` as far as it can; 0 only at the end of the file.
  Result<std::size_t> read(std::span<char> buffer);
  const Path& file() const;
  /// Of the file on disk: for showing progress.
  std::uint64_t bytes_read() const;
  std::uint64_t bytes_total() const;
  bool compressed() const;

 private:
  struct State;
  explicit TextSource(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace motive
