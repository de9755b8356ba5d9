#include "picoctl/virtual/devices.hpp"

namespace picoctl::sim {

// A chip that is cut off shows what it was about to send, or its ACK, until it is clocked.
bool BusDevice::abandoned(const Broken& broken) {
  hanging_.reset();
  const bool whole = broken.pulses == 8;
  if (broken.first) {
    const bool read = (broken.byte & 1) != 0;
    if (whole) hanging_ = {read, 0, 8, start(broken.byte >> 1, read)};
  } else if (broken.sends) {
    const std::uint8_t byte = this->read();
    if (!whole) hanging_ = {true, byte, broken.pulses, false};
  } else {
    const bool acked = whole && write(broken.byte);
    const auto so_far = static_cast<std::uint8_t>(broken.byte & ~(0xFFU >> broken.pulses));
    hanging_ = {false, so_far, broken.pulses, acked};
  }
  return holds();
}

bool BusDevice::holds() const {
  if (!hanging_) return false;
  if (hanging_->pulses == 8) return hanging_->acked;
  return hanging_->sends && ((hanging_->byte << hanging_->pulses) & 0x80) == 0;
}

// SDA is whatever the device makes of it, for nobody else is there: what it receives are ones.
bool BusDevice::clocked() {
  if (!hanging_) return false;
  Hanging& at = *hanging_;
  if (at.pulses < 8) {
    if (!at.sends && !holds()) {
      at.byte = static_cast<std::uint8_t>(at.byte | (0x80U >> at.pulses));
      if (at.pulses == 7) at.acked = write(at.byte);
    }
    ++at.pulses;
    if (at.pulses == 8 && at.sends) {
      read_acked(false);  // nobody pulls SDA down
      hanging_.reset();
    }
    return holds();
  }
  at.pulses = 0;
  if (at.sends) {
    at.byte = read();
  } else if (at.acked) {
    at.byte = 0;
  } else {
    hanging_.reset();
  }
  return holds();
}

bool Pcf8574::start(std::uint8_t /*address*/, bool /*read*/) {
  ++starts_;
  return true;
}

bool Pcf8574::write(std::uint8_t byte) {
  ++bytes_received_;
  outputs_ = byte;
  return true;
}

bool RegisterFile::start(std::uint8_t /*address*/, bool read) {
  pointer_next_ = !read;
  return true;
}

bool RegisterFile::write(std::uint8_t byte) {
  if (pointer_next_) {
    pointer_ = byte;
    pointer_next_ = false;
  } else {
    bytes_[pointer_++] = byte;
  }
  return true;
}

}  // namespace picoctl::sim
