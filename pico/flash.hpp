#pragma once
// The two sectors of the chip's flash that keep the settings.

#include "picoctl/target/settings.hpp"

namespace picoctl::pico {

// Only on core 0, with core 1 not running code from flash: while flash is erased or written nobody
// can read it. The link's interrupt goes on answering from RAM.
class ChipFlash final : public target::Flash {
 public:
  void erase(std::size_t sector) override;
  void program(std::size_t sector, std::span<const std::uint8_t, page_bytes> page) override;
  void read(std::size_t sector, std::span<std::uint8_t> out) override;
};

}  // namespace picoctl::pico
