// picoctl: a Raspberry Pi commands Raspberry Pi Picos over two wires.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <exception>

#include "command_line.hpp"
#include "context.hpp"

namespace picoctl::cli {
namespace {

int run(std::vector<std::string> words) {
  Context context;
  context.out = style_for(STDOUT_FILENO);
  context.err = style_for(STDERR_FILENO);
  if (const auto code = parse(context, std::move(words))) return *code;
  try {
    return context.run();
  } catch (const Failed& failed) {
    return report(context, failed.failure);
  }
}

}  // namespace
}  // namespace picoctl::cli

int main(int count, char** values) {
  try {
    return picoctl::cli::run({values + std::min(1, count), values + count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "picoctl: a bug in picoctl itself: {}\n", error.what());
    return 70;
  }
}
