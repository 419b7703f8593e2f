#include "baselines/external/answers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace motive::external {
namespace {

constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();

std::string cut(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, 60)) out += static_cast<unsigned char>(c) < 32 ? '?' : c;
  return text.size() > 60 ? out + "..." : out;
}

}  // namespace

Answers::Answers(const std::vector<Query>& queries, const std::vector<std::string>& item_ids,
                 bool all_items, RankSink& sink)
    : queries_(queries),
      item_ids_(item_ids),
      all_items_(all_items),
      sink_(sink),
      reader_([this](const std::vector<std::string>& f, std::size_t l) { return take(f, l); }),
      place_(item_ids.size(), kNowhere),
      answered_(queries.size(), false),
      current_(queries.size()) {
  for (std::size_t i = 0; i < item_ids.size(); ++i) {
    items_.emplace(item_ids[i], static_cast<std::uint32_t>(i));
  }
}

Status Answers::take(const std::vector<std::string>& fields, std::size_t line) {
  if (!header_seen_) {
    header_seen_ = true;
    if (fields == std::vector<std::string>{"query", "item", "score"}) return {};
    return fail("line 1 of its output is '{}', not the header 'query,item,score'",
                cut(fields.empty() ? "" : fields.front()));
  }
  if (fields.size() != 3) {
    return fail("line {}: {} fields ('{}'), not query,item,score", line, fields.size(),
                cut(fields.front()));
  }
  std::size_t query = 0;
  const std::string& text = fields[0];
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), query);
  if (code != std::errc() || end != text.data() + text.size() || query >= queries_.size()) {
    return fail("line {}: '{}' is no query of queries.csv (0 to {})", line, cut(text),
                queries_.size() - 1);
  }
  if (query != current_) MOTIVE_TRY(begin(query, line));
  return take_score(fields[1], fields[2], line);
}

Status Answers::begin(std::size_t query, std::size_t line) {
  MOTIVE_TRY(deliver());
  if (answered_[query]) {
    return fail("line {}: query {} comes back; rows of one query stand together", line, query);
  }
  answered_[query] = true;
  current_ = query;
  rows_ = 0;
  const auto candidates = queries_[query].candidates;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    place_[index(candidates[c])] = static_cast<std::uint32_t>(c);
  }
  scores_.assign(all_items_ ? item_ids_.size() : candidates.size(),
                 std::numeric_limits<float>::quiet_NaN());
  return {};
}

Status Answers::take_score(const std::string& item, const std::string& score, std::size_t line) {
  if (++rows_ > 2 * scores_.size() + 1000) {
    return fail("line {}: query {} has {} candidates and more than {} rows", line, current_,
                scores_.size(), rows_ - 1);
  }
  double value = 0;
  const auto [end, code] = std::from_chars(score.data(), score.data() + score.size(), value);
  const auto as_float = static_cast<float>(value);
  if (code != std::errc() || end != score.data() + score.size() || !std::isfinite(as_float)) {
    return fail("line {}: the score of item '{}' for query {} is '{}', not a finite number", line,
                cut(item), current_, cut(score));
  }
  const auto found = items_.find(item);
  const std::uint32_t place = found == items_.end() ? kNowhere
                              : all_items_          ? found->second
                                                    : place_[found->second];
  if (place == kNowhere) {
    sink_.count("scored items that are no candidates", 1);
  } else if (!std::isnan(scores_[place])) {
    sink_.count("items scored twice", 1);
  } else {
    scores_[place] = as_float;
  }
  return {};
}

Status Answers::deliver() {
  if (current_ == queries_.size()) return {};
  const Query& query = queries_[current_];
  for (const ItemId i : query.candidates) place_[index(i)] = kNowhere;
  current_ = queries_.size();
  float lowest = std::numeric_limits<float>::infinity();
  std::size_t missing = 0;
  for (const float score : scores_) {
    if (std::isnan(score)) {
      ++missing;
    } else {
      lowest = std::min(lowest, score);
    }
  }
  if (missing == scores_.size()) return {};  // nothing that counts: not answered
  const float below = std::max(std::nextafter(lowest, -std::numeric_limits<float>::infinity()),
                               std::numeric_limits<float>::lowest());
  for (float& score : scores_) {
    if (std::isnan(score)) score = below;
  }
  if (missing > 0) sink_.count("candidates without a score", missing);
  return sink_.scores(query.row, scores_);
}

Status Answers::finish() {
  MOTIVE_TRY(reader_.finish());
  if (!header_seen_) {
    return fail("it printed nothing; even an empty answer begins with 'query,item,score'");
  }
  return deliver();
}

}  // namespace motive::external
