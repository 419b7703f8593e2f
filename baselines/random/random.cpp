// Random scores: what any method must beat. score(u, i) = a uniform number that depends on the
// seed, the user and the item alone, so that neither block size nor query order can change it.

#include "framework/recommend/arrays.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";

struct RandomParams {
  static const config::Table<RandomParams>& table() {
    static const auto kTable = config::Table<RandomParams>("random");
    return kTable;
  }
};

/// The finaliser of MurmurHash3 (Appleby): each bit of the input moves each bit of the output.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
  return x ^ (x >> 33);
}

class Random final : public BatchRecommender {
 public:
  explicit Random(const RandomParams&) {}

  Status fit(const TrainingView&, FitContext& context) override {
    seed_ = context.init_seed;
    return {};
  }

  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override {
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const std::uint64_t stream = Rng(seed_, "random scores", index(queries[q].user)).next();
      const auto candidates = queries[q].candidates;
      for (std::size_t c = 0; c < out[q].size(); ++c) {
        const std::size_t item = candidates.empty() ? c : index(candidates[c]);
        // 24 bits: what a float in [0, 1) holds. The few ties are counted as ties.
        out[q][c] = static_cast<float>(mix(stream + item * 0x9e3779b97f4a7c15u) >> 40) * 0x1.0p-24f;
      }
    }
    return {};
  }

  Status save(const Path& folder) const override {
    ArrayWriter writer(folder, "random", kVersion);
    writer.values()["seed"] = seed_;
    return writer.finish();
  }

  Status load(const Path& folder) override {
    MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "random", kVersion));
    MOTIVE_ASSIGN(seed_, reader.number("seed"));
    return {};
  }

 private:
  std::uint64_t seed_ = 0;
};

MethodInfo describe(const RandomParams&) {
  MethodInfo info{.code_version = kVersion,
                  .stochastic = true,
                  .unseen_users = true,
                  .empty_history = true,
                  .unseen_items = true,
                  .personalised = false,  // it knows nothing of the user
                  .label = "Random"};
  info.fit_estimate = [](const Shape&) { return Estimate{}; };
  info.rank_estimate = [](const Shape& s) {
    return Estimate{static_cast<double>(s.queries) * static_cast<double>(s.candidates) / 5e8,
                    256 * s.candidates * sizeof(float)};
  };
  return info;
}

const RegisterMethod<RandomParams, Random> kRegister{
    "random", "random scores: what any method must beat", "", describe};

}  // namespace
}  // namespace motive
