#pragma once
// Purpose: how much memory there is, for work that has to refuse before it begins.

#include <cstdint>

namespace motive {

/// Memory that this process may use: free memory and control group limits.
std::uint64_t available_memory();

}  // namespace motive
