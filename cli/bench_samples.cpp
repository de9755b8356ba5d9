#include "bench_samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace picoctl::cli {
namespace {

constexpr int steps_per_ten = 5;

int step_of(double time) {
  return static_cast<int>(std::floor(std::log10(std::max(time, 1e-3)) * steps_per_ten));
}
double start_of(int step) { return std::pow(10.0, static_cast<double>(step) / steps_per_ten); }

}  // namespace

double Samples::total() const { return std::accumulate(times_.begin(), times_.end(), 0.0); }

double Samples::percentile(double share) const {
  if (times_.empty()) return 0;
  std::vector<double> sorted = times_;
  const auto last = static_cast<double>(sorted.size() - 1);
  const auto at = static_cast<std::ptrdiff_t>(std::ceil(std::clamp(share, 0.0, 1.0) * last));
  std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
  return sorted[static_cast<std::size_t>(at)];
}

std::vector<Bucket> Samples::histogram() const {
  if (times_.empty()) return {};
  const auto [shortest, longest] = std::minmax_element(times_.begin(), times_.end());
  const int first = step_of(*shortest);
  std::vector<Bucket> buckets;
  for (int step = first; step <= step_of(*longest); ++step) {
    buckets.push_back({start_of(step), start_of(step + 1), 0});
  }
  for (const double time : times_) ++buckets[static_cast<std::size_t>(step_of(time) - first)].count;
  return buckets;
}

std::vector<std::string> histogram_lines(const std::vector<Bucket>& buckets, std::size_t columns) {
  std::size_t most = 1;
  for (const Bucket& one : buckets) most = std::max(most, one.count);
  std::vector<std::string> lines;
  for (const Bucket& one : buckets) {
    // What happened once still shows.
    const std::size_t bar = (one.count * columns + most - 1) / most;
    lines.push_back(fmt::format("{:>8.0f} us  {:<{}}  {}", one.from, std::string(bar, '#'), columns,
                                one.count));
  }
  return lines;
}

std::string progress_bar(double share, std::size_t columns) {
  const auto done =
      static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(columns));
  return "[" + std::string(done, '#') + std::string(columns - done, '.') + "]";
}

}  // namespace picoctl::cli
