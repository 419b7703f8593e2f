#include "framework/nn/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "framework/base/temporary_folder.h"

namespace motive::nn {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SafetensorsTest : public ::testing::Test {
 protected:
  Path file() const { return folder_.path() / "model.safetensors"; }
  void write(const std::string& bytes) const {
    std::filesystem::remove(file());  // file systems wait for the disk where a file is written over
    std::ofstream(file(), std::ios::binary) << bytes;
  }
  std::string bytes() const { return *read_file(file()); }
  /// A file with this header, and n bytes behind it.
  void write(const std::string& header, std::size_t n) const {
    const std::uint64_t length = header.size();
    std::string content(8, '\0');
    std::memcpy(content.data(), &length, 8);
    write(content + header + std::string(n, 'x'));
  }
  std::string refusal() const {
    const auto read = read_tensors(file());
    EXPECT_FALSE(read);
    return read ? "" : read.error().message;
  }
  std::string refusal(const std::string& header, std::size_t n) const {
    write(header, n);
    return refusal();
  }

  test::TemporaryFolder folder_;
};

TensorFile example() {
  torch::manual_seed(1);
  TensorFile content;
  content.tensors = {{"a", torch::randn({3, 5})}, {"ids", torch::tensor({-1L, 1L << 40, 7L})}, {"empty", torch::empty({0, 4})},
                     {"scalar", torch::full({}, 2.5f)}, {"turned", torch::randn({4, 6}).t()},
                     {"b.weight", torch::randn({2, 3, 4})}};
  content.texts = {{"identity", R"({"method":"x","text":"\"quoted\" and \\"})"}, {"words", "zwölf Äpfel\n"}, {"nothing", ""}};
  return content;
}

TEST_F(SafetensorsTest, WhatIsWrittenIsReadAgain) {
  const TensorFile content = example();
  ASSERT_TRUE(write_tensors(file(), content));
  auto read = read_tensors(file());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->tensors.size(), content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    ASSERT_TRUE(read->tensors.count(name)) << name;
    EXPECT_EQ(read->tensors[name].scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(read->tensors[name], tensor)) << name;
  }
  EXPECT_EQ(read->texts.erase("checksum"), 1u);
  EXPECT_EQ(read->texts, content.texts);
  const std::string first = bytes();
  ASSERT_TRUE(write_tensors(file(), content));
  EXPECT_EQ(bytes(), first) << "the same content is the same bytes";
}

TEST_F(SafetensorsTest, OtherTypesAreRead) {
  write(R"({"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"d":{"dtype":"F64","shape":[1],"data_offsets":[4,12]},)"
        R"("u":{"dtype":"U8","shape":[2],"data_offsets":[12,14]}})", 14);
  const auto read = read_tensors(file());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->tensors.at("h").scalar_type(), torch::kFloat16);
  EXPECT_EQ(read->tensors.at("d").scalar_type(), torch::kFloat64);
  EXPECT_EQ(read->tensors.at("u").index({1}).item<int>(), 'x');
}

TEST_F(SafetensorsTest, AFileCutAnywhereIsRefused) {
  ASSERT_TRUE(write_tensors(file(), example()));
  const std::string whole = bytes();
  for (std::size_t size = 0; size < whole.size(); size += size < 64 || size + 64 > whole.size() ? 1 : 37) {
    write(whole.substr(0, size));
    EXPECT_THAT(refusal(), HasSubstr(file().string())) << size;
  }
  write(whole + "x");
  EXPECT_THAT(refusal(), HasSubstr("belong to no tensor"));
}

TEST_F(SafetensorsTest, AnyAlteredByteOfTheNumbersIsFound) {
  ASSERT_TRUE(write_tensors(file(), example()));
  const std::string whole = bytes();
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), 8);
  for (std::size_t at = 8 + length; at < whole.size(); at += 11) {
    std::string altered = whole;
    altered[at] ^= 0x10;
    write(altered);
    EXPECT_THAT(refusal(), HasSubstr("altered")) << at;
  }
}

TEST_F(SafetensorsTest, AlteredHeadersNeverCrash) {
  ASSERT_TRUE(write_tensors(file(), example()));
  const std::string whole = bytes();
  std::uint64_t length = 0;
  std::memcpy(&length, whole.data(), 8);
  for (std::size_t at = 0; at < 8 + length; ++at) {
    for (const char c : {at % 2 ? '\0' : '"', at % 3 ? '9' : '\x80'}) {
      std::string altered = whole;
      altered[at] = c;
      write(altered);
      const auto read = read_tensors(file());  // names and texts may well be others
      EXPECT_TRUE(read || !read.error().message.empty());
    }
  }
}

TEST_F(SafetensorsTest, LengthsOfTheHeaderThatCannotBeAreRefused) {
  constexpr std::uint64_t kOne = 1;
  for (const std::uint64_t length : {100 * kOne, kOne << 31, kOne << 63, ~kOne, ~0 * kOne}) {
    std::string content(8, '\0');
    std::memcpy(content.data(), &length, 8);
    write(content + "{}");
    EXPECT_THAT(refusal(), HasSubstr("shorter than its header")) << length;
  }
  for (const char* header : {"", "[]", "3", "{", "{\"a\":", "null", "\xff\xfe{}"}) {
    EXPECT_THAT(refusal(header, 8), HasSubstr("no JSON object")) << header;
  }
  EXPECT_FALSE(refusal(std::string(100000, '['), 8).empty());
  EXPECT_FALSE(refusal("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}", 8).empty());
}

std::string entry(const std::string& type, const std::string& shape, const std::string& place) {
  return R"({"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + place + "}";
}

TEST_F(SafetensorsTest, EntriesThatCannotBeAreRefusedByName) {
  const std::string bad[] = {
      entry("F32", "[4]", "[0,12]"), entry("F32", "[4]", "[8,24]"), entry("F32", "[4]", "[16,0]"), entry("F32", "[4]", "[0,15]"),
      entry("F32", "[4]", "[-16,0]"), entry("F32", "[4]", "[0]"), entry("F32", "[4]", "[0,8,16]"),
      entry("F32", "[4]", "[0.0,16.0]"),
      entry("F32", "[4]", R"(["0","16"])"), entry("F32", "[4]", "[0,18446744073709551615]"),
      entry("F32", "[4]", "[18446744073709551600,16]"), entry("F32", "4", "[0,16]"), entry("F32", "[-4]", "[0,16]"),
      entry("F32", "[4.0]", "[0,16]"), entry("F32", "[[4]]", "[0,16]"), entry("F32", "[1000000000000]", "[0,16]"),
      entry("F32", "[4294967296,4294967296,4]", "[0,16]"), entry("F32", "[18446744073709551615]", "[0,16]"),
      entry("F32", "[2,2,2,2,2,2,2,2]", "[0,16]"), entry("I64", "[4]", "[0,16]"), entry("F8_E4M3", "[16]", "[0,16]"),
      entry("", "[4]", "[0,16]"), R"({"shape":[4],"data_offsets":[0,16]})", R"({"dtype":"F32","data_offsets":[0,16]})",
      R"({"dtype":"F32","shape":[4]})", R"({"dtype":32,"shape":[4],"data_offsets":[0,16]})", "[]", "null", "\"F32\""};
  for (const std::string& one : bad) {
    const std::string why = refusal("{\"the one\":" + one + "}", 16);
    EXPECT_THAT(why, AllOf(HasSubstr("tensor the one: "), HasSubstr(file().string()))) << one;
  }
}

TEST_F(SafetensorsTest, OverlapsAndGapsAreRefused) {
  const auto two = [&](const std::string& a, const std::string& b) {
    return refusal("{\"a\":" + entry("F32", "[2]", a) + ",\"b\":" + entry("F32", "[2]", b) + "}", 16);
  };
  EXPECT_THAT(two("[0,8]", "[0,8]"), HasSubstr("overlap"));
  EXPECT_THAT(two("[0,8]", "[4,12]"), HasSubstr("overlap"));
  EXPECT_THAT(two("[4,12]", "[0,8]"), HasSubstr("overlap"));
  EXPECT_THAT(refusal("{\"a\":" + entry("F32", "[2]", "[8,16]") + "}", 16), HasSubstr("gap at byte 0"));
  EXPECT_THAT(refusal("{\"a\":" + entry("F32", "[2]", "[0,8]") + "}", 16), HasSubstr("8 bytes of it belong to no tensor"));
  EXPECT_THAT(refusal("{}", 16), HasSubstr("16 bytes of it belong to no tensor"));
  write("{\"b\":" + entry("F32", "[2]", "[8,16]") + ",\"a\":" + entry("F32", "[2]", "[0,8]") + "}", 16);
  EXPECT_TRUE(read_tensors(file())) << "in any order";
}

TEST_F(SafetensorsTest, ManyEntriesForTheSameBytesTakeNoMemory) {  // a gigabyte, if each were copied
  std::string header = "{";
  for (int k = 0; k < 20000; ++k) header += (k ? ",\"" : "\"") + std::to_string(k) + "\":" + entry("U8", "[50000]", "[0,50000]");
  EXPECT_THAT(refusal(header + "}", 50000), HasSubstr("overlap"));
}

TEST_F(SafetensorsTest, OddMetadataIsNoCrash) {
  for (const char* metadata : {"null", "3", "[1,\"a\"]", R"({"a":{"b":1},"c":3})", "\"text\""}) {
    write(std::string(R"({"__metadata__":)") + metadata + "}", 0);
    EXPECT_TRUE(read_tensors(file())) << metadata;
  }
}

TEST_F(SafetensorsTest, FilesThatAreNotThereOrCannotBeWrittenAreErrors) {
  EXPECT_THAT(refusal(), HasSubstr(file().string()));
  ASSERT_TRUE(write_file_synced(folder_.path() / "plain", "x"));
  EXPECT_FALSE(write_tensors(folder_.path() / "plain" / "below", example()));
  TensorFile odd;
  odd.tensors["z"] = torch::zeros({2}, torch::kComplexFloat);
  const Status status = write_tensors(file(), odd);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("tensor z"));
}

TEST_F(SafetensorsTest, GetAsksForNameAndShape) {
  const TensorFile content = example();
  EXPECT_TRUE(content.get("a", {3, 5}));
  EXPECT_TRUE(content.get("a", {-1, 5}));
  EXPECT_TRUE(content.get("scalar", {}));
  EXPECT_EQ(content.get("c", {1}).error().message, "it has no tensor c");
  EXPECT_EQ(content.get("a", {3, 4}).error().message, "tensor a has shape [3, 5], not [3, 4]");
  EXPECT_FALSE(content.get("a", {3, 5, 1}));
  EXPECT_FALSE(content.get("a", {15}));
}

struct PairImpl : torch::nn::Module {
  torch::nn::Linear first{nullptr};
  torch::nn::BatchNorm1d norm{nullptr};  // has buffers
  PairImpl() {
    first = register_module("first", torch::nn::Linear(3, 2));
    norm = register_module("norm", torch::nn::BatchNorm1d(2));
  }
};

TEST_F(SafetensorsTest, ModulesAreTakenWholeOrNotAtAll) {
  PairImpl from, to;
  from.norm->running_mean.fill_(3);
  TensorFile content;
  put_module(from, "net.", content);
  EXPECT_EQ(content.tensors.count("net.norm.running_var"), 1u);
  ASSERT_TRUE(write_tensors(file(), content));
  const auto read = read_tensors(file());
  ASSERT_TRUE(read) << read.error().message;

  const torch::Tensor before = to.first->weight.detach().clone();
  for (const std::string name : {"net.norm.bias", "net.norm.running_mean", "net.first.weight"}) {
    TensorFile missing = *read, misshaped = *read;
    missing.tensors.erase(name);
    misshaped.tensors[name] = torch::zeros({5});
    for (const TensorFile& bad : {missing, misshaped}) {
      const Status status = take_module(bad, "net.", to);
      ASSERT_FALSE(status);
      EXPECT_THAT(status.error().message, HasSubstr(name));
      EXPECT_TRUE(torch::equal(to.first->weight, before)) << "a half-read network is worse than none";
    }
  }
  EXPECT_FALSE(take_module(*read, "other.", to));
  const Status taken = take_module(*read, "net.", to);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_TRUE(torch::equal(to.first->weight, from.first->weight));
  EXPECT_TRUE(torch::equal(to.norm->running_mean, from.norm->running_mean));
  EXPECT_TRUE(to.first->weight.requires_grad());
}

}  // namespace
}  // namespace motive::nn
