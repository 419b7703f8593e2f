// score(u, i) = the number of training events of item i, the same for every user.

#include "framework/recommend/arrays.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";

struct PopularityParams {
  static const config::Table<PopularityParams>& table() {
    static const auto kTable = config::Table<PopularityParams>("popularity");
    return kTable;
  }
};

class Popularity final : public BatchRecommender {
 public:
  explicit Popularity(const PopularityParams&) {}

  Status fit(const TrainingView& train, FitContext&) override {
    const auto counts = item_counts(train);
    // Exact up to 2^24 events of one item; beyond, neighbouring counts become ties.
    counts_.assign(counts.begin(), counts.end());
    return {};
  }

  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override {
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const auto candidates = queries[q].candidates;
      if (candidates.empty()) {
        if (out[q].size() != counts_.size() && !out[q].empty())
          return other_catalogue(out[q].size());
        std::copy_n(counts_.begin(), out[q].size(), out[q].begin());
        continue;
      }
      for (std::size_t c = 0; c < candidates.size(); ++c) {
        if (index(candidates[c]) >= counts_.size()) {
          return other_catalogue(index(candidates[c]) + 1);
        }
        out[q][c] = counts_[index(candidates[c])];
      }
    }
    return {};
  }

  Status save(const Path& folder) const override {
    ArrayWriter writer(folder, "popularity", kVersion);
    writer.values()["items"] = counts_.size();
    MOTIVE_TRY(writer.add<float>("counts", counts_, {counts_.size()}));
    return writer.finish();
  }

  Status load(const Path& folder) override {
    MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "popularity", kVersion));
    MOTIVE_ASSIGN(const std::uint64_t n, reader.number("items"));
    MOTIVE_ASSIGN(counts_, reader.read<float>("counts", {n}));
    return {};
  }

 private:
  Error other_catalogue(std::size_t n) const {
    return fail("popularity was fitted on {} items and asked for {}; fit it on this data",
                counts_.size(), n);
  }
  std::vector<float> counts_;  // [I]
};

MethodInfo describe(const PopularityParams&) {
  // An item without training events scores 0: a true statement about it, not an untrained guess.
  MethodInfo info{.code_version = kVersion,
                  .stochastic = false,
                  .unseen_users = true,
                  .empty_history = true,
                  .unseen_items = true,
                  .personalised = false,
                  .label = "Popularity"};
  info.fit_estimate = [](const Shape& s) {
    return Estimate{static_cast<double>(s.events) / 1e9, 8 * s.items};
  };
  info.rank_estimate = [](const Shape& s) {
    return Estimate{static_cast<double>(s.queries) * static_cast<double>(s.candidates) / 2e9,
                    256 * s.candidates * sizeof(float)};
  };
  return info;
}

const RegisterMethod<PopularityParams, Popularity> kRegister{
    "popularity", "items by their number of training events", "", describe};

}  // namespace
}  // namespace motive
