#pragma once
// Runs tests/download/server.py for a test, and makes archives by hand.

#include <string>
#include <utility>
#include <vector>

#include "framework/base/files.h"

namespace motive {

/// A fresh folder, removed at the end.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const Path& path() const { return path_; }
  Path write(const std::string& name, const std::string& content) const;
  /// Names of all files below it, sorted.
  std::vector<std::string> files() const;

 private:
  Path path_;
};

/// Serves a folder until it goes out of scope.
class LocalServer {
 public:
  LocalServer();
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  std::string url(const std::string& path) const;
  const TestFolder& folder() const { return folder_; }
  /// "RANGE STATUS" of each request so far.
  std::vector<std::string> requests() const;

 private:
  TestFolder folder_, logs_;
  int process_ = -1, port_ = 0;
};

/// While it lives, no file of this process may grow beyond so many bytes, as if the disk were full.
class FullDisk {
 public:
  explicit FullDisk(std::uint64_t bytes);
  ~FullDisk();
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  std::uint64_t before_ = 0;
};

/// One entry of a tar archive. type: '0' file, '2' symbolic link, '1' hard link, '5' folder, '6' pipe.
struct TarEntry {
  std::string name, content;
  char type = '0';
  std::string link = {};
};
std::string tar_bytes(const std::vector<TarEntry>& entries);
/// gzip, by zlib.
std::string gzip_bytes(const std::string& content);
/// A zip of deflated files, written with libarchive.
std::string zip_bytes(const std::vector<std::pair<std::string, std::string>>& files);

/// Bytes that do not compress away, the same every time.
std::string sample_bytes(std::size_t size);

}  // namespace motive
