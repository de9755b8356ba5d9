#include "trace_vcd.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "picoctl/controller/trace_wave.hpp"

namespace picoctl::cli {
namespace {

namespace trace = controller::trace;

constexpr std::uint64_t tick_ns = 10;
constexpr std::uint64_t longest_rest_bits = 20;
constexpr std::string_view head =
    "$comment picoctl trace $end\n$timescale 10 ns $end\n$scope module i2c $end\n"
    "$var wire 1 c scl $end\n$var wire 1 d sda $end\n$upscope $end\n$enddefinitions $end\n"
    "#0\n$dumpvars\n1c\n1d\n$end\n";

class Dump {
 public:
  void add(const trace::Transaction& transaction) {
    const std::uint64_t longest = longest_rest_bits * transaction.bit_ns;
    const std::uint64_t rest = first_ ? longest : std::min(longest, transaction.start_ns - bus_ns_);
    file_ns_ += rest;
    first_ = false;
    for (const trace::Edge& edge : trace::edges(transaction, longest_rest_bits)) {
      set(edge, file_ns_ + edge.time_ns - transaction.start_ns);
    }
    file_ns_ = std::max(file_ns_ + transaction.end_ns - transaction.start_ns, last_ns_);
    bus_ns_ = transaction.end_ns;
  }
  std::string finish() {
    return std::move(text_) + fmt::format("#{}\n", file_ns_ / tick_ns + 1000);
  }

 private:
  void set(const trace::Edge& edge, std::uint64_t at_ns) {
    bool& level = edge.wire == trace::Wire::scl ? scl_ : sda_;
    if (level == edge.high) return;  // another driver, the same level
    level = edge.high;
    last_ns_ = at_ns;
    const std::uint64_t stamp = at_ns / tick_ns;
    if (stamp != stamp_) text_ += fmt::format("#{}\n", stamp);
    stamp_ = stamp;
    text_ += fmt::format("{}{}\n", edge.high ? 1 : 0, edge.wire == trace::Wire::scl ? 'c' : 'd');
  }

  std::string text_{head};
  std::uint64_t bus_ns_ = 0, file_ns_ = 0, last_ns_ = 0, stamp_ = 0;
  bool first_ = true, scl_ = true, sda_ = true;
};

}  // namespace

std::string vcd(std::span<const trace::Transaction> transactions) {
  Dump dump;
  for (const trace::Transaction& transaction : transactions) dump.add(transaction);
  return dump.finish();
}

}  // namespace picoctl::cli
