#pragma once
// Purpose: the synthetic world (docs/synthetic-world.md): users with motivations, items with traits
// and texts that express them, events caused by both, and the truth kept beside. Formula: user u
// picks item i among those released and not yet bought with the utility
//   fit * sum_m w_um t_im + interest * c_u,category(i) - popularity * ln(rank_i + 3) + noise *
//   Gumbel,
// that is, with probability proportional to exp(utility without the last term / noise).
// Complexity: O(events + users * traits * categories + items log items) expected; see
// world_choice.h. Memory: the tables it fills, and about 60 bytes an item. Determinism: the same
// options, words file and kWorldVersion give the same bytes on any machine: all arithmetic between
// draws is in integers (world_fixed.h). One stream of random numbers an item or user. Errors: a
// words file that is missing or wrong, options that contradict each other, a full disk.

#include <cstdint>

#include "framework/base/files.h"
#include "framework/config/table.h"
#include "framework/data/raw_tables.h"

namespace motive {

/// Part of every key: raised whenever the same options give other bytes.
inline constexpr std::string_view kWorldVersion = "1";

struct WorldOptions {
  std::int64_t users = 1000;
  std::int64_t items = 500;
  double events_per_user = 12;
  std::int64_t min_events = 5;
  std::uint64_t seed = 1;
  double fit = 6;
  double interest = 2;
  double popularity = 0.6;
  double noise = 1;
  double rating_fit = 2;
  double rating_noise = 1;
  double text_noise = 0.1;
  std::int64_t sentences = 4;
  double repeats = 0;
  double same_day = 0.35;
  double released_at_start = 0.6;
  std::int64_t days = 1460;

  static const config::Table<WorldOptions>& table();
  /// A rule across options that does not hold, in words; "" where all hold.
  std::string contradiction() const;
};

/// Fills `out` (users, items, events in the order of the users' numbers). Where `truth_folder` is
/// not empty, writes users.csv, items.csv and world.json into it (it is made where it is missing);
/// for people and tests, never for a method.
Status generate_world(const WorldOptions& options, RawTables& out, const Path& truth_folder);

/// The words: datasets/synthetic/words.yaml under $MOTIVE_HOME, else under the source tree.
Path world_words_file();

/// What generate_world will need, before it runs. Events: expected, the real number differs by
/// chance.
struct WorldEstimate {
  std::uint64_t events = 0, memory_bytes = 0;
};
WorldEstimate estimate_world(const WorldOptions& options);

}  // namespace motive
