// A target that passes bytes on. What comes is queued; what a controller asks for the program gives,
// and meanwhile the controller is held. Nothing is lost: with the queue full the block holds the
// controller as well.

#include <array>
#include <new>

#include "blocks.hpp"
#include "i2c_port.hpp"
#include "picoctl/target/hot.hpp"

using namespace picoctl;
namespace event = picoctl::target::i2c_event;

struct picoctl_bytes {
  static constexpr std::uint32_t interrupts = event::rx_full | event::rd_req | event::tx_abort;
  static constexpr std::uint8_t queued = 255;  // bytes; the counters wrap as they should

  explicit picoctl_bytes(std::uint8_t its_address) : address(its_address) {}

  std::array<std::uint8_t, queued + 1> queue{};
  volatile std::uint8_t first = 0;   // in the queue
  volatile std::uint8_t behind = 0;  // the last one
  volatile bool asked = false;
  std::uint8_t address;
  bool taken = false;
  i2c_hw_t* hw = nullptr;  // null: not open
  std::uint8_t block = 0;
};

namespace picoctl::micropython {
namespace {

std::array<picoctl_bytes*, block_count> users;

// The first byte that finds no place stays in the block, and with it all that follow.
[[gnu::always_inline]] inline void receive(picoctl_bytes& bytes) {
  while (bytes.hw->rxflr != 0) {
    if (static_cast<std::uint8_t>(bytes.behind - bytes.first) == picoctl_bytes::queued) {
      bytes.hw->intr_mask &= ~event::rx_full;
      return;
    }
    bytes.queue[bytes.behind] = static_cast<std::uint8_t>(bytes.hw->data_cmd);
    bytes.behind = bytes.behind + 1;
  }
}

[[gnu::always_inline]] inline void on_interrupt(unsigned block) {
  picoctl_bytes& bytes = *users[block];
  const std::uint32_t events = bytes.hw->intr_stat;
  if (was_set_up_by_others(block, picoctl_bytes::interrupts)) return;
  if ((events & event::tx_abort) != 0) (void)bytes.hw->clr_tx_abrt;
  receive(bytes);
  if ((events & event::rd_req) == 0) return;
  bytes.asked = true;
  bytes.hw->intr_mask &= ~event::rd_req;  // the request itself stays, and holds the bus
}

PICOCTL_HOT void on_interrupt_0() { on_interrupt(0); }
PICOCTL_HOT void on_interrupt_1() { on_interrupt(1); }

}  // namespace
}  // namespace picoctl::micropython

size_t picoctl_bytes_size() { return sizeof(picoctl_bytes); }

picoctl_bytes* picoctl_bytes_make(void* memory, uint8_t address) {
  return new (memory) picoctl_bytes(address);
}

picoctl_opening picoctl_bytes_open(picoctl_bytes* bytes, const picoctl_pins* pins) {
  const picoctl_opening opening = micropython::take_block(
      *pins, pins->block == 0 ? micropython::on_interrupt_0 : micropython::on_interrupt_1,
      bytes->taken);
  if (opening != picoctl_open_done) return opening;
  bytes->block = pins->block;
  bytes->hw = pins->block == 0 ? i2c0_hw : i2c1_hw;
  micropython::users[pins->block] = bytes;
  pico::I2cPort(pins->block, bytes->address).reset_block();
  bytes->hw->intr_mask = picoctl_bytes::interrupts;
  micropython::unmask_block(pins->block);
  return picoctl_open_done;
}

void picoctl_bytes_close(picoctl_bytes* bytes) {
  if (bytes->hw != nullptr) micropython::free_block(bytes->block, bytes->taken);
  bytes->hw = nullptr;
}

bool picoctl_bytes_is_open(const picoctl_bytes* bytes) {
  return bytes->hw != nullptr && !bytes->taken;
}

bool picoctl_bytes_any(const picoctl_bytes* bytes) { return bytes->first != bytes->behind; }

int picoctl_bytes_get(picoctl_bytes* bytes) {
  if (!picoctl_bytes_any(bytes)) return -1;
  const std::uint8_t byte = bytes->queue[bytes->first];
  bytes->first = bytes->first + 1;
  micropython::mask_block(bytes->block);
  bytes->hw->intr_mask |= event::rx_full;
  micropython::unmask_block(bytes->block);
  return byte;
}

bool picoctl_bytes_is_asked(const picoctl_bytes* bytes) { return bytes->asked; }

void picoctl_bytes_put(picoctl_bytes* bytes, uint8_t byte) {
  micropython::mask_block(bytes->block);
  bytes->asked = false;
  (void)bytes->hw->clr_rd_req;
  bytes->hw->data_cmd = byte;
  bytes->hw->intr_mask |= event::rd_req;
  micropython::unmask_block(bytes->block);
}
