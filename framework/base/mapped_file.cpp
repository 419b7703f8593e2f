#include "framework/base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "framework/base/files.h"

namespace motive {

Result<MappedFile> MappedFile::open(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail("{}: cannot open: {}", file.string(), std::strerror(errno));
  struct stat info {};
  if (::fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(descriptor);
    return fail("{}: not a regular file", file.string());
  }
  MappedFile mapped;
  mapped.size_ = static_cast<std::size_t>(info.st_size);
  if (mapped.size_ > 0) {
    void* address = ::mmap(nullptr, mapped.size_, PROT_READ, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED) {
      ::close(descriptor);
      mapped.size_ = 0;
      return fail("{}: cannot map into memory: {}", file.string(), std::strerror(errno));
    }
    mapped.data_ = static_cast<const std::byte*>(address);
  }
  ::close(descriptor);
  return mapped;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

Status write_column_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  return write_file_synced(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace motive
