#include "framework/experiment/cells.h"

namespace motive {

const std::string& state_name(CellState state) {
  static const std::string kNames[] = {"done", "failed", "n/a", "missing", "not available"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string seeds_text(const CellSeeds& seeds) {
  std::string text;
  const auto add = [&](const char* name, const std::optional<std::uint64_t>& seed) {
    if (seed) text += fmt::format(" · {} {}", name, *seed);
  };
  add("init", seeds.init);
  add("candidates", seeds.candidates);
  add("llm", seeds.llm);
  add("prompt order", seeds.prompt_order);
  add("order", seeds.order);
  return text;
}

}  // namespace motive
