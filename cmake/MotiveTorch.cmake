# LibTorch as the target motive_torch, and its version in MOTIVE_TORCH_VERSION ("none" without it).
# Looked for in Torch_DIR (the folder of TorchConfig.cmake, or the one that holds lib/ and include/), else in .venv.
#
# Where the folder is laid out as the wheel's, the target is made from its files and not by find_package(Torch):
# the wheel built for CUDA ends that with an error where the CUDA toolkit is not installed, and code for the
# processor needs none. libtorch_cuda is not linked: it would be loaded by every start of the program.
set(Torch_DIR "" CACHE PATH "Folder of TorchConfig.cmake, or of a LibTorch; empty for the one in .venv")
set(motive_torch_oldest 2.6)

# Sets `result` to the folder with lib/ and include/, or to nothing.
function(motive_torch_root result)
  set(candidates ${Torch_DIR} ${Torch_DIR}/../../..)
  if(NOT Torch_DIR)
    file(GLOB candidates ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  endif()
  set(${result} "" PARENT_SCOPE)
  foreach(candidate ${candidates})
    if(EXISTS ${candidate}/lib/libtorch_cpu.so AND EXISTS ${candidate}/include/torch/csrc/api/include/torch/torch.h)
      get_filename_component(candidate ${candidate} ABSOLUTE)
      set(${result} ${candidate} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# The wheel says its version in version.py, the zip file of LibTorch in build-version.
function(motive_torch_version root result)
  set(version "")
  if(EXISTS ${root}/version.py)
    file(STRINGS ${root}/version.py line REGEX "^__version__ = " LIMIT_COUNT 1)
    string(REGEX REPLACE "^[^'\"]*['\"]([^'\"]*).*$" "\\1" version "${line}")
  elseif(EXISTS ${root}/build-version)
    file(STRINGS ${root}/build-version version LIMIT_COUNT 1)
  endif()
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

# Old LibTorch for Linux was built with the string layout of g++ 4; linking it would break every std::string.
function(motive_torch_check_strings root)
  file(STRINGS ${root}/share/cmake/Torch/TorchConfig.cmake lines REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(lines)
    message(FATAL_ERROR "The LibTorch in ${root} is built with _GLIBCXX_USE_CXX11_ABI=0, which does not go with the "
      "other libraries. Take a wheel of 2.7 or newer, or the \"cxx11 ABI\" zip file.")
  endif()
endfunction()

function(motive_torch_from_files root)
  motive_torch_check_strings(${root})
  add_library(motive_torch INTERFACE)
  foreach(library c10 torch_cpu)
    add_library(motive_torch_${library} SHARED IMPORTED GLOBAL)
    set_target_properties(motive_torch_${library} PROPERTIES IMPORTED_LOCATION ${root}/lib/lib${library}.so)
  endforeach()
  # Last of all folders: LibTorch brings headers of fmt and others along, of another version than the system's library.
  foreach(folder ${root}/include ${root}/include/torch/csrc/api/include)
    target_compile_options(motive_torch INTERFACE "SHELL:-idirafter ${folder}")
  endforeach()
  # Operators register themselves from static initialisers: the library stays linked even where no symbol is used.
  target_link_libraries(motive_torch INTERFACE "-Wl,--push-state,--no-as-needed" motive_torch_torch_cpu
                                               "-Wl,--pop-state" motive_torch_c10 Threads::Threads)
  # The wheel for CUDA finds its own parts in site-packages/nvidia; the linker looks there only when told.
  file(GLOB folders LIST_DIRECTORIES true ${root}/../nvidia/*/lib)
  foreach(folder ${root}/lib ${folders})
    target_link_options(motive_torch INTERFACE "-Wl,-rpath-link,${folder}")
  endforeach()
endfunction()

function(motive_torch_from_package)
  find_package(Torch ${motive_torch_oldest} QUIET)
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "No LibTorch was found (Torch_DIR: '${Torch_DIR}'). Run ./motive setup, which installs one "
      "into .venv; or give the folder of another with -DTorch_DIR=...; or build without it: -DMOTIVE_TORCH=OFF.")
  endif()
  add_library(motive_torch INTERFACE)
  target_include_directories(motive_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(motive_torch INTERFACE ${TORCH_LIBRARIES} Threads::Threads)
endfunction()

set(MOTIVE_TORCH_VERSION none)
if(MOTIVE_TORCH)
  motive_torch_root(motive_torch_folder)
  if(motive_torch_folder)
    motive_torch_from_files(${motive_torch_folder})
    motive_torch_version(${motive_torch_folder} MOTIVE_TORCH_VERSION)
  else()
    motive_torch_from_package()
    set(MOTIVE_TORCH_VERSION "${Torch_VERSION}")
    set(motive_torch_folder ${Torch_DIR})
  endif()
  if(NOT MOTIVE_TORCH_VERSION OR MOTIVE_TORCH_VERSION VERSION_LESS motive_torch_oldest)
    message(FATAL_ERROR "LibTorch in ${motive_torch_folder} is of version '${MOTIVE_TORCH_VERSION}'; "
      "${motive_torch_oldest} or newer is needed. Name another with -DTorch_DIR=..., or use -DMOTIVE_TORCH=OFF.")
  endif()
  message(STATUS "LibTorch ${MOTIVE_TORCH_VERSION} in ${motive_torch_folder}")
endif()
# For every unit alike, so that all can share one precompiled header.
target_compile_definitions(motive_options INTERFACE MOTIVE_TORCH_VERSION="${MOTIVE_TORCH_VERSION}")
