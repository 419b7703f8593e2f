#pragma once
// Purpose: one file over http or https, whole or absent. What has come is kept as NAME.part, with
// what the server said of the file in NAME.part.json beside it; the next call asks for the rest and
// goes on only where the server proves that the file is the same (strong ETag, Last-Modified, and
// the length), else it begins anew. Stops of the connection, time-outs and refusals that may pass
// (408, 425, 429, 5xx) are tried again, longer waits between; progress sets the count back.
// Redirects: at most 10, to http and https only, never from https to http.
// Memory: 64 KiB. Errors: name the address, the reason and what to do; the part is kept, except
// where the whole did not have the checksum asked for.

#include <cstdint>
#include <string>

#include "framework/base/cancel.h"
#include "framework/base/files.h"
#include "framework/base/progress.h"

namespace motive {

struct FetchOptions {
  std::string sha256;         // that the file must have; empty: any
  int attempts = 6;           // in a row that brought nothing new; 0: the first stop ends it
  double first_wait = 1;      // seconds before the second attempt; doubles up to 30
  long connect_seconds = 30;
  long silent_seconds = 60;   // without a byte until an attempt is given up
};

struct Fetched {
  std::string sha256;
  std::uint64_t bytes = 0;
  std::uint64_t resumed_from = 0;  // bytes that an earlier call had fetched
};

/// Fetches `url` to `file`, whose folder exists. `cancel` may be null.
Result<Fetched> fetch_file(const std::string& url, const Path& file, const FetchOptions& options,
                           Progress& progress, const CancelFlag* cancel);

}  // namespace motive
