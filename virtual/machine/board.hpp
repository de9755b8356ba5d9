// The chip and the board that a virtual Pico pretends to be: pins, a LED, flash, a clock.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "picoctl/target/board.hpp"
#include "picoctl/target/safe_mode.hpp"
#include "picoctl/virtual/bus.hpp"

namespace picoctl::sim {

// Flash that outlives boots.
class VirtualFlash final : public target::Flash {
 public:
  VirtualFlash();
  void erase(std::size_t sector) override;
  void program(std::size_t sector, std::span<const std::uint8_t, page_bytes> page) override;
  void read(std::size_t sector, std::span<std::uint8_t> out) override;

  // In the middle of the n-th erase or program from now on, 0 being the next, `fails` is called.
  void lose_power(unsigned n, std::function<void()> fails);

 private:
  bool fails_now();
  std::optional<unsigned> left_;  // operations before the one in which the power fails
  std::function<void()> fails_;
  std::array<std::array<std::uint8_t, page_bytes>, sectors> sectors_{};
};

class VirtualBoard final : public target::Board {
 public:
  using Journal = std::function<void(std::uint64_t time_us, std::string_view line)>;

  // `sleep`: lets so many ns pass, for the handler that calls it.
  using Sleep = std::function<void(std::uint64_t ns)>;

  VirtualBoard(Bus& bus, std::uint8_t address, std::uint64_t unique_id, Journal journal,
               Sleep sleep);

  // A new start: pins are inputs again, the LED is dark, the boot id is another.
  void reset(target::ResetCause cause, std::uint32_t boot_id);
  void drive_input(std::uint8_t pin, bool high);
  [[nodiscard]] std::uint32_t pins_high() const { return outputs_ & levels_; }
  [[nodiscard]] bool led() const { return led_; }
  [[nodiscard]] std::uint64_t journal_lines() const { return journal_lines_; }
  [[nodiscard]] bool restart_asked() const { return restart_asked_; }

  std::uint64_t now_us() override { return (bus_.now_ns() - booted_ns_) / 1000; }
  void sleep_us(std::uint32_t us) override { sleep_(std::uint64_t{us} * 1000); }
  // A handler that outlasts its window; `forever`: none runs, or it may take as long as it likes.
  [[nodiscard]] std::uint64_t bites_at_ns() const { return bites_at_ns_; }
  void watchdog_feed() override;
  void watchdog_window(std::uint32_t ms) override;
  [[nodiscard]] std::uint32_t watchdog_ms() const override { return 2000; }
  void mask_interrupts() override {}  // nothing: the bus stands still while the loop runs
  void unmask_interrupts() override {}
  [[nodiscard]] std::uint8_t pin_count() const override { return 30; }
  [[nodiscard]] std::uint32_t link_pins() const override { return 0b11; }  // GP0 SDA, GP1 SCL
  void gpio_mode(std::uint8_t pin, bool output, target::Pull pull) override;
  void gpio_write(std::uint32_t mask, std::uint32_t values) override;
  std::uint32_t gpio_read() override;
  void led_write(bool on) override;
  [[nodiscard]] target::Chip chip() const override { return target::Chip::virtual_pico; }
  [[nodiscard]] std::string_view board_name() const override { return "virtual"; }
  [[nodiscard]] std::uint64_t unique_id() const override;
  [[nodiscard]] std::uint32_t boot_id() const override { return boot_id_; }
  [[nodiscard]] target::ResetCause reset_cause() const override { return cause_; }
  [[nodiscard]] bool safe_mode() const override {
    return crashes_ >= target::crashes_before_safe_mode;
  }
  bool load_settings(target::Settings& settings) override;
  bool save_settings(const target::Settings& settings) override;
  void restart() override { restart_asked_ = true; }
  void journal(std::string_view line) override;
  VirtualFlash& flash() { return flash_; }

 private:
  void show_changes(std::uint32_t before);

  Bus& bus_;
  std::uint64_t unique_id_;
  std::uint8_t address_;  // of power-on; the one in flash outranks it
  Journal journal_;
  Sleep sleep_;
  VirtualFlash flash_;
  std::uint32_t outputs_ = 0;
  std::uint32_t levels_ = 0;  // that gpio_write gave
  std::uint32_t pull_ups_ = 0;
  std::uint32_t driven_ = 0;       // pins that something outside drives,
  std::uint32_t driven_high_ = 0;  // and those that it drives high
  bool led_ = false;
  bool restart_asked_ = false;
  std::uint64_t window_ns_ = 0;  // of the handler that runs
  std::uint64_t bites_at_ns_ = forever;
  std::uint32_t boot_id_ = 0;
  std::uint64_t booted_ns_ = 0;
  std::uint64_t journal_lines_ = 0;
  target::ResetCause cause_ = target::ResetCause::power_on;
  std::uint8_t crashes_ = 0;  // in a row
};

}  // namespace picoctl::sim
