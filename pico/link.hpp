#pragma once
// The link of this program: one I2C block, its interrupt and the target state machine behind it.

#include <cstdint>

#include "picoctl/target/register_face.hpp"

namespace picoctl::pico::link {

// Which block has these pins as its SDA and SCL; -1: none.
constexpr int block_of(std::uint8_t sda, std::uint8_t scl) {
  if (scl != sda + 1 || sda > 28) return -1;
  return sda % 4 == 0 ? 0 : sda % 4 == 2 ? 1 : -1;
}

struct Wiring {
  std::uint8_t sda;
  std::uint8_t scl;
  std::uint8_t address;
};

// Connects the face to the bus. Once.
void open(const Wiring& wiring, target::RegisterFace& face);

// From now on at this address; 0: at none. With the interrupt unmasked.
void listen(std::uint8_t address);

// The link's interrupt only. They do not nest.
void mask();
void unmask();

// From the event loop: frees a bus that hangs.
void tick(std::uint64_t now_us);

// Makes late answers wait for a harmless moment; needs SysTick. False: somebody else uses it.
bool hold_mid_phase(std::uint16_t bus_khz);

// While this lives, the link's interrupt is the only one: flash can be written.
class Alone {
 public:
  Alone();
  ~Alone();
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

 private:
  std::uint32_t enabled_[2];
  std::uint32_t systick_;
};

}  // namespace picoctl::pico::link
