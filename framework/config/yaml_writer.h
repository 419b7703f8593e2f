#pragma once
// Purpose: JSON as YAML that people read and that parse_yaml reads back to the same tree.
// Block style; lists of scalars that fit on a line in flow style. Strings that look like something
// else (a number, true, null, yes) or that hold special characters are quoted. Deterministic.

#include <string>
#include <string_view>

#include "framework/base/json.h"

namespace motive::config {

/// Ends with a line break. Strings must be UTF-8 (other bytes are replaced by U+FFFD).
std::string to_yaml(const OrderedJson& json);

/// The shortest text that reads back as exactly this number, always with a point or exponent
/// ("1.0", "0.1", "1.0e+22"), so that it is a number for YAML 1.1 readers too; "inf", "-inf",
/// "nan".
std::string number_text(double value);

/// Whether a plain scalar could be read as something other than a string by some YAML reader.
bool looks_special(std::string_view text);

}  // namespace motive::config
