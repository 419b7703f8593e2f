// The entry that libFuzzer calls; MOTIVE_FUZZ_TARGET names the target (cmake/MotiveFuzz.cmake).
#ifdef MOTIVE_FUZZ_TARGET
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const motive::fuzz::Target* const target = motive::fuzz::find_target(MOTIVE_FUZZ_TARGET);
  if (!target) std::abort();
  target->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
#endif
