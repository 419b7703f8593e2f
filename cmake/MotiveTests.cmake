# One test program a folder: framework/<x>/*_test.cpp, baselines/<x>/*_test.cpp, tests/<x>/*_test.cpp.
# Files named *torch_test.cpp make a program of their own, with LibTorch, where that is built.
# Files named *slow_test.cpp make a program of their own with the label slow (not part of the default run).
# A file labels.txt in the folder overrides the label (unit, contract, golden, slow).
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
include(GoogleTest)

# What every test program links. Its headers are compiled once, for all.
add_library(motive_test_support INTERFACE)
target_link_libraries(motive_test_support INTERFACE motive_framework motive_wide_vectors rapidcheck GTest::gmock GTest::gtest)
if(MOTIVE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # With sanitizers g++ warns of uninitialised values inside <regex>; its manual says to expect that.
  target_compile_options(motive_test_support INTERFACE -Wno-maybe-uninitialized)
endif()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled_test.cpp CONTENT "")
add_library(motive_test_headers OBJECT ${CMAKE_BINARY_DIR}/precompiled_test.cpp)
target_link_libraries(motive_test_headers PRIVATE motive_test_support)
motive_precompile(motive_test_headers <gmock/gmock.h> <gtest/gtest.h> <rapidcheck.h>)

function(motive_add_test_program name folder label)  # and its sources
  add_executable(${name} ${ARGN})
  if(folder MATCHES "/tests/[^/]*$")  # these may start the program itself, and share helpers of their folder
    add_dependencies(${name} motive)
    target_compile_definitions(${name} PRIVATE MOTIVE_PROGRAM="$<TARGET_FILE:motive>")
    file(GLOB helpers CONFIGURE_DEPENDS ${folder}/*.cpp)
    list(FILTER helpers EXCLUDE REGEX "_(test|bench)\\.cpp$")
    if(EXISTS ${folder}/helpers.txt)  # of other folders of tests
      file(STRINGS ${folder}/helpers.txt others)
      list(TRANSFORM others PREPEND ${CMAKE_SOURCE_DIR}/)
      list(APPEND helpers ${others})
    endif()
    target_sources(${name} PRIVATE ${helpers})
  endif()
  target_link_libraries(${name} PRIVATE motive_methods motive_test_support GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM motive_test_headers)
  if(NOT label STREQUAL slow AND EXISTS ${folder}/labels.txt)
    file(STRINGS ${folder}/labels.txt label)
  endif()
  set(limit 600)
  if(label STREQUAL slow)
    set(limit 7200)
  endif()
  set(prefix "")
  if(name MATCHES "contract_torch$")
    set(prefix "Torch.")
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${prefix}" PROPERTIES LABELS "${label}" TIMEOUT ${limit} DISCOVERY_TIMEOUT 60
                       ENVIRONMENT "MOTIVE_CACHE=${CMAKE_BINARY_DIR}/test-cache")
endfunction()

# Methods in other languages are tested by the contract suite: one that comes or goes is discovered anew.
file(GLOB described_methods CONFIGURE_DEPENDS baselines/*/method.yaml models/*/method.yaml)

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
    if(folder MATCHES "/tests/contract$")
      set_target_properties(${name} PROPERTIES LINK_DEPENDS "${described_methods}")
    endif()
  endif()
  if(slow_sources)
    motive_add_test_program(${name}_slow ${folder} slow ${slow_sources})
  endif()
  if(torch_sources AND MOTIVE_TORCH)
    motive_add_test_program(${name}_torch ${folder} unit ${torch_sources})
    target_link_libraries(${name}_torch PRIVATE motive_torch_methods motive_nn)
  endif()
endforeach()

# The contract suite once more, for the methods that need LibTorch.
if(MOTIVE_TORCH)
  motive_add_test_program(test_tests_contract_torch ${CMAKE_SOURCE_DIR}/tests/contract contract
                          ${CMAKE_SOURCE_DIR}/tests/contract/contract_test.cpp)
  target_link_libraries(test_tests_contract_torch PRIVATE motive_torch_methods motive_nn)
endif()
