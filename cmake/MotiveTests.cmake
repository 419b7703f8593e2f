# One test program a folder: framework/<x>/*_test.cpp, baselines/<x>/*_test.cpp, tests/<x>/*_test.cpp.
# Files named *torch_test.cpp make a program of their own, with LibTorch, where that is built.
# A file labels.txt in the folder overrides the label (unit, contract, golden, slow).
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
include(GoogleTest)

function(motive_add_test_program name folder)  # and its sources
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE motive_methods motive_framework rapidcheck GTest::gmock GTest::gtest
                                        GTest::gtest_main)
  set(label unit)
  if(EXISTS ${folder}/labels.txt)
    file(STRINGS ${folder}/labels.txt label)
  endif()
  gtest_discover_tests(${name} PROPERTIES LABELS "${label}" TIMEOUT 600 DISCOVERY_TIMEOUT 60)
endfunction()

file(GLOB test_folders CONFIGURE_DEPENDS framework/* baselines/* models/* tests/*)
foreach(folder ${test_folders})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_test.cpp)
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR} ${folder})
  string(REPLACE "/" "_" name test_${name})
  set(torch_sources ${sources})
  list(FILTER sources EXCLUDE REGEX "torch_test\\.cpp$")
  list(FILTER torch_sources INCLUDE REGEX "torch_test\\.cpp$")
  if(sources)
    motive_add_test_program(${name} ${folder} ${sources})
  endif()
  if(torch_sources AND MOTIVE_TORCH)
    motive_add_test_program(${name}_torch ${folder} ${torch_sources})
    target_link_libraries(${name}_torch PRIVATE motive_torch)
  endif()
endforeach()
