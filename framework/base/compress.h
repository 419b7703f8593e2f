#pragma once
// Purpose: zstd for bodies and for lines of a file, with checksums. Determinism: the same bytes give the same bytes, with
// one version of zstd. Errors: what is damaged or cut short.

#include <memory>
#include <string>
#include <string_view>

#include "framework/base/status.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace motive {

/// Any bytes, as one frame. Thread-safe.
std::string pack(std::string_view bytes);
Result<std::string> unpack(std::string_view frame);

/// Lines of one frame, in memory.
class LinePacker {
 public:
  LinePacker();
  ~LinePacker();
  void add(std::string_view bytes) { push(bytes, false); }
  /// Ends the frame. Call once.
  std::string finish();

 private:
  void push(std::string_view bytes, bool end);
  ZSTD_CCtx_s* context_;
  std::string out_, buffer_;
};

/// Takes the lines out again; `frames` must live as long.
class LineUnpacker {
 public:
  explicit LineUnpacker(std::string_view frames);
  ~LineUnpacker();
  /// False at the end. A last line without its end is one too.
  Result<bool> next(std::string& line);

 private:
  Status more();
  ZSTD_DCtx_s* context_;
  std::string_view frames_;
  std::string text_, buffer_;
  std::size_t read_ = 0, at_ = 0;
  bool open_ = false, full_ = false;  // open_: a frame has not ended; full_: more may wait inside zstd
};

}  // namespace motive
