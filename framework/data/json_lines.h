#pragma once
// Purpose: JSON objects, one a line, read for the values that the columns name. With `python`, a
// line may also be a literal of Python's (a dict, as in Amazon's product data of 2014).

#include "framework/data/format.h"
#include "framework/data/json_fields.h"

namespace motive {

/// `columns`: each becomes a slot.
Result<std::unique_ptr<Records>> open_json_lines(const OpenFile& file,
                                                 const std::vector<JsonColumn>& columns,
                                                 bool python = false);

/// The columns of a description, a name each, lists joined as it says.
std::vector<JsonColumn> json_columns(const FileDescription& description);

}  // namespace motive
