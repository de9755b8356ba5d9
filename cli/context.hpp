// What every verb shares: the global options, how to speak, how to reach a Pico, how to fail.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "picoctl/controller/bus.hpp"
#include "picoctl/controller/failure.hpp"
#include "picoctl/controller/pico.hpp"
#include "style.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own name
class App;
}

namespace picoctl::cli {

// Thrown by verbs, turned into a message and an exit code in one place (main.cpp).
struct Failed {
  Failure failure;
};

[[noreturn]] void fail_with(Error error, std::string detail = {});

template <typename T>
T need(Expected<T> result) {
  if (!result) throw Failed{std::move(result).error()};
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

struct Options {
  std::string bus;      // as given; empty: PICOCTL_BUS, else found by itself
  std::string address;  // as given; empty: the one Pico that is there
  std::string name;     // of the Pico; empty: any
  std::string timeout;  // "2", "0.5", "500ms"; empty: the library's
  bool json = false;
};

struct Opened {
  std::shared_ptr<Bus> bus;
  bool by_default = false;  // a virtual bus that nobody named

  // "i2c:1"; of a bus that nobody named "(virtual Pico)".
  std::string name() const;
};

struct Connected {
  Opened on;
  Pico pico;

  std::string where() const;  // "0x41 on i2c:1"
};

struct Context {
  Options options;
  Style out{false};
  Style err{false};
  std::vector<std::string> program;  // of `run`: its own options are none of ours
  std::function<int()> run;          // of the verb that was named; returns the exit code

  bool json() const { return options.json; }
  CallOptions call_options() const;
  ConnectOptions connect_options() const;
  Opened open() const;
  Connected connect() const;
  static Connected connect(Opened opened, const ConnectOptions& options);
  // By --bus or PICOCTL_BUS.
  bool bus_was_named() const;
};

// "0x41", "65"; bad_address if it is none or reserved.
std::uint8_t parse_address(const std::string& text);

// Data for a program: one line of JSON on standard output.
void print_json(const nlohmann::json& value);

// An error as an object: id, code, text, detail, cause, cure, outcome.
nlohmann::json failure_json(const Failure& failure);
int exit_code(const Failure& failure);
// Says it on standard error, or with --json on standard output; returns the exit code.
int report(const Context& context, const Failure& failure);

std::string hex_address(std::uint8_t address);

// Arguments that look like options but are negative numbers are hidden from the option parser, and
// shown again to the verb.
std::string hide_number(const std::string& argument);
std::vector<std::string> shown(std::vector<std::string> arguments);

// The verbs, one file each.
void add_virtual(CLI::App& app, Context& context);
void add_scan(CLI::App& app, Context& context);
void add_address(CLI::App& app, Context& context);
void add_info(CLI::App& app, Context& context);
void add_call(CLI::App& app, Context& context);
void add_get(CLI::App& app, Context& context);
void add_set(CLI::App& app, Context& context);
void add_stats(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);
void add_fault(CLI::App& app, Context& context);
void add_recover(CLI::App& app, Context& context);
void add_trace(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_demo(CLI::App& app, Context& context);
void add_errors(CLI::App& app, Context& context);

}  // namespace picoctl::cli
