#pragma once
// Purpose: lists made elsewhere, judged like any method: a file of user, item, score (CSV), or a TREC run.
//   score(u, i) = -(number of different scores in u's list that are higher than i's)
// so that the order and the ties are those of the file's numbers, in double precision. Candidates that a list leaves
// out tie below all that it has; a user without a list, or with none of the candidates in it, is not answered.
// Fitting reads the file; nothing is learnt. Deterministic. Memory: 24 bytes a row while reading, 8 afterwards.
// The file's content is part of the store key. Its name may hold {dataset}, {split}, {split_seed}, {order_seed},
// {fold} (from 1) and {init_seed}: lists belong to one split. Users and items that the data lack are counted, not refused;
// a file that knows none of either is.
// Errors ("file:line: ..."): those of framework/data/score_rows.h; a pair of user and item listed twice.

#include <cstdint>
#include <string>
#include <vector>

#include "framework/config/table.h"
#include "framework/data/score_rows.h"
#include "framework/recommend/recommender.h"

namespace motive {

/// A path as an experiment gives it: relative to the experiment's file.
struct ScoresPath {
  std::string path;
};

struct ScoresFileParams {
  ScoresPath file;
  ScoreFormat format = ScoreFormat::kAuto;
  static const config::Table<ScoresFileParams>& table();
};

/// The file's name at this place, with its placeholders replaced.
Path scores_file_at(const ScoresFileParams& params, const FitPlace& place, std::uint64_t init_seed);

class ScoresFile final : public Recommender {
 public:
  explicit ScoresFile(const ScoresFileParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

 private:
  struct Row;
  Status read_rows(const Path& file, const TrainingView& train, const FitContext& context, std::vector<Row>& rows);
  Status keep(std::vector<Row> rows, const Path& file, const TrainingView& train);
  Status rank_one(const Query& query, bool all, std::vector<float>& scores, RankSink& sink) const;

  ScoresFileParams params_;
  std::uint64_t n_items_ = 0;
  std::uint64_t unknown_users_ = 0, unknown_items_ = 0;
  std::vector<std::uint64_t> offsets_{0};  // [U+1]
  std::vector<std::uint32_t> items_;       // of each user, ascending
  std::vector<float> scores_;              // beside items_
};

}  // namespace motive
