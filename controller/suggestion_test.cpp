#include "suggestion.hpp"

#include <gtest/gtest.h>

namespace picoctl::controller {
namespace {

const std::vector<std::string_view> names{"led", "gpio.write", "gpio.read", "system.ping"};

TEST(Suggestion, OneSlipIsForgiven) {
  EXPECT_EQ(nearest("lde", names), "led");
  EXPECT_EQ(nearest("le", names), "led");
  EXPECT_EQ(nearest("ledd", names), "led");
  EXPECT_EQ(nearest("lad", names), "led");
  EXPECT_EQ(nearest("gpio_write", names), "gpio.write");
}

TEST(Suggestion, TheLastPartIsEnough) { EXPECT_EQ(nearest("ping", names), "system.ping"); }

TEST(Suggestion, TheNearestWins) { EXPECT_EQ(nearest("gpio.rea", names), "gpio.read"); }

TEST(Suggestion, NothingNearIsNothing) {
  EXPECT_EQ(nearest("servo", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest("xyz", names), "");
  EXPECT_EQ(nearest(std::string(100'000, 'l'), names), "");
  EXPECT_EQ(nearest("led", {}), "");
}

TEST(Suggestion, Words) {
  EXPECT_EQ(did_you_mean("lde", names), "; did you mean 'led'?");
  EXPECT_EQ(did_you_mean("servo", names), "");
}

}  // namespace
}  // namespace picoctl::controller
