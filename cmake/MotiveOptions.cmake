# Compiler settings that every target of the project shares.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(motive_options INTERFACE)
target_compile_features(motive_options INTERFACE cxx_std_20)
target_include_directories(motive_options INTERFACE ${CMAKE_SOURCE_DIR})
# Designated initialisers leave fields to their defaults on purpose; -Wextra would warn of each.
# g++ 12 sees overflows in plain operations on std::string that are not there (its bugs 105329, 105651).
target_compile_options(motive_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(motive_options INTERFACE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()
# Methods compute with vectors of 64 bytes. Where the processor's are narrower, g++ warns that units compiled for another
# processor would pass them otherwise; all of ours are compiled for one.
add_library(motive_wide_vectors INTERFACE)
target_compile_options(motive_wide_vectors INTERFACE -Wno-psabi)
if(MOTIVE_ARCH)
  target_compile_options(motive_options INTERFACE -march=${MOTIVE_ARCH})
endif()
if(MOTIVE_SANITIZE)
  target_compile_options(motive_options INTERFACE -fsanitize=${MOTIVE_SANITIZE} -fno-omit-frame-pointer
                                                  -fno-sanitize-recover=all)
  target_link_options(motive_options INTERFACE -fsanitize=${MOTIVE_SANITIZE})
endif()
target_compile_definitions(motive_options INTERFACE MOTIVE_VERSION="${PROJECT_VERSION}"
                                                    MOTIVE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
