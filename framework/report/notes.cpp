#include "framework/report/notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "framework/report/notes_tests.h"

namespace motive {
namespace {

/// Methods that are cheap and hard to beat: a tuned one belongs into every table (evaluation.md,
/// rule 8).
constexpr std::array kSimpleBaselines = {"item_knn", "user_knn", "content_knn",
                                         "bpr",      "ease",     "slim"};

bool is_simple(const std::string& model) {
  return std::find(kSimpleBaselines.begin(), kSimpleBaselines.end(), model) !=
         kSimpleBaselines.end();
}

const DatasetInfo& dataset_of(const Grid& grid, const std::string& name) {
  return *std::find_if(grid.datasets.begin(), grid.datasets.end(),
                       [&](const DatasetInfo& d) { return d.name == name; });
}

/// "beauty 1; sports 2", or "1" where there is one data set or all say the same.
std::string by_dataset(const std::vector<std::pair<std::string, std::string>>& texts) {
  const bool same = std::all_of(texts.begin(), texts.end(),
                                [&](const auto& t) { return t.second == texts.front().second; });
  if (texts.empty()) return "";
  if (same) return texts.front().second;
  std::string out;
  for (const auto& [dataset, text] : texts) {
    out += (out.empty() ? "" : "; ") + dataset + " " + text;
  }
  return out;
}

std::string data_note(const Grid& grid, const Table& table) {
  std::string out;
  for (const std::string& name : table.datasets) {
    const DatasetInfo& d = dataset_of(grid, name);
    out += fmt::format("{}{}: {} users, {} items, {} events", out.empty() ? "" : "; ", d.name,
                       with_thousands(d.users), with_thousands(d.items), with_thousands(d.events));
    if (!d.filtered.empty()) out += fmt::format(" (of {})", d.filtered);
    if (!d.texts.empty()) out += fmt::format(", item texts: {}", d.texts);
  }
  return out;
}

std::string split_note(const Grid& grid, const Table& table) {
  for (const SplitInfo& split : grid.splits) {
    if (split.name != table.split) continue;
    return (split.definition.starts_with(split.name + ":") ? "" : split.name + ": ") + split.definition;
  }
  return table.split;
}

/// Those of `given` that concern the table.
void add_given(const std::vector<GridWarning>& given, const Table& table,
               std::vector<std::string>& out) {
  for (const GridWarning& w : given) {
    const bool dataset =
        w.dataset.empty() ||
        std::find(table.datasets.begin(), table.datasets.end(), w.dataset) != table.datasets.end();
    if (!dataset || (!w.split.empty() && w.split != table.split)) continue;
    if (!w.protocol.empty() && w.protocol != table.protocol) continue;
    const bool name = !w.dataset.empty() && table.datasets.size() > 1;
    out.push_back(name ? w.dataset + ": " + w.text : w.text);
  }
}

/// Whether candidates are what a first stage found.
bool is_retrieved(const Table& table) { return table.protocol.starts_with("retrieved("); }

std::string protocol_note(const Grid& grid, const Table& table) {
  int negatives = 0;
  for (const ProtocolInfo& p : grid.protocols) {
    if (p.protocol == table.protocol) negatives = p.negatives;
  }
  std::vector<std::pair<std::string, std::string>> items;
  for (const std::string& name : table.datasets) {
    items.emplace_back(name, with_thousands(dataset_of(grid, name).items));
  }
  if (table.protocol.starts_with("listed(")) {
    return fmt::format("{}: target among the items that a file lists for the user, the same for every method; not "
                       "comparable with full ranking", table.protocol);
  }
  if (is_retrieved(table)) {
    std::vector<std::string> ceilings;
    add_given(grid.ceilings, table, ceilings);
    return fmt::format("{}: {}", table.protocol, ceilings.empty() ? "what a first stage found" : fmt::format("{}", fmt::join(ceilings, "; ")));
  }
  if (negatives == 0 && table.protocol != "full") {
    return fmt::format("{}: target among all items of the pool but what the user met before; not comparable with other pools",
                       table.protocol);
  }
  if (negatives == 0) {
    const std::string all =
        items.size() == 1 ? items.front().second + " items" : "items (" + by_dataset(items) + ")";
    return fmt::format("{}: target among all {} but the user's history", table.protocol, all);
  }
  return fmt::format(
      "{}: target among {} items{} drawn at random that the user never touched, the same for every "
      "method; "
      "not comparable with full ranking",
      table.protocol, negatives, table.protocol.find("uniform,catalogue") == std::string::npos ? " of the pool" : "");
}

/// The share of targets that share their score with another candidate, for methods where it shows.
std::string tied_shares(const Summary& summary, const TableSource& source, const Table& table) {
  std::string out;
  for (const SummaryRow* row : source) {
    std::uint64_t positives = 0, tied = 0;
    for (std::size_t i = row->first; i < row->first + row->cells; ++i) {
      positives += summary.cells[i].positives;
      tied += summary.cells[i].tied;
    }
    const double share =
        positives == 0 ? 0 : 100.0 * static_cast<double>(tied) / static_cast<double>(positives);
    if (share < 0.05) continue;
    const CellResult& cell = summary.of(*row);
    const std::string variant = cell.variant.empty() ? "" : " (" + cell.variant + ")";
    const std::string where = table.datasets.size() > 1 ? " on " + cell.dataset : "";
    out += fmt::format("{}{}{}{} {:.1f} %", out.empty() ? "" : ", ", cell.label, variant, where,
                       share);
  }
  return out;
}

std::string ties_note(Ties ties, const std::string& shares) {
  static const char* const kText[] = {"expected value over all orders of tied items",
                                      "pessimistic: tied items stand before the target",
                                      "optimistic: tied items stand after the target",
                                      "random: a seeded order of tied items for each user"};
  return std::string(kText[static_cast<std::size_t>(ties)]) +
         "; tied targets: " + (shares.empty() ? "none" : shares);
}

std::string seeds_note(const Summary& summary, const TableSource& source) {
  std::array<std::set<std::uint64_t>, 6> seeds;
  for (const SummaryRow* row : source) {
    for (std::size_t i = row->first; i < row->first + row->cells; ++i) {
      const CellSeeds& s = summary.cells[i].cell.seeds;
      const std::array all = {s.split, s.order, s.init, s.candidates, s.llm, s.prompt_order};
      for (std::size_t k = 0; k < all.size(); ++k) {
        if (all[k]) seeds[k].insert(*all[k]);
      }
    }
  }
  constexpr std::array kNames = {"split", "order", "init", "candidates", "llm", "prompt_order"};
  std::string out;
  for (std::size_t k = 0; k < seeds.size(); ++k) {
    if (seeds[k].empty()) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : "; ", kNames[k], fmt::join(seeds[k], ", "));
  }
  return out.empty() ? "none: nothing here depends on one" : out;
}

/// How parameters were found: "random search on ...: 20 settings each of BPR (lr), ...; as given, not tuned: ...".
std::string tuning_note(const Grid& grid, const Table& table) {
  if (grid.tuning.empty()) return "";
  std::vector<std::string> tuned, given, nothing;
  for (const ModelInfo& model : grid.models) {
    const auto own = [&](const TableRow& row) { return row.label == model.label && row.has_values(); };
    if (std::none_of(table.rows.begin(), table.rows.end(), own)) continue;
    if (model.tuned) {
      tuned.push_back(fmt::format("{} {} settings{} ({})", model.label, model.trials, model.exhausted ? ", the whole of its search" : "", model.searched));
    } else {
      (model.tunable ? given : nothing).push_back(model.label);
    }
  }
  std::string out = fmt::format("{}: {}", grid.tuning, tuned.empty() ? "no method of this table" : fmt::format("{}", fmt::join(tuned, ", ")));
  if (!given.empty()) out += fmt::format("; not tuned, parameters as given: {}", fmt::join(given, ", "));
  if (!nothing.empty()) out += fmt::format("; nothing to tune: {}", fmt::join(nothing, ", "));
  return out;
}

/// What the slices are, and of a table of slices how many users each has.
std::string slices_note(const Grid& grid, const Table& table) {
  for (const SliceSpec& slice : grid.slices) {
    if (slice_kind_name(slice.by) == slice_kind_of(table.slice)) return slice_definition(slice);
  }
  return "";
}

std::string slice_users_note(const TableSource& source, const Summary& summary,
                             const Table& table) {
  std::string out;
  for (const std::string& dataset : table.datasets) {
    std::string part, last;
    for (const TableRow& row : table.rows) {
      if (row.slice == last) continue;
      last = row.slice;
      std::uint64_t most = 0;
      for (const SummaryRow* from : source) {
        if (summary.of(*from).dataset != dataset) continue;
        for (const SummarySlice& slice : from->slices) {
          if (slice.name == row.slice) most = std::max(most, slice.users);
        }
      }
      part += fmt::format("{}{} {}", part.empty() ? "" : ", ", row.slice, with_thousands(most));
    }
    out += (out.empty() ? "" : "; ") + (table.datasets.size() > 1 ? dataset + ": " : "") + part;
  }
  return out + " test users; every number is a mean over those of its slice";
}

/// What metrics beyond accuracy are of, where the table shows any.
std::string lists_note(const Table& table) {
  const bool any = std::any_of(table.columns.begin(), table.columns.end(),
                               [](const MetricSpec& c) { return metric_help(c.kind).lists; });
  return any ? "coverage, gini, novelty and diversity are of the first k of each user's list and "
               "are not marked: more is not "
               "better by itself"
             : "";
}

std::string users_note(const TableSource& source, const Summary& summary, const Table& table) {
  std::vector<std::pair<std::string, std::string>> users;
  for (const std::string& dataset : table.datasets) {
    std::uint64_t most = 0;
    for (const SummaryRow* row : source) {
      if (summary.of(*row).dataset == dataset) most = std::max(most, row->users);
    }
    users.emplace_back(dataset, with_thousands(most));
  }
  return by_dataset(users) + " test users; every number is a mean over them";
}

std::string detectable_note(const Summary& summary, const Table& table) {
  std::string out;
  for (const std::string& dataset : table.datasets) {
    std::string part;
    for (const Detectable& d : summary.detectable) {
      if (d.dataset != dataset || d.split != table.split || d.protocol != table.protocol) continue;
      part += fmt::format("{}{} in {}", part.empty() ? "" : ", ", table_number(d.difference),
                          metric_title(d.spec));
    }
    if (part.empty()) continue;
    out += (out.empty() ? "" : "; ") + (table.datasets.size() > 1 ? dataset + ": " : "") + part;
  }
  if (out.empty()) return out;
  return out +
         " (smallest true difference that a paired t-test of the two best would find: 5 %, power "
         "80 %)";
}

// ---- warnings
// ---------------------------------------------------------------------------------------

void company_warnings(const Grid& grid, const Table& table, std::vector<std::string>& out) {
  bool random = false, popularity = false, simple = false, tuned = false;
  for (const TableRow& row : table.rows) {
    random |= row.model == "random";
    popularity |= row.model == "popularity";
    if (!is_simple(row.model)) continue;
    simple = true;
    for (const ModelInfo& model : grid.models) tuned |= model.label == row.label && model.tuned;
  }
  std::vector<std::string> missing;
  if (!random) missing.push_back("random");
  if (!popularity) missing.push_back("popularity");
  if (!simple) missing.push_back("a tuned simple baseline (such as item_knn)");
  if (!missing.empty())
    out.push_back(fmt::format("this table lacks {}", fmt::join(missing, " and ")));
  if (simple && !tuned) out.push_back("no simple baseline of this table was tuned on validation");
}

/// Everything that was not ranked as asked, by method: the most of any cell.
void count_warnings(const Summary& summary, const TableSource& source, const Table& table,
                    std::vector<std::string>& out) {
  for (const SummaryRow* row : source) {
    const CellResult& first = summary.of(*row);
    const std::string variant = first.variant.empty() ? "" : " (" + first.variant + ")";
    const std::string where = table.datasets.size() > 1 ? " on " + first.dataset : "";
    std::vector<std::pair<std::string, std::uint64_t>> most = {{"queries without an answer", 0}};
    for (std::size_t i = row->first; i < row->first + row->cells; ++i) {
      const MeasuredCell& measured = summary.cells[i];
      // Beyond the last stand those without an answer; and, after a first stage, those that it did not find.
      if (!is_retrieved(table)) most[0].second = std::max(most[0].second, measured.unanswered);
      // The counts are the cell's, whatever the variant; unanswered queries are counted from the
      // ranks.
      if (!first.variant.empty()) continue;
      for (const auto& [what, n] : measured.cell.counts) {
        if (what.starts_with("unanswered") && !is_retrieved(table)) continue;
        const auto known =
            std::find_if(most.begin(), most.end(), [&](const auto& m) { return m.first == what; });
        if (known == most.end()) {
          most.emplace_back(what, n);
        } else {
          known->second = std::max(known->second, n);
        }
      }
    }
    std::sort(most.begin() + 1, most.end());
    for (const auto& [what, n] : most) {
      if (n > 0)
        out.push_back(
            fmt::format("{}{}{}, {}: {}", first.label, variant, where, what, with_thousands(n)));
    }
  }
}

/// Every method is judged on the same users: cells of one split and its seeds must agree.
void user_warnings(const Summary& summary, const TableSource& source,
                   std::vector<std::string>& out) {
  std::vector<const MeasuredCell*> firsts;
  for (const SummaryRow* row : source) {
    for (std::size_t i = row->first; i < row->first + row->cells; ++i) {
      const MeasuredCell& cell = summary.cells[i];
      if (cell.values.empty()) continue;
      const auto like = std::find_if(firsts.begin(), firsts.end(), [&](const MeasuredCell* f) {
        return f->cell.dataset == cell.cell.dataset &&
               f->cell.seeds.split == cell.cell.seeds.split &&
               f->cell.seeds.order == cell.cell.seeds.order;
      });
      if (like == firsts.end()) {
        firsts.push_back(&cell);
      } else if ((*like)->users != cell.users || (*like)->users_hash != cell.users_hash) {
        out.push_back(fmt::format("{} and {} were judged on different users of {}",
                                  (*like)->cell.label, cell.cell.label, cell.cell.dataset));
      }
    }
  }
}

std::string published_note(const Table& table) {
  if (table.published.empty()) return "";
  if (table.published_sources.empty()) return fmt::format("{} has no number of this split, these data sets, methods and metrics", table.published);
  const bool same = table.published_protocols.size() == 1 && table.published_protocols.front() == table.protocol;
  return fmt::format("as printed in {} ({}), and ours minus that{}", table.published, fmt::join(table.published_sources, ", "),
                     same ? "; the same protocol by name, on other data and settings"
                          : fmt::format("; their protocol: {}, so the two are not comparable", fmt::join(table.published_protocols, ", ")));
}

}  // namespace

std::vector<TableNote> table_notes(const Grid& grid, const Summary& summary,
                                   const TableSource& source, const Table& table) {
  const bool sliced = !table.slice.empty();
  std::vector<TableNote> notes;
  const auto add = [&](const char* heading, std::string text) {
    if (!text.empty()) notes.push_back({heading, std::move(text), false});
  };
  add("Data", data_note(grid, table));
  add("Split", split_note(grid, table));
  add("Protocol", protocol_note(grid, table));
  add("Ties", ties_note(grid.ties, tied_shares(summary, source, table)));
  std::vector<std::string> answers;
  if (!sliced) add_given(grid.answers, table, answers);
  for (std::string& text : answers) add("LLM", std::move(text));
  add("Refit", grid.refit);
  add("Tuning", tuning_note(grid, table));
  std::vector<std::string> canaries;
  if (!sliced) add_given(grid.canaries, table, canaries);
  add("Canaries", fmt::format("{}", fmt::join(canaries, "; ")));
  add("Seeds", seeds_note(summary, source));
  add("Slices", slices_note(grid, table));
  add("Users",
      sliced ? slice_users_note(source, summary, table) : users_note(source, summary, table));
  add("Lists", lists_note(table));
  if (table.has_spread()) {
    add("±", "standard deviation over a method's seeds; without it: one run");
  }
  const bool unequal = std::any_of(table.rows.begin(), table.rows.end(), [](const TableRow& row) { return row.larger_budget; });
  add("*", std::string("best of its column") + (sliced ? " within the slice" : "") +
               (unequal ? ", unless more of its settings were tried than of a rival" : "") +
               "; not a statement about significance");  // test_notes() makes that
  add("Published", published_note(table));
  for (TableNote& note : test_notes(grid, summary, table)) notes.push_back(std::move(note));
  if (!sliced) add("Detectable", detectable_note(summary, table));
  std::vector<std::string> warnings;
  if (!sliced) company_warnings(grid, table, warnings);
  user_warnings(summary, source, warnings);
  if (!sliced) count_warnings(summary, source, table, warnings);
  add_given(grid.warnings, table, warnings);
  std::vector<std::string> said;
  for (std::string& text : warnings) {
    if (std::find(said.begin(), said.end(), text) != said.end()) continue;
    said.push_back(text);
    notes.push_back({"Warning", std::move(text), true});
  }
  add("Config", grid.experiment + " " + grid.config_hash.substr(0, 12));
  return notes;
}

}  // namespace motive
