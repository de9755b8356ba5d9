// picoctl bench: how fast this Pico is, on this bus, from this machine.
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <thread>

#include "bench_run.hpp"
#include "context.hpp"
#include "identity_text.hpp"
#include "interrupt.hpp"
#include "version.hpp"

namespace picoctl::cli {
namespace {

constexpr double default_seconds = 10, fewest_seconds = 0.5, most_seconds = 600;
constexpr std::size_t bar_columns = 32;
// START, request of six bytes behind the address, repeated START, answer of 16, STOP.
constexpr unsigned ping_bits = 1 + 9 * 7 + 1 + 9 * 17 + 1;

// On standard error, if that is a terminal; drawn at most so often that it costs nothing.
class Progress {
 public:
  void operator()(const char* part, double share) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    fmt::print(stderr, "\r\033[K{} {:3.0f} %  {}", progress_bar(share, bar_columns), 100 * share,
               part);
    std::fflush(stderr);
  }
  void erase() const {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point next_;
};

std::string first_line(const char* path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line, '\0');
  return line.substr(0, line.find('\n'));
}

// Nothing that names a person or a network.
nlohmann::json machine_json() {
  utsname system{};
  ::uname(&system);
  return {{"model", first_line("/proc/device-tree/model")},
          {"system", std::string(system.sysname) + " " + system.release},
          {"architecture", std::string(system.machine)},
          {"processors", std::thread::hardware_concurrency()}};
}

enum class Where : std::uint8_t { real, emulated, simulated };

Where where_is(const Connected& connected) {
  if (!connected.pico.bus().is_virtual()) return Where::real;
  return connected.pico.identity().chip == Chip::virtual_pico ? Where::simulated : Where::emulated;
}

// What the figures mean.
const char* meaning(Where where) {
  switch (where) {
    case Where::real: return "Times of real wires, with all that this machine does between calls.";
    case Where::emulated:
      return "An emulated Pico: it follows real time if this machine is quick enough. Times are "
             "this\n"
             "machine's, and say nothing of wires or of a chip.";
    case Where::simulated: break;
  }
  return "A virtual Pico: bits on a virtual bus cost no real time. Times are what this machine's\n"
         "programs need for a call, and say nothing of wires or of a chip.";
}
const char* name_of(Where where) {
  return where == Where::real ? "real" : where == Where::emulated ? "emulated" : "virtual";
}

nlohmann::json throughput_json(const Throughput& row) {
  return {{"payload_bytes", row.payload},
          {"calls", row.calls},
          {"seconds", row.seconds},
          {"per_second", row.per_second()}};
}

nlohmann::json latency_json(const Samples& latency) {
  nlohmann::json buckets = nlohmann::json::array();
  for (const Bucket& one : latency.histogram()) {
    buckets.push_back({{"from_us", one.from}, {"to_us", one.to}, {"calls", one.count}});
  }
  return {{"calls", latency.count()},
          {"shortest_us", latency.percentile(0)},
          {"median_us", latency.percentile(0.5)},
          {"p90_us", latency.percentile(0.9)},
          {"p99_us", latency.percentile(0.99)},
          {"longest_us", latency.percentile(1)},
          {"histogram", std::move(buckets)}};
}

nlohmann::json sweep_json(const std::vector<Held>& sweep) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Held& one : sweep) {
    rows.push_back({{"delay_ns", one.delay_ns}, {"reads", one.reads}, {"wrong", one.wrong}});
  }
  return rows;
}

nlohmann::json result_json(const Connected& connected, const BenchResult& result) {
  nlohmann::json echoes = nlohmann::json::array();
  for (const Throughput& row : result.echoes) echoes.push_back(throughput_json(row));
  const Where where = where_is(connected);
  nlohmann::json object{
      {"picoctl", version},
      {"machine", machine_json()},
      {"bus",
       {{"name", connected.on.bus->is_virtual() ? "virtual" : connected.on.bus->name()},
        {"kind", name_of(where)},
        {"khz", connected.on.bus->speed_khz()}}},
      {"pico", identity_json(connected.pico.identity())},
      {"meaning", meaning(where)},
      {"interrupted", result.interrupted},
      {"latency", latency_json(result.latency)},
      {"echo", std::move(echoes)},
      {"hold_sweep", sweep_json(result.sweep)},
      {"retries", result.counters.retries},
      {"polls", result.counters.polls},
      {"bus_errors", result.counters.bus_errors},
      {"bad_answers", result.counters.bad_answers}};
  object["pico"].erase("unique_id");
  if (result.batch) object["batch"] = throughput_json(*result.batch);
  return object;
}

void print_latency(const Context& context, const Connected& connected, const Samples& latency) {
  fmt::print("{}\n", context.out(Tone::strong, "One call after the other (system.ping)"));
  for (const std::string& line : histogram_lines(latency.histogram(), bar_columns)) {
    fmt::print("  {}\n", line);
  }
  fmt::print("  median {:.0f} us, 99 of 100 within {:.0f} us, longest {:.0f} us\n",
             latency.percentile(0.5), latency.percentile(0.99), latency.percentile(1));
  if (latency.total() > 0) {
    fmt::print("  {:.0f} calls a second\n",
               1e6 * static_cast<double>(latency.count()) / latency.total());
  }
  const unsigned khz = connected.on.bus->speed_khz();
  if (khz == 0) return;
  fmt::print("  on wires at {} kHz one takes at least {:.0f} us: {} bits\n", khz,
             1e3 * ping_bits / khz, ping_bits);
}

void print_throughput(const Context& context, const BenchResult& result) {
  fmt::print("\n{}\n",
             context.out(Tone::strong, "Bytes there and back (system.echo), and batches"));
  for (const Throughput& row : result.echoes) {
    fmt::print("  {:>3} bytes each way  {:>8.0f} calls/s  {:>9.0f} bytes/s each way\n", row.payload,
               row.per_second(), row.per_second() * static_cast<double>(row.payload));
  }
  if (result.batch) {
    fmt::print("  in a batch         {:>9.0f} pings/s\n", result.batch->per_second());
  }
}

void print_sweep(const Context& context, const std::vector<Held>& sweep) {
  fmt::print("\n{}\n", context.out(Tone::strong, "Answers held back"));
  if (sweep.empty()) {
    fmt::print("  not measured: this Pico's program has no register \"{}\" (docs/ON-HARDWARE.md)\n",
               hold_register);
    return;
  }
  bool any = false;
  for (const Held& one : sweep) {
    if (one.wrong == 0) continue;
    any = true;
    fmt::print("  {:>6} ns: {}\n", one.delay_ns,
               context.out(Tone::bad, fmt::format("{} of {} reads wrong", one.wrong, one.reads)));
  }
  if (!any) {
    fmt::print("  {}\n", context.out(Tone::good, fmt::format("no read was wrong, from 0 to {} ns",
                                                             sweep.back().delay_ns)));
  }
}

void print_result(const Context& context, const Connected& connected, const BenchResult& result) {
  fmt::print("{}\n{}\n\n", connected.where(), meaning(where_is(connected)));
  print_latency(context, connected, result.latency);
  print_throughput(context, result);
  print_sweep(context, result.sweep);
  fmt::print("\nretries {}, answers read again {}, bus errors {}, bad answers {}\n",
             result.counters.retries, result.counters.polls, result.counters.bus_errors,
             result.counters.bad_answers);
  if (result.interrupted) fmt::print("Interrupted: what there was by then.\n");
}

int bench(const Context& context, double seconds) {
  if (!(seconds >= fewest_seconds && seconds <= most_seconds)) {  // so that NaN is neither
    fail_with(Error::usage, fmt::format("--seconds takes {} to {}", fewest_seconds, most_seconds));
  }
  Connected connected = context.connect();
  catch_interrupts();
  Progress progress;
  const BenchResult result =
      BenchRun(connected.pico, std::chrono::duration<double>(seconds), std::ref(progress)).run();
  progress.erase();
  if (context.json()) {
    print_json(result_json(connected, result));
  } else {
    print_result(context, connected, result);
  }
  return result.interrupted ? interrupt_code() : 0;
}

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("bench", "How fast this Pico answers, on this bus");
  auto seconds = std::make_shared<double>(default_seconds);
  verb->add_option("--seconds", *seconds, "How long it may take (10)");
  verb->footer(
      "Pings, echoes and batches of pings: nothing on the Pico changes. Ctrl-C ends it, and what "
      "was\n"
      "measured by then is printed. --json is for sending in: it names the machine's model and "
      "kernel,\n"
      "and neither a person nor a Pico. Which Pico and wires: docs/ON-HARDWARE.md.\n\n"
      "Examples:\n"
      "  picoctl bench\n"
      "  picoctl --bus i2c:1 bench --seconds 60 --json > bench.json");
  verb->callback([&context, seconds] {
    context.run = [&context, seconds] { return bench(context, *seconds); };
  });
}

}  // namespace picoctl::cli
