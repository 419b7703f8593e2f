#include "framework/experiment/cells.h"

namespace motive {

const std::string& state_name(CellState state) {
  static const std::string kNames[] = {"done", "failed", "n/a", "missing", "not available"};
  return kNames[static_cast<std::size_t>(state)];
}

}  // namespace motive
