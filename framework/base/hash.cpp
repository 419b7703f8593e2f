#include "framework/base/hash.h"

#include <openssl/evp.h>
#include <sys/mman.h>

#include <algorithm>

#include "framework/base/mapped_file.h"

namespace motive {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr);
}
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(state_->context, digest, &length);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex();
}

Result<std::string> sha256_file(const std::filesystem::path& file) {
  MOTIVE_ASSIGN(const MappedFile mapped, MappedFile::open(file));
  Sha256 hash;
  constexpr std::size_t kBlock = std::size_t{8} << 20;
  for (auto rest = mapped.bytes(); !rest.empty();) {
    const auto block = rest.first(std::min(kBlock, rest.size()));
    hash.update(block);
    // What was read once need not count as this process's memory; the pages stay in the system's cache.
    ::madvise(const_cast<std::byte*>(block.data()), block.size(), MADV_DONTNEED);
    rest = rest.subspan(block.size());
  }
  return hash.hex();
}

}  // namespace motive
