#pragma once
// What the tests of BPR share.

#include "baselines/bpr/bpr.h"

#include <gtest/gtest.h>

#include <cmath>

#include "baselines/bpr/negatives.h"
#include "framework/recommend/testing.h"

namespace motive::bpr_tests {

/// Even users like even items, odd users odd ones; each user lacks five of his.
inline testing::Data::Sequences checkerboard(std::uint32_t users, std::uint32_t items) {
  testing::Data::Sequences sequences(users);
  for (std::uint32_t u = 0; u < users; ++u) {
    for (std::uint32_t i = u % 2; i < items; i += 2) {
      if ((i / 2 + u) % 4 != 0) sequences[u].push_back(i);
    }
  }
  return sequences;
}

inline Bpr fitted(const BprParams& params, const testing::Data& data, testing::Contexts& contexts) {
  Bpr method(params);
  const Status status = method.fit(data.view(), contexts.fit);
  EXPECT_TRUE(status) << status.error().message;
  return method;
}

/// Share of (unseen item of the user's kind, item of the other kind) pairs in the right order.
inline double checkerboard_auc(const Recommender& method, const testing::Data::Sequences& sequences,
                        std::uint32_t items, bool in_training) {
  testing::Queries queries(CandidateKind::kAll, items);
  for (std::size_t u = 0; u < sequences.size(); ++u) queries.add(u, in_training, sequences[u]);
  const auto found = testing::scores_of(method, queries);
  if (!found) return 0;
  double right = 0, pairs = 0;
  for (std::size_t u = 0; u < sequences.size(); ++u) {
    const auto& scores = found->at(static_cast<std::uint32_t>(u));
    for (std::uint32_t i = u % 2; i < items; i += 2) {
      if ((i / 2 + u) % 4 != 0) continue;
      for (std::uint32_t j = 1 - u % 2; j < items; j += 2) {
        right += scores[i] > scores[j];
        ++pairs;
      }
    }
  }
  return right / pairs;
}

/// Pearson's statistic over its degrees of freedom, about 1 where counts follow `expected`.
inline double chi_square(const std::vector<double>& counts, const std::vector<double>& expected) {
  double sum = 0;
  std::size_t cells = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (expected[k] == 0) {
      EXPECT_EQ(counts[k], 0) << k;
      continue;
    }
    sum += (counts[k] - expected[k]) * (counts[k] - expected[k]) / expected[k];
    ++cells;
  }
  return cells > 1 ? sum / static_cast<double>(cells - 1) : 0;
}

inline std::vector<bpr::Event> events_of(const testing::Data::Sequences& sequences) {
  std::vector<bpr::Event> events;
  for (std::uint32_t u = 0; u < sequences.size(); ++u) {
    for (const std::uint32_t i : sequences[u]) events.push_back({u, i});
  }
  return events;
}

}  // namespace motive::bpr_tests
