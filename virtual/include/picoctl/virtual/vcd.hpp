// Records the bus as a Value Change Dump (IEEE 1364-2005, clause 18) with the two wires `scl` and
// `sda`, for GTKWave, PulseView and sigrok-cli.
//
// Edges are where UM10204 puts them within each bit time T: SCL low for 0.6 T, SDA changes at
// 0.15 T. A START, repeated START or STOP takes one T. Rests longer than 20 bit times are drawn as
// 20: the clock of the file is therefore not the clock of the bus, except within a transfer.
#pragma once

#include <cstdio>
#include <string>

#include "picoctl/virtual/bus.hpp"

namespace picoctl::sim {

class VcdWriter final : public TraceSink {
 public:
  static constexpr std::uint64_t timescale_ns = 10;

  VcdWriter() = default;
  ~VcdWriter() override { close(); }

  // 0 or the errno of fopen. The bit time is that of the bus that is recorded.
  [[nodiscard]] int open(const std::string& path, std::uint64_t bit_ns);
  // 0, or the errno of the first write that failed (ENOSPC, ...). Harmless if not open.
  int close();
  [[nodiscard]] int error() const { return error_; }
  // Pushes everything written so far to the file, so that it can be read while recording.
  int flush();

  void begin(std::uint64_t id, std::uint64_t now_ns) override;
  void event(std::uint64_t id, const WireEvent& event) override;
  void end(const Outcome& outcome) override;

 private:
  void set(bool& wire, bool high, std::uint64_t at_ns);
  void bit(bool high, std::uint64_t at_ns);
  void pause(const WireEvent& event);
  void byte(const WireEvent& event);
  void restart(std::uint64_t at_ns);
  void stop(std::uint64_t at_ns);
  void release();
  void drawn_until(std::uint64_t bus_ns, std::uint64_t file_ns);
  [[nodiscard]] std::uint64_t part(unsigned percent) const { return bit_ns_ * percent / 100; }

  std::FILE* file_ = nullptr;
  int error_ = 0;
  std::uint64_t bit_ns_ = 10'000;
  std::uint64_t bus_ns_ = 0;   // the bus's time up to which everything is drawn,
  std::uint64_t file_ns_ = 0;  // and the same moment in the file
  std::uint64_t stamp_ = 0;    // the last time stamp written, in units of the file
  bool scl_ = true;
  bool sda_ = true;
};

}  // namespace picoctl::sim
