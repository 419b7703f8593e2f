#include "baselines/content_knn/content_knn.h"

#include "baselines/content_knn/sentence_knn.h"
#include "baselines/content_knn/tfidf_knn.h"
#include "framework/features/sentences.h"
#include "framework/recommend/registry.h"

namespace motive {

const config::Table<ContentKnnParams>& ContentKnnParams::table() {
  static const auto kTable =
      config::Table<ContentKnnParams>("content_knn")
          .choice("text", &ContentKnnParams::text, "what is compared",
                  {{"tfidf", ContentText::kTfidf, "words, by TF-IDF"},
                   {"minilm", ContentText::kMinilm, "vectors of the sentence encoder all-MiniLM-L6-v2"}})
          .field("fields", &ContentKnnParams::fields,
                 "fields of the items that are read; empty: those of title, description, "
                 "categories that there are",
                 config::Rule().unique())
          .field("sublinear", &ContentKnnParams::sublinear, "tfidf: true for tf = 1 + ln n, false for tf = n")
          .field("min_df", &ContentKnnParams::min_df,
                 "tfidf: words in the text of fewer items are left out", config::range(1, 1000000))
          .field("stop_words", &ContentKnnParams::stop_words,
                 "tfidf: true leaves out the commonest English words")
          .field(
              "half_life", &ContentKnnParams::half_life,
              "an event counts half as much as one that is this many events later; 0: all the same",
              config::range(0, 1e6))
          .field("neighbours", &ContentKnnParams::neighbours,
                 "of the history, only the events most like the candidate count; 0: all, 1: the "
                 "likest one",
                 config::range(0, 1000));
  return kTable;
}

ContentKnn::ContentKnn(const ContentKnnParams& params) {
  if (params.text == ContentText::kTfidf) {
    by_text_ = std::make_unique<TfidfKnn>(params);
  } else if (params.neighbours == 0) {
    by_text_ = std::make_unique<MeanSentenceKnn>(params);
  } else {
    by_text_ = std::make_unique<NearestSentenceKnn>(params);
  }
}

namespace {

constexpr std::uint64_t kWords = 100;     // distinct words of an item's text, at a guess
constexpr std::uint64_t kSentence = 384;  // length of a sentence's vector

Estimate fit_estimate(const ContentKnnParams& params, const Shape& s) {
  if (params.text == ContentText::kMinilm) return {static_cast<double>(s.items * kSentence) / 1e8, s.items * kSentence * 8};
  return {static_cast<double>(s.items * kWords) / 5e6, s.items * kWords * 40};
}

Estimate rank_estimate(const ContentKnnParams& params, const Shape& s) {
  const auto k = static_cast<std::uint64_t>(params.neighbours);
  const double history = s.users ? static_cast<double>(s.events) / static_cast<double>(s.users) : 0;
  const double pairs = static_cast<double>(s.queries) * static_cast<double>(s.candidates) * (k == 0 ? 1 : history);
  if (params.text == ContentText::kMinilm) {
    return {pairs * kSentence * 2 / 4e10, s.items * (kSentence * 2 + k + 2) * sizeof(float)};
  }
  return {pairs * 10 / 1e9, s.items * kWords * 16 + s.items * (k + 2) * sizeof(float)};
}

MethodInfo describe(const ContentKnnParams& params) {
  MethodInfo info{.code_version = kContentKnnVersion, .stochastic = false, .unseen_users = true, .unseen_items = true,
                  .uses_order = params.half_life > 0, .uses_text = true, .label = "ContentKNN"};
  if (params.text == ContentText::kMinilm) {
    info.features = {sentence_vectors(params.fields)};
    info.label += " minilm";
  }
  if (params.neighbours > 0) info.label += fmt::format(" k={}", params.neighbours);
  info.fit_estimate = [params](const Shape& s) { return fit_estimate(params, s); };
  info.rank_estimate = [params](const Shape& s) { return rank_estimate(params, s); };
  return info;
}

const RegisterMethod<ContentKnnParams, ContentKnn> kRegister{
    "content_knn", "items whose text is like that of the history (cosine over TF-IDF or sentence vectors)",
    "Lops et al., Recommender Systems Handbook, 2011", describe};

}  // namespace
}  // namespace motive
