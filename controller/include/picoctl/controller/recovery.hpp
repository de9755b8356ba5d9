// Clocks a bus free whose SDA a target holds low (UM10204 section 3.1.16), by hand on the two pins:
// for adapters whose driver cannot. Never done unasked.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "picoctl/controller/failure.hpp"

namespace picoctl {

// Two open-drain pins. `true` lets go of a line; whether it is high then, others decide.
class WirePins {
 public:
  WirePins() = default;
  WirePins(const WirePins&) = delete;
  WirePins& operator=(const WirePins&) = delete;
  virtual ~WirePins() = default;
  virtual void set_sda(bool high) = 0;
  virtual void set_scl(bool high) = 0;
  virtual bool sda() = 0;
  virtual bool scl() = 0;
  virtual void pause() = 0;  // half a clock period; 5 us is 100 kHz
};

// Up to nine pulses of SCL, looking at SDA at each and ending with the first that finds it high, then
// STOP: so a target that was cut off within the ACK of a written byte is sent no further byte.
// How many pulses it took; 0: SDA was free. bus_stuck: SCL is held, or SDA is still.
Expected<unsigned> clock_free(WirePins& pins);

// GPIO numbers of an I2C bus.
struct PinNumbers {
  unsigned sda = 2;
  unsigned scl = 3;
};

// The pins of a Raspberry Pi's bus, taken from the kernel by its GPIO character device (version 2)
// and given back to the I2C block when this ends. The bus must be at rest. Failures: bus_forbidden,
// bus_unsupported (no such GPIO; or no `pinctrl`, without which they could not be given back).
Expected<std::unique_ptr<WirePins>> take_pins(const PinNumbers& numbers,
                                              const std::string& chip = "/dev/gpiochip0");

}  // namespace picoctl
