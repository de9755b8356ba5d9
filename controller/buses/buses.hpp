// The kinds of bus there are. `rest` is what follows the colon in the bus's name.
#pragma once

#include <memory>
#include <string_view>

#include "picoctl/controller/bus.hpp"

namespace picoctl::controller {

Expected<std::unique_ptr<Bus>> open_i2c_dev(std::string_view rest);  // "1", "/dev/i2c-1"
Expected<std::unique_ptr<Bus>> open_virtual(std::string_view rest);  // "/path", "" the default

}  // namespace picoctl::controller
