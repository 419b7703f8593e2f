#include "framework/base/compress.h"

#include <zstd.h>

#include <new>

namespace motive {
namespace {

constexpr int kBodyLevel = 3, kLinesLevel = 9;
constexpr unsigned long long kLargestBody = 1'000'000'000;  // as SQLite's own limit

ZSTD_CCtx* make_packer(int level) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  return context;
}

ZSTD_DCtx* make_unpacker() {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  if (!context) throw std::bad_alloc();
  return context;
}

using Packer = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;
using Unpacker = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

}  // namespace

std::string pack(std::string_view bytes) {
  thread_local const Packer packer(make_packer(kBodyLevel), ZSTD_freeCCtx);
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t n = ZSTD_compress2(packer.get(), out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(n)) throw std::bad_alloc();  // there is no other reason with room for everything
  out.resize(n);
  return out;
}

Result<std::string> unpack(std::string_view frame) {
  thread_local const Unpacker unpacker(make_unpacker(), ZSTD_freeDCtx);
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size > kLargestBody) return fail("not as it was compressed");  // includes zstd's values for errors
  std::string out(static_cast<std::size_t>(size), '\0');
  const std::size_t n = ZSTD_decompressDCtx(unpacker.get(), out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(n)) return fail("not as it was compressed: {}", ZSTD_getErrorName(n));
  if (n != out.size()) return fail("not as it was compressed: cut short");
  return out;
}

LinePacker::LinePacker() : context_(make_packer(kLinesLevel)), buffer_(ZSTD_CStreamOutSize(), '\0') {}

LinePacker::~LinePacker() { ZSTD_freeCCtx(context_); }

void LinePacker::push(std::string_view bytes, bool end) {
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t left = 0;
  do {
    ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
    left = ZSTD_compressStream2(context_, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left)) throw std::bad_alloc();
    out_.append(buffer_.data(), out.pos);
  } while (end ? left != 0 : in.pos < in.size);
}

std::string LinePacker::finish() {
  push({}, true);
  return std::move(out_);
}

LineUnpacker::LineUnpacker(std::string_view frames)
    : context_(make_unpacker()), frames_(frames), buffer_(ZSTD_DStreamOutSize(), '\0') {}

LineUnpacker::~LineUnpacker() { ZSTD_freeDCtx(context_); }

Status LineUnpacker::more() {
  text_.erase(0, at_);
  at_ = 0;
  ZSTD_inBuffer in{frames_.data(), frames_.size(), read_};
  ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
  const std::size_t left = ZSTD_decompressStream(context_, &out, &in);
  if (ZSTD_isError(left)) return fail("damaged: {}", ZSTD_getErrorName(left));
  const bool stuck = in.pos == read_ && out.pos == 0;
  read_ = in.pos;
  open_ = left != 0;
  full_ = open_ && out.pos == out.size;
  text_.append(buffer_.data(), out.pos);
  if (stuck && open_) return fail("cut short");
  return {};
}

Result<bool> LineUnpacker::next(std::string& line) {
  std::size_t searched = at_;
  while (true) {
    const std::size_t end = text_.find('\n', searched);
    if (end != std::string::npos) {
      line.assign(text_, at_, end - at_);
      at_ = end + 1;
      return true;
    }
    if (read_ == frames_.size() && !full_) break;
    searched = text_.size() - at_;
    MOTIVE_TRY(more());
  }
  if (open_) return fail("cut short");
  line.assign(text_, at_);
  at_ = text_.size();
  return !line.empty();
}

}  // namespace motive
