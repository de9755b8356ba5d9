// What goes wrong says what happened, and what became of the command.
#include <cstdio>

#include "picoctl/controller/pico.hpp"

const char* words(picoctl::Outcome outcome) {
  switch (outcome) {
    case picoctl::Outcome::done: return "it reached its handler, which refused";
    case picoctl::Outcome::not_run: return "it did not run";
    case picoctl::Outcome::still_running: return "it is still running";
    case picoctl::Outcome::unknown: return "it ran once or not at all";
  }
  return "";
}

int main() {
  auto pico = picoctl::connect();
  if (!pico) {
    std::fputs(picoctl::explain(pico.error()).c_str(), stderr);
    return 1;
  }
  const auto tell = [](const char* what, const picoctl::Expected<picoctl::Value>& result) {
    if (result) return;
    std::printf("%s: %s; %s\n", what, picoctl::name(result.error().error).data(),
                words(result.error().outcome));
  };
  tell("lde 1 on", pico->call("lde", 1, true));                // checked here, nothing is sent
  tell("led 9 on", pico->call("led", 9, true));                // refused by the handler
  tell("gpio.write 1 on", pico->call("gpio.write", 1, true));  // GP1 carries the link
}
// It prints: lde 1 on: no_such_command; it did not run
// It prints: led 9 on: bad_value; it reached its handler, which refused
// It prints: gpio.write 1 on: pin_reserved; it reached its handler, which refused
// The journal then says: led n=9 on=1
// The journal then says: gpio.write pin=1 on=1
