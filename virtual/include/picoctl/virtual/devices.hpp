// Two plain chips to try the bus with. They know nothing of picoctl: they stand for whatever
// else hangs on a user's bus.
#pragma once

#include <array>

#include "picoctl/virtual/bus.hpp"

namespace picoctl::sim {

// An eight-bit port expander: every byte written is its outputs, every byte read its inputs.
// There are no harmless bytes for it, so it counts them.
class Pcf8574 final : public BusDevice {
 public:
  explicit Pcf8574(std::uint8_t address = 0x20) : address_(address) {}
  [[nodiscard]] bool claims(std::uint8_t address) const override { return address == address_; }
  [[nodiscard]] std::string_view name() const override { return "pcf8574"; }
  bool start(std::uint8_t address, bool read) override;
  bool write(std::uint8_t byte) override;
  std::uint8_t read() override { return outputs_; }

  [[nodiscard]] std::uint64_t starts() const { return starts_; }
  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }
  [[nodiscard]] std::uint8_t outputs() const { return outputs_; }

 private:
  std::uint8_t address_;
  std::uint8_t outputs_ = 0xff;
  std::uint64_t starts_ = 0;
  std::uint64_t bytes_received_ = 0;
};

// 256 bytes behind a register pointer that moves on with each byte: the first byte of a write
// sets it, the rest are stored.
class RegisterFile final : public BusDevice {
 public:
  explicit RegisterFile(std::uint8_t address = 0x50) : address_(address) {}
  [[nodiscard]] bool claims(std::uint8_t address) const override { return address == address_; }
  [[nodiscard]] std::string_view name() const override { return "registers"; }
  bool start(std::uint8_t address, bool read) override;
  bool write(std::uint8_t byte) override;
  std::uint8_t read() override { return bytes_[pointer_++]; }

  [[nodiscard]] std::array<std::uint8_t, 256>& bytes() { return bytes_; }
  [[nodiscard]] std::uint8_t pointer() const { return pointer_; }

 private:
  std::uint8_t address_;
  std::uint8_t pointer_ = 0;
  bool pointer_next_ = false;
  std::array<std::uint8_t, 256> bytes_{};
};

}  // namespace picoctl::sim
