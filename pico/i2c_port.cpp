#include "i2c_port.hpp"

#include "hardware/clocks.h"
#include "hardware/i2c.h"
#include "hardware/resets.h"
#include "hardware/structs/systick.h"
#include "picoctl/target/hold.hpp"
#include "picoctl/target/hot.hpp"

namespace picoctl::pico {
namespace {

std::uint32_t cycles_of(std::uint32_t nanoseconds) {
  const std::uint32_t mhz = clock_get_hz(clk_sys) / 1'000'000;
  return (mhz * nanoseconds + 999) / 1000;
}

#if PICOCTL_MID_PHASE
// By the disassembly, and right if the interrupt was not held off by anything else:
// from SCL's fall to the first look at the clock, the spike filter (9) and exception entry (15)
// included;
constexpr std::uint32_t entry_cycles = 63;
// from a later look to the first byte's store, if that look decided that there is no wait;
constexpr std::uint32_t decided_cycles = 60;
// and if it was the last one of a wait.
constexpr std::uint32_t waited_cycles = 20;

// SysTick counts down in 24 bits.
[[gnu::always_inline]] inline std::uint32_t ticks() { return systick_hw->cvr; }
[[gnu::always_inline]] inline std::uint32_t since(std::uint32_t then) {
  return (then - ticks()) & 0x00FF'FFFF;
}
#endif

}  // namespace

I2cPort::I2cPort(std::uint8_t block, std::uint8_t address)
    : hw_(block == 0 ? i2c0_hw : i2c1_hw), block_(block), address_(address) {}

void I2cPort::reset_block() {
  const std::uint32_t bit = block_ == 0 ? RESETS_RESET_I2C0_BITS : RESETS_RESET_I2C1_BITS;
  ::reset_block(bit);
  unreset_block_wait(bit);
  configure();
}

// The block comes from reset: disabled, as these registers need it.
void I2cPort::configure() {
  hw_->con = I2C_IC_CON_SPEED_VALUE_FAST << I2C_IC_CON_SPEED_LSB  // a target from 0 to 1 MHz
             | I2C_IC_CON_RX_FIFO_FULL_HLD_CTRL_BITS  // stretch when RX is full, rather than lose
             | I2C_IC_CON_STOP_DET_IFADDRESSED_BITS   // no interrupt for the traffic of others
             | I2C_IC_CON_IC_RESTART_EN_BITS;
  hw_->sar = address_;
  hw_->ack_general_call = 0;  // resets to 1: writes to address 0 would land in RX
  hw_->sda_setup = sda_setup_cycles;
  hw_->fs_spklen = cycles_of(50);  // UM10204 table 10: spikes up to 50 ns
  // The SDA hold must stay below the low count, which a target does not use otherwise.
  hw_->fs_scl_hcnt = cycles_of(600);
  hw_->fs_scl_lcnt = cycles_of(1300);
  hw_->sda_hold = cycles_of(300) << I2C_IC_SDA_HOLD_IC_SDA_TX_HOLD_LSB;
  hw_->tx_tl = 0;
  hw_->rx_tl = 0;
  hw_->intr_mask = target::i2c_event::all;
  if (address_ != 0) hw_->enable = I2C_IC_ENABLE_ENABLE_BITS;
}

#if PICOCTL_MID_PHASE
PICOCTL_HOT void I2cPort::note_request(std::uint32_t raw) const {
  const bool requested = (raw & target::i2c_event::rd_req) != 0;
  if (requested && !requested_) requested_at_ = ticks();
  requested_ = requested;
}

PICOCTL_HOT void I2cPort::wait_for_release() {
  requested_ = false;
  std::uint32_t until = 0;
  do {  // again if the moment passed while it was computed: then a later one is right
    const std::uint32_t held = since(requested_at_) + entry_cycles + decided_cycles;
    const std::uint32_t wait = target::release_wait(held, sda_setup_cycles, half_period_);
    if (wait == 0) return;
    until = held + wait - entry_cycles - waited_cycles;
  } while (since(requested_at_) > until);
  while (since(requested_at_) < until) {
  }
}
#endif

}  // namespace picoctl::pico
