#pragma once
// Purpose: grids made by hand for the tests of this folder: ranks files written as the evaluator
// stores them, cells that point to them.

#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "framework/base/json.h"
#include "framework/base/temporary_folder.h"
#include "framework/experiment/cells.h"

namespace motive::test {

struct UserRanks {
  std::string user;
  std::vector<Position> positives;
};

inline void write_ranks(const Path& folder, const std::string& variant,
                        const std::vector<UserRanks>& users) {
  std::string text = "user,positive,above,tied,candidates\n";
  for (const UserRanks& user : users) {
    for (std::size_t p = 0; p < user.positives.size(); ++p) {
      const Position& at = user.positives[p];
      text += fmt::format("{},item{},{},{},{}\n", user.user, p, at.above, at.tied, at.candidates);
    }
  }
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  const std::string name = variant.empty() ? "ranks.csv.zst" : "ranks." + variant + ".csv.zst";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / name, std::ios::binary) << packed;  // not synced: there are many of them
  const auto known = read_file(folder / "diagnostics.json");
  Json diagnostics = known ? Json::parse(*known) : Json{{"counts", Json::object()}};
  diagnostics["rows"][name] = std::count(text.begin(), text.end(), '\n') - 1;
  std::ofstream(folder / "diagnostics.json") << diagnostics.dump();
}

/// One positive a user, no ties, among 100: users u0, u1, ... with `above` items before the target.
inline std::vector<UserRanks> ranks_above(const std::vector<std::uint32_t>& above) {
  std::vector<UserRanks> users;
  for (std::size_t u = 0; u < above.size(); ++u)
    users.push_back({fmt::format("u{}", u), {{above[u], 0, 100}}});
  return users;
}

inline CellResult cell(std::string dataset, std::string model, std::string protocol,
                       CellSeeds seeds) {
  CellResult c;
  c.dataset = std::move(dataset);
  c.split = "warm";
  c.model = model;
  c.label = std::move(model);
  c.protocol = std::move(protocol);
  c.seeds = seeds;
  return c;
}

/// A grid with one split, the protocols full and sampled, and the metrics hr and ndcg at 5 and 10.
inline Grid empty_grid(const std::vector<std::string>& datasets,
                       const std::vector<std::string>& models) {
  Grid grid;
  grid.experiment = "test";
  grid.config_hash = "0123456789abcdef0123";
  grid.refit = "train_valid: every method is refitted on training and validation events";
  for (const std::string& d : datasets) grid.datasets.push_back({d, 22363, 12101, 198502});
  grid.splits = {{"warm", "leave one out; target: the last event; validation: the one before it"}};
  grid.protocols = {{"full", "full", 0}, {"paper", "sampled(99,uniform,catalogue)", 99}};
  for (const std::string& m : models) grid.models.push_back({m, m, false});
  grid.metrics = {MetricKind::kHr, MetricKind::kNdcg};
  grid.topk = {5, 10};
  return grid;
}

/// Adds cells to a grid and writes their ranks below a folder.
class GridMaker {
 public:
  GridMaker(Grid& grid, Path folder) : grid_(grid), folder_(std::move(folder)) {}
  CellResult& done(CellResult c, const std::vector<UserRanks>& ranks) {
    c.state = CellState::kDone;
    c.cell = fmt::format("key{}", grid_.cells.size());
    c.ranks = folder_ / c.cell;
    write_ranks(c.ranks, c.variant, ranks);
    grid_.cells.push_back(std::move(c));
    return grid_.cells.back();
  }
  CellResult& not_done(CellResult c, CellState state, std::string cause) {
    c.state = state;
    c.cause = std::move(cause);
    grid_.cells.push_back(std::move(c));
    return grid_.cells.back();
  }

 private:
  Grid& grid_;
  Path folder_;
};

/// One data set, full ranking, every state: what the golden tests print.
inline Grid golden_grid(const Path& folder) {
  Grid grid =
      empty_grid({"beauty"}, {"random", "popularity", "item_knn", "bpr", "content_knn", "sasrec"});
  GridMaker make(grid, folder);
  const auto init = [](std::uint64_t seed) {
    CellSeeds seeds;
    seeds.split = 1;
    seeds.init = seed;
    return seeds;
  };
  CellSeeds none;
  none.split = 1;
  make.done(cell("beauty", "random", "full", init(1)), ranks_above({50, 4, 80, 9}));
  make.done(cell("beauty", "random", "full", init(2)), ranks_above({3, 70, 60, 99}));
  make.done(cell("beauty", "popularity", "full", none), {{"u0", {{0, 3, 100}}},
                                                         {"u1", {{7, 0, 100}}},
                                                         {"u2", {{100, 0, 100}}},
                                                         {"u3", {{2, 1, 100}}}});
  make.not_done(cell("beauty", "item_knn", "full", none), CellState::kFailed,
                "score of item B00|X for user u1 is not a number");
  make.done(cell("beauty", "bpr", "full", init(1)), ranks_above({0, 1, 5, 30}));
  make.done(cell("beauty", "bpr", "full", init(2)), ranks_above({0, 2, 12, 8}));
  make.not_done(cell("beauty", "bpr", "full", init(3)), CellState::kFailed, "ran out of memory");
  make.not_done(cell("beauty", "content_knn", "full", none), CellState::kNotApplicable,
                "beauty has no item text");
  make.not_done(cell("beauty", "sasrec", "full", init(1)), CellState::kUnavailable, "");
  return grid;
}

}  // namespace motive::test
