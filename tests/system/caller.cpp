// The C++ caller of the system tests: what a user's program looks like, driven by a test.
//
//   caller hammer FIRST COUNT   one `light` after the other, each with its own token from FIRST on;
//                               says "done TOKEN", or "unknown TOKEN", "not_run TOKEN" …
//   caller call NAME ARG…       one command, its reply as JSON
//   caller set REGISTER VALUE…
//   caller get REGISTER
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "picoctl/controller/pico.hpp"

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

// Each line leaves at once: the test may kill this process at any moment.
int hammer(Pico& pico, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t token = first; token < first + count; ++token) {
    const auto result = pico.call("light", 1, token % 2 == 0, token);
    const auto outcome = result ? picoctl::Outcome::done : result.error().outcome;
    std::printf("%s %u\n", word(outcome), token);
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

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string verb = argv[1];
  auto pico = picoctl::connect();
  if (!pico) return complain(pico.error());
  if (verb == "hammer" && argc == 4) {
    return hammer(*pico, static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 0)),
                  static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 0)));
  }
  if (verb == "call") return print(pico->call_values(argv[2], values(argv + 3, argv + argc)));
  if (verb == "get") return print(pico->get(argv[2]));
  if (verb == "set") {
    const auto done = pico->set_values(argv[2], values(argv + 3, argv + argc));
    return done ? 0 : complain(done.error());
  }
  return 2;
}
