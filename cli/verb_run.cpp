// picoctl run: an unmodified program that finds a virtual bus at /dev/i2c-1.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "bus_path.hpp"
#include "context.hpp"
#include "parts.hpp"
#include "program.hpp"

namespace picoctl::cli {
namespace {

using Words = std::vector<std::string>;

constexpr unsigned highest_bus = 255;

void check_program(const Words& command) {
  const ProgramLook look = look_at_program(command);
  if (look.linkage == Linkage::missing) fail_with(Error::program_not_found, look.why);
  if (look.linkage == Linkage::fixed) fail_with(Error::program_static, look.why);
}

void check_bus_number(const std::string& number) {
  const bool digits = !number.empty() && number.size() < 4 &&
                      std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || std::stoul(number) > highest_bus) {
    fail_with(Error::usage,
              fmt::format("--as {}: the N of /dev/i2c-N, 0 to {}", number, highest_bus));
  }
}

void set_environment(const std::string& socket, const std::string& shim,
                     const std::string& number) {
  const char* before = std::getenv("LD_PRELOAD");
  const bool alone = before == nullptr || before[0] == '\0';
  ::setenv("LD_PRELOAD", (alone ? shim : shim + ":" + before).c_str(), 1);
  ::setenv("PICOCTL_SHIM_SOCKET", socket.c_str(), 1);
  ::setenv("PICOCTL_SHIM_BUS", number.c_str(), 1);
}

int run_program(const Context& context, const Words& command, const std::string& number) {
  if (command.empty()) fail_with(Error::usage, "no program was given");
  check_bus_number(number);
  const std::string socket = wanted_socket(context);
  check_program(command);
  need(open_bus("virtual:" + socket));
  const auto shim = find_shim();
  if (!shim) fail_with(Error::part_missing, "libpicoctl-i2c-shim.so is not beside picoctl");
  set_environment(socket, shim->string(), number);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  fail_with(Error::program_not_found, fmt::format("{}: {}", command[0], std::strerror(errno)));
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("run", "Run a program with the virtual bus as /dev/i2c-1");
  auto number = std::make_shared<std::string>("1");
  verb->add_option("--as", *number, "N of /dev/i2c-N that the program sees (1)")->type_name("N");
  auto command = std::make_shared<Words>();
  verb->add_option("PROGRAM", *command, "and its arguments, behind --");
  verb->footer(
      "picoctl run [--as N] [--bus BUS] -- PROGRAM [ARGUMENT…]\n\n"
      "The program is not changed: its calls to /dev/i2c-1 are answered by the virtual bus. That\n"
      "cannot work for statically linked programs, which are refused. The exit code is the "
      "program's.\n\n"
      "Examples:\n"
      "  picoctl run -- i2cdetect -y 1\n"
      "  picoctl run -- i2cset -y 1 0x41 0x01 0x01\n"
      "  picoctl run -- python3 -c 'from smbus2 import SMBus; SMBus(1).write_byte_data(0x41, 1, "
      "1)'");
  // The parser writes to `command` when words stand in front of "--", so it has to live as long.
  verb->callback([&context, number, command] {
    context.run = [&context, number] { return run_program(context, context.program, *number); };
  });
}

}  // namespace picoctl::cli
