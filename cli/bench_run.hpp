// What `picoctl bench` measures: calls that change nothing on the Pico, for a bounded time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench_samples.hpp"
#include "picoctl/controller/pico.hpp"

namespace picoctl::cli {

// Calls of one kind, one after the other.
struct Throughput {
  std::size_t payload = 0;  // bytes each way
  std::uint64_t calls = 0;
  double seconds = 0;

  double per_second() const { return seconds > 0 ? static_cast<double>(calls) / seconds : 0; }
};

// One delay of the sweep: the Pico held its answer back for so long.
struct Held {
  std::uint32_t delay_ns = 0;
  std::uint32_t reads = 0;
  std::uint32_t wrong = 0;  // read other bytes than an undelayed read, or failed
};

struct BenchResult {
  Samples latency;                  // of system.ping
  std::vector<Throughput> echoes;   // by payload
  std::optional<Throughput> batch;  // of pings; `calls` counts its entries
  std::vector<Held> sweep;          // empty: this Pico cannot delay its answers
  LinkCounters counters;
  bool interrupted = false;
};

class BenchRun {
 public:
  // `progress(part, share)`: what runs, and how much of it all is done, 0 to 1.
  using Progress = std::function<void(const char* part, double share)>;

  BenchRun(Pico& pico, std::chrono::duration<double> seconds, Progress progress)
      : pico_(pico), seconds_(seconds), progress_(std::move(progress)) {}

  // Throws Failed if a call fails: figures of a link that fails mean nothing.
  BenchResult run();

 private:
  using Clock = std::chrono::steady_clock;

  // Calls `once` until this part's share of the time is over; the seconds that it took.
  double repeat(const char* part, double share, const std::function<void()>& once);
  void measure_latency();
  void measure_echo(std::size_t payload, double share);
  void measure_batch();
  void sweep();
  bool read_is_right(const std::vector<std::uint8_t>& expected);
  std::vector<std::uint8_t> read_identity();

  Pico& pico_;
  std::chrono::duration<double> seconds_;
  Progress progress_;
  double done_ = 0;  // share of the whole time
  BenchResult result_;
};

// The plain register by which bench/images/hold_sweep.cpp is told how long to hold its next answer back.
inline constexpr const char* hold_register = "hold_ns";

}  // namespace picoctl::cli
