#include "blocks.hpp"

#include <array>

#include "hardware/gpio.h"
#include "hardware/resets.h"
#include "hardware/structs/i2c.h"
#include "hardware/structs/nvic.h"
#include "hardware/sync.h"
#include "picoctl/target/hot.hpp"

extern "C" void __real_irq_set_exclusive_handler(unsigned irq, irq_handler_t handler);

namespace picoctl::micropython {
namespace {

struct Owner {
  irq_handler_t handler = nullptr;  // null: nobody of ours
  bool* taken = nullptr;
  picoctl_pins pins{};
};

std::array<Owner, block_count> owners;

static_assert(I2C1_IRQ == I2C0_IRQ + 1);
constexpr unsigned irq_of(unsigned block) { return I2C0_IRQ + block; }

void lose(unsigned block) {
  Owner& owner = owners[block];
  irq_set_enabled(irq_of(block), false);
  irq_remove_handler(irq_of(block), owner.handler);
  *owner.taken = true;
  owner.handler = nullptr;
}

// What irq_set_enabled() does, but in RAM.
[[gnu::always_inline]] inline void disable(unsigned irq) {
#if PICO_RP2040
  nvic_hw->icer = 1U << irq;
#else
  nvic_hw->icer[irq / 32] = 1U << (irq % 32);
#endif
}

}  // namespace

picoctl_opening take_block(const picoctl_pins& pins, irq_handler_t handler, bool& taken) {
  Owner& owner = owners[pins.block];
  const unsigned irq = irq_of(pins.block);
  if (owner.handler != nullptr) lose(pins.block);  // the newcomer has it, as with I2CTarget
  if (irq_has_handler(irq)) return picoctl_open_foreign;
  taken = false;
  __real_irq_set_exclusive_handler(irq, handler);
  owner = {handler, &taken, pins};
  irq_set_priority(irq, PICO_HIGHEST_IRQ_PRIORITY);
  for (const std::uint8_t pin : {pins.sda, pins.scl}) {
    gpio_pull_up(pin);  // weak, but keeps the lines quiet while no Pi is connected
    gpio_set_function(pin, GPIO_FUNC_I2C);
  }
  return picoctl_open_done;
}

void free_block(unsigned block, const bool& taken) {
  Owner& owner = owners[block];
  if (owner.handler == nullptr || owner.taken != &taken) return;
  const bool is_ours = !taken;
  lose(block);
  if (!is_ours) return;
  const std::uint32_t reset = block == 0 ? RESETS_RESET_I2C0_BITS : RESETS_RESET_I2C1_BITS;
  reset_block(reset);
  unreset_block_wait(reset);
  gpio_deinit(owner.pins.sda);
  gpio_deinit(owner.pins.scl);
}

PICOCTL_HOT bool was_set_up_by_others(unsigned block, std::uint32_t our_interrupts) {
  const i2c_hw_t* const hw = block == 0 ? i2c0_hw : i2c1_hw;
  if ((hw->intr_mask & ~our_interrupts) == 0 && hw->enable != 0) return false;
  disable(irq_of(block));
  *owners[block].taken = true;
  return true;
}

void mask_block(unsigned block) {
  irq_set_enabled(irq_of(block), false);
  __dsb();
  __isb();
}

void unmask_block(unsigned block) {
  __compiler_memory_barrier();
  irq_set_enabled(irq_of(block), true);
}

}  // namespace picoctl::micropython

// The linker leads every call of irq_set_exclusive_handler() here. The SDK would stop the chip if a
// machine.I2CTarget took the interrupt that is ours; so it is given away, and the loop says so.
extern "C" void __wrap_irq_set_exclusive_handler(unsigned irq, irq_handler_t handler) {
  using namespace picoctl::micropython;
  const unsigned block = irq - I2C0_IRQ;
  if (block < block_count && owners[block].handler != nullptr) lose(block);
  __real_irq_set_exclusive_handler(irq, handler);
}
