#pragma once
// Purpose: SHA-256 (FIPS 180-4, by OpenSSL) for keys of the store and checksums of files.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "framework/base/status.h"

namespace motive {

/// Incremental digest.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// 64 lower-case hexadecimal digits. Call once.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view text);
Result<std::string> sha256_file(const std::filesystem::path& file);

}  // namespace motive
