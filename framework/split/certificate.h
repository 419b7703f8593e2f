#pragma once
// Purpose: what a split proves about itself. Everything that can be recounted is recounted from the
// files just written, not from the splitter's variables; a split that breaks its promise is an error.
// certificate.json: definition, counts, left_out, leakage (mean share of training events later than the
// test event; Ji et al. 2023), tied targets, targets without training events, repeated targets,
// smallest detectable difference of a hit rate, SHA-256 of every file.

#include "framework/split/split_files.h"

namespace motive {

/// What only the splitter knows.
struct SplitFacts {
  std::string definition;  // one line, for people
  std::uint64_t users_without_target = 0, users_too_short = 0, events_after_target = 0;
};

Status write_certificate(const PreparedData& data, const SplitFacts& facts, const Path& folder);

/// The certificate in words, for `motive split` and the notes of tables.
std::string describe_certificate(const Json& certificate);

}  // namespace motive
