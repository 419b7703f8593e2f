#include "framework/experiment/explain.h"

#include <algorithm>
#include <map>

#include "framework/evaluate/csv_zst.h"
#include "framework/experiment/stages.h"

namespace motive {
namespace {

/// What the method said of the user; null where it says nothing.
Result<Json> said_of(const Path& ranks, const std::string& user) {
  const Path file = ranks / "explanations.jsonl.zst";
  if (!std::filesystem::exists(file)) return Json();
  MOTIVE_ASSIGN(const std::string lines, read_zst(file));
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    const Json line = Json::parse(lines.substr(begin, end - begin), nullptr, false);
    if (line.is_object() && line.value("user", "") == user) return line.value("said", Json());
    begin = end + 1;
  }
  return Json();
}

std::map<std::string, std::string> titles_of(const Catalogue& items) {
  std::map<std::string, std::string> titles;
  for (std::size_t i = 0; i < items.size(); ++i) titles.emplace(items.id(i), items.text(i, "title"));
  return titles;
}

/// Where this cell tested the user; nothing where it did not.
Result<std::optional<Explanation>> explain_cell(const Store& store, CellRecord record, const std::string& user) {
  record.fit.resize(std::min(record.fit.size(), record.fit.find('+')));  // with folds: the first
  record.result.cell.resize(std::min(record.result.cell.size(), record.result.cell.find('+')));
  const Path ranks = store.folder("ranks", record.result.cell);
  MOTIVE_ASSIGN(const auto rows, read_ranks(ranks, ""));
  Explanation found{.cell = record.result, .history = {}, .truths = {}, .top = {}, .said = {}};
  MOTIVE_ASSIGN(const Json fit, read_spec(store, "fits", record.fit));
  MOTIVE_ASSIGN(const OpenSplit open, open_split(store, fit.at("split")));
  const auto titles = titles_of(open.data.items());
  const auto title = [&](const std::string& item) { return titles.count(item) ? titles.at(item) : std::string(); };
  for (const StoredRank& row : rows) {
    if (row.user == user) found.truths.push_back({row.positive, title(row.positive), row.above, row.tied, row.candidates});
  }
  if (found.truths.empty()) return std::optional<Explanation>();
  MOTIVE_ASSIGN(const Json spec, read_spec(store, "ranks", record.result.cell));
  MOTIVE_ASSIGN(const Json candidates, read_spec(store, "candidates", spec.at("candidates")));
  const QuerySet queries = test_queries(open.split, candidates, history_of(spec));
  for (std::size_t q = 0; q < queries.size(); ++q) {
    if (open.data.users().id(index(queries.users[q])) != user) continue;
    for (const ItemId item : queries.history_of(q)) {
      const std::string id(open.data.items().id(index(item)));
      found.history.emplace_back(id, title(id));
    }
  }
  MOTIVE_ASSIGN(const auto lists, read_lists(ranks));
  for (const StoredList& list : lists) {
    if (list.user != user) continue;
    for (const std::string& item : list.items) found.top.emplace_back(item, title(item));
  }
  MOTIVE_ASSIGN(found.said, said_of(ranks, user));
  return std::optional<Explanation>(std::move(found));
}

std::string words_of(const Json& list) {
  std::string text;
  for (const Json& word : list) text += (text.empty() ? "" : ", ") + (word.is_string() ? word.get<std::string>() : word.dump());
  return text;
}

std::string profile_text(const Json& said) {
  std::string text = "Profile: what seems to drive the user";
  text += said.value("prior", false) ? " (nothing is known: every dimension alike)\n" : "\n";
  for (const Json& motive : said.at("profile")) {
    text += fmt::format("  {} {:<22} {}\n", std::string(static_cast<std::size_t>(std::clamp(motive.value("strength", 0), 0, 5)), '#') +
                            std::string(static_cast<std::size_t>(5 - std::clamp(motive.value("strength", 0), 0, 5)), '.'),
                        motive.value("dimension", ""), motive.value("motivation", ""));
    if (const Json keywords = motive.value("keywords", Json::array()); !keywords.empty()) text += fmt::format("{:31}{}\n", "", words_of(keywords));
  }
  return text;
}

}  // namespace

Result<Explanation> explain(const Path& folder, const std::string& label, const std::string& user) {
  MOTIVE_ASSIGN(const Path root, store_of(folder));
  MOTIVE_ASSIGN(const Store store, Store::open(root));
  MOTIVE_ASSIGN(auto records, done_cells_of(folder, label));
  for (CellRecord& record : records) {
    MOTIVE_ASSIGN(auto found, explain_cell(store, std::move(record), user));
    if (found) return std::move(*found);
  }
  return invalid("{}: `{}` is no test user of {}; the users are in the first column of ranks.csv.zst of its cells", folder.string(), user, label);
}

std::string describe_explanation(const Explanation& e, const std::string& user) {
  std::string text = fmt::format("{} for user {} · {} · {} · {}{}\n\n", e.cell.label, user, e.cell.dataset, e.cell.split, e.cell.protocol,
                                 seeds_text(e.cell.seeds));
  text += fmt::format("History: {}\n", e.history.empty() ? "nothing is shown" : fmt::format("{} items, oldest first", e.history.size()));
  for (const auto& [item, title] : e.history) text += fmt::format("  {}  {}\n", item, title);
  if (e.said.is_object() && e.said.contains("profile")) text += "\n" + profile_text(e.said);
  const auto is_truth = [&](const std::string& item) {
    return std::any_of(e.truths.begin(), e.truths.end(), [&](const auto& truth) { return truth.item == item; });
  };
  std::map<std::string, Json> reasons;
  if (e.said.is_object()) {
    for (const Json& entry : e.said.value("ranking", Json::array())) reasons.emplace(entry.value("item", ""), entry);
  }
  text += "\nRanking (> the truth)\n";
  std::size_t rank = 0;
  for (const auto& [item, title] : e.top) {
    text += fmt::format("{} {:>3}  {}  {}\n", is_truth(item) ? '>' : ' ', ++rank, item, title);
    const auto entry = reasons.find(item);
    if (entry == reasons.end()) continue;
    if (entry->second.contains("text")) text += fmt::format("         {}\n", entry->second.at("text").get<std::string>());
    if (entry->second.contains("reason")) {
      text += fmt::format("         because: {}{}\n", entry->second.at("reason").get<std::string>(),
                          entry->second.value("unfaithful", false) ? " (not faithful to the profile: demoted)" : "");
    }
  }
  for (const auto& truth : e.truths) {
    text += fmt::format("\nThe truth: {}  {}: {} of {} candidates stand above it{}\n", truth.item, truth.title, truth.above, truth.candidates,
                        truth.tied > 0 ? fmt::format(", {} are tied with it", truth.tied) : "");
  }
  if (e.said.is_object() && e.said.value("repaired", false)) text += "The model's list was not valid as it came, and was repaired.\n";
  return text;
}

}  // namespace motive
