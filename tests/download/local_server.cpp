#include "tests/download/local_server.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "framework/base/rng.h"

namespace motive {

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "motive-download-XXXXXX").string();
  if (!::mkdtemp(name.data())) std::abort();
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Path TestFolder::write(const std::string& name, const std::string& content) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << content;
  return path_ / name;
}

std::vector<std::string> TestFolder::files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
    if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(path_).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

LocalServer::LocalServer() {
  const std::string log = (logs_.path() / "requests").string();
  const std::string script = std::string(MOTIVE_SOURCE_DIR) + "/tests/download/server.py";
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::execlp("python3", "python3", script.c_str(), folder_.path().c_str(), nullptr);
    ::_exit(127);
  }
  for (int i = 0; i < 3000 && port_ == 0; ++i) {
    std::ifstream(log) >> port_;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GT(port_, 0) << "the server did not start";
}

LocalServer::~LocalServer() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

std::string LocalServer::url(const std::string& path) const { return fmt::format("http://127.0.0.1:{}/{}", port_, path); }

std::vector<std::string> LocalServer::requests() const {
  std::ifstream log(logs_.path() / "requests");
  std::vector<std::string> out;
  std::string line;
  std::getline(log, line);  // the port
  while (std::getline(log, line)) {
    std::istringstream words(line);
    std::string method, path, range, status;
    words >> method >> path >> range >> status;
    out.push_back(range + " " + status);
  }
  return out;
}

FullDisk::FullDisk(std::uint64_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);  // writes then fail with an error
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  before_ = std::exchange(limit.rlim_cur, bytes);
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

FullDisk::~FullDisk() {
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = before_;
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

std::string tar_bytes(const std::vector<TarEntry>& entries) {
  std::string out;
  for (const TarEntry& entry : entries) {
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
    put(0, entry.name.substr(0, 99));
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, fmt::format("{:011o}", entry.content.size()));
    put(136, "00000000000");
    header[156] = entry.type;
    put(157, entry.link);
    put(257, std::string("ustar\0" "00", 8));
    put(148, "        ");
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    out += header + entry.content;
    out.append((512 - entry.content.size() % 512) % 512, '\0');
  }
  return out + std::string(1024, '\0');
}

std::string gzip_bytes(const std::string& content) {
  z_stream stream{};
  if (::deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string out(::deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (::deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

std::string zip_bytes(const std::vector<std::pair<std::string, std::string>>& files) {
  std::size_t room = 4096;
  for (const auto& [name, content] : files) room += content.size() + 2 * name.size() + 512;
  std::string out(room, '\0');
  std::size_t used = 0;
  archive* writer = ::archive_write_new();
  ::archive_write_set_format_zip(writer);
  ::archive_write_set_bytes_in_last_block(writer, 1);
  ::archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const auto& [name, content] : files) {
    archive_entry* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    ::archive_entry_set_filetype(entry, AE_IFREG);
    ::archive_entry_set_perm(entry, 0644);
    ::archive_write_header(writer, entry);
    ::archive_write_data(writer, content.data(), content.size());
    ::archive_entry_free(entry);
  }
  ::archive_write_close(writer);
  ::archive_write_free(writer);
  out.resize(used);
  return out;
}

std::string sample_bytes(std::size_t size) {
  Rng rng(1, "test/bytes");
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(rng.below(256));
  return out;
}

}  // namespace motive
