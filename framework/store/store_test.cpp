#include "framework/store/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace motive {
namespace {

struct StoreTest : testing::Test {
  Path root = Path(testing::TempDir()) /
              ("store" + std::to_string(::getpid()) + testing::UnitTest::GetInstance()->current_test_info()->name());
  NodeSpec node = NodeSpec::make("fits", {{"method", "bpr"}, {"seed", 1}});
  int made = 0;
  std::function<Status(const Path&)> make = [this](const Path& folder) {
    ++made;
    return write_file_synced(folder / "model.f32", "content");
  };
  static bool go_on() { return true; }
  void TearDown() override { std::filesystem::remove_all(root); }
};

TEST_F(StoreTest, KeyDependsOnEverythingAndOnNothingElse) {
  EXPECT_EQ(node.hash, NodeSpec::make("fits", {{"seed", 1}, {"method", "bpr"}}).hash);  // order of keys
  EXPECT_NE(node.hash, NodeSpec::make("fits", {{"seed", 2}, {"method", "bpr"}}).hash);
  EXPECT_NE(node.hash, NodeSpec::make("ranks", {{"seed", 1}, {"method", "bpr"}}).hash);
}

TEST_F(StoreTest, MakesOnceAndFindsAfterwards) {
  const Store store = *Store::open(root);
  EXPECT_EQ(store.state(node, true), NodeState::kAbsent);
  EXPECT_TRUE(*store.build(node, make, go_on));
  EXPECT_FALSE(*store.build(node, make, go_on));
  EXPECT_EQ(made, 1);
  EXPECT_EQ(store.state(node, true), NodeState::kComplete);
}

TEST_F(StoreTest, FailureLeavesNothing) {
  const Store store = *Store::open(root);
  EXPECT_FALSE(store.build(node, [](const Path&) -> Status { return fail("no"); }, go_on));
  EXPECT_EQ(store.state(node, true), NodeState::kAbsent);
  EXPECT_TRUE(std::filesystem::is_empty(root / "fits"));
}

TEST_F(StoreTest, DamagedNodesAreMadeAgain) {
  const Store store = *Store::open(root);
  const Path file = store.folder(node) / "model.f32";
  ASSERT_TRUE(store.build(node, make, go_on));
  std::ofstream(file) << "c0ntent";  // same size, other bytes
  EXPECT_EQ(store.state(node, false), NodeState::kComplete);
  EXPECT_EQ(store.state(node, true), NodeState::kDamaged);
  std::filesystem::resize_file(file, 3);  // truncated
  EXPECT_EQ(store.state(node, false), NodeState::kDamaged);
  EXPECT_TRUE(*store.build(node, make, go_on));
  EXPECT_EQ(store.state(node, true), NodeState::kComplete);
}

TEST_F(StoreTest, ForeignNodeUnderTheNameIsMadeAgain) {
  const Store store = *Store::open(root);
  const NodeSpec other = NodeSpec::make("fits", {{"method", "item_knn"}});
  ASSERT_TRUE(store.build(other, make, go_on));
  std::filesystem::rename(store.folder(other), store.folder(node));
  EXPECT_EQ(store.state(node, true), NodeState::kDamaged);
}

TEST_F(StoreTest, LeaseIsExclusiveWhileItsOwnerLives) {
  const Store store = *Store::open(root);
  std::filesystem::create_directories(root / "fits");
  auto lease = *Lease::try_take(store.folder(node));
  ASSERT_TRUE(lease);
  EXPECT_FALSE(*Lease::try_take(store.folder(node)));
  lease.reset();
  EXPECT_TRUE(*Lease::try_take(store.folder(node)));
}

TEST_F(StoreTest, LeaseOfADeadProcessIsTakenOver) {
  const Store store = *Store::open(root);
  std::filesystem::create_directories(root / "fits");
  const pid_t child = ::fork();
  if (child == 0) {
    auto lease = Lease::try_take(store.folder(node));
    ::_exit(lease && *lease ? 0 : 1);  // without its destructor: as if killed
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  ASSERT_TRUE(std::filesystem::exists(store.folder(node).string() + ".lease"));
  EXPECT_TRUE(*Lease::try_take(store.folder(node)));
}

TEST_F(StoreTest, SweepRemovesWhatTheDeadLeftBehind) {
  const Store store = *Store::open(root);
  const Path left = root / "fits" / (".abc.999999999.12345.making");
  std::filesystem::create_directories(left);
  std::ofstream(left / "x") << "12345";
  EXPECT_EQ(store.sweep(), 5u);
  EXPECT_FALSE(std::filesystem::exists(left));
}

}  // namespace
}  // namespace motive
