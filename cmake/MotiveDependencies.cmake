# Libraries that do what is not the project's own purpose; all from the distribution.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)  # its name before 0.8
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
find_package(nlohmann_json REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(TBB REQUIRED)
find_package(Boost REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(LibArchive REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
find_package(simdjson REQUIRED)

add_library(motive_dependencies INTERFACE)
# Header-only and third-party headers are included as system headers: their warnings are not ours.
target_link_libraries(motive_dependencies INTERFACE
  fmt::fmt spdlog::spdlog yaml-cpp::yaml-cpp nlohmann_json::nlohmann_json Eigen3::Eigen TBB::tbb Boost::headers
  OpenSSL::Crypto ZLIB::ZLIB PkgConfig::zstd Threads::Threads
  # Their compile definitions are for what is not used here: threads, and building the library itself.
  $<LINK_ONLY:simdjson::simdjson> $<LINK_ONLY:PkgConfig::utf8proc>)
target_compile_definitions(motive_dependencies INTERFACE SPDLOG_FMT_EXTERNAL EIGEN_DONT_PARALLELIZE)

# Read by few sources, so that no other one is compiled with their include paths.
target_link_libraries(motive_dependencies INTERFACE
  $<LINK_ONLY:CURL::libcurl> $<LINK_ONLY:LibArchive::LibArchive> $<LINK_ONLY:SQLite::SQLite3>)
set_source_files_properties(${CMAKE_SOURCE_DIR}/framework/data/download.cpp ${CMAKE_SOURCE_DIR}/framework/llm/transport.cpp
                            ${CMAKE_SOURCE_DIR}/framework/llm/curl_exchange.cpp
                            ${CMAKE_SOURCE_DIR}/framework/llm/curl_transport.cpp PROPERTIES
                            INCLUDE_DIRECTORIES "${CURL_INCLUDE_DIRS}")
set_source_files_properties(${CMAKE_SOURCE_DIR}/framework/data/unpack.cpp PROPERTIES
                            INCLUDE_DIRECTORIES "${LibArchive_INCLUDE_DIRS}")
set_source_files_properties(${CMAKE_SOURCE_DIR}/framework/llm/sqlite.cpp PROPERTIES
                            INCLUDE_DIRECTORIES "${SQLite3_INCLUDE_DIRS}")
