// The C++ caller of the system tests: what a user's program looks like, driven by a test.
//
//   caller [--address A] [--timeout S] hammer FIRST COUNT   one system.echo after the other, each with its own token from FIRST
//                               on; says "done TOKEN", or "unknown TOKEN", "not_run TOKEN" …;
//                               "wrong TOKEN" if the answer is to another
//   caller … call NAME ARG…       one command, its reply as JSON
//   caller … set REGISTER VALUE…
//   caller … get REGISTER
//   caller … kept STATE FIRST SECOND   echoes FIRST, waits for a line, echoes SECOND; and STATE before whatever a
//                               restarted Pico gets
//   caller scan
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "picoctl/controller/pico.hpp"
#include "picoctl/controller/scan.hpp"

namespace {

using picoctl::Pico;
using picoctl::Value;

const char* word(picoctl::Outcome outcome) {
  switch (outcome) {
    case picoctl::Outcome::done: return "done";
    case picoctl::Outcome::not_run: return "not_run";
    case picoctl::Outcome::still_running: return "still_running";
    case picoctl::Outcome::unknown: return "unknown";
  }
  return "?";
}

int complain(const picoctl::Failure& failure) {
  std::fprintf(stderr, "%s\n", picoctl::explain(failure).c_str());
  return static_cast<int>(picoctl::info(failure.error).exit_class);
}

Value bytes_of(std::uint32_t token) {
  std::vector<std::uint8_t> bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(token >> shift));
  }
  return Value::binary(std::move(bytes));
}

// Each line leaves at once: the test may kill this process at any moment.
int hammer(Pico& pico, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t token = first; token < first + count; ++token) {
    const auto data = bytes_of(token);
    const auto result = pico.call("system.echo", data);
    const char* outcome = result ? "done" : word(result.error().outcome);
    if (result && (*result)["data"] != data) outcome = "wrong";
    std::printf("%s %u\n", outcome, token);
    std::fflush(stdout);
  }
  return 0;
}

int kept(Pico& pico, const std::array<std::uint32_t, 3>& tokens) {
  const auto echo = [](Pico& to, std::uint32_t token) {
    return to.call("system.echo", bytes_of(token));
  };
  pico.on_restart([&](Pico& self, const picoctl::Restart&) {
    if (const auto done = echo(self, tokens[0]); !done) complain(done.error());
  });
  for (const std::uint32_t token : {tokens[1], tokens[2]}) {
    if (token == tokens[2]) std::getchar();
    if (const auto done = echo(pico, token); !done) return complain(done.error());
    std::printf("%u\n", token);
    std::fflush(stdout);
  }
  return 0;
}

int print(const picoctl::Expected<Value>& result) {
  if (!result) return complain(result.error());
  std::printf("%s\n", result->dump().c_str());
  return 0;
}

std::vector<Value> values(char** from, char** to) {
  std::vector<Value> list;
  for (; from != to; ++from) list.emplace_back(std::string(*from));
  return list;
}

int print_who_is_there() {
  const auto bus = picoctl::open_bus();
  if (!bus) return complain(bus.error());
  const auto result = picoctl::scan(**bus);
  if (!result) return complain(result.error());
  for (const auto& found : result->found) std::printf("0x%02x\n", found.address);
  return 0;
}

// Takes the options off the front of the words.
picoctl::ConnectOptions options_from(int& argc, char**& argv) {
  picoctl::ConnectOptions options;
  for (; argc > 2 && std::string(argv[1]).starts_with("--"); argc -= 2, argv += 2) {
    if (std::string(argv[1]) == "--address") {
      options.address = static_cast<std::uint8_t>(std::strtoul(argv[2], nullptr, 0));
    } else {
      options.call.emplace().deadline =
          std::chrono::milliseconds(static_cast<long>(1000 * std::strtod(argv[2], nullptr)));
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const picoctl::ConnectOptions options = options_from(argc, argv);
  if (argc < 2) return 2;
  const std::string verb = argv[1];
  if (verb == "scan") return print_who_is_there();
  if (argc < 3) return 2;
  auto pico = picoctl::connect(options);
  if (!pico) return complain(pico.error());
  if (verb == "hammer" && argc == 4) {
    return hammer(*pico, static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 0)),
                  static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 0)));
  }
  if (verb == "kept" && argc == 5) {
    const auto token = [argv](int at) {
      return static_cast<std::uint32_t>(std::strtoul(argv[at], nullptr, 0));
    };
    return kept(*pico, {token(2), token(3), token(4)});
  }
  if (verb == "call") return print(pico->call_values(argv[2], values(argv + 3, argv + argc)));
  if (verb == "get") return print(pico->get(argv[2]));
  if (verb == "set") {
    const auto done = pico->set_values(argv[2], values(argv + 3, argv + argc));
    return done ? 0 : complain(done.error());
  }
  return 2;
}
