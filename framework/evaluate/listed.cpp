#include "framework/evaluate/listed.h"

#include <algorithm>
#include <unordered_map>

#include "framework/data/record_reader.h"

namespace motive {
namespace {

using Lists = std::vector<std::vector<ItemId>>;  // by query

Status read_rows(const Path& file, const QuerySet& test, const LedgerFacts& facts, Lists& lists, std::uint64_t& ignored) {
  std::unordered_map<std::string_view, std::size_t> queries, items;
  for (std::size_t q = 0; q < test.size(); ++q) queries.emplace(facts.users->id(index(test.users[q])), q);
  for (std::size_t i = 0; i < facts.items->size(); ++i) items.emplace(facts.items->id(i), i);
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(file, {}));
  std::vector<std::string_view> fields;
  MOTIVE_ASSIGN(const bool any, reader.next(fields));
  if (!any) return invalid("{}: is empty; its first line must be a header, such as user,item", file.string());
  const std::size_t width = fields.size();
  const auto user = static_cast<std::size_t>(std::find(fields.begin(), fields.end(), "user") - fields.begin());
  const auto item = static_cast<std::size_t>(std::find(fields.begin(), fields.end(), "item") - fields.begin());
  if (user == width || item == width) {
    return reader.error("the header must name the columns user and item, found {}", fmt::join(fields, ","));
  }
  while (true) {
    MOTIVE_ASSIGN(const bool more, reader.next(fields));
    if (!more) return {};
    if (fields.size() != width) return reader.error("{} fields, the header has {}", fields.size(), width);
    const auto q = queries.find(fields[user]);
    if (q == queries.end()) {
      ++ignored;
      continue;
    }
    const auto i = items.find(fields[item]);
    if (i == items.end()) {
      return reader.error("the data have no item `{}`; were the candidates made from other data or filters?", fields[item]);
    }
    auto& list = lists[q->second];
    if (std::find(list.begin(), list.end(), item_id(i->second)) == list.end()) list.push_back(item_id(i->second));
  }
}

}  // namespace

Result<ListedCandidates> read_listed(const Path& file, const EventsView& events, const QuerySet& test,
                                     const LedgerFacts& facts) {
  if (!facts.items || !facts.users) return fail("candidates of {}: no tables of items and users were given", file.string());
  ListedCandidates listed;
  Lists lists(test.size());
  MOTIVE_TRY(read_rows(file, test, facts, lists, listed.ignored_rows));
  std::size_t without = 0;
  std::string example;
  for (std::size_t q = 0; q < test.size(); ++q) {
    if (lists[q].empty()) {
      ++without;
      if (example.empty()) example = facts.users->id(index(test.users[q]));
    }
    const auto touched = events.items_of(test.users[q]);
    const auto targets = test.targets_of(q);
    for (const ItemId item : lists[q]) {
      const bool target = std::find(targets.begin(), targets.end(), item) != targets.end();
      listed.touched += !target && std::find(touched.begin(), touched.end(), item) != touched.end();
      listed.items.push_back(item);
    }
    listed.offsets.push_back(listed.items.size());
  }
  if (without > 0) {
    return invalid("{}: {} of {} test users have no candidates there, such as `{}`; every method is judged on the same users, so "
                   "the file must name candidates for all of them", file.string(), without, test.size(), example);
  }
  return listed;
}

}  // namespace motive
