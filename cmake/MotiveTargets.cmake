# Headers that nearly every unit reads and nobody edits; further ones after the target's name.
function(motive_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN}
    <algorithm> <cstdint> <filesystem> <functional> <memory> <optional> <span> <string> <string_view>
    <vector> <fmt/format.h> <nlohmann/json.hpp>)
endfunction()

add_library(motive_methods INTERFACE)
add_library(motive_torch_methods INTERFACE)  # the parts of methods that need LibTorch: *_torch.cpp

# Sources that register what needs LibTorch.
function(motive_add_torch_objects name)
  add_library(${name} OBJECT ${ARGN})
  target_link_libraries(${name} PUBLIC motive_nn)
  target_compile_options(${name} PRIVATE -fno-math-errno)  # as motive_nn, whose headers it takes over
  target_precompile_headers(${name} REUSE_FROM motive_nn)
  target_link_libraries(motive_torch_methods INTERFACE ${name} $<TARGET_OBJECTS:${name}>)
endfunction()

# motive_add_methods(FOLDER): every folder below it that holds a .cpp is a method. No list to edit.
function(motive_add_methods folder)
  file(GLOB entries CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*)
  foreach(entry ${entries})
    file(GLOB sources CONFIGURE_DEPENDS ${entry}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cpp$")
    set(torch_sources ${sources})
    list(FILTER sources EXCLUDE REGEX "_torch\\.cpp$")
    list(FILTER torch_sources INCLUDE REGEX "_torch\\.cpp$")
    if(NOT sources)
      continue()
    endif()
    get_filename_component(name ${entry} NAME)
    # OBJECT, not STATIC: a static library would drop the units whose only caller is the registry.
    add_library(method_${name} OBJECT ${sources})
    target_link_libraries(method_${name} PUBLIC motive_options motive_dependencies PRIVATE motive_wide_vectors)
    target_precompile_headers(method_${name} REUSE_FROM motive_framework)
    target_link_libraries(motive_methods INTERFACE method_${name} $<TARGET_OBJECTS:method_${name}>)
    if(torch_sources AND MOTIVE_TORCH)
      motive_add_torch_objects(method_${name}_torch ${torch_sources})
    endif()
  endforeach()
endfunction()
