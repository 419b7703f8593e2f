// What the fuzzer once found, and seeds by hand: tests/fuzz/cases/TARGET/*, and every short prefix.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/base/files.h"
#include "tests/fuzz/targets.h"

namespace motive::fuzz {
namespace {

Path cases_folder() { return Path(MOTIVE_SOURCE_DIR) / "tests/fuzz/cases"; }

TEST(FuzzCases, EveryCaseIsReadOrRefused) {
  std::size_t count = 0;
  for (const auto& folder : std::filesystem::directory_iterator(cases_folder())) {
    const Target* target = find_target(folder.path().filename().string());
    ASSERT_NE(target, nullptr) << folder.path() << " is no target";
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
      const auto bytes = read_file(file.path());
      ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
      SCOPED_TRACE(file.path());
      for (std::size_t size = 0; size < std::min<std::size_t>(bytes->size(), 400); ++size)
        target->run(std::string_view(*bytes).substr(0, size));
      target->run(*bytes);
      ++count;
    }
  }
  EXPECT_GE(count, targets().size());
}

TEST(FuzzCases, EveryTargetHasASeed) {
  for (const Target& target : targets())
    EXPECT_TRUE(std::filesystem::is_directory(cases_folder() / target.name)) << target.name;
}

RC_GTEST_PROP(FuzzCases, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  for (const Target& target : targets()) target.run(bytes);
}

}  // namespace
}  // namespace motive::fuzz
