// For `picoctl bench` on a real Pi: a picoctl Pico whose answer to the next read can be held back. A write to
// the register hold_ns says for how long, once. The link's interrupt is entered that much later.
#include "hardware/clocks.h"
#include "hardware/irq.h"
#include "hardware/structs/i2c.h"
#include "pico/platform.h"
#include "picoctl/pico/pico.hpp"

namespace {

picoctl::pico::PicoBoard board;
picoctl::Target<> the_target{board, board.address()};
irq_handler_t links_own = nullptr;
volatile std::uint32_t hold_cycles = 0;

void __not_in_flash_func(late_interrupt)() {
  const std::uint32_t cycles = hold_cycles;
  if (cycles != 0 && (i2c0_hw->raw_intr_stat & I2C_IC_RAW_INTR_STAT_RD_REQ_BITS) != 0) {
    hold_cycles = 0;
    busy_wait_at_least_cycles(cycles);
  }
  links_own();
}

void hold_next(std::uint32_t nanoseconds) {
  hold_cycles = nanoseconds / 8 * (clock_get_hz(clk_sys) / 1'000'000) / 125;  // within 32 bits
}

}  // namespace

int main() {
  the_target.plain_register(0x70, "hold_ns # Hold the answer to the next read back so long, once",
                            [](std::uint32_t nanoseconds) { hold_next(nanoseconds); });
  board.attach(the_target);
  irq_set_enabled(I2C0_IRQ, false);
  links_own = irq_get_exclusive_handler(I2C0_IRQ);
  irq_remove_handler(I2C0_IRQ, links_own);
  irq_set_exclusive_handler(I2C0_IRQ, late_interrupt);
  irq_set_enabled(I2C0_IRQ, true);
  while (true) the_target.poll();
}
