#pragma once
// Purpose: takes the rows "query,item,score" that an external program prints and gives each query's
// scores to the sink. Rows of one query stand together; queries come in any order.
// Candidates without a row tie below all that have one; a query without a row is not answered.
// Items that are no candidates and repeated items are counted and ignored. Memory: one query's
// scores. Errors: a header or row of another form, an unknown query, a score that is no finite
// number, a query that comes back, far more rows than candidates; each with its line.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "baselines/external/csv.h"
#include "framework/recommend/query.h"

namespace motive::external {

class Answers {
 public:
  /// queries: by number, as written to queries.csv. item_ids [I]: raw ids.
  Answers(const std::vector<Query>& queries, const std::vector<std::string>& item_ids,
          bool all_items, RankSink& sink);
  Status feed(std::string_view bytes) { return reader_.feed(bytes); }
  Status finish();

 private:
  Status take(const std::vector<std::string>& fields, std::size_t line);
  Status take_score(const std::string& item, const std::string& score, std::size_t line);
  Status begin(std::size_t query, std::size_t line);
  Status deliver();

  const std::vector<Query>& queries_;
  const std::vector<std::string>& item_ids_;
  const bool all_items_;
  RankSink& sink_;
  CsvReader reader_;
  bool header_seen_ = false;
  std::unordered_map<std::string_view, std::uint32_t> items_;
  std::vector<std::uint32_t> place_;  // [I] of an item among the candidates of the query at hand
  std::vector<bool> answered_;        // [Q]
  std::size_t current_;               // query at hand, or Q
  std::size_t rows_ = 0;              // of the query at hand
  std::vector<float> scores_;         // beside its candidates; NaN: no row yet
};

}  // namespace motive::external
