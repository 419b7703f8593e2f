#include "framework/text/tfidf.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "framework/data/string_pool.h"

namespace motive {

struct TfidfBuilder::State {
  TfidfOptions options;
  Tokenizer tokenizer;
  StringPool vocabulary;
  std::vector<std::uint32_t> texts;  // by word: texts that have it
  std::vector<std::uint32_t> count;  // by word: how often in the text at hand
  std::vector<std::uint32_t> touched;
  std::vector<std::uint64_t> offsets{0};  // of what follows, by text
  std::vector<std::uint32_t> words, counts;

  std::vector<std::uint32_t> columns() const;
  double idf(std::uint32_t word) const;
  double tf(std::uint32_t n) const {
    return options.sublinear ? 1 + std::log(static_cast<double>(n)) : n;
  }
  void add_row(std::size_t text, const std::vector<std::uint32_t>& columns,
               const std::vector<double>& idf_of,
               std::vector<std::pair<std::uint32_t, double>>& row, SparseRows& rows) const;
};

/// The column of each word, or StringPool::kAbsent for words that are too rare.
std::vector<std::uint32_t> TfidfBuilder::State::columns() const {
  std::vector<std::uint32_t> kept;
  const auto least = static_cast<std::uint32_t>(std::max(1, options.min_df));
  for (std::uint32_t word = 0; word < vocabulary.size(); ++word) {
    if (texts[word] >= least) kept.push_back(word);
  }
  std::sort(kept.begin(), kept.end(),
            [&](std::uint32_t a, std::uint32_t b) { return vocabulary[a] < vocabulary[b]; });
  std::vector<std::uint32_t> result(vocabulary.size(), StringPool::kAbsent);
  for (std::uint32_t column = 0; column < kept.size(); ++column) result[kept[column]] = column;
  return result;
}

double TfidfBuilder::State::idf(std::uint32_t word) const {
  const auto n = static_cast<double>(offsets.size() - 1), df = static_cast<double>(texts[word]);
  return options.smooth_idf ? std::log((1 + n) / (1 + df)) + 1 : std::log(n / df) + 1;
}

void TfidfBuilder::State::add_row(std::size_t text, const std::vector<std::uint32_t>& columns,
                                  const std::vector<double>& idf_of,
                                  std::vector<std::pair<std::uint32_t, double>>& row,
                                  SparseRows& rows) const {
  row.clear();
  for (std::uint64_t e = offsets[text]; e < offsets[text + 1]; ++e) {
    const std::uint32_t column = columns[words[e]];
    if (column != StringPool::kAbsent) row.emplace_back(column, tf(counts[e]) * idf_of[column]);
  }
  std::sort(row.begin(), row.end());
  double squares = 0;
  for (const auto& [column, value] : row) squares += value * value;
  const double length = std::sqrt(squares);
  for (const auto& [column, value] : row) {
    rows.columns.push_back(column);
    rows.values.push_back(static_cast<float>(value / length));
  }
  rows.offsets.push_back(rows.columns.size());
}

TfidfBuilder::TfidfBuilder(const TfidfOptions& options)
    : state_(new State{.options = options,
                       .tokenizer = Tokenizer(options.tokenizer),
                       .vocabulary = {},
                       .texts = {},
                       .count = {},
                       .touched = {},
                       .words = {},
                       .counts = {}}) {}

TfidfBuilder::~TfidfBuilder() = default;

void TfidfBuilder::add(std::string_view piece) {
  State& s = *state_;
  for (const std::string_view token : s.tokenizer.words(piece)) {
    const std::uint32_t word = s.vocabulary.add(token);
    if (word >= s.count.size()) {
      s.count.push_back(0);
      s.texts.push_back(0);
    }
    if (s.count[word]++ == 0) s.touched.push_back(word);
  }
}

void TfidfBuilder::end_text() {
  State& s = *state_;
  for (const std::uint32_t word : s.touched) {
    ++s.texts[word];
    s.words.push_back(word);
    s.counts.push_back(s.count[word]);
    s.count[word] = 0;
  }
  s.touched.clear();
  s.offsets.push_back(s.words.size());
}

TfidfBuilder::Result TfidfBuilder::finish() {
  const State& s = *state_;
  const std::vector<std::uint32_t> columns = s.columns();
  Result result;
  result.rows.n_columns =
      s.vocabulary.size() -
      static_cast<std::size_t>(std::count(columns.begin(), columns.end(), StringPool::kAbsent));
  result.words.resize(result.rows.n_columns);
  std::vector<double> idf(result.rows.n_columns);
  for (std::uint32_t word = 0; word < columns.size(); ++word) {
    if (columns[word] == StringPool::kAbsent) continue;
    result.words[columns[word]] = s.vocabulary[word];
    idf[columns[word]] = s.idf(word);
  }
  result.idf.assign(idf.begin(), idf.end());
  result.rows.columns.reserve(s.words.size());
  result.rows.values.reserve(s.words.size());
  result.rows.offsets.reserve(s.offsets.size());
  std::vector<std::pair<std::uint32_t, double>> row;
  for (std::size_t text = 0; text + 1 < s.offsets.size(); ++text)
    s.add_row(text, columns, idf, row, result.rows);
  return result;
}

TfidfBuilder::Result item_tfidf(const Catalogue& items, std::span<const std::string> fields,
                                const TfidfOptions& options) {
  TfidfBuilder builder(options);
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (const std::string& field : fields) builder.add(items.text(i, field));
    builder.end_text();
  }
  return builder.finish();
}

}  // namespace motive
