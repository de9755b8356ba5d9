// A virtual Pico: the code of a real one (target/) on a pretend chip, as a device on a Bus.
//
// Its interrupt is the bus itself, its event loop a second flow of control that runs when the bus's
// clock says so. It takes loop_us from a frame's end until its handler has run, and as long as
// handlers sleep; so PENDING and BUSY come about as on silicon, and every run is the same run.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "picoctl/commands/led.hpp"
#include "picoctl/target/target.hpp"
#include "picoctl/virtual/bus.hpp"

namespace picoctl::sim {

// The class of the target that a program for the virtual Pico is given.
using VirtualTarget = Target<Limits{.slots = 7}>;

class VirtualPico;

struct PicoOptions {
  std::uint8_t address = target::default_address;
  std::uint32_t loop_us = 5;        // from a frame's end to its answer, handlers not counted
  std::uint32_t first_boot_id = 0;  // 0: random. Later boots count up from it
  std::uint64_t unique_id = 0;      // 0: made from the address
  std::function<void(std::uint64_t time_us, std::string_view line)> journal;  // may be empty
  // The user's program: declares commands. Called at every boot.
  std::function<void(VirtualPico&, VirtualTarget&)> program;
};

class VirtualPico final : public BusDevice {
 public:
  // After so long without a move on the wires it lets go of them (I2cTarget::stuck_after_us).
  static constexpr std::uint64_t gives_up_after_ns = 27'000'000;

  VirtualPico(Bus& bus, PicoOptions options);
  ~VirtualPico() override;

  // --- the board ---
  [[nodiscard]] std::uint32_t pins_high() const;  // outputs that are high, a bit per GP pin
  [[nodiscard]] bool led() const;                 // the board's own LED
  void drive_input(std::uint8_t pin, bool high);  // from outside
  [[nodiscard]] std::uint32_t boots() const;      // 1 after power-on
  [[nodiscard]] const target::Core& core() const;
  [[nodiscard]] std::uint64_t executions() const;  // journal lines so far

  // Cuts the power and gives it back, at once and in the middle of anything.
  void power_cycle();
  // From a program: an interrupt every 5 ms, also while a handler sleeps.
  void each_tick(std::function<void(target::Board&)> act);
  // From a handler: the loop does nothing else meanwhile; the bus goes on.
  void sleep_us(std::uint64_t us);

  // --- BusDevice ---
  [[nodiscard]] bool claims(std::uint8_t address) const override;
  [[nodiscard]] std::string_view name() const override { return "picoctl"; }
  bool start(std::uint8_t address, bool read) override;
  bool write(std::uint8_t byte) override;
  std::uint8_t read() override;
  void read_acked(bool acked) override;
  void restart() override;
  void stop() override;
  bool arbitration_lost() override;
  bool abandoned(const Broken& broken) override;
  bool reset(bool power) override;
  bool lose_power_in_flash(std::uint8_t n) override;
  void time_passed(std::uint64_t now_ns) override;
  [[nodiscard]] std::uint64_t wake_at_ns() const override;

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

// The program of every virtual Pico unless another is given: the lights, and two commands of a
// user's own that tests and the demo use.
//   light n:u8 on:bool token:u32     as led, and the journal holds the token
//   wait time:u32[ms]                sleeps in its handler, and says that it is alive
//   hang time:u32[ms]                sleeps without a sign of life
//   failsafe.…                       see target/failsafe.hpp
void standard_program(VirtualPico& pico, VirtualTarget& target);

}  // namespace picoctl::sim
