// What the numbers of the kernel's I2C drivers, and of the virtual bus that imitates them, mean.
#pragma once

#include <string>
#include <string_view>

#include "picoctl/controller/failure.hpp"

namespace picoctl::controller {

// The failure of a transfer. Its outcome is `unknown`, whatever the number: on a Pi a stretch
// timeout can show as "nobody acknowledged" (i2c-bcm2835 tests ERR before CLKT).
Unexpected<Failure> transfer_failure(int number, std::string_view bus, unsigned address);

// "Permission denied"
std::string errno_text(int number);

}  // namespace picoctl::controller
