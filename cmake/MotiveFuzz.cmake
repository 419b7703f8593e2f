# A libFuzzer program for each target of tests/fuzz/targets.cpp, with clang: build/fuzz/fuzz_NAME. Run one with
#   build/fuzz/fuzz_json_lines -max_total_time=60 CORPUS tests/fuzz/cases/json_lines
# tests/fuzz/run.sh runs all, one after the other.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  message(FATAL_ERROR "MOTIVE_FUZZ needs clang, which brings libFuzzer: cmake --preset fuzz")
endif()
target_compile_options(motive_options INTERFACE -fsanitize=fuzzer-no-link)
target_compile_definitions(motive_options INTERFACE MOTIVE_FUZZING)
file(GLOB fuzz_targets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/cases/*)
add_library(motive_fuzz_targets OBJECT tests/fuzz/targets.cpp)
target_link_libraries(motive_fuzz_targets PUBLIC motive_framework)
foreach(folder ${fuzz_targets})
  get_filename_component(name ${folder} NAME)
  add_executable(fuzz_${name} tests/fuzz/libfuzzer.cpp)
  target_compile_definitions(fuzz_${name} PRIVATE MOTIVE_FUZZ_TARGET="${name}")
  target_link_libraries(fuzz_${name} PRIVATE motive_fuzz_targets)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
endforeach()
