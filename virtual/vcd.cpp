#include "picoctl/virtual/vcd.hpp"

#include <algorithm>
#include <cerrno>

namespace picoctl::sim {
namespace {

constexpr std::uint64_t longest_rest_bits = 20;

}  // namespace

int VcdWriter::open(const std::string& path, std::uint64_t bit_ns) {
  close();
  file_ = std::fopen(path.c_str(), "we");
  if (file_ == nullptr) return error_ = errno;
  error_ = 0;
  bit_ns_ = bit_ns;
  bus_ns_ = file_ns_ = stamp_ = 0;
  scl_ = sda_ = true;
  std::fprintf(file_,
               "$comment picoctl virtual bus $end\n$timescale %d ns $end\n"
               "$scope module i2c $end\n$var wire 1 c scl $end\n$var wire 1 d sda $end\n"
               "$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n1c\n1d\n$end\n",
               static_cast<int>(timescale_ns));
  return flush();
}

int VcdWriter::flush() {
  if (file_ != nullptr && error_ == 0 && std::fflush(file_) != 0) error_ = errno;
  return error_;
}

int VcdWriter::close() {
  if (file_ == nullptr) return error_;
  const std::uint64_t end = (file_ns_ + longest_rest_bits * bit_ns_) / timescale_ns;
  std::fprintf(file_, "#%llu\n", static_cast<unsigned long long>(end));
  flush();
  if (std::fclose(file_) != 0 && error_ == 0) error_ = errno;
  file_ = nullptr;
  return error_;
}

void VcdWriter::begin(std::uint64_t /*id*/, std::uint64_t now_ns) {
  const std::uint64_t rest = now_ns - std::min(now_ns, bus_ns_);
  const bool first = file_ns_ == 0;
  const std::uint64_t longest = longest_rest_bits * bit_ns_;
  file_ns_ += first ? longest : std::min(rest, longest);
  bus_ns_ = now_ns;
}

void VcdWriter::event(std::uint64_t /*id*/, const WireEvent& event) {
  const std::uint64_t at = event.time_ns;
  const std::uint64_t held =
      std::min<std::uint64_t>(event.duration_ns, longest_rest_bits * bit_ns_);
  pause(event);
  switch (event.kind) {
    case WireKind::start:
      set(sda_, false, at + part(50));
      return drawn_until(at + bit_ns_, bit_ns_);
    case WireKind::restart: return restart(at);
    case WireKind::address:
    case WireKind::data: return byte(event);
    case WireKind::stop: return stop(at);
    case WireKind::stretch:
      set(scl_, false, at);
      return drawn_until(at + event.duration_ns, event.duration_ns);
    case WireKind::stuck:
      set(event.byte == 1 ? sda_ : scl_, false, at);
      drawn_until(at + event.duration_ns, held);
      return release();
    case WireKind::arbitration_lost:
      // The four bits before it were the other controller's as well; it stops at once.
      for (int i = 0; i < 4; ++i) bit(false, bus_ns_);
      return stop(at);
    case WireKind::pulses:
      for (int i = 0; i < event.byte; ++i) bit(false, bus_ns_);
      return;
  }
}

// A controller that decides after each byte how to go on has held SCL meanwhile.
void VcdWriter::pause(const WireEvent& event) {
  const bool goes_on = event.kind == WireKind::data || event.kind == WireKind::restart ||
                       event.kind == WireKind::stop;
  if (!goes_on || event.time_ns <= bus_ns_) return;
  set(scl_, false, bus_ns_);
  drawn_until(event.time_ns, event.time_ns - bus_ns_);
}

void VcdWriter::end(const Outcome& outcome) {
  if (outcome.end_ns > bus_ns_) drawn_until(outcome.end_ns, outcome.end_ns - bus_ns_);
  release();
}

void VcdWriter::byte(const WireEvent& event) {
  for (int i = 7; i >= 0; --i) bit(((event.byte >> i) & 1) != 0, bus_ns_);
  bit((event.flags & socket::wire_ack) == 0, bus_ns_);
}

void VcdWriter::bit(bool high, std::uint64_t at_ns) {
  set(scl_, false, at_ns);
  set(sda_, high, at_ns + part(15));
  set(scl_, true, at_ns + part(60));
  drawn_until(at_ns + bit_ns_, bit_ns_);
}

void VcdWriter::restart(std::uint64_t at_ns) {
  set(scl_, false, at_ns);
  set(sda_, true, at_ns + part(15));
  set(scl_, true, at_ns + part(40));
  set(sda_, false, at_ns + part(70));
  drawn_until(at_ns + bit_ns_, bit_ns_);
}

void VcdWriter::stop(std::uint64_t at_ns) {
  set(scl_, false, at_ns);
  set(sda_, false, at_ns + part(15));
  set(scl_, true, at_ns + part(50));
  set(sda_, true, at_ns + part(80));
  drawn_until(at_ns + bit_ns_, bit_ns_);
}

// Both lines high, as a bus is that nobody uses. After a STOP they are; after a transfer that
// broke off they rise now, SDA last.
void VcdWriter::release() {
  set(scl_, true, bus_ns_);
  set(sda_, true, bus_ns_);
}

void VcdWriter::drawn_until(std::uint64_t bus_ns, std::uint64_t file_ns) {
  bus_ns_ = bus_ns;
  file_ns_ += file_ns;
}

void VcdWriter::set(bool& wire, bool high, std::uint64_t at_ns) {
  if (file_ == nullptr || wire == high) return;
  wire = high;
  const std::uint64_t stamp = (file_ns_ + (at_ns - bus_ns_)) / timescale_ns;
  if (stamp != stamp_) std::fprintf(file_, "#%llu\n", static_cast<unsigned long long>(stamp));
  stamp_ = stamp;
  std::fprintf(file_, "%c%c\n", high ? '1' : '0', &wire == &scl_ ? 'c' : 'd');
}

}  // namespace picoctl::sim
