#pragma once
// One target in a MicroPython program: picoctl's core and its memory, all in one piece that the
// garbage collector owns.

#include <cstdint>
#include <span>

#include "link.h"
#include "picoctl/target/core.hpp"

namespace picoctl::micropython {

// The chip, as far as it is not Python's: pins and settings are.
class ModuleBoard final : public target::Board {
 public:
  ModuleBoard(const picoctl_who& who, void* owner) : who_(who), owner_(owner) {}

  std::uint64_t now_us() override;
  void mask_interrupts() override;
  void unmask_interrupts() override;
  void listen(std::uint8_t address) override;
  std::uint8_t pin_count() const override { return 0; }
  std::uint32_t link_pins() const override { return 0; }
  void gpio_mode(std::uint8_t, bool, target::Pull) override {}
  void gpio_write(std::uint32_t, std::uint32_t) override {}
  std::uint32_t gpio_read() override { return 0; }
  void led_write(bool) override {}
  target::Chip chip() const override { return static_cast<target::Chip>(who_.chip); }
  std::string_view board_name() const override { return {}; }
  std::uint64_t unique_id() const override { return who_.unique_id; }
  std::uint32_t boot_id() const override { return who_.boot_id; }
  target::ResetCause reset_cause() const override { return target::ResetCause::unknown; }
  bool load_settings(target::Settings&) override { return false; }
  bool save_settings(const target::Settings&) override { return false; }
  void restart() override { picoctl_restart_is_due(owner_); }

  bool is_open() const { return block != no_block && !taken; }

  static constexpr unsigned no_block = ~0U;
  unsigned block = no_block;  // the I2C block that the link was opened on
  bool taken = false;         // it, by somebody else

 private:
  picoctl_who who_;
  void* owner_;
};

struct Memory {  // of a link, behind it
  std::span<Slot> slots;
  std::span<Entry> commands;
  std::span<RegisterEntry> registers;
  std::span<std::uint8_t> answers;
  std::span<std::uint8_t> frames;
};

}  // namespace picoctl::micropython

struct picoctl_link {
  picoctl_link(const picoctl_who& who, void* owner, const picoctl::micropython::Memory& given);

  picoctl::micropython::Memory memory;
  picoctl::Module module;
  picoctl::micropython::ModuleBoard board;
  picoctl::target::Core core;
  std::uint32_t cared_at_us = 0;
  bool started = false;
};
