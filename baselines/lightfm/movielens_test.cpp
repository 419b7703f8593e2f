// Quality beside lightfm's own, on the same split with the same settings. Needs $MOTIVE_DATA.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "baselines/lightfm/lightfm.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

struct Rating {
  std::uint32_t user, item;  // from 1
  float rating;
  /// The same hash as in movielens_values.py.
  std::uint32_t place() const { return ((user * 73856093u) ^ (item * 19349663u)) * 2654435761u; }
};

struct Split {
  testing::Data::Sequences train;
  std::vector<float> ratings;  // beside train
  testing::Data::Sequences liked;  // test
  std::uint32_t n_items = 0;
};

Split read_split(const Path& file) {
  std::ifstream in(file);
  std::vector<std::vector<Rating>> users;
  Split split;
  std::string time;
  for (Rating r; in >> r.user >> r.item >> r.rating >> time;) {
    users.resize(std::max<std::size_t>(users.size(), r.user));
    users[r.user - 1].push_back(r);
    split.n_items = std::max(split.n_items, r.item);
  }
  for (auto& rows : users) {
    std::sort(rows.begin(), rows.end(), [](const Rating& a, const Rating& b) {
      return std::pair(a.place(), a.item) < std::pair(b.place(), b.item);
    });
    split.train.emplace_back();
    split.liked.emplace_back();
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (k >= 10) {
        split.train.back().push_back(rows[k].item - 1);
        split.ratings.push_back(rows[k].rating);
      } else if (rows[k].rating >= 4) {
        split.liked.back().push_back(rows[k].item - 1);
      }
    }
  }
  return split;
}

bool contains(const std::vector<std::uint32_t>& list, std::uint32_t item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

double auc(const LightFm& method, const Split& split) {
  testing::Queries queries(CandidateKind::kAll, split.n_items);
  for (std::size_t u = 0; u < split.train.size(); ++u) queries.add(u, true, {});
  const auto scores = testing::scores_of(method, queries);
  double sum = 0, users = 0;
  for (std::size_t u = 0; u < split.train.size(); ++u) {
    const auto& row = scores->at(static_cast<std::uint32_t>(u));
    double right = 0, pairs = 0;
    for (std::uint32_t j = 0; j < split.n_items; ++j) {
      if (contains(split.liked[u], j) || contains(split.train[u], j)) continue;
      for (const std::uint32_t i : split.liked[u]) {
        right += row[i] > row[j] ? 1 : row[i] == row[j] ? 0.5 : 0;
        ++pairs;
      }
    }
    if (pairs == 0) continue;
    sum += right / pairs;
    ++users;
  }
  return sum / users;
}

TEST(LightFmMovieLensTest, AucIsThatOfLightfm) {
  const char* const folder = std::getenv("MOTIVE_DATA");
  if (!folder) GTEST_SKIP() << "MOTIVE_DATA is not set";
  const Split split = read_split(Path(folder) / "movielens-100k/u.data");
  ASSERT_EQ(split.train.size(), 943u);
  const testing::Data data(split.train, split.n_items);
  TrainingView view = data.view();
  view.events.ratings = split.ratings;
  const Json expected = Json::parse(
      *read_file(Path(MOTIVE_SOURCE_DIR) / "baselines/lightfm/movielens_values.json"));
  const std::pair<const char*, LightFmLoss> losses[] = {{"logistic", LightFmLoss::kLogistic},
                                                        {"bpr", LightFmLoss::kBpr},
                                                        {"warp", LightFmLoss::kWarp}};
  for (const auto& [name, loss] : losses) {
    LightFmParams params{.loss = loss, .dim = 10, .epochs = 10, .reg_user = 0, .reg_item = 0};
    params.negatives = 0;
    params.positive_from = 4;
    double mean = 0;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      LightFm method(params);
      testing::Contexts contexts;
      contexts.fit.init_seed = seed;
      const Status status = method.fit(view, contexts.fit);
      ASSERT_TRUE(status) << status.error().message;
      mean += auc(method, split) / 3;
    }
    std::printf("%s: %.4f, lightfm %.4f\n", name, mean, expected.at(name).get<double>());
    EXPECT_NEAR(mean, expected.at(name).get<double>(), 0.01) << name;
  }
}

}  // namespace
}  // namespace motive
