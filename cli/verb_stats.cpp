// picoctl stats: what both ends of the link have seen.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "bus_path.hpp"
#include "context.hpp"
#include "picoctl/controller/trace_observer.hpp"
#include "reply_text.hpp"

namespace picoctl::cli {
namespace {

nlohmann::json counters_json(const LinkCounters& one) {
  return {{"calls", one.calls},
          {"done", one.done},
          {"transmissions", one.transmissions},
          {"retries", one.retries},
          {"polls", one.polls},
          {"second_reads", one.second_reads},
          {"bus_errors", one.bus_errors},
          {"bad_answers", one.bad_answers},
          {"refused_frames", one.refused_frames},
          {"sessions_opened", one.sessions_opened},
          {"resumes", one.resumes},
          {"unknown", one.unknown}};
}

nlohmann::json bus_json(const socket::Report& report) {
  return {{"speed_hz", report.speed_hz},
          {"transfers", report.transfers},
          {"bytes", report.wire_bytes},
          {"nacks", report.nacks},
          {"faults", report.faults_applied}};
}

std::optional<nlohmann::json> virtual_bus(const Opened& opened) {
  if (!opened.bus->is_virtual()) return std::nullopt;
  auto observer = controller::trace::Observer::open(socket_path(*opened.bus));
  if (!observer) return std::nullopt;
  const auto report = observer->report();
  return report ? std::optional(bus_json(report->totals)) : std::nullopt;
}

void print_table(const Context& context, std::string_view title, const nlohmann::json& rows) {
  fmt::print("{}\n", context.out(Tone::strong, title));
  for (const auto& [name, value] : rows.items()) {
    fmt::print("  {}  {}\n", padded(name, 16), value_text(value));
  }
}

int print_stats(const Context& context) {
  Connected connected = context.connect();
  const Value pico = need(connected.pico.call_values("system.stats", {}));
  const nlohmann::json own = counters_json(connected.pico.counters());
  const auto bus = virtual_bus(connected.on);
  if (context.json()) {
    nlohmann::json object{{"pico", reply_json(pico)}, {"controller", own}};
    if (bus) object["bus"] = *bus;
    print_json(object);
    return 0;
  }
  print_table(context, "The Pico at " + connected.where() + ", since its start", reply_json(pico));
  print_table(context, "This end, since it connected for this very call", own);
  if (bus) print_table(context, "The virtual bus, since its start", *bus);
  return 0;
}

}  // namespace

void add_stats(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("stats", "What both ends of the link have seen");
  verb->footer(
      "Growing bad_frames, retries or bus_errors mean disturbed wires: shorten them, look at GND,\n"
      "lower the bus's speed.\n\n"
      "Examples:\n"
      "  picoctl stats\n"
      "  picoctl stats --json");
  verb->callback([&context] { context.run = [&context] { return print_stats(context); }; });
}

}  // namespace picoctl::cli
