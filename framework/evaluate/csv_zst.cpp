#include "framework/evaluate/csv_zst.h"

#include <zstd.h>

#include <memory>

#include "framework/base/compress.h"
#include "framework/base/parallel.h"

namespace motive {
namespace {

using Decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)>;

}  // namespace

void append_csv(std::string& out, std::string_view field) {
  if (field.find_first_of("\",\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

Status write_csv_zst(const Path& file, std::string_view header, std::size_t n_chunks, int threads,
                     const std::function<void(std::size_t, std::string&)>& chunk) {
  std::string content = pack(header.empty() ? std::string() : std::string(header) + "\n");
  std::vector<std::string> frames(n_chunks);
  parallel_for(n_chunks, threads, [&](std::size_t i) {
    std::string lines;
    chunk(i, lines);
    frames[i] = pack(lines);
  });
  for (std::string& frame : frames) {
    content += frame;
    frame = std::string();
  }
  return write_file_synced(file, content);
}

Result<std::string> read_zst(const Path& file) {
  MOTIVE_ASSIGN(const std::string content, read_file(file));
  const Decompressor context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return fail("zstd: no memory");
  std::string out;
  std::vector<char> buffer(ZSTD_DStreamOutSize());
  ZSTD_inBuffer input{content.data(), content.size(), 0};
  std::size_t state = 1;  // 0: a frame ended here
  while (input.pos < input.size) {
    ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
    state = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(state)) {
      return fail("{}: damaged ({}); remove its folder, it will be made again", file.string(),
                  ZSTD_getErrorName(state));
    }
    out.append(buffer.data(), output.pos);
    // More output than fits the buffer may wait behind the last byte of input.
    while (input.pos == input.size && state != 0 && output.pos == output.size) {
      output = {buffer.data(), buffer.size(), 0};
      state = ZSTD_decompressStream(context.get(), &output, &input);
      if (ZSTD_isError(state)) break;
      out.append(buffer.data(), output.pos);
    }
  }
  if (state != 0)
    return fail("{}: cut short; remove its folder, it will be made again", file.string());
  return out;
}

bool next_csv_record(std::string_view& text, std::vector<std::string>& fields) {
  fields.clear();
  if (text.empty()) return false;
  std::string field;
  bool quoted = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += '"';
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      fields.push_back(std::move(field));
      field.clear();
    } else if (c == '\n') {
      break;
    } else {
      field += c;
    }
  }
  fields.push_back(std::move(field));
  text.remove_prefix(std::min(i + 1, text.size()));
  return true;
}

}  // namespace motive
