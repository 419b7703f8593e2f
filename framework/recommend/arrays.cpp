#include "framework/recommend/arrays.h"

#include <fmt/ranges.h>

#include "framework/base/hash.h"

namespace motive {
namespace {

constexpr std::string_view kFormat = "motive model 1";

std::string file_name(const std::string& name, std::string_view type) {
  return fmt::format("{}.{}", name, type);
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("{}", fmt::join(shape, "x"));
}

/// Elements of the shape, or nothing where the product does not fit 64 bits.
std::optional<std::uint64_t> elements(const std::vector<std::uint64_t>& shape) {
  std::uint64_t product = 1;
  for (const std::uint64_t n : shape) {
    if (__builtin_mul_overflow(product, n, &product)) return std::nullopt;
  }
  return product;
}

std::string digest(std::span<const std::byte> bytes) {
  Sha256 sha;
  sha.update(bytes);
  return sha.hex();
}

Error remake(const Path& file, std::string_view reason) {
  return fail("{}: {}; remove the folder, the model will be fitted again", file.string(), reason);
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

ArrayWriter::ArrayWriter(Path folder, std::string method, std::string code_version)
    : folder_(std::move(folder)),
      method_(std::move(method)),
      code_version_(std::move(code_version)) {}

Status ArrayWriter::add_bytes(const std::string& name, std::span<const std::byte> bytes,
                              std::string_view type, std::size_t width,
                              std::vector<std::uint64_t> shape) {
  const auto n = elements(shape);
  if (!n || *n * width != bytes.size()) {
    return fail("array '{}' of {}: shape {} does not describe {} bytes", name, method_,
                shape_text(shape), bytes.size());
  }
  MOTIVE_TRY(write_column_bytes(folder_ / file_name(name, type), bytes));
  arrays_[name] = Json{{"type", type}, {"shape", shape}, {"sha256", digest(bytes)}};
  return {};
}

Status ArrayWriter::finish() {
  const Json model{{"format", kFormat},
                   {"method", method_},
                   {"code_version", code_version_},
                   {"values", values_},
                   {"arrays", arrays_}};
  return write_file_synced(folder_ / "model.json", model.dump(2) + "\n");
}

Result<ArrayReader> ArrayReader::open(const Path& folder, const std::string& method,
                                      const std::string& code_version) {
  const Path file = folder / "model.json";
  MOTIVE_ASSIGN(const std::string text, read_file(file));
  const Json model = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!model.is_object() || text_of(model, "format") != kFormat) {
    return remake(file, "this is no fitted model of ours, or it was cut off");
  }
  if (text_of(model, "method") != method) {
    return remake(file,
                  fmt::format("a model of '{}', not of '{}'", text_of(model, "method"), method));
  }
  if (text_of(model, "code_version") != code_version) {
    return remake(file, fmt::format("made by version '{}' of {}, this is version '{}'",
                                    text_of(model, "code_version"), method, code_version));
  }
  ArrayReader reader;
  reader.folder_ = folder;
  reader.values_ = model.value("values", Json::object());
  reader.arrays_ = model.value("arrays", Json::object());
  if (!reader.values_.is_object() || !reader.arrays_.is_object()) {
    return remake(file, "'values' or 'arrays' is no object");
  }
  return reader;
}

Result<std::uint64_t> ArrayReader::number(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end() || !found->is_number_unsigned()) {
    return remake(folder_ / "model.json", fmt::format("'{}' is missing or no whole number", key));
  }
  return found->get<std::uint64_t>();
}

Result<MappedFile> ArrayReader::checked(const std::string& name,
                                        const std::vector<std::uint64_t>& shape,
                                        std::string_view type, std::size_t width) const {
  const Path file = folder_ / file_name(name, type);
  const auto entry = arrays_.find(name);
  if (entry == arrays_.end() || !entry->is_object() || text_of(*entry, "type") != type) {
    return remake(folder_ / "model.json", fmt::format("it lists no array '{}' of {}", name, type));
  }
  if (entry->value("shape", Json()) != Json(shape)) {
    return remake(file, fmt::format("shape {} where {} is needed (other data or parameters)",
                                    entry->value("shape", Json()).dump(), shape_text(shape)));
  }
  MOTIVE_ASSIGN(MappedFile mapped, MappedFile::open(file));
  const auto n = elements(shape);
  if (!n || mapped.bytes().size() != *n * width) {
    return remake(file,
                  fmt::format("{} bytes where shape {} needs {}: it is truncated or foreign",
                              mapped.bytes().size(), shape_text(shape), n.value_or(0) * width));
  }
  if (digest(mapped.bytes()) != text_of(*entry, "sha256")) {
    return remake(file, "its checksum differs from the one in model.json");
  }
  return mapped;
}

}  // namespace motive
