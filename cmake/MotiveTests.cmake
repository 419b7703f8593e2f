# One test program a folder: framework/<x>/*_test.cpp, baselines/<x>/*_test.cpp, tests/<x>/*_test.cpp.
# Files named *torch_test.cpp make a program of their own, with LibTorch, where that is built.
# Files named *slow_test.cpp make a program of their own with the label slow (not part of the default run).
# A file labels.txt in the folder overrides the label (unit, contract, golden, slow).
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
include(GoogleTest)

function(motive_add_test_program name folder label)  # and its sources
  add_executable(${name} ${ARGN})
  add_dependencies(${name} motive)  # tests may start the program itself
  target_compile_definitions(${name} PRIVATE MOTIVE_PROGRAM="$<TARGET_FILE:motive>")
  target_link_libraries(${name} PRIVATE motive_methods motive_framework rapidcheck GTest::gmock GTest::gtest
                                        GTest::gtest_main)
  if(NOT label STREQUAL slow AND EXISTS ${folder}/labels.txt)
    file(STRINGS ${folder}/labels.txt label)
  endif()
  set(limit 600)
  if(label STREQUAL slow)
    set(limit 7200)
  endif()
  gtest_discover_tests(${name} PROPERTIES LABELS "${label}" TIMEOUT ${limit} DISCOVERY_TIMEOUT 60)
endfunction()

file(GLOB test_folders CONFIGURE_DEPENDS framework/* baselines/* models/* tests/*)
foreach(folder ${test_folders})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_test.cpp)
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR} ${folder})
  string(REPLACE "/" "_" name test_${name})
  set(torch_sources ${sources})
  set(slow_sources ${sources})
  list(FILTER slow_sources INCLUDE REGEX "slow_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(torch|slow)_test\\.cpp$")
  list(FILTER torch_sources INCLUDE REGEX "torch_test\\.cpp$")
  if(sources)
    motive_add_test_program(${name} ${folder} unit ${sources})
  endif()
  if(slow_sources)
    motive_add_test_program(${name}_slow ${folder} slow ${slow_sources})
  endif()
  if(torch_sources AND MOTIVE_TORCH)
    motive_add_test_program(${name}_torch ${folder} unit ${torch_sources})
    target_link_libraries(${name}_torch PRIVATE motive_torch)
  endif()
endforeach()
