#pragma once
// The registers of one DW_apb_i2c block as target::I2cTarget wants them, and nothing more.
// Everything that the interrupt calls is forced inline, so that it lies in RAM with its caller.

#include <cstddef>
#include <cstdint>
#include <span>

#include "hardware/structs/i2c.h"
#include "picoctl/target/i2c_target.hpp"

namespace picoctl::pico {

// Off unless asked for (compile definition of the program): costs 600 bytes of RAM and some cycles.
#ifndef PICOCTL_MID_PHASE
#define PICOCTL_MID_PHASE 0
#endif

class I2cPort {
 public:
  // SDA stays held this long after the first answer byte is handed over (IC_SDA_SETUP; its reset
  // value of 100 cycles would be paid at every read request). UM10204 wants 250 ns at most.
  static constexpr std::uint32_t sda_setup_cycles = 32;

  I2cPort(std::uint8_t block, std::uint8_t address);

  std::uint8_t block() const { return block_; }

  // From the next reset_block() on; 0: none, the block stays off.
  void set_address(std::uint8_t address) { address_ = address; }

  // Resets the block, sets it up as a target, and enables it. Not from the interrupt.
  void reset_block();
#if PICOCTL_MID_PHASE
  // Half a period of the controller's SCL in clock cycles; 0: release SCL at once, always.
  void set_half_period(std::uint32_t cycles) { half_period_ = cycles; }
#endif

  [[gnu::always_inline]] std::uint32_t events() const {
    const std::uint32_t raised = hw_->intr_stat;  // the mask is i2c_event::all
#if PICOCTL_MID_PHASE
    if (half_period_ != 0) note_request(raised);
#endif
    return raised;
  }

  // Never IC_CLR_INTR: it clears what nobody has seen. Reading a clear register clears.
  [[gnu::always_inline]] void clear(std::uint32_t events) {
    namespace event = target::i2c_event;
    if ((events & event::rd_req) != 0) (void)hw_->clr_rd_req;
    if ((events & event::tx_abort) != 0) (void)hw_->clr_tx_abrt;
    if ((events & event::rx_done) != 0) (void)hw_->clr_rx_done;
    if ((events & event::stop) != 0) (void)hw_->clr_stop_det;
    if ((events & event::restart) != 0) (void)hw_->clr_restart_det;
  }

  [[gnu::always_inline]] std::uint32_t abort_source() const { return hw_->tx_abrt_source; }
  [[gnu::always_inline]] std::size_t rx_level() const { return hw_->rxflr; }
  class RxFifo {
   public:
    [[gnu::always_inline]] explicit RxFifo(i2c_hw_t* hw) : hw_(hw) {}
    [[gnu::always_inline]] target::RxEntry pop() const { return target::RxEntry(hw_->data_cmd); }

   private:
    i2c_hw_t* hw_;
  };
  [[gnu::always_inline]] RxFifo rx_fifo() const { return RxFifo(hw_); }
  [[gnu::always_inline]] void rx_threshold(std::uint8_t threshold) { hw_->rx_tl = threshold; }
  [[gnu::always_inline]] std::size_t tx_level() const { return hw_->txflr; }
  [[gnu::always_inline]] bool active() const {
    return (hw_->status & I2C_IC_STATUS_SLV_ACTIVITY_BITS) != 0;
  }

  [[gnu::always_inline]] void push(std::span<const std::uint8_t> bytes) {
#if PICOCTL_MID_PHASE
    if (half_period_ != 0) wait_for_release();
#endif
    add(bytes);
  }
  [[gnu::always_inline]] void add(std::span<const std::uint8_t> bytes) {
    i2c_hw_t* const hw = hw_;
    const std::uint8_t* at = bytes.data();
    const std::uint8_t* const end = at + bytes.size();
    do {  // never empty, so SCL is let go without asking first
      hw->data_cmd = *at++;
    } while (at != end);
  }

 private:
#if PICOCTL_MID_PHASE
  // Remembers when a request was first seen: from there on SCL is held.
  void note_request(std::uint32_t raw) const;
  void wait_for_release();
#endif

  void configure();

  i2c_hw_t* hw_;
  std::uint8_t block_;
  std::uint8_t address_;
#if PICOCTL_MID_PHASE
  std::uint32_t half_period_ = 0;
  mutable std::uint32_t requested_at_ = 0;
  mutable bool requested_ = false;
#endif
};

}  // namespace picoctl::pico
