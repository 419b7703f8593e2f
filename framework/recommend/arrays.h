#pragma once
// Purpose: the fitted state of a method as files: model.json (method, code version, small values,
// and of each array its type, shape and SHA-256) and one raw little-endian column per array,
// <name>.<type>. Types: f32, u32, u64. NumPy reads a column with np.fromfile. Errors: a folder of
// another method or code version, a missing, truncated or altered file, and a shape other than the
// one asked for are refused, with the file and the reason.

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/base/mapped_file.h"

namespace motive {

template <class T>
constexpr std::string_view array_type() {
  if constexpr (std::is_same_v<T, float>) return "f32";
  if constexpr (std::is_same_v<T, std::uint32_t>) return "u32";
  if constexpr (std::is_same_v<T, std::uint64_t>) return "u64";
}

/// Writes into an existing folder. Nothing counts before finish(), which writes model.json last.
class ArrayWriter {
 public:
  ArrayWriter(Path folder, std::string method, std::string code_version);

  Json& values() { return values_; }  // numbers and texts beside the arrays
  template <class T>
  Status add(const std::string& name, std::span<const T> values, std::vector<std::uint64_t> shape) {
    return add_bytes(name, std::as_bytes(values), array_type<T>(), sizeof(T), std::move(shape));
  }
  Status finish();

 private:
  Status add_bytes(const std::string& name, std::span<const std::byte> bytes, std::string_view type,
                   std::size_t width, std::vector<std::uint64_t> shape);
  Path folder_;
  std::string method_, code_version_;
  Json values_ = Json::object();
  Json arrays_ = Json::object();
};

/// A stored array that stays in its file, mapped read-only.
template <class T>
class MappedArray {
 public:
  MappedArray() = default;
  explicit MappedArray(MappedFile file) : file_(std::move(file)) {}
  std::span<const T> view() const {
    return {reinterpret_cast<const T*>(file_.bytes().data()), file_.bytes().size() / sizeof(T)};
  }

 private:
  MappedFile file_;
};

class ArrayReader {
 public:
  static Result<ArrayReader> open(const Path& folder, const std::string& method,
                                  const std::string& code_version);

  const Path& folder() const { return folder_; }
  const Json& values() const { return values_; }
  /// values()[key] as a whole number; an error where it is missing or something else.
  Result<std::uint64_t> number(const std::string& key) const;
  /// Copies the array. Its shape must be `shape`.
  template <class T>
  Result<std::vector<T>> read(const std::string& name,
                              const std::vector<std::uint64_t>& shape) const {
    MOTIVE_ASSIGN(const MappedFile file, checked(name, shape, array_type<T>(), sizeof(T)));
    std::vector<T> values(file.bytes().size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), file.bytes().data(), file.bytes().size());
    return values;
  }
  /// The same without a copy, for arrays that are large: pages come in as they are read.
  template <class T>
  Result<MappedArray<T>> map(const std::string& name,
                             const std::vector<std::uint64_t>& shape) const {
    MOTIVE_ASSIGN(MappedFile file, checked(name, shape, array_type<T>(), sizeof(T)));
    return MappedArray<T>(std::move(file));
  }

 private:
  Result<MappedFile> checked(const std::string& name, const std::vector<std::uint64_t>& shape,
                             std::string_view type, std::size_t width) const;
  Path folder_;
  Json values_, arrays_;
};

}  // namespace motive
