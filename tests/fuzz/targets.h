#pragma once
// Purpose: what libFuzzer feeds, a function a reader. Any bytes must be read or refused with a
// reason; what is read must hold together. The same functions run over tests/fuzz/cases in the
// default tests.

#include <span>
#include <string_view>

namespace motive::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view bytes);
};

std::span<const Target> targets();
/// nullptr where there is none.
const Target* find_target(std::string_view name);

}  // namespace motive::fuzz
