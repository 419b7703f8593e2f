// Gives the embedded stand-in (framework/llm/offline.h) the sentence encoder, in programs that link LibTorch: an endpoint
// `{kind: offline, encoder: minilm}` compares texts by their vectors. Texts of items come again with every user, so vectors
// are kept.

#include <mutex>
#include <unordered_map>

#include "framework/encode/find_model.h"
#include "framework/encode/sentence_encoder.h"
#include "framework/llm/offline.h"

namespace motive {
namespace {

constexpr std::size_t kMostKept = 200000;  // vectors, 1.5 kB each

class KeptVectors {
 public:
  Result<std::vector<std::vector<float>>> encode(std::span<const std::string> texts) {
    if (auto status = open(); !status) return status.error();
    std::vector<std::string> missing;
    {
      const std::lock_guard lock(mutex_);
      for (const std::string& text : texts) {
        if (!kept_.count(text)) missing.push_back(text);
      }
    }
    MOTIVE_ASSIGN(const std::vector<float> made, encoder_->encode(missing, 1));
    const std::lock_guard lock(mutex_);
    const std::size_t dim = encoder_->dim();
    for (std::size_t i = 0; i < missing.size(); ++i) {
      const auto begin = made.begin() + static_cast<std::ptrdiff_t>(i * dim);
      kept_[missing[i]].assign(begin, begin + static_cast<std::ptrdiff_t>(dim));
    }
    auto vectors = take(texts);
    if (kept_.size() > kMostKept) kept_.clear();
    return vectors;
  }

 private:
  Status open() {
    const std::lock_guard lock(mutex_);
    if (encoder_) return {};
    MOTIVE_ASSIGN(const Path folder, encode::minilm_folder());
    MOTIVE_ASSIGN(encode::SentenceEncoder encoder, encode::SentenceEncoder::open(folder));
    encoder_ = std::make_unique<encode::SentenceEncoder>(std::move(encoder));
    return {};
  }

  Result<std::vector<std::vector<float>>> take(std::span<const std::string> texts) const {
    std::vector<std::vector<float>> vectors;
    vectors.reserve(texts.size());
    for (const std::string& text : texts) {
      const auto found = kept_.find(text);
      if (found == kept_.end()) return fail("the vectors of texts were given up while they were read; use fewer threads");
      vectors.push_back(found->second);
    }
    return vectors;
  }

  std::mutex mutex_;
  std::unique_ptr<encode::SentenceEncoder> encoder_;
  std::unordered_map<std::string, std::vector<float>> kept_;
};

const bool kProvided = [] {
  static KeptVectors vectors;
  llm::provide_encoder([](std::span<const std::string> texts) { return vectors.encode(texts); });
  return true;
}();

}  // namespace
}  // namespace motive
