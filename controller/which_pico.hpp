// Which Pico a program means: the one at an address, the one of a name, or the only one.
#pragma once

#include <cstdint>

#include "picoctl/controller/pico.hpp"

namespace picoctl::controller {

// Failures: bad_address, bus_in_use, no_pico_found, several_picos, and those of scan().
Expected<std::uint8_t> which_pico(Bus& bus, const ConnectOptions& options);

}  // namespace picoctl::controller
