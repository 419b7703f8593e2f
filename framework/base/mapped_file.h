#pragma once
// Purpose: a file mapped read-only into memory, and typed columns over it.
// A column file is the raw little-endian array of one type, nothing else: NumPy reads it with
// np.fromfile. Its checksum stands in the manifest of the folder that holds it.

#include <cstddef>
#include <filesystem>
#include <span>
#include <type_traits>
#include <utility>

#include "framework/base/status.h"

namespace motive {

class MappedFile {
 public:
  MappedFile() = default;
  static Result<MappedFile> open(const std::filesystem::path& file);
  MappedFile(MappedFile&& other) noexcept { swap(other); }
  MappedFile& operator=(MappedFile&& other) noexcept {
    swap(other);
    return *this;
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  void swap(MappedFile& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A mapped array of T. An absent column is empty.
template <class T>
class Column {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Column() = default;
  static Result<Column> open(const std::filesystem::path& file) {
    MOTIVE_ASSIGN(auto mapped, MappedFile::open(file));
    if (mapped.bytes().size() % sizeof(T) != 0) {
      return fail("{}: {} bytes are not a whole number of {}-byte values; remove the folder, it will be made again",
                  file.string(), mapped.bytes().size(), sizeof(T));
    }
    Column column;
    column.file_ = std::move(mapped);
    return column;
  }
  std::span<const T> view() const {
    const auto bytes = file_.bytes();
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  std::size_t size() const { return view().size(); }
  bool empty() const { return size() == 0; }
  const T& operator[](std::size_t i) const { return view()[i]; }

 private:
  MappedFile file_;
};

/// Writes the array as a column file and syncs it. Not atomic: for folders that are renamed when whole.
Status write_column_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes);
template <class T>
Status write_column(const std::filesystem::path& file, std::span<const T> values) {
  return write_column_bytes(file, std::as_bytes(values));
}

}  // namespace motive
