# Headers that nearly every unit reads and nobody edits; further ones after the target's name.
function(motive_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN}
    <algorithm> <cstdint> <filesystem> <functional> <memory> <optional> <span> <string> <string_view>
    <vector> <fmt/format.h> <nlohmann/json.hpp>)
endfunction()

add_library(motive_methods INTERFACE)

# motive_add_methods(FOLDER): every folder below it that holds a .cpp is a method. No list to edit.
function(motive_add_methods folder)
  file(GLOB entries CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*)
  foreach(entry ${entries})
    file(GLOB sources CONFIGURE_DEPENDS ${entry}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cpp$")
    if(NOT sources)
      continue()
    endif()
    get_filename_component(name ${entry} NAME)
    # OBJECT, not STATIC: a static library would drop the units whose only caller is the registry.
    add_library(method_${name} OBJECT ${sources})
    target_link_libraries(method_${name} PUBLIC motive_options motive_dependencies)
    target_precompile_headers(method_${name} REUSE_FROM motive_framework)
    target_link_libraries(motive_methods INTERFACE method_${name} $<TARGET_OBJECTS:method_${name}>)
  endforeach()
endfunction()
