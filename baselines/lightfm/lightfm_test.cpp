#include "baselines/lightfm/lightfm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/recommend/testing.h"

namespace motive {
namespace {
TEST(LightFmTest, Placeholder) {}
}  // namespace
}  // namespace motive
