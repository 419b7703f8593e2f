#pragma once
// Purpose: a row of the cache as a line of an export, and back. A line is canonical JSON; what is not UTF-8 stands in it
// as {"base64": ..}. Private to the cache.
// Errors: what a line lacks, or that its key is not that of its request.

#include "framework/llm/cache_tables.h"

namespace motive::llm {

/// The text as a JSON string, or as {"base64": ..} where it is not UTF-8.
Json text_to_json(std::string_view bytes);
Result<std::string> line_of(const RequestRow& row);
Result<RequestRow> row_of(std::string_view line);

}  // namespace motive::llm
