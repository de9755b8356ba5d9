#pragma once
// A Pico that a Raspberry Pi can command. This is all that a program needs:
//
//   #include "picoctl/pico/pico.hpp"
//
//   picoctl::pico::PicoBoard board;                       // SDA on GP0, SCL on GP1
//   picoctl::Target<> target{board, board.address()};
//
//   int main() {
//     target.command("double n -> twice", [](std::uint8_t n) { return std::uint16_t(2 * n); });
//     board.run(target);
//   }
//
// What it takes of the chip: one I2C block and its interrupt (at the highest priority), the
// watchdog, two flash sectors for the settings, and SysTick if Hold::mid_phase is asked for. All
// else is the program's. One board per program.

#include <cstdint>
#include <string_view>

#include "picoctl/target/board.hpp"
#include "picoctl/target/target.hpp"

namespace picoctl::pico {

// When a read that cannot be answered at once lets go of SCL: see target/hold.hpp.
enum class Hold : std::uint8_t {
  // As soon as the answer is there. At 100 and 400 kHz that is before the controller would have
  // raised SCL anyway, unless the interrupt was held off. Right for the Pi 5 at every speed.
  no_stretch,
  // The same, and if it is too late for that, half-way between two looks of a Pi 0-4's I2C block
  // at the line. Needs the compile definition PICOCTL_MID_PHASE=1, SysTick (not taken from a
  // program that uses it) and the bus's speed, which the controller tells at the opening of a
  // session; without one of these as no_stretch.
  mid_phase,
};

struct Options {
  std::uint8_t sda = 0;  // GP number: 0, 4, 8, … for I2C0, 2, 6, 10, … for I2C1
  std::uint8_t scl = 1;  // the pin after SDA's
  // 7-bit address; 0: the one kept in flash, else the one that `picotool config` wrote into the
  // image, else 0x41.
  std::uint8_t address = 0;
  Hold hold = Hold::no_stretch;
  // The longest time without target.poll() or board.watchdog_feed(), 1 to 8000 ms. Then the chip
  // restarts. A handler has the time that its command declares instead, 1 s by default and 8 s at
  // most; with Context::alive() it has it again. 0: no watchdog.
  std::uint16_t watchdog_ms = 2000;
};

class PicoBoard final : public target::Board {
 public:
  // Touches no hardware yet; traps if the pins are not SDA and SCL of one I2C block.
  explicit PicoBoard(const Options& options = {});

  // The address that this Pico is to have: from the options, or the settings.
  std::uint8_t address();

  // Starts the watchdog, and finds out why the chip started. False: safe mode, the program has crashed
  // three times in a row within 10 s of its start, so leave all of its own undone and attach the
  // target. For a program whose preparations can crash; else attach() does it.
  bool begin();
  // Starts the target and connects it to the bus. From here on the bus is answered by interrupt. In safe
  // mode the target has the commands system.* only.
  void attach(target::Core& target);
  // attach(), then turns the event loop for ever. A program with a loop of its own calls attach()
  // once and target.poll() in every turn.
  [[noreturn]] void run(target::Core& target);
  // The same, with the program's own preparations: begin(), then `prepare` unless in safe mode.
  template <typename Prepare>
  [[noreturn]] void run(target::Core& target, Prepare prepare) {
    if (begin()) prepare();
    run(target);
  }

  // --- target::Board ---
  std::uint64_t now_us() override;
  void watchdog_feed() override;
  void watchdog_window(std::uint32_t ms) override;
  std::uint32_t watchdog_ms() const override { return options_.watchdog_ms; }
  void mask_interrupts() override;
  void unmask_interrupts() override;
  void listen(std::uint8_t address) override;
  std::uint8_t pin_count() const override;
  std::uint32_t link_pins() const override { return 1U << options_.sda | 1U << options_.scl; }
  void gpio_mode(std::uint8_t pin, bool output, target::Pull pull) override;
  void gpio_write(std::uint32_t mask, std::uint32_t values) override;
  std::uint32_t gpio_read() override;
  void led_write(bool on) override;
  target::Chip chip() const override;
  std::string_view board_name() const override;
  std::uint64_t unique_id() const override;
  std::uint32_t boot_id() const override { return boot_id_; }
  target::ResetCause reset_cause() const override { return reset_cause_; }
  bool safe_mode() const override { return safe_mode_; }
  bool load_settings(target::Settings& settings) override;
  bool save_settings(const target::Settings& settings) override;
  [[noreturn]] void restart() override;

 private:
  Options options_;
  target::Core* target_ = nullptr;
  std::uint32_t watchdog_load_ = 0;
  std::uint32_t boot_id_ = 0;
  std::uint32_t ticked_at_us_ = 0;
  std::uint16_t bus_khz_ = 0;
  target::ResetCause reset_cause_ = target::ResetCause::unknown;
  bool begun_ : 1 = false;
  bool safe_mode_ : 1 = false;
  bool led_ready_ : 1 = false;
};

}  // namespace picoctl::pico
