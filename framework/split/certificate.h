#pragma once
// Purpose: what a split proves about itself. Everything is recounted from the files just written, not from
// the splitter's variables; a split that breaks its promise is an error (promise.h).
// certificate.json: definition; users, items and events by role (the roles of the events add up to all);
// proof (counts that must be 0); overlap of training, validation and test; leakage (mean share of training
// events later than the test event; Ji et al. 2023), tied targets, targets without training events, repeated
// targets; smallest detectable difference of a hit rate; the data's funnel where there is one; SHA-256 of
// every file.

#include "framework/split/split_files.h"

namespace motive {

/// Reads the lists from `folder`, checks them and writes certificate.json beside them.
Status write_certificate(const PreparedData& data, const SplitClaims& claims, const Path& folder);

/// The certificate in words, for `motive split` and the notes of tables.
std::string describe_certificate(const Json& certificate);

}  // namespace motive
