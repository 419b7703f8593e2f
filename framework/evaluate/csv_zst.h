#pragma once
// Purpose: CSV files compressed with zstd, written in fixed chunks by several threads and read
// whole. A chunk is a zstd frame of its own with a checksum; frames follow each other, which any
// zstd reads. Determinism: the bytes do not depend on the number of threads. Errors: unwritable,
// truncated and corrupt files, with file and reason.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.h"

namespace motive {

/// Appends a field, quoted as in RFC 4180 where it has to be.
void append_csv(std::string& out, std::string_view field);

/// Writes header (none where empty) and the chunks 0..n-1; chunk(i, out) appends the lines of chunk i.
Status write_csv_zst(const Path& file, std::string_view header, std::size_t n_chunks, int threads,
                     const std::function<void(std::size_t, std::string&)>& chunk);

Result<std::string> read_zst(const Path& file);

/// Takes the next record off `text` and splits it into `fields` (views into `text` or into
/// `unquoted`). False at the end of the text. A quote that does not end runs to the end of the
/// text.
bool next_csv_record(std::string_view& text, std::vector<std::string>& fields);

}  // namespace motive
