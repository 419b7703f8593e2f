// Motivations that a synthetic world planted in its users are found again from two events each: far more often than in
// the profiles of other users. The truth stands beside the world and is read here alone. The world's seed is used for
// nothing else.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "framework/base/temporary_folder.h"
#include "framework/data/world.h"
#include "framework/llm/offline.h"
#include "framework/recommend/testing.h"
#include "models/m_llm3rec/profile.h"

namespace motive {
namespace {

constexpr std::size_t kShown = 2;

/// By user: the motivation of the largest weight.
std::map<std::string, std::string> planted(const Path& truth) {
  std::ifstream file(truth / "users.csv");
  std::vector<std::string> names;
  std::map<std::string, std::string> strongest;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::vector<std::string> row;
    for (std::string field; std::getline(fields, field, ',');) row.push_back(field);
    if (names.empty()) {
      names = row;
      continue;
    }
    std::size_t best = 1;
    for (std::size_t f = 2; f <= default_schema().size(); ++f) {
      if (std::stod(row[f]) > std::stod(row[best])) best = f;
    }
    strongest[row[0]] = names[best];
  }
  return strongest;
}

struct PlantedWorld {
  PlantedWorld() {
    WorldOptions options;
    options.users = 1000;
    options.items = 500;
    options.seed = 131;
    EXPECT_TRUE(generate_world(options, tables, folder.path()));
    truth = planted(folder.path());
    sequences.resize(tables.users.size());
    for (std::size_t e = 0; e < tables.size(); ++e) {
      auto& own = sequences[tables.event_user[e]];
      if (own.size() < kShown) own.push_back(tables.event_item[e]);
    }
    for (std::uint32_t i = 0; i < tables.items.size(); ++i) {
      std::string text;
      for (std::size_t f = 0; f < tables.items.fields().size(); ++f) text += (f ? ". " : "") + std::string(tables.items.get(i, f));
      texts.push_back(text);
    }
  }
  test::TemporaryFolder folder;
  RawTables tables;
  std::map<std::string, std::string> truth;
  testing::Data::Sequences sequences;
  std::vector<std::string> texts;
};

TEST(Recovery, OfflineFindsPlantedMotivations) {
  const PlantedWorld world;
  const testing::Data data(world.sequences, world.texts.size(), world.texts);
  const TrainingView view = data.view();
  llm::ClientOptions options;
  options.endpoints[llm::kOffline].kind = llm::EndpointKind::kOffline;
  const auto client = llm::Client::open(std::move(options));
  ASSERT_TRUE(client) << client.error().message;
  const auto extractor = ProfileExtractor::make({});
  ASSERT_TRUE(extractor) << extractor.error().message;
  std::vector<std::string> found, wanted;
  for (std::size_t u = 0; u < world.sequences.size(); ++u) {
    Query query{.row = 0, .user = user_id(u), .user_in_training = false, .history = view.events.items_of(user_id(u)), .times = {},
                .ratings = {}, .candidates = {}};
    const ProfileSource source{.query = &query, .items = view.items, .users = view.users};
    const auto profile = extractor->extract(**client, source);
    ASSERT_TRUE(profile) << profile.error().message;
    found.push_back(profile->profile.motives.at(0).dimension);
    wanted.push_back(world.truth.at(std::string(world.tables.users.ids()[static_cast<std::uint32_t>(u)])));
  }
  const auto hits = [&](std::size_t shift) {
    std::size_t n = 0;
    for (std::size_t u = 0; u < found.size(); ++u) n += found[u] == wanted[(u + shift) % wanted.size()];
    return static_cast<double>(n) / static_cast<double>(found.size());
  };
  double shuffled = 0;  // profiles held against the truths of others
  for (std::size_t shift = 1; shift <= 20; ++shift) shuffled = std::max(shuffled, hits(shift * 37));
  RecordProperty("found", std::to_string(hits(0)));
  RecordProperty("shuffled_at_most", std::to_string(shuffled));
  EXPECT_GT(hits(0), 0.5) << "at most " << shuffled << " against the truths of others";
  EXPECT_LT(shuffled, 0.25);
}

}  // namespace
}  // namespace motive
