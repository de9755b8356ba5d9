#include "bench_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace picoctl::cli {
namespace {

using testing::ElementsAre;

Samples of(std::initializer_list<double> times) {
  Samples samples;
  for (const double time : times) samples.add(Microseconds(time));
  return samples;
}

TEST(Samples, percentiles_are_times_that_were_measured) {
  const Samples samples = of({50, 10, 40, 20, 30});
  EXPECT_EQ(samples.percentile(0), 10);
  EXPECT_EQ(samples.percentile(0.5), 30);
  EXPECT_EQ(samples.percentile(0.99), 50);
  EXPECT_EQ(samples.percentile(1), 50);
  EXPECT_EQ(samples.total(), 150);
}

TEST(Samples, none_have_no_spread) {
  EXPECT_EQ(Samples().percentile(0.5), 0);
  EXPECT_TRUE(Samples().histogram().empty());
}

TEST(Samples, the_histogram_holds_every_time_in_its_range) {
  const Samples samples = of({100, 101, 150, 1500, 0});
  std::size_t held = 0;
  for (const Bucket& one : samples.histogram()) {
    EXPECT_LT(one.from, one.to);
    held += one.count;
  }
  EXPECT_EQ(held, 5U);
  const auto buckets = of({100, 101, 1500}).histogram();
  EXPECT_NEAR(buckets.front().from, 100, 1e-6);
  EXPECT_EQ(buckets.front().count, 2U);
  EXPECT_EQ(buckets.back().count, 1U);
  EXPECT_GT(buckets.back().to, 1500);
}

TEST(Samples, what_happened_once_shows) {
  EXPECT_THAT(histogram_lines({{10, 16, 1000}, {16, 25, 0}, {25, 40, 1}}, 10),
              ElementsAre("      10 us  ##########  1000", "      16 us              0",
                          "      25 us  #           1"));
}

TEST(ProgressBar, is_full_at_the_end_and_never_longer) {
  EXPECT_EQ(progress_bar(0, 4), "[....]");
  EXPECT_EQ(progress_bar(0.5, 4), "[##..]");
  EXPECT_EQ(progress_bar(1, 4), "[####]");
  EXPECT_EQ(progress_bar(7, 4), "[####]");
}

}  // namespace
}  // namespace picoctl::cli
