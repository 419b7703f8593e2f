# One test program a folder: framework/<x>/*_test.cpp, baselines/<x>/*_test.cpp, tests/<x>/*_test.cpp.
# A file tests/<x>/labels.txt or baselines/<x>/labels.txt overrides the label (unit, contract, golden, slow).
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
include(GoogleTest)

file(GLOB test_folders CONFIGURE_DEPENDS framework/* baselines/* models/* tests/*)
foreach(folder ${test_folders})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*_test.cpp)
  if(NOT sources)
    continue()
  endif()
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR} ${folder})
  string(REPLACE "/" "_" name ${name})
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE motive_methods motive_framework rapidcheck GTest::gmock GTest::gtest
                                             GTest::gtest_main)
  set(label unit)
  if(EXISTS ${folder}/labels.txt)
    file(STRINGS ${folder}/labels.txt label)
  endif()
  gtest_discover_tests(test_${name} PROPERTIES LABELS "${label}" TIMEOUT 600 DISCOVERY_TIMEOUT 60)
endforeach()
