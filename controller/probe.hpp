// Asking whether somebody answers at an address, without writing a byte to a stranger.
#pragma once

#include "picoctl/controller/bus.hpp"

namespace picoctl::controller {

// Where a write of no bytes can disturb: EEPROMs and their write protection (as i2cdetect has it).
bool is_read_probed(std::uint8_t address);

// True: somebody answers. Where is_read_probed() a byte is read, else no byte is written, which the
// adapter must be able to do (Bus::has_quick).
Expected<bool> answers(Bus& bus, std::uint8_t address);

}  // namespace picoctl::controller
