// picoctl recover: frees a bus whose SDA is held low.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "context.hpp"
#include "picoctl/controller/recovery.hpp"

namespace picoctl::cli {
namespace {

struct RecoverArguments {
  std::string pins;
};

PinNumbers pins_in(const std::string& text) {
  PinNumbers numbers;
  const char* const end = text.data() + text.size();
  const auto sda = std::from_chars(text.data(), end, numbers.sda);
  const bool comma = sda.ec == std::errc{} && sda.ptr != end && *sda.ptr == ',';
  const auto scl = comma ? std::from_chars(sda.ptr + 1, end, numbers.scl) : sda;
  if (!comma || scl.ec != std::errc{} || scl.ptr != end || numbers.sda == numbers.scl) {
    fail_with(Error::usage,
              fmt::format("--pins {}: two GPIO numbers, SDA's and SCL's, as 2,3", text));
  }
  return numbers;
}

// The header's bus is always on these; of others nobody tells.
PinNumbers pins_of(const Bus& bus, const RecoverArguments& arguments) {
  if (!arguments.pins.empty()) return pins_in(arguments.pins);
  if (bus.name() == "i2c:1") return {.sda = 2, .scl = 3};
  fail_with(Error::usage,
            fmt::format("which pins {} is on is not known: give --pins SDA,SCL", bus.name()));
}

int say(const Context& context, const std::string& bus, unsigned pulses, bool counted) {
  if (context.json()) {
    nlohmann::json object{{"bus", bus}, {"free", true}};
    if (counted) object["pulses"] = pulses;
    print_json(object);
  } else if (counted) {
    fmt::print("{} is free, after {} clock pulse{}\n", bus, pulses, pulses == 1 ? "" : "s");
  } else {
    fmt::print("{} is free\n", bus);
  }
  return 0;
}

int recover(const Context& context, const RecoverArguments& arguments) {
  const Opened opened = context.open();
  if (opened.bus->is_virtual()) {
    if (!arguments.pins.empty()) fail_with(Error::usage, "a virtual bus has no --pins");
    need(opened.bus->recover());
    return say(context, opened.name(), 0, false);
  }
  const auto pins = need(take_pins(pins_of(*opened.bus, arguments)));
  return say(context, opened.name(), need(clock_free(*pins)), true);
}

}  // namespace

void add_recover(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("recover", "Free a bus whose SDA is held low");
  auto arguments = std::make_shared<RecoverArguments>();
  verb->add_option("--pins", arguments->pins, "GPIO numbers of SDA and SCL (2,3 on i2c:1)")
      ->type_name("SDA,SCL");
  verb->footer(
      "A target that was reset amid a byte may hold SDA until it is clocked. Up to nine pulses of\n"
      "SCL, looking at SDA at each, then STOP: so no byte is written to anybody. On a Raspberry "
      "Pi\n"
      "the two pins are taken from the I2C block for that and given back (with 'pinctrl'); let no\n"
      "other program use the bus meanwhile. A Pico with picoctl lets go by itself after 30 ms.\n\n"
      "Examples:\n"
      "  picoctl recover\n"
      "  picoctl --bus i2c:1 recover\n"
      "  picoctl --bus i2c:3 recover --pins 4,5\n"
      "  picoctl recover --json");
  verb->callback([&context, arguments] {
    context.run = [&context, arguments] { return recover(context, *arguments); };
  });
}

}  // namespace picoctl::cli
