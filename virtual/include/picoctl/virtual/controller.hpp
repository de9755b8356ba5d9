// The Pi's I2C controllers as models: what one transfer may hold, and what becomes of the clock that a
// target stretched. Models, not measurements: docs/TEST-YOUR-PICO.md says how to look at a real Pi.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace picoctl::sim {

// What a controller can do in one transfer.
enum class ControllerRules : std::uint8_t {
  bcm2835,  // Pi 0-4: writes, then at most one read, last; nobody frees a stuck bus
  any_mix,  // Pi 5; and after a timeout its driver frees SDA with up to nine pulses of SCL
};

// What a controller makes of a clock that a target holds. The block of the Pi 0-4 does not wait: its
// own clock runs on, and each half period it looks whether SCL is high. There are two accounts of what
// follows (raspberrypi/linux#254), and neither is settled.
enum class Stretching : std::uint8_t {
  waits,        // as UM10204 wants it
  every_check,  // at any look that finds SCL high the high period is over, however short it was
  first_check,  // so at the first look only; a later release gets its whole high period
};

// How long SCL is high for the pulse before which a target held it low for `held_ns` longer than the
// controller did. `half_ns`: half a period of the controller's clock.
std::uint64_t pulse_after_hold_ns(Stretching stretching, std::uint64_t half_ns,
                                  std::uint64_t held_ns);

// Targets take a pulse up to this long for a spike: tSP in UM10204, table 10.
inline constexpr std::uint64_t spike_ns = 50;

struct ControllerModel {
  std::string_view name;
  ControllerRules rules;
  Stretching stretching;
};
inline constexpr std::array<ControllerModel, 4> controller_models{{
    {"pi4", ControllerRules::bcm2835, Stretching::waits},
    {"pi4-every-check", ControllerRules::bcm2835, Stretching::every_check},
    {"pi4-first-check", ControllerRules::bcm2835, Stretching::first_check},
    {"pi5", ControllerRules::any_mix, Stretching::waits},
}};

}  // namespace picoctl::sim
