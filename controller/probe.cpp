#include "probe.hpp"

namespace picoctl::controller {

bool is_read_probed(std::uint8_t address) {
  return (address >= 0x30 && address <= 0x37) || (address >= 0x50 && address <= 0x5F);
}

Expected<bool> answers(Bus& bus, std::uint8_t address) {
  std::uint8_t byte = 0;
  const Message probe = is_read_probed(address) ? Message{address, socket::flag_read, 1, &byte}
                                                : Message{address, 0, 0, nullptr};
  const auto done = bus.transfer({&probe, 1});
  if (done) return true;
  if (done.error().error == Error::no_answer) return false;
  return Unexpected{done.error()};
}

}  // namespace picoctl::controller
