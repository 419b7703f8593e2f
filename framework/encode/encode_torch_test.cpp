// Vectors of texts: parity with bert_values.py, which pads and computes in double; with all-MiniLM-L6-v2 where it is
// installed; the same whatever the threads and the neighbours; folders that are no such model.

#include <gtest/gtest.h>

#include "framework/encode/find_model.h"
#include "framework/encode/model_files.h"
#include "framework/encode/sentence_encoder.h"
#include "framework/encode/test_model.h"

namespace motive::encode {
namespace {

SentenceEncoder opened(const TestModel& model) {
  auto encoder = SentenceEncoder::open(model.folder.path());
  EXPECT_TRUE(encoder) << encoder.error().message;
  return *encoder;
}

std::vector<float> encoded(const SentenceEncoder& encoder, const std::vector<std::string>& texts, int threads = 1) {
  auto vectors = encoder.encode(texts, threads);
  EXPECT_TRUE(vectors) << vectors.error().message;
  return *vectors;
}

void expect_close(const std::vector<float>& found, const std::vector<float>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) ASSERT_NEAR(found[k], expected[k], 1e-4) << k;
}

/// Vector i of the small model's width.
std::vector<float> row(const std::vector<float>& all, std::size_t i) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * 32);
  return {begin, begin + 32};
}

/// Enough texts, each of other pieces, for several batches.
std::vector<std::string> many_texts() {
  const std::vector<std::string> words = {"nail", "polishes", "red", "the", "unaffable", "日本", "cafe", "a"};
  std::vector<std::string> texts;
  for (std::size_t k = 0; k < 512; ++k) texts.push_back(words[k % 8] + " " + words[k / 8 % 8] + " " + words[k / 64]);
  return texts;
}

TEST(SentenceEncoder, VectorsAreThoseOfAPaddedReference) {
  TestModel model;
  EXPECT_EQ(opened(model).dim(), 32U);
  EXPECT_EQ(opened(model).max_len(), 12U);
  expect_close(encoded(opened(model), model.texts()), model.expected("mean.normalized"));
  model.write_modules({"Transformer", "Pooling"});
  expect_close(encoded(opened(model), model.texts()), model.expected("mean"));
  model.write_pooling("pooling_mode_cls_token");
  expect_close(encoded(opened(model), model.texts()), model.expected("cls"));
  model.write_json("1_Pooling/config.json", {{"embedding_dimension", 32}, {"pooling_mode", "mean"}});  // as version 6 writes it
  expect_close(encoded(opened(model), model.texts()), model.expected("mean"));
}

TEST(SentenceEncoder, ReadsTensorsWithAPrefixAndFoldersWithoutOptionalFiles) {
  const TestModel model("bert.");
  expect_close(encoded(opened(model), model.texts()), model.expected("mean.normalized"));
  std::filesystem::remove(model.folder.path() / "tokenizer_config.json");
  std::filesystem::remove(model.folder.path() / "sentence_bert_config.json");
  const SentenceEncoder encoder = opened(model);
  EXPECT_EQ(encoder.max_len(), 20U) << "as many as there are positions";
  const std::vector<float> found = encoded(encoder, {"Red nail polishes!"}), all = model.expected("mean.normalized");
  expect_close(found, std::vector<float>(all.begin(), all.begin() + 32));
}

TEST(SentenceEncoder, ReadsWidthsThatAreNoMultipleOfAVector) {
  TestModel model;  // one layer of one head, the first 6 of the 64 inner columns
  model.config["num_hidden_layers"] = 1, model.config["intermediate_size"] = 6;
  model.write_json("config.json", model.config);
  for (const char* name : {"intermediate.dense.weight", "intermediate.dense.bias"}) {
    torch::Tensor& tensor = model.weights.tensors.at(std::string("encoder.layer.0.") + name);
    tensor = tensor.narrow(0, 0, 6).contiguous();
  }
  torch::Tensor& second = model.weights.tensors.at("encoder.layer.0.output.dense.weight");
  const torch::Tensor first_columns = second.narrow(1, 0, 6).contiguous();
  second = torch::zeros({32, 64});
  second.narrow(1, 0, 6).copy_(first_columns);
  TestModel padded;  // the same with zeros for the columns that are left out
  padded.config["num_hidden_layers"] = 1;
  padded.write_json("config.json", padded.config);
  padded.weights.tensors.at("encoder.layer.0.output.dense.weight") = second.clone();
  padded.write_weights();
  second = first_columns;
  model.write_weights();
  expect_close(encoded(opened(model), model.texts()), encoded(opened(padded), model.texts()));
}

TEST(SentenceEncoder, AVectorDoesNotDependOnThreadsOrderOrNeighbours) {
  const TestModel model;
  const SentenceEncoder encoder = opened(model);
  const std::vector<std::string> texts = many_texts();
  const std::vector<float> vectors = encoded(encoder, texts, 1);
  EXPECT_EQ(encoded(encoder, texts, 2), vectors);
  EXPECT_EQ(encoded(encoder, texts, 5), vectors);
  const std::vector<std::string> reversed(texts.rbegin(), texts.rend());
  const std::vector<float> other = encoded(encoder, reversed, 2);
  for (std::size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(row(other, texts.size() - 1 - i), row(vectors, i)) << texts[i];
  for (std::size_t i = 0; i < texts.size(); i += 37) ASSERT_EQ(encoded(encoder, {texts[i]}), row(vectors, i)) << texts[i];
}

TEST(SentenceEncoder, EncodesNothingNothingInATextAndTheSameTwice) {
  const TestModel model;
  const SentenceEncoder encoder = opened(model);
  EXPECT_TRUE(encoded(encoder, {}, 2).empty());
  const std::vector<float> empty = encoded(encoder, {"", "a", "", " \t\x01", "the\xff"});
  const std::vector<float> expected = model.expected("mean.normalized");
  expect_close(row(empty, 0), row(expected, 1));
  expect_close(row(empty, 1), row(expected, 6));
  EXPECT_EQ(row(empty, 2), row(empty, 0));
  EXPECT_EQ(row(empty, 3), row(empty, 0));
  EXPECT_EQ(encoded(encoder, {"the"}), row(empty, 4));
}

TEST(SentenceEncoder, SaysHowFarItIsAndCanBeInterrupted) {
  struct Last : Progress {
    void update(double now, double all, std::string_view) override { done = std::max(done, now), total = all; }
    double done = 0, total = 0;
  } last;
  const TestModel model;
  const SentenceEncoder encoder = opened(model);
  CancelFlag cancel;
  const int before = torch::get_num_threads();
  ASSERT_TRUE(encoder.encode(many_texts(), 2, &cancel, &last));
  EXPECT_EQ(torch::get_num_threads(), before) << "what the caller had is put back";
  EXPECT_EQ(last.done, 512);
  EXPECT_EQ(last.total, 512);
  cancel.set();
  const auto stopped = encoder.encode(many_texts(), 2, &cancel);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::kCancelled);
}

TEST(SentenceEncoder, FingerprintsFollowTheFilesNotTheirPlace) {
  const TestModel model, same;
  const auto fingerprint = fingerprint_of(model.folder.path());
  ASSERT_TRUE(fingerprint);
  EXPECT_EQ(fingerprint->size(), 64U);
  EXPECT_EQ(*fingerprint_of(same.folder.path()), *fingerprint);
  same.folder.write("README.md", "of no matter");
  EXPECT_EQ(*fingerprint_of(same.folder.path()), *fingerprint);
  same.write_json("sentence_bert_config.json", {{"max_seq_length", 11}});
  const std::string shorter = *fingerprint_of(same.folder.path());
  EXPECT_NE(shorter, *fingerprint);
  std::filesystem::remove(same.folder.path() / "sentence_bert_config.json");
  EXPECT_NE(*fingerprint_of(same.folder.path()), shorter);
  std::filesystem::remove(same.folder.path() / "vocab.txt");
  EXPECT_FALSE(fingerprint_of(same.folder.path()));
}

TEST(SentenceEncoder, ReadsAllMiniLmAsThePythonPackageDoes) {
  const auto folder = minilm_folder();
  if (!folder) GTEST_SKIP() << folder.error().message;
  const auto encoder = SentenceEncoder::open(*folder);
  ASSERT_TRUE(encoder) << encoder.error().message;
  if (encoder->dim() != 384) GTEST_SKIP() << folder->string() << " is another model";
  // The first numbers of sentence-transformers 6.2.0.
  const std::vector<std::string> texts = {"OPI Nail Lacquer, Simmer and Shimmer, 0.5-Fluid Ounce",
                                          "Crème brûlée — 日本 ☕", ""};
  const float expected[3][6] = {{-0.047999f, 0.003643f, 0.024120f, 0.030698f, -0.020292f, -0.075904f},
                                {-0.024707f, 0.001782f, 0.051535f, -0.027427f, -0.012329f, 0.039802f},
                                {-0.118838f, 0.048299f, -0.002548f, -0.011011f, 0.051951f, 0.010292f}};
  const std::vector<float> vectors = encoded(*encoder, texts, 2);
  for (std::size_t t = 0; t < texts.size(); ++t) {
    for (std::size_t d = 0; d < 6; ++d) EXPECT_NEAR(vectors[t * 384 + d], expected[t][d], 1e-5) << texts[t];
  }
}

}  // namespace
}  // namespace motive::encode
