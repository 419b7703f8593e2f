#pragma once
// Purpose: a text as a field of a CSV line, quoted as RFC 4180 asks where it holds a comma, a quote or a line break.

#include <string>
#include <string_view>

namespace motive {

std::string csv_field(std::string_view text);

}  // namespace motive
