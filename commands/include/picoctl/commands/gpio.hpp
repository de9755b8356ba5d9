// gpio: the Pico's pins, by their GP numbers. The pins that carry the link are refused.
#pragma once

#include <cstdint>

#include "picoctl/link/command.hpp"

namespace picoctl::gpio {

enum class Mode : std::uint8_t { input = 0, output = 1 };
enum class Pull : std::uint8_t { none = 0, up = 1, down = 2 };

}  // namespace picoctl::gpio

template <>
inline constexpr auto picoctl::enumerators<picoctl::gpio::Mode> =
    picoctl::Enumerators<picoctl::Enumerator<"input", picoctl::gpio::Mode::input>,
                         picoctl::Enumerator<"output", picoctl::gpio::Mode::output>>{};
template <>
inline constexpr auto picoctl::enumerators<picoctl::gpio::Pull> =
    picoctl::Enumerators<picoctl::Enumerator<"none", picoctl::gpio::Pull::none>,
                         picoctl::Enumerator<"up", picoctl::gpio::Pull::up>,
                         picoctl::Enumerator<"down", picoctl::gpio::Pull::down>>{};

namespace picoctl::gpio {

struct ModeArgs {
  std::uint8_t pin = 0;
  Mode mode = Mode::input;
  Pull pull = Pull::none;
  using fields = Fields<Field<"pin", &ModeArgs::pin>, Field<"mode", &ModeArgs::mode>,
                        Field<"pull", &ModeArgs::pull>>;
};
using SetMode = Command<"gpio.mode", "Make a pin an input or an output", ModeArgs>;

struct WriteArgs {
  std::uint8_t pin = 0;
  bool on = false;
  using fields = Fields<Field<"pin", &WriteArgs::pin>, Field<"on", &WriteArgs::on>>;
};
using Write = Command<"gpio.write", "Make a pin an output and drive it high or low", WriteArgs>;

struct ReadArgs {
  std::uint8_t pin = 0;
  using fields = Fields<Field<"pin", &ReadArgs::pin>>;
};
struct ReadReply {
  bool on = false;
  using fields = Fields<Field<"on", &ReadReply::on>>;
};
using Read = Command<"gpio.read", "Read a pin", ReadArgs, ReadReply>;

// Bit n is GPn.
struct WriteGroupArgs {
  std::uint32_t mask = 0;    // the pins to drive
  std::uint32_t values = 0;  // their levels; bits outside the mask must be 0
  using fields =
      Fields<Field<"mask", &WriteGroupArgs::mask>, Field<"values", &WriteGroupArgs::values>>;
};
using WriteGroup =
    Command<"gpio.write_group", "Drive several pins at the same instant", WriteGroupArgs>;

struct ReadGroupArgs {
  std::uint32_t mask = 0;
  using fields = Fields<Field<"mask", &ReadGroupArgs::mask>>;
};
struct ReadGroupReply {
  std::uint32_t values = 0;
  using fields = Fields<Field<"values", &ReadGroupReply::values>>;
};
using ReadGroup = Command<"gpio.read_group", "Read several pins at the same instant", ReadGroupArgs,
                          ReadGroupReply>;

}  // namespace picoctl::gpio
