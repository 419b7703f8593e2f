#pragma once
// Purpose: what the contract suite needs to know of a method: its parameters, small enough for a
// test. They come from contract.yaml in the method's folder, where there is one; else they are the
// defaults.

#include <any>
#include <memory>
#include <string>
#include <vector>

#include "framework/recommend/registry.h"
#include "framework/recommend/testing.h"

namespace motive::contract {

struct MethodCase {
  const Method* method = nullptr;
  std::any params;
  MethodInfo info;

  std::unique_ptr<Recommender> make() const { return method->make(params); }
};

/// Whether this program has the classes of methods that need LibTorch. It then tests those alone: one without LibTorch
/// tests the others.
bool with_torch();
/// Names of the registered methods that this program tests: those that score whole catalogues, and those that put lists of
/// candidates into an order by asking a language model.
std::vector<std::string> method_names();
std::vector<std::string> list_method_names();
Result<MethodCase> method_case(const std::string& name);

/// Users and items of two kinds: a user has three quarters of the items of his kind. Titles say the
/// kind, for methods that read text.
class Checkerboard {
 public:
  Checkerboard(std::uint32_t users, std::uint32_t items);
  const testing::Data& data() const { return data_; }
  const testing::Data::Sequences& sequences() const { return sequences_; }
  std::uint32_t n_items() const { return items_; }
  /// Share of the pairs (an item of the user's kind that he lacks, an item of the other kind) in
  /// the right order; a tie counts half.
  double auc(const std::vector<float>& scores, std::uint32_t user) const;

 private:
  std::uint32_t items_;
  testing::Data::Sequences sequences_;
  testing::Data data_;
};

/// What a method delivers, as scores: of a list, the first item gets the highest.
using Scores = std::map<std::uint32_t, std::vector<float>>;
Result<Scores> rank(const Recommender& method, testing::Queries& queries, int threads = 1);

}  // namespace motive::contract
