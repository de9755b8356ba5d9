#pragma once
// What `picotool config` can change in a finished image (UF2, or in a Pico in BOOTSEL mode):
//   picotool config -s i2c_address 0x42 picoctl-pico.uf2
//   picotool config -s board_name workbench picoctl-pico.uf2

#include "picoctl/target/settings.hpp"

namespace picoctl::pico {

// False: the image was left as built; `settings` then holds the defaults.
bool configured_settings(target::Settings& settings);

}  // namespace picoctl::pico
