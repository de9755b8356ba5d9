#include "bench_run.hpp"

#include <algorithm>
#include <array>

#include "context.hpp"
#include "interrupt.hpp"

namespace picoctl::cli {
namespace {

using std::chrono::milliseconds;

constexpr double latency_share = 0.35;
constexpr double echo_share = 0.10;  // of each payload
constexpr double batch_share = 0.15;
constexpr double sweep_share = 0.20;

constexpr std::array<std::size_t, 3> payloads{16, 64, 240};
constexpr std::size_t most_entries = 24;
constexpr std::size_t batch_flags = 1, batch_entry = 2;  // bytes of a request: docs/PROTOCOL.md
constexpr std::uint32_t sweep_steps = 50;
constexpr double sweep_periods = 2.5;  // of SCL, the longest delay
constexpr std::uint32_t default_khz = 100;
constexpr auto time_to_obey = milliseconds(2);  // for the Pico's loop, behind a register's write

struct Interrupted {};

}  // namespace

BenchResult BenchRun::run() {
  try {
    measure_latency();
    for (const std::size_t payload : payloads) measure_echo(payload, echo_share);
    measure_batch();
    sweep();
  } catch (const Interrupted&) {
    result_.interrupted = true;
  }
  result_.counters = pico_.counters();
  return std::move(result_);
}

double BenchRun::repeat(const char* part, double share, const std::function<void()>& once) {
  const auto start = Clock::now();
  const std::chrono::duration<double> allowed = seconds_ * share;
  const auto end = start + std::chrono::duration_cast<Clock::duration>(allowed);
  auto now = start;
  for (; now < end; now = Clock::now()) {
    progress_(part, done_ + share * ((now - start) / allowed));
    if (interrupted()) throw Interrupted{};
    once();
  }
  done_ += share;
  return std::chrono::duration<double>(now - start).count();
}

void BenchRun::measure_latency() {
  need(pico_.call("system.ping"));  // reads the description, if nobody has yet
  repeat("latency", latency_share, [this] {
    const auto start = Clock::now();
    need(pico_.call("system.ping"));
    result_.latency.add(Clock::now() - start);
  });
}

// Both ways the payload is a byte of length and the data.
void BenchRun::measure_echo(std::size_t payload, double share) {
  const Identity identity = pico_.identity();
  if (payload > std::min(identity.max_request, identity.max_reply)) {
    done_ += share;
    return;
  }
  const Value data = Value::binary(std::vector<std::uint8_t>(payload - 1, 0x5A));
  Throughput& row = result_.echoes.emplace_back(Throughput{.payload = payload});
  row.seconds = repeat("bytes", share, [this, &data, &row] {
    need(pico_.call("system.echo", data));
    ++row.calls;
  });
}

// As many pings as this Pico takes and answers at once: an entry whose reply has no room is not started.
void BenchRun::measure_batch() {
  const std::size_t room = pico_.identity().max_request - batch_flags;
  std::vector<BatchItem> items(std::min(most_entries, room / batch_entry), {"system.ping", {}});
  const auto first = need(pico_.batch(items));
  items.resize(static_cast<std::size_t>(std::ranges::count_if(first, &BatchItemResult::ran)));
  Throughput& row = result_.batch.emplace(Throughput{.payload = items.size() * batch_entry});
  row.seconds = repeat("batch", batch_share,
                       [this, &items, &row] { row.calls += need(pico_.batch(items)).size(); });
}

std::vector<std::uint8_t> BenchRun::read_identity() {
  std::array<std::uint8_t, 1> number{registers::identity};
  std::vector<std::uint8_t> bytes(registers::identity_size);
  const std::array messages{Message{.address = pico_.address(), .length = 1, .data = number.data()},
                            Message{.address = pico_.address(),
                                    .flags = socket::flag_read,
                                    .length = registers::identity_size,
                                    .data = bytes.data()}};
  if (!pico_.bus().transfer(messages)) bytes.clear();
  return bytes;
}

bool BenchRun::read_is_right(const std::vector<std::uint8_t>& expected) {
  return read_identity() == expected;
}

void BenchRun::sweep() {
  const auto description = need(pico_.description());
  if (description->find_register(hold_register) == nullptr) return;
  const std::vector<std::uint8_t> expected = read_identity();
  const std::uint32_t khz = pico_.bus().speed_khz() == 0 ? default_khz : pico_.bus().speed_khz();
  const double longest = sweep_periods * 1e6 / khz;
  for (std::uint32_t step = 0; step <= sweep_steps; ++step) {
    result_.sweep.push_back({.delay_ns = static_cast<std::uint32_t>(longest * step / sweep_steps)});
  }
  std::size_t next = 0;
  repeat("hold sweep", sweep_share, [this, &expected, &next] {
    Held& held = result_.sweep[next++ % result_.sweep.size()];
    need(pico_.set(hold_register, held.delay_ns));
    pause_for(time_to_obey);
    ++held.reads;
    if (!read_is_right(expected)) ++held.wrong;
  });
}

}  // namespace picoctl::cli
