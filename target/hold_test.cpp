#include "picoctl/target/hold.hpp"

#include <gtest/gtest.h>

namespace picoctl::target {
namespace {

constexpr std::uint32_t setup = 32;

// Half periods in cycles of 125 MHz: 100 kHz and 400 kHz.
constexpr std::uint32_t slow = 625;
constexpr std::uint32_t fast = 156;

TEST(Hold, releasesAtOnceIfTheSpeedIsNotKnown) {
  for (std::uint32_t held = 0; held < 5000; ++held) {
    ASSERT_EQ(release_wait(held, setup, 0), 0U);
  }
}

TEST(Hold, stretchesNothingIfTheAnswerIsEarly) {
  EXPECT_EQ(release_wait(0, setup, fast), 0U);
  EXPECT_EQ(release_wait(80, setup, fast), 0U);
  EXPECT_EQ(release_wait(430, setup, slow), 0U);
}

// 7.5 and 12.5 us at 100 kHz; 1.875 and 3.125 us at 400 kHz.
TEST(Hold, releasesMidwayIfTheAnswerIsLate) {
  EXPECT_EQ(500 + release_wait(500, setup, slow) + setup, 937U);
  EXPECT_EQ(906 + release_wait(906, setup, slow) + setup, 938U + 624U);
  EXPECT_EQ(100 + release_wait(100, setup, fast) + setup, 234U);
  EXPECT_EQ(210 + release_wait(210, setup, fast) + setup, 390U);
}

// Never within a quarter of a half period before a look, and never more than one look later.
TEST(Hold, neverReleasesJustBeforeALook) {
  for (const std::uint32_t half : {fast, slow, 60U}) {
    for (std::uint32_t held = 0; held + setup < 60 * half; ++held) {
      const std::uint32_t wait = release_wait(held, setup, half);
      const std::uint32_t release = held + wait + setup;
      ASSERT_GE(half - release % half, half / 4) << held << " of " << half;
      ASSERT_LT(wait, half + half / 2);
    }
  }
}

TEST(Hold, doesNotWaitForEver) { EXPECT_EQ(release_wait(1'000'000, setup, fast), 0U); }

}  // namespace
}  // namespace picoctl::target
