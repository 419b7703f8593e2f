#pragma once
// Purpose: variables of the environment, and where the checkout lies that they name. Errors: none; determinism: that of
// the environment.

#include <string>

#include "framework/base/files.h"

namespace motive {

/// "" where it is not set.
std::string environment_variable(const char* name);

/// $MOTIVE_HOME (the launcher sets it), else the source tree that the program was built from.
Path checkout_folder();

}  // namespace motive
