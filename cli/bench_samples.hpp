// Times of many calls: their spread, and a histogram of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace picoctl::cli {

using Microseconds = std::chrono::duration<double, std::micro>;

// From `from` up to, and without, `to`.
struct Bucket {
  double from = 0;
  double to = 0;
  std::size_t count = 0;
};

class Samples {
 public:
  void add(Microseconds time) { times_.push_back(time.count()); }
  std::size_t count() const { return times_.size(); }
  double total() const;
  // The time within which `share` (0 to 1) of all calls ended; 0 if there are none.
  double percentile(double share) const;
  // In steps of a fifth of a factor of ten, from the shortest time to the longest.
  std::vector<Bucket> histogram() const;

 private:
  std::vector<double> times_;
};

// One line per bucket: its range, a bar of at most `columns` characters, its count.
std::vector<std::string> histogram_lines(const std::vector<Bucket>& buckets, std::size_t columns);

// "[#######.............]"
std::string progress_bar(double share, std::size_t columns);

}  // namespace picoctl::cli
