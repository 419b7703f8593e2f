#pragma once
// Purpose: rows "user, item, score" of lists made elsewhere, one after the other, gz and zst as they are.
//   CSV:  user,item,score   with or without a header; separator comma, tab or semicolon (found by the first line).
//         A header names the columns (user or user_id, item or item_id, score), in any order, others are passed over.
//   TREC: qid Q0 docid rank score tag   between blanks; qid is the user, docid the item. The rank is not read:
//         what orders is the score, as in trec_eval.
// Memory: one buffer. Errors (kInvalid, "file:line: ..."): an empty file, a first line that is none of these, a row of
// another width, an empty id, a score that is no finite number; what RecordReader refuses.

#include <cstdint>
#include <functional>
#include <string_view>

#include "framework/base/files.h"

namespace motive {

enum class ScoreFormat { kAuto, kCsv, kTrec };

/// Ids are views that live until the next row.
struct ScoreRow {
  std::string_view user, item;
  double score = 0;
  std::uint64_t line = 0;
};

using TakeScoreRow = std::function<Status(const ScoreRow&)>;

Status read_score_rows(const Path& file, ScoreFormat format, const TakeScoreRow& take);

}  // namespace motive
