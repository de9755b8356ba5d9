// The modules that a picoctl image is made of, and the list of all of them.
#pragma once

#include <array>

#include "picoctl/link/dispatch.hpp"

namespace picoctl::target {

extern const Module system_module;  // always the first: its first command is number 1
extern const Module gpio_module;
extern const Module led_module;
extern const Module pulse_module;

// Whether a controller may drive this pin: it is there, and does not carry the link.
Result<void> check_pin(Context& context, unsigned pin);

// What of `value` a light shows, on its pin and in its plain register.
void set_light(Context& context, std::uint8_t n, bool on);

}  // namespace picoctl::target
