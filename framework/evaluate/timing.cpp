#include "framework/evaluate/timing.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <unordered_map>

#include "framework/base/mapped_file.h"
#include "framework/base/rng.h"
#include "framework/evaluate/ranking.h"

namespace motive {
namespace {

struct Sequences {
  std::size_t users = 0, items = 0, train_events = 0;
  QuerySet test;
};

/// Random vectors: what is timed does not depend on what they say.
class RandomFactors final : public FactorRecommender {
 public:
  RandomFactors(std::size_t users, std::size_t items, std::size_t dim, std::uint64_t seed)
      : dim_(dim), users_(users * dim), items_(items * dim) {
    Rng rng(seed, "timing factors");
    for (float& x : users_) x = static_cast<float>(rng.normal());
    for (float& x : items_) x = static_cast<float>(rng.normal());
  }
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
  ItemFactors item_factors() const override { return {items_, {}, dim_}; }
  Status user_factors(const Query& query, std::span<float> out) const override {
    std::copy_n(users_.begin() + static_cast<std::ptrdiff_t>(index(query.user) * dim_), dim_,
                out.begin());
    return {};
  }

 private:
  std::size_t dim_;
  std::vector<float> users_, items_;
};

/// Takes the numbers of a line. False where something else stands there.
bool parse_line(std::string_view line, std::vector<std::uint64_t>& numbers) {
  numbers.clear();
  const char* at = line.data();
  const char* const end = at + line.size();
  while (at != end) {
    if (*at == ' ' || *at == '\r' || *at == '\t') {
      ++at;
      continue;
    }
    std::uint64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) return false;
    numbers.push_back(number);
    at = next;
  }
  return true;
}

void add_query(Sequences& sequences, std::span<const ItemId> items) {
  QuerySet& test = sequences.test;
  const auto history = items.first(items.size() - 1);
  test.users.push_back(user_id(sequences.users));
  test.targets.push_back(items.back());
  test.history.insert(test.history.end(), history.begin(), history.end());
  std::vector<ItemId> mask(history.begin(), history.end());
  std::sort(mask.begin(), mask.end());
  test.mask.insert(test.mask.end(), mask.begin(), mask.end());
  test.target_offsets.push_back(test.targets.size());
  test.history_offsets.push_back(test.history.size());
  test.mask_offsets.push_back(test.mask.size());
  sequences.train_events += items.size() - 2;
}

Result<Sequences> read_sequences(const Path& file) {
  MOTIVE_ASSIGN(const MappedFile mapped, MappedFile::open(file));
  Sequences sequences;
  sequences.test.target_offsets = sequences.test.history_offsets =
      sequences.test.mask_offsets = {0};
  std::unordered_map<std::uint64_t, ItemId> ids;
  std::vector<std::uint64_t> numbers;
  std::vector<ItemId> items;
  std::string_view text = mapped.text();
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    if (!parse_line(text.substr(0, length), numbers)) {
      return invalid("{}:{}: not a user id and item ids separated by spaces", file.string(), line);
    }
    text.remove_prefix(std::min(length + 1, text.size()));
    if (numbers.empty()) continue;
    items.clear();
    for (const std::uint64_t number : std::span(numbers).subspan(1)) {
      items.push_back(ids.try_emplace(number, item_id(ids.size())).first->second);
    }
    if (items.size() >= 3) {
      add_query(sequences, items);
    } else {
      sequences.train_events += items.size();
    }
    ++sequences.users;
  }
  sequences.items = ids.size();
  if (sequences.test.size() == 0) return invalid("{}: no user has 3 items", file.string());
  return sequences;
}

}  // namespace

Result<Json> time_evaluation(const Path& sequences, std::size_t dim, int threads,
                             std::uint64_t seed) {
  MOTIVE_ASSIGN(const Sequences data, read_sequences(sequences));
  const RandomFactors method(data.users, data.items, dim, seed);
  const Ledger ledger = Ledger::full(std::vector<bool>(data.items, true));
  RankTask task;
  task.queries = &data.test;
  task.ledger = &ledger;
  task.unseen_items = true;
  task.n_items = data.items;
  NoProgress silent;
  RankContext context{.seed = seed, .threads = threads, .progress = &silent, .cancel = nullptr};

  const auto start = std::chrono::steady_clock::now();
  MOTIVE_ASSIGN(const Ranking ranking, rank_with(method, task, context));
  Json result = Json::object();
  for (const MetricHelp& help : metric_help()) {
    if (help.lists || !help.cutoff) continue;
    for (const int k : {5, 10}) {
      result[fmt::format("full_{}@{}", help.name, k)] =
          mean_metric({help.kind, k}, ranking.variants.front().rows);
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  result["eval_seconds"] = seconds.count();
  result["data"] = sequences.filename().string();
  result["users"] = data.users;
  result["items"] = data.items;
  result["test_users"] = data.test.size();
  result["train_interactions"] = data.train_events;
  result["dim"] = dim;
  result["threads"] = threads;
  result["seed"] = seed;
  return result;
}

}  // namespace motive
