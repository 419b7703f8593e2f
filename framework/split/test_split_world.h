#pragma once
// Purpose: what the tests of this folder share: a data set prepared from a few events, random events with
// ties, repeats and tiny users, and what holds for every split.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "framework/split/certificate.h"
#include "framework/split/split_files.h"

namespace motive::split_test {

struct Event {
  int user, item, rating, time;
};

/// A data set prepared from these events, in a folder of its own.
struct World {
  Path folder;
  PreparedData data;

  explicit World(const std::vector<Event>& events, bool with_times = true, bool with_ratings = true, bool relative = false) {
    static int number = 0;
    // Every file is synced, which a folder in memory does for nothing.
    const Path memory = "/dev/shm";
    folder = (std::filesystem::exists(memory) ? memory : Path(::testing::TempDir())) / fmt::format("split-{}-{}", ::getpid(), ++number);
    std::filesystem::create_directories(folder / "prepared");
    std::ofstream csv(folder / "events.csv");
    csv << "u,i,r,t\n";
    for (const Event& e : events) csv << "u" << e.user << ",i" << e.item << ',' << e.rating << ',' << e.time << '\n';
    csv.close();
    Json columns = {{"user", "u"}, {"item", "i"}};
    if (with_times) columns["timestamp"] = "t";
    if (with_ratings) columns["rating"] = "r";
    config::Errors errors;
    const Json interactions = {{"file", "events.csv"}, {"time_format", relative ? "relative" : "unix"}, {"columns", columns}};
    const auto node = config::from_json(Json{{"name", "w"}, {"path", folder.string()}, {"interactions", interactions}}, "test");
    const auto descriptor = resolve_descriptor(node, folder, errors);
    if (!descriptor) throw std::runtime_error(errors.error().message);
    NoProgress progress;
    if (auto made = prepare(*descriptor, FilterOptions::none(), folder / "prepared", progress); !made) {
      throw std::runtime_error(made.error().message);
    }
    data = *PreparedData::open(folder / "prepared");
  }
  ~World() { std::filesystem::remove_all(folder); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Writes the split into a folder of this name, with its certificate.
  Status write(const Result<MadeSplit>& made, const std::string& name = "split") const {
    if (!made) return made.error();
    std::filesystem::remove_all(folder / name);
    std::filesystem::create_directories(folder / name);
    return write_split(data, *made, folder / name);
  }
  Json certificate(const std::string& name = "split") const { return Split::open(folder / name, data)->certificate(); }

  std::string user(std::size_t u) const { return std::string(data.users().id(u)); }
  std::string item_of(std::uint32_t event) const { return std::string(data.items().id(index(data.events().items[event]))); }
};

inline rc::Gen<std::vector<Event>> some_events() {
  return rc::gen::suchThat(
      rc::gen::container<std::vector<Event>>(
          rc::gen::build<Event>(rc::gen::set(&Event::user, rc::gen::inRange(0, 8)), rc::gen::set(&Event::item, rc::gen::inRange(0, 9)),
                                rc::gen::set(&Event::rating, rc::gen::inRange(1, 6)), rc::gen::set(&Event::time, rc::gen::inRange(1, 12)))),
      [](const auto& events) { return !events.empty(); });
}

inline std::set<std::uint32_t> as_set(std::span<const std::uint32_t> events) { return {events.begin(), events.end()}; }

inline std::set<std::uint32_t> items_of(const EventsView& events, std::span<const std::uint32_t> list) {
  std::set<std::uint32_t> items;
  for (const std::uint32_t e : list) items.insert(static_cast<std::uint32_t>(index(events.items[e])));
  return items;
}

/// What no split may break, told by plain loops over the lists that were read back.
inline void expect_no_leak(const World& world, const SplitLists& lists) {
  const EventsView& all = world.data.events();
  const auto train = as_set(lists.train.events), refit = as_set(lists.refit.events), targets = as_set(lists.test.targets.events);
  RC_ASSERT(train.size() == lists.train.events.size());
  RC_ASSERT(std::includes(refit.begin(), refit.end(), train.begin(), train.end()));
  for (const std::uint32_t event : lists.test.targets.events) RC_ASSERT(refit.count(event) == 0);
  for (const std::uint32_t event : lists.test_warm.targets.events) RC_ASSERT(refit.count(event) == 0);
  for (const std::uint32_t event : lists.valid.targets.events) RC_ASSERT(train.count(event) == 0);
  for (const std::uint32_t event : lists.valid_warm.targets.events) RC_ASSERT(train.count(event) == 0);
  for (const QueryLists* set : {&lists.valid, &lists.test, &lists.valid_warm, &lists.test_warm}) {
    RC_ASSERT(std::is_sorted(set->users.begin(), set->users.end()));
    RC_ASSERT(std::adjacent_find(set->users.begin(), set->users.end()) == set->users.end());
    for (std::size_t q = 0; q < set->size(); ++q) {
      RC_ASSERT(!set->targets.row(q).empty());
      const std::size_t begin = all.offsets[set->users[q]], end = all.offsets[set->users[q] + 1];
      for (const EventLists* rows : {&set->history, &set->hidden}) {
        for (const std::uint32_t event : rows->row(q)) {
          RC_ASSERT(event >= begin && event < end);
          RC_ASSERT(targets.count(event) == 0);
          for (const std::uint32_t target : set->targets.row(q)) RC_ASSERT(all.times[event] <= all.times[target]);
        }
      }
    }
  }
  const Json roles = world.certificate()["events"];
  std::int64_t sum = 0;
  for (const auto& [role, n] : roles.items()) sum += role == "all" ? 0 : n.get<std::int64_t>();
  RC_ASSERT(sum == roles["all"].get<std::int64_t>());
}

/// The lists of a split written to the world's folder, or nothing where it was refused as kInvalid.
inline std::optional<SplitLists> written(const World& world, const Result<MadeSplit>& made) {
  const Status status = world.write(made);
  if (!status) {
    RC_ASSERT(status.error().kind == ErrorKind::kInvalid);  // nobody can be tested
    return std::nullopt;
  }
  return *read_split_lists(world.folder / "split");
}

}  // namespace motive::split_test
