#include "picoctl/virtual/devices.hpp"

namespace picoctl::sim {

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
