// A small bus for the system tests: registers at 0x50, a port expander at 0x20, nothing of
// picoctl. Says "ready" when it can be connected to, and at its end what the chips received.
//
//     virtual-bus-testd SOCKET [--vcd FILE] [--speed HZ] [--any-mix]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "picoctl/virtual/bus.hpp"
#include "picoctl/virtual/devices.hpp"
#include "picoctl/virtual/server.hpp"
#include "picoctl/virtual/vcd.hpp"

namespace {

using picoctl::sim::BusOptions;

struct Arguments {
  const char* socket = nullptr;
  const char* vcd = nullptr;
  BusOptions bus;
};

bool parse(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const bool has_value = i + 1 < count;
    if (word == "--vcd" && has_value) {
      arguments.vcd = words[++i];
    } else if (word == "--speed" && has_value) {
      arguments.bus.speed_hz = static_cast<std::uint32_t>(std::strtoul(words[++i], nullptr, 10));
    } else if (word == "--any-mix") {
      arguments.bus.rules = picoctl::sim::ControllerRules::any_mix;
    } else if (arguments.socket == nullptr && word.substr(0, 1) != "-") {
      arguments.socket = words[i];
    } else {
      return false;
    }
  }
  return arguments.socket != nullptr;
}

}  // namespace

int main(int count, char** words) {
  using namespace picoctl::sim;  // NOLINT: a test's main
  Arguments arguments;
  if (!parse(count, words, arguments)) {
    std::fprintf(stderr, "usage: %s SOCKET [--vcd FILE] [--speed HZ] [--any-mix]\n", words[0]);
    return 2;
  }
  const SignalStop stop;
  Bus bus(arguments.bus);
  RegisterFile registers;
  Pcf8574 port;
  bus.attach(registers);
  bus.attach(port);
  VcdWriter vcd;
  if (arguments.vcd != nullptr) {
    if (const int error = vcd.open(arguments.vcd, bus.bit_ns()); error != 0) {
      std::fprintf(stderr, "cannot write %s: %s\n", arguments.vcd, std::strerror(error));
      return 1;
    }
    bus.add_sink(vcd);
  }
  BusServer server(bus);
  if (const auto failure = server.listen(arguments.socket)) {
    std::fprintf(stderr, "%s\n", failure.text.c_str());
    return 1;
  }
  std::puts("ready");
  std::fflush(stdout);
  const int error = server.run(stop.fd());
  std::printf("transfers=%llu port_bytes=%llu port_starts=%llu\n",
              static_cast<unsigned long long>(bus.counters().transfers),
              static_cast<unsigned long long>(port.bytes_received()),
              static_cast<unsigned long long>(port.starts()));
  return error != 0 || vcd.close() != 0 ? 1 : 0;
}
