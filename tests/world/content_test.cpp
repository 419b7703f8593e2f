// What items are shows in their text and moves the choices: so a method that reads the text finds
// new items, which one that counts events cannot.
#include "framework/recommend/registry.h"
#include "framework/recommend/testing.h"
#include "tests/world/world_support.h"

namespace motive::test {
namespace {

/// The small world with every fifth item new: its events are withheld.
class NewItems {
 public:
  explicit NewItems(const World& world) : world_(world) {
    const RawTable& items = world.tables.items;
    for (std::uint32_t row = 0; row < items.size(); ++row) {
      ids_.add(items.ids()[row]);
      for (std::size_t f = 0; f < items.fields().size(); ++f) {
        if (row == 0) fields_.emplace_back();
        fields_[f].add(items.get(row, f));
      }
    }
    std::vector<std::pair<std::string, StringsView>> views;
    for (std::size_t f = 0; f < fields_.size(); ++f)
      views.emplace_back(items.fields()[f].name(), fields_[f].view());
    catalogue_ = Catalogue(ids_.view(), std::move(views));
    warm_.resize(world.tables.users.size());
    new_.resize(world.tables.users.size());
    for (std::size_t e = 0; e < world.tables.size(); ++e) {
      const std::uint32_t item = world.tables.event_item[e];
      (is_new(item) ? new_ : warm_)[world.tables.event_user[e]].push_back(item);
    }
    for (const auto& events : warm_) {
      for (const std::uint32_t item : events) events_.push_back(item_id(item));
      offsets_.push_back(events_.size());
    }
  }
  static bool is_new(std::uint32_t item) { return item % 5 == 0; }
  TrainingView view() const { return {{offsets_, events_, {}, {}}, &catalogue_, &users_}; }

  /// Mean over users of the share of pairs (a new item that he took, a new one that he did not) in
  /// the right order.
  double auc(const Method& method) const {
    config::Errors errors;
    const std::any params = method.parameters->parse(config::Node{}, errors);
    const auto fitted = method.make(params);
    testing::Contexts contexts;
    const Status status = fitted->fit(view(), contexts.fit);
    EXPECT_TRUE(status) << status.error().message;
    std::vector<ItemId> candidates;
    for (std::uint32_t item = 0; item < catalogue_.size(); item += 5)
      candidates.push_back(item_id(item));
    testing::Queries queries(CandidateKind::kShared, catalogue_.size(), candidates);
    for (std::size_t u = 0; u < warm_.size(); ++u) queries.add(u, true, warm_[u]);
    const auto scores = testing::scores_of(*fitted, queries);
    double sum = 0, users = 0;
    for (std::uint32_t u = 0; u < warm_.size(); ++u) {
      if (new_[u].empty() || warm_[u].empty()) continue;
      sum += auc_of(scores->at(u), candidates, new_[u]);
      ++users;
    }
    return sum / users;
  }

 private:
  static double auc_of(const std::vector<float>& scores, const std::vector<ItemId>& candidates,
                       const std::vector<std::uint32_t>& taken) {
    std::vector<float> of_taken, of_others;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const bool is_taken =
          std::find(taken.begin(), taken.end(), index(candidates[c])) != taken.end();
      (is_taken ? of_taken : of_others).push_back(scores[c]);
    }
    double right = 0;
    for (const float a : of_taken) {
      for (const float b : of_others) right += a > b ? 1 : a == b ? 0.5 : 0;
    }
    return right / static_cast<double>(of_taken.size() * of_others.size());
  }

  const World& world_;
  testing::Strings ids_;
  std::deque<testing::Strings> fields_;
  Catalogue catalogue_;
  UserTable users_;
  std::vector<std::vector<std::uint32_t>> warm_, new_;
  std::vector<std::uint64_t> offsets_{0};
  std::vector<ItemId> events_;
};

TEST(Content, TextFindsNewItems) {
  const World world = make_world({});
  const NewItems data(world);
  const Method* content = Registry::instance().find("content_knn");
  ASSERT_NE(content, nullptr);
  const double auc = data.auc(*content);
  EXPECT_GT(auc, 0.6);
  EXPECT_NEAR(data.auc(*Registry::instance().find("random")), 0.5, 0.02);
  EXPECT_EQ(data.auc(*Registry::instance().find("popularity")), 0.5);  // it knows nothing of them
  std::printf("content_knn: auc over new items %.4f\n", auc);
}

}  // namespace
}  // namespace motive::test
