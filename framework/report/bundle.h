#pragma once
// Purpose: an anonymised artefact for reviewers from a run folder: a folder from which `motive table` makes every table
// again without the data set, the store that the run was made with, or a network.
//   README.txt SHA256SUMS      what it is and what was taken out; `sha256sum -c SHA256SUMS`
//   manifest.json resolved.yaml experiment.yaml cells.jsonl curves.csv splits/    as in the run folder, without traces of
//                              a person or machine (anonymise.h); experiment.yaml holds the resolved configuration, since
//                              the author's own may hold comments
//   store/ranks/<hash>/        ranks and lists of done cells; users by running numbers, in the order of their rows
//   store/facts/               what slices and metrics of lists need of items and users (bundle_facts.h)
//   llm/                       the answers of language models that were asked for under the experiment's name (cache.h)
//   metrics.csv .. table.tex   the tables
// It is made aside, checked and renamed. Checked: a copy in another folder gives the same tables as the run folder, byte
// for byte (where causes or notes held a path, as the run folder's ranks with the bundle's words); no file holds a trace.
// Determinism: the same run folder, store and cache give the same bytes.
// Errors (kInvalid): no run folder, `out` exists, `ties: random` with other user ids, answers that are not in the cache.
// Others: nodes that are missing or damaged, tables that differ, a trace that is left (file and kind), a full disk.
// Whatever fails leaves nothing behind; what a killed process leaves (.NAME.making beside it) goes with the next one.

#include <map>
#include <string>
#include <vector>

#include "framework/base/files.h"

namespace motive {

struct BundleOptions {
  Path run;                             // the run folder
  Path out;                             // the bundle; default: RUN-bundle
  Path cache;                           // answers.sqlite; default: llm::cache_file()
  bool answers = true;                  // false: without the record of language models
  bool all_answers = false;             // the whole cache
  std::vector<std::string> answers_of;  // further experiments whose answers this one used
  bool keep_user_ids = false;
  std::vector<std::string> allowed;  // names that are no names of persons here, although host, user or git have them
};

struct BundleReport {
  Path folder;
  std::size_t cells = 0, done = 0, ranks = 0, users = 0, files = 0;  // users: by running numbers; 0: ids were kept
  std::uint64_t bytes = 0, answers = 0;
  std::string answers_note;                     // why there are none, or whose
  bool other_words = false;                     // words in tables (causes, notes, labels) were replaced
  std::map<std::string, std::size_t> replaced;  // by kind
};

Result<BundleReport> make_bundle(const BundleOptions& options);

}  // namespace motive
