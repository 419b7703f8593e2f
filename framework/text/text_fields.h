#pragma once
// Purpose: which fields of items a method reads as text: those asked for, else those of title, description and categories
// that there are. Errors: a field that is asked for and missing (invalid); none at all (kNotApplicable). They name what the
// data set has.

#include <string>
#include <string_view>
#include <vector>

#include "framework/base/status.h"
#include "framework/data/interactions.h"

namespace motive {

/// who: what reads them, for errors; option: the parameter that asks for others.
Result<std::vector<std::string>> text_fields_of(const Catalogue& items, const std::vector<std::string>& wanted, std::string_view who,
                                                std::string_view option);

}  // namespace motive
