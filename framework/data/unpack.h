#pragma once
// Purpose: files out of an archive that nobody vouches for: zip, tar (plain, gzip, bzip2, xz, zstd)
// and a lone .gz, by libarchive. Only regular files come out. Refused, and nothing of it kept:
// names that are absolute, hold `..`, a backslash, a colon or control characters, or stand twice;
// links and devices; encrypted entries; more than 100,000 entries; more bytes than a multiple of the
// archive's own size (bombs) or than the disk has.
// Complexity: O(bytes). Errors (kInvalid): name the archive, the entry and the reason.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "framework/base/cancel.h"
#include "framework/base/files.h"
#include "framework/base/progress.h"

namespace motive {

struct UnpackLimits {
  double ratio = 200;                     // bytes out of a byte in; data in text rarely reaches 30
  std::uint64_t free_bytes = 64 << 20;    // and this much whatever the ratio
  std::size_t entries = 100'000;
};

/// Unpacks into `folder`, which is empty. `wanted`: entry of the archive -> name it gets below the
/// folder; empty: all, under their own names. Returns the names. Where it fails, `folder` may hold
/// some of them: the caller publishes them only after success. `cancel` may be null.
Result<std::vector<std::string>> unpack_archive(const Path& archive, const Path& folder,
                                                const std::map<std::string, std::string>& wanted,
                                                const UnpackLimits& limits, Progress& progress,
                                                const CancelFlag* cancel);

}  // namespace motive
