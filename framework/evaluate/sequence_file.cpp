#include "framework/evaluate/sequence_file.h"

#include <algorithm>
#include <charconv>

#include "framework/base/mapped_file.h"

namespace motive {
namespace {

constexpr std::size_t kFewest = 3;  // items of a user who is tested

/// What a user trains on, of so many events.
std::size_t train_length(std::size_t length) { return length < kFewest ? length : length - 2; }

/// The next word of a line; empty at its end.
std::string_view take_word(std::string_view& line) {
  const std::size_t first = std::min(line.find_first_not_of(" \t\r"), line.size());
  line.remove_prefix(first);
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

/// Appends the items of a line. False where something is not a number.
bool take_items(std::string_view line, std::vector<std::uint64_t>& items) {
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    std::uint64_t item = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), item);
    if (error != std::errc() || end != word.data() + word.size()) return false;
    items.push_back(item);
  }
  return true;
}

/// Numbers the ids: 0 for the smallest. What `raw` holds is sorted away.
std::vector<ItemId> number_items(const std::vector<std::uint64_t>& raw, std::vector<std::uint64_t>& ids) {
  ids = raw;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<ItemId> items;
  items.reserve(raw.size());
  for (const std::uint64_t id : raw) {
    items.push_back(item_id(static_cast<std::size_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin())));
  }
  return items;
}

}  // namespace

EventsCopy SequenceFile::train() const {
  EventsCopy events;
  events.offsets = {0};
  for (std::size_t u = 0; u < n_users(); ++u) {
    const auto own = all().items_of(user_id(u));
    const auto kept = own.first(train_length(own.size()));
    events.items.insert(events.items.end(), kept.begin(), kept.end());
    events.offsets.push_back(events.items.size());
  }
  return events;
}

QuerySet SequenceFile::test(TestHistory history) const {
  QuerySet test;
  test.target_offsets = test.history_offsets = test.mask_offsets = {0};
  for (std::size_t u = 0; u < n_users(); ++u) {
    const auto own = all().items_of(user_id(u));
    if (own.size() < kFewest) continue;
    const auto seen = own.first(own.size() - 1);
    const auto shown = history == TestHistory::kTrainValid ? seen : seen.first(seen.size() - 1);
    test.users.push_back(user_id(u));
    test.targets.push_back(own.back());
    test.history.insert(test.history.end(), shown.begin(), shown.end());
    test.mask.insert(test.mask.end(), seen.begin(), seen.end());
    std::sort(test.mask.end() - static_cast<std::ptrdiff_t>(seen.size()), test.mask.end());
    test.target_offsets.push_back(test.targets.size());
    test.history_offsets.push_back(test.history.size());
    test.mask_offsets.push_back(test.mask.size());
  }
  return test;
}

Result<SequenceFile> read_sequences(const Path& file) {
  MOTIVE_ASSIGN(const MappedFile mapped, MappedFile::open(file));
  SequenceFile sequences;
  sequences.name = file.filename().string();
  sequences.offsets = {0};
  std::vector<std::uint64_t> raw;
  bool any_tested = false;
  std::string_view text = mapped.text();
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view user = take_word(line);
    if (user.empty()) continue;
    if (!take_items(line, raw)) {
      return invalid("{}:{}: not a user id and item numbers separated by spaces", file.string(), number);
    }
    any_tested |= raw.size() - sequences.offsets.back() >= kFewest;
    sequences.user_ids.emplace_back(user);
    sequences.offsets.push_back(raw.size());
  }
  if (!any_tested) return invalid("{}: no user has {} items", file.string(), kFewest);
  sequences.items = number_items(raw, sequences.item_ids);
  return sequences;
}

}  // namespace motive
