// Answers of an embeddings request.

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "framework/llm/parse_json.h"
#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

static_assert(std::endian::native == std::endian::little, "base64 vectors are little-endian floats");

/// Bytes of standard base64, with or without padding at its end.
std::optional<std::string> from_base64(std::string_view text) {
  static const auto kValues = [] {
    std::array<int, 256> values{};
    values.fill(-1);
    const std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < letters.size(); ++i) values[static_cast<unsigned char>(letters[i])] = static_cast<int>(i);
    return values;
  }();
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    buffer = (buffer << 6 | static_cast<unsigned>(value)) & 0xffffU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(buffer >> bits & 0xffU);
    }
  }
  return bytes;
}

Result<std::vector<float>> vector_of(const Json& embedding) {
  std::vector<float> vector;
  if (embedding.is_string()) {
    const auto bytes = from_base64(embedding.get_ref<const std::string&>());
    if (!bytes || bytes->size() % sizeof(float) != 0) return fail("a vector is no base64 of 32-bit floats");
    vector.resize(bytes->size() / sizeof(float));
    if (!vector.empty()) std::memcpy(vector.data(), bytes->data(), bytes->size());
  } else if (embedding.is_array()) {
    vector.reserve(embedding.size());
    for (const Json& number : embedding) {
      if (!number.is_number()) return fail("a vector holds something that is no number");
      vector.push_back(number.get<float>());
    }
  } else {
    return fail("a vector is missing");
  }
  double squares = 0;
  for (const float x : vector) squares += static_cast<double>(x) * static_cast<double>(x);
  if (!std::isfinite(squares) || squares <= 0) return fail("a vector has no length, or holds infinity or no number");
  for (float& x : vector) x = static_cast<float>(static_cast<double>(x) / std::sqrt(squares));
  return vector;
}

}  // namespace

Result<std::vector<std::vector<float>>> read_embeddings(std::string_view body, std::size_t texts) {
  const auto json = parse_json(body);
  const Json& data = json ? member_at(*json, "data") : Json();
  if (!data.is_array()) return fail("this is no answer of an embeddings request: {}", error_text(body));
  if (data.size() != texts) return fail("{} texts were sent and {} vectors came", texts, data.size());
  std::vector<std::vector<float>> vectors(texts);
  for (std::size_t i = 0; i < texts; ++i) {
    std::size_t place = i;
    if (const Json& index = member_at(data[i], "index"); !index.is_null()) {
      if (!index.is_number_integer() || index < 0 || index.get<std::uint64_t>() >= texts) {
        return fail("the vectors' `index` {} is none of 0 to {}", canonical(index), texts - 1);
      }
      place = index.get<std::size_t>();
    }
    if (!vectors[place].empty()) return fail("two vectors have the `index` {}", place);
    MOTIVE_ASSIGN(vectors[place], vector_of(member_at(data[i], "embedding")));
  }
  for (const auto& vector : vectors) {
    if (vector.size() != vectors[0].size()) return fail("the vectors are of different lengths");
  }
  return vectors;
}

}  // namespace motive::llm
