// The I2C bus on the 40-pin header of this machine.
#pragma once

#include <string>

namespace picoctl::controller {

// "i2c:1", or empty if this is no Raspberry Pi. `root` is where /proc lies.
std::string header_bus(const std::string& root = {});

}  // namespace picoctl::controller
