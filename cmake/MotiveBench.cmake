# Benchmarks of the hot paths: framework/<x>/*_bench.cpp, baselines/<x>/*_bench.cpp, tests/bench/*_bench.cpp.
find_package(benchmark REQUIRED)
file(GLOB bench_sources CONFIGURE_DEPENDS framework/*/*_bench.cpp baselines/*/*_bench.cpp tests/bench/*_bench.cpp)
add_executable(motive_bench tests/bench/main.cpp ${bench_sources})
target_link_libraries(motive_bench PRIVATE motive_methods motive_framework benchmark::benchmark)

# Loading beside gunzip, and opening what was loaded: tests/bench/loading.sh.
add_executable(loading_line tests/bench/loading_line.cpp)
target_link_libraries(loading_line PRIVATE motive_framework)
