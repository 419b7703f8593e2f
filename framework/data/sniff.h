#pragma once
// Purpose: a guess at how a file of interactions is written, from its first records: separator,
// quotes, header, encoding, which column is what. A proposal for people to read and correct;
// experiments read descriptors only. Errors: kInvalid where the file is empty or not text, or where
// no users and items can be seen in it.

#include <string>
#include <vector>

#include "framework/data/descriptor.h"

namespace motive {

struct Sniffed {
  InteractionsFile file;
  bool byte_order_mark = false;
  std::vector<std::string> column_names;           // of the header, or "0", "1", ...
  std::vector<std::vector<std::string>> examples;  // the first records, after the header
  std::vector<std::string> notes;                  // what was guessed and why; sentences
};

Result<Sniffed> sniff_interactions(const Path& file);

/// The guess as a descriptor file: `path` is the file's folder as seen from `yaml_folder`.
OrderedJson propose_descriptor(const Sniffed& sniffed, const Path& file, const Path& yaml_folder);

}  // namespace motive
