#include "context.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace picoctl::cli {
namespace {

constexpr char hidden = '\x01';
constexpr long longest_timeout_ms = 3'600'000;

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::done: return "done";
    case Outcome::not_run: return "not_run";
    case Outcome::still_running: return "still_running";
    case Outcome::unknown: return "unknown";
  }
  return "unknown";
}

std::chrono::milliseconds parse_timeout(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double scale = unit == "ms" ? 1 : 1000;
  const bool known = unit.empty() || unit == "s" || unit == "ms";
  const bool sane = value * scale >= 1 && value * scale <= longest_timeout_ms;
  if (error != std::errc{} || !known || !sane) {
    fail_with(Error::usage,
              fmt::format("--timeout {}: seconds, or ms as in 500ms, up to one hour", text));
  }
  return std::chrono::milliseconds(static_cast<long>(value * scale));
}

}  // namespace

void fail_with(Error error, std::string detail) {
  throw Failed{{error, Outcome::not_run, std::move(detail)}};
}

std::string Opened::name() const { return by_default ? "(virtual Pico)" : bus->name(); }

std::string Connected::where() const {
  const std::string address = hex_address(pico.address());
  return on.by_default ? address + " (virtual Pico)" : address + " on " + on.bus->name();
}

CallOptions Context::call_options() const {
  CallOptions call;
  if (!options.timeout.empty()) call.deadline = parse_timeout(options.timeout);
  return call;
}

ConnectOptions Context::connect_options() const {
  ConnectOptions connect;
  connect.bus = options.bus;
  if (!options.address.empty()) connect.address = parse_address(options.address);
  if (!options.name.empty()) connect.name = options.name;
  if (!options.timeout.empty()) connect.call = call_options();
  return connect;
}

bool Context::bus_was_named() const {
  const char* named = std::getenv("PICOCTL_BUS");
  return !options.bus.empty() || (named != nullptr && named[0] != '\0');
}

Opened Context::open() const {
  std::shared_ptr<Bus> bus = need(open_bus(options.bus));
  const bool by_default = bus->is_virtual() && !bus_was_named();
  return {std::move(bus), by_default};
}

// What was asked for is checked before a bus is touched.
Connected Context::connect() const {
  const ConnectOptions wanted = connect_options();
  return connect(open(), wanted);
}

Connected Context::connect(Opened opened, const ConnectOptions& options) {
  Pico pico = need(picoctl::connect(opened.bus, options));
  return {std::move(opened), std::move(pico)};
}

std::uint8_t parse_address(const std::string& text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  const char* begin = text.data() + (hexadecimal ? 2 : 0);
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(begin, text.data() + text.size(), value, hexadecimal ? 16 : 10);
  const bool number = error == std::errc{} && end == text.data() + text.size();
  if (!number) fail_with(Error::bad_address, fmt::format("'{}' is no address", text));
  if (value < 0x08 || value > 0x77) {
    fail_with(Error::bad_address,
              fmt::format("{} {}", text, value > 0x7F ? "has more than 7 bits" : "is reserved"));
  }
  return static_cast<std::uint8_t>(value);
}

void print_json(const nlohmann::json& value) {
  fmt::print("{}\n", value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  std::fflush(stdout);
}

nlohmann::json failure_json(const Failure& failure) {
  const ErrorInfo& row = info(failure.error);
  return {{"id", row.id},
          {"code", static_cast<unsigned>(failure.error)},
          {"text", row.text},
          {"detail", failure.detail},
          {"cause", row.cause},
          {"cure", row.cure},
          {"outcome", outcome_name(failure.outcome)}};
}

int exit_code(const Failure& failure) { return static_cast<int>(info(failure.error).exit_class); }

int report(const Context& context, const Failure& failure) {
  std::fflush(stdout);
  if (context.json()) {
    print_json({{"error", failure_json(failure)}});
    return exit_code(failure);
  }
  const ErrorInfo& row = info(failure.error);
  const Style& style = context.err;
  fmt::print(stderr, "{} {}{}{}\n", style(Tone::bad, "picoctl:"), row.text,
             failure.detail.empty() ? "" : ": ", failure.detail);
  fmt::print(stderr, "  {} {}\n", style(Tone::dim, "likely cause:"), row.cause);
  fmt::print(stderr, "  {} {}\n", style(Tone::dim, "what to do:  "), row.cure);
  return exit_code(failure);
}

std::string hex_address(std::uint8_t address) { return fmt::format("0x{:02x}", address); }

std::string hide_number(const std::string& argument) {
  const bool number = argument.size() > 1 && argument[0] == '-' &&
                      (std::isdigit(static_cast<unsigned char>(argument[1])) != 0 ||
                       argument[1] == '.' || argument == "-inf" || argument == "-nan");
  return number ? hidden + argument : argument;
}

std::vector<std::string> shown(std::vector<std::string> arguments) {
  for (std::string& argument : arguments) {
    if (argument.starts_with(hidden)) argument.erase(0, 1);
  }
  return arguments;
}

}  // namespace picoctl::cli
