#include "framework/nn/safetensors.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "framework/base/hash.h"
#include "framework/base/mapped_file.h"

namespace motive::nn {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000;  // the format's own limit
constexpr const char* kChecksum = "checksum";

struct TypeName {
  const char* name;
  torch::ScalarType type;
};
constexpr TypeName kTypes[] = {{"F64", torch::kFloat64}, {"F32", torch::kFloat32}, {"F16", torch::kFloat16},
                               {"BF16", torch::kBFloat16}, {"I64", torch::kInt64}, {"I32", torch::kInt32},
                               {"U8", torch::kUInt8}};

Result<torch::ScalarType> type_of(const std::string& name) {
  for (const TypeName& known : kTypes) {
    if (name == known.name) return known.type;
  }
  return fail("numbers of type {} are not read here", name);
}

std::string name_of(torch::ScalarType type) {
  for (const TypeName& known : kTypes) {
    if (type == known.type) return known.name;
  }
  return "";
}

/// SHA-256 over all texts but the checksum itself, and the numbers.
std::string checksum_of(std::map<std::string, std::string> texts, std::string_view numbers) {
  texts.erase(kChecksum);
  Sha256 digest;
  digest.update(Json(texts).dump());
  digest.update(numbers);
  return digest.hex();
}

Result<Json> header_of(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) return fail("the file is shorter than its header");
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kLongestHeader || length > bytes.size() - kLengthBytes) return fail("the file is shorter than its header");
  Json header = Json::parse(bytes.substr(kLengthBytes, length), nullptr, false);
  if (!header.is_object()) return fail("the header is no JSON object");
  return header;
}

/// The header comes from a file: nothing in it is believed before it is looked at.
Result<torch::Tensor> tensor_of(const Json& entry, std::string_view numbers) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets") ||
      !entry["dtype"].is_string() || !entry["shape"].is_array() || !entry["data_offsets"].is_array() ||
      entry["data_offsets"].size() != 2) {
    return fail("its entry in the header is not one of a tensor");
  }
  MOTIVE_ASSIGN(const torch::ScalarType type, type_of(entry["dtype"].get<std::string>()));
  std::vector<std::int64_t> shape;
  std::uint64_t elements = 1;
  for (const Json& size : entry["shape"]) {
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > numbers.size()) return fail("its shape is {}", entry["shape"].dump());
    shape.push_back(size.get<std::int64_t>());
    elements *= size.get<std::uint64_t>();
    if (elements > numbers.size()) return fail("its shape is {}, larger than the file", entry["shape"].dump());
  }
  const Json &first = entry["data_offsets"][0], &last = entry["data_offsets"][1];
  if (!first.is_number_unsigned() || !last.is_number_unsigned()) return fail("its place is {}", entry["data_offsets"].dump());
  const std::uint64_t begin = first.get<std::uint64_t>(), end = last.get<std::uint64_t>();
  if (begin > end || end > numbers.size() || end - begin != elements * torch::elementSize(type)) {
    return fail("bytes {} to {} of {} do not hold a tensor {}", begin, end, numbers.size(), entry["shape"].dump());
  }
  torch::Tensor tensor = torch::empty(shape, type);
  if (end > begin) std::memcpy(tensor.data_ptr(), numbers.data() + begin, end - begin);
  return tensor;
}

Result<TensorFile> parse(std::string_view bytes) {
  MOTIVE_ASSIGN(const Json header, header_of(bytes));
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  const std::string_view numbers = bytes.substr(kLengthBytes + length);
  TensorFile content;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  std::uint64_t held = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      for (const auto& [key, text] : entry.items()) {
        if (text.is_string()) content.texts[key] = text.get<std::string>();
      }
      continue;
    }
    auto tensor = tensor_of(entry, numbers);
    if (!tensor) return fail("tensor {}: {}", name, tensor.error().message);
    places.emplace_back(entry["data_offsets"][0].get<std::uint64_t>(), entry["data_offsets"][1].get<std::uint64_t>());
    held += tensor->nbytes();
    if (held > numbers.size()) return fail("tensor {} overlaps another", name);  // before more is copied than there is
    content.tensors[name] = std::move(*tensor);
  }
  std::sort(places.begin(), places.end());
  std::uint64_t at = 0;
  for (const auto& [begin, end] : places) {
    if (begin != at) return fail("its tensors overlap or leave a gap at byte {}", at);
    at = end;
  }
  if (at != numbers.size()) return fail("{} bytes of it belong to no tensor", numbers.size() - at);
  const auto checksum = content.texts.find(kChecksum);
  if (checksum != content.texts.end() && checksum->second != checksum_of(content.texts, numbers)) return fail("its checksum is another: the file was altered");
  return content;
}

}  // namespace

Result<torch::Tensor> TensorFile::get(const std::string& name, torch::IntArrayRef shape) const {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return fail("it has no tensor {}", name);
  const torch::IntArrayRef sizes = found->second.sizes();
  bool fits = sizes.size() == shape.size();
  for (std::size_t k = 0; fits && k < shape.size(); ++k) fits = shape[k] < 0 || shape[k] == sizes[k];
  if (!fits) return fail("tensor {} has shape [{}], not [{}]", name, fmt::join(sizes.vec(), ", "), fmt::join(shape.vec(), ", "));
  return found->second;
}

Status write_tensors(const Path& file, const TensorFile& content) {
  Json header = Json::object();
  std::string numbers;
  for (const auto& [name, value] : content.tensors) {
    const torch::Tensor tensor = value.detach().to(torch::kCPU).contiguous();
    const std::string type = name_of(tensor.scalar_type());
    if (type.empty()) return fail("{}: tensor {} is of a type that is not written", file.string(), name);
    const std::size_t begin = numbers.size();
    numbers.append(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
    header[name] = {{"dtype", type}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, numbers.size()}}};
  }
  header["__metadata__"] = content.texts;
  header["__metadata__"][kChecksum] = checksum_of(content.texts, numbers);
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // numbers begin at a multiple of 8
  const std::uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  bytes += text;
  bytes += numbers;
  return write_file_atomic(file, bytes);
}

Result<TensorFile> read_tensors(const Path& file) {
  MOTIVE_ASSIGN(const MappedFile mapped, MappedFile::open(file));
  auto content = parse(mapped.text());
  if (!content) return fail("{}: {}", file.string(), content.error().message);
  return content;
}

void put_module(const torch::nn::Module& module, const std::string& prefix, TensorFile& content) {
  for (const auto& one : module.named_parameters()) content.tensors[prefix + one.key()] = one.value().detach();
  for (const auto& one : module.named_buffers()) content.tensors[prefix + one.key()] = one.value().detach();
}

Status take_module(const TensorFile& content, const std::string& prefix, torch::nn::Module& module) {
  const torch::NoGradGuard none;
  std::vector<std::pair<torch::Tensor, torch::Tensor>> pairs;  // all are looked at before the first is copied
  for (const auto& list : {module.named_parameters(), module.named_buffers()}) {
    for (const auto& one : list) {
      MOTIVE_ASSIGN(torch::Tensor stored, content.get(prefix + one.key(), one.value().sizes()));
      pairs.emplace_back(one.value(), std::move(stored));
    }
  }
  for (auto& [own, stored] : pairs) own.copy_(stored);
  return {};
}

}  // namespace motive::nn
