#include "framework/base/environment.h"

#include <cstdlib>

namespace motive {

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Path checkout_folder() {
  const std::string home = environment_variable("MOTIVE_HOME");
  return home.empty() ? MOTIVE_SOURCE_DIR : home;
}

}  // namespace motive
