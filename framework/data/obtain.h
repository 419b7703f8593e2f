#pragma once
// Purpose: a described data set's files, fetched into data/NAME of the cache folder: downloaded
// (download.h), checked, unpacked (unpack.h) and moved into place when all of it is right.
// What is in work lies in data/NAME/.downloading; the data set's own files appear only whole.
// Checksums: a download or file whose SHA-256 the description states must have it. Where it states
// none, that of the first download is pinned in data/NAME/pins.json, and a later one that differs is
// an error naming both.

#include <map>
#include <string>
#include <vector>

#include "framework/data/descriptor.h"
#include "framework/data/download.h"
#include "framework/data/unpack.h"

namespace motive {

/// pins.json: SHA-256 of downloads and of the files they became, by name.
struct Pins {
  std::map<std::string, std::string> downloads, files;
  static Path file_of(const std::string& dataset);
  /// Empty where there is no such file.
  static Result<Pins> read(const Path& file);
  Status write(const Path& file) const;
};

struct ObtainOptions {
  FetchOptions fetch;  // its sha256 is set by the description
  UnpackLimits limits;
};

struct Obtained {
  Path folder;
  std::vector<std::string> files;
  std::uint64_t bytes = 0;  // downloaded
  std::size_t pinned = 0;   // downloads whose checksum was not known before
};

/// Fetches all downloads of a descriptor that has some. `cancel` may be null.
Result<Obtained> obtain_data(const Descriptor& descriptor, const ObtainOptions& options, Progress& progress,
                             const CancelFlag* cancel);

/// Whether the files in data/NAME are still those that were pinned; an error names file and sums.
Status check_pins(const Descriptor& descriptor, Progress& progress);

}  // namespace motive
