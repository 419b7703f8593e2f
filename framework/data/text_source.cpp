#include "framework/data/text_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace motive {
namespace {

#ifdef MOTIVE_FUZZING  // as in record_reader.cpp
constexpr std::size_t kInputSize = 24;
#else
constexpr std::size_t kInputSize = 256 << 10;
#endif

/// Bytes of the file on disk.
struct Input {
  Path file;
  int descriptor = -1;
  std::uint64_t total = 0;
  std::uint64_t consumed = 0;
  std::vector<char> buffer = std::vector<char>(kInputSize);
  std::size_t begin = 0;
  std::size_t end = 0;

  ~Input() {
    if (descriptor >= 0) ::close(descriptor);
  }
  std::size_t size() const { return end - begin; }

  /// Reads more where nothing is left. Leaves size() == 0 at the end of the file.
  Status fill() {
    if (size() > 0) return {};
    begin = end = 0;
    ssize_t got;
    do {
      got = ::read(descriptor, buffer.data(), buffer.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return fail("{}: cannot read: {}", file.string(), std::strerror(errno));
    end = static_cast<std::size_t>(got);
    consumed += end;
    return {};
  }
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Writes at least one byte, or none at the end of the file.
  virtual Result<std::size_t> read(Input& input, std::span<char> buffer) = 0;
};

class PlainDecoder final : public Decoder {
 public:
  Result<std::size_t> read(Input& input, std::span<char> buffer) override {
    MOTIVE_TRY(input.fill());
    const std::size_t size = std::min(input.size(), buffer.size());
    std::memcpy(buffer.data(), input.buffer.data() + input.begin, size);
    input.begin += size;
    return size;
  }
};

Error truncated(const Path& file, const char* format) {
  return invalid(
      "{}: the {} data ends in the middle; the file is truncated: fetch or copy it again",
      file.string(), format);
}

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() { inflateInit2(&stream_, 15 + 16); }
  ~GzipDecoder() override { inflateEnd(&stream_); }

  Result<std::size_t> read(Input& input, std::span<char> buffer) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(buffer.size(), 1 << 30));
    const uInt space = stream_.avail_out;
    while (stream_.avail_out == space) {
      MOTIVE_TRY(input.fill());
      if (input.size() == 0) {
        if (inside_) return truncated(input.file, "gzip");
        return std::size_t{0};
      }
      if (!inside_ && only_zeros_left(input)) continue;
      MOTIVE_TRY(step(input));
    }
    return static_cast<std::size_t>(space - stream_.avail_out);
  }

 private:
  /// Archives on tape are padded with zeros; gzip itself ignores them.
  bool only_zeros_left(Input& input) {
    if (!ended_once_) return false;
    while (input.size() > 0 && input.buffer[input.begin] == 0) ++input.begin;
    return input.size() == 0;
  }

  Status step(Input& input) {
    inside_ = true;
    stream_.next_in = reinterpret_cast<Bytef*>(input.buffer.data() + input.begin);
    stream_.avail_in = static_cast<uInt>(input.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    input.begin = input.end - stream_.avail_in;
    if (code == Z_STREAM_END) {
      inside_ = false;
      ended_once_ = true;
      inflateReset(&stream_);
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return invalid("{}: the gzip data is damaged ({}): fetch or copy the file again",
                     input.file.string(), stream_.msg ? stream_.msg : "unknown reason");
    }
    return {};
  }

  z_stream stream_{};
  bool inside_ = true;  // an empty rest right after the magic bytes is a truncated file
  bool ended_once_ = false;
};

class ZstdDecoder final : public Decoder {
 public:
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }

  Result<std::size_t> read(Input& input, std::span<char> buffer) override {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos == 0) {
      MOTIVE_TRY(input.fill());
      // The decoder may hold output of a frame whose input is all consumed: it is asked once more.
      const bool at_end = input.size() == 0;
      if (at_end && pending_ == 0) return std::size_t{0};
      ZSTD_inBuffer in{input.buffer.data() + input.begin, input.size(), 0};
      pending_ = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(pending_)) {
        return invalid("{}: the zstd data is damaged ({}): fetch or copy the file again",
                       input.file.string(), ZSTD_getErrorName(pending_));
      }
      input.begin += in.pos;
      if (at_end && out.pos == 0 && pending_ != 0) return truncated(input.file, "zstd");
    }
    return out.pos;
  }

 private:
  ZSTD_DStream* stream_ = ZSTD_createDStream();
  std::size_t pending_ = 1;
};

bool starts_with(const Input& input, std::string_view magic) {
  return input.size() >= magic.size() &&
         std::string_view(input.buffer.data() + input.begin, magic.size()) == magic;
}

}  // namespace

struct TextSource::State {
  Input input;
  std::unique_ptr<Decoder> decoder;
  bool compressed = false;
};

TextSource::TextSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextSource::TextSource(TextSource&&) noexcept = default;
TextSource& TextSource::operator=(TextSource&&) noexcept = default;
TextSource::~TextSource() = default;

Result<TextSource> TextSource::open(const Path& file) {
  auto state = std::make_unique<State>();
  Input& input = state->input;
  input.file = file;
  input.descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (input.descriptor < 0) return fail("{}: cannot open: {}", file.string(), std::strerror(errno));
  struct stat info {};
  if (::fstat(input.descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    return invalid("{}: not a regular file", file.string());
  }
  input.total = static_cast<std::uint64_t>(info.st_size);
  MOTIVE_TRY(input.fill());
  state->compressed = true;
  if (starts_with(input, "\x1f\x8b")) {
    state->decoder = std::make_unique<GzipDecoder>();
  } else if (starts_with(input, "\x28\xb5\x2f\xfd")) {
    state->decoder = std::make_unique<ZstdDecoder>();
  } else {
    state->decoder = std::make_unique<PlainDecoder>();
    state->compressed = false;
  }
  return TextSource(std::move(state));
}

Result<std::size_t> TextSource::read(std::span<char> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    MOTIVE_ASSIGN(const std::size_t got,
                  state_->decoder->read(state_->input, buffer.subspan(filled)));
    if (got == 0) break;
    filled += got;
  }
  return filled;
}

const Path& TextSource::file() const { return state_->input.file; }
std::uint64_t TextSource::bytes_read() const {
  return state_->input.consumed - state_->input.size();
}
std::uint64_t TextSource::bytes_total() const { return state_->input.total; }
bool TextSource::compressed() const { return state_->compressed; }

}  // namespace motive
