#pragma once
// Purpose: what may be wrong with a data set, before a model is trained on it: ties, duplicates,
// whether order carries anything, whether ids tell popularity, implausible users, missing text. Each
// check gives its figures, one line saying what they mean, and whether that is a warning.
// Complexity: O(N log N); what sorts pairs of events looks at the events of users drawn until they
// have two million. Memory: 16 bytes an event looked at. Determinism: fixed seeds, one thread.
// Nothing here is used by an experiment.

#include "framework/base/json.h"
#include "framework/data/prepared.h"

namespace motive {

/// Checks by name, each with `remark` and `warning`:
/// - ties: tied_share (events, but each user's first, at the time of the event before), grain.
/// - repeats: exact (same user, item, time, rating as an earlier event), repeated (other repeats).
/// - sequentiality (after Klenitskiy et al., RecSys 2024, who count the rules that survive
///   shuffling): of all pairs of consecutive items in users' histories (repeats left out), the share
///   whose ordered pair occurs with at least two users, and the number of ordered pairs with at
///   least five (`rules`); the same for five seeded shuffles of each history.
///   ratio = recurring_share / mean recurring_share of the shuffles; 1: order carries nothing.
/// - id_leakage: for the order of the source and that of the raw ids, Spearman's correlation of
///   place and number of events, and the hr@5 that ranking by place alone reaches for each user's
///   last item among 29 others drawn uniformly: mean of P(Binomial(29, p) <= 4), p the share of the
///   other items before it (chance: 5/30).
/// - bots: users with implausibly many events (above exp(q3 + 3 (q3 - q1)) of the quartiles of ln
///   count, and above 100), and with implausible bursts (30 events within a minute; 50 at one time
///   where times are whole days).
/// - text: share of items with events that have any field, and that have each.
OrderedJson inspect_data(const PreparedData& data);

}  // namespace motive
