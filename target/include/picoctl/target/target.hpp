// Target: a Pico that can be commanded. The class that a program on the Pico makes one of.
//
//   picoctl::Target<> target{board, 0x41};
//   target.command("led n on", [](std::uint8_t n, bool on) { gpio_put(pins[n], on); });
//   target.start();
//   while (true) target.poll();
//
// All memory is inside the object; nothing is ever allocated. Mistakes of the program (one command
// too many, two of one name, two registers that share a byte) trap at once, where a debugger shows
// them.
#pragma once

#include <array>
#include <cstdint>

#include "picoctl/target/core.hpp"
#include "picoctl/target/lambda_command.hpp"
#include "picoctl/target/modules.hpp"

namespace picoctl {

// What a target has room for. RAM: slots * (reply + 36) + 2 * (request + 6) + commands * 32 +
// registers * 28 + modules * 16 + about 500 bytes.
struct Limits {
  std::uint8_t slots = 4;      // sessions at once, 1-7
  std::uint8_t commands = 16;  // the program's own, besides those of modules
  std::uint8_t registers = 8;  // the program's own, besides those of modules
  std::uint8_t request = 240;  // payload bytes of the longest request, at most 240
  std::uint8_t reply = 240;    // payload bytes of the longest reply, 16-240
  std::uint8_t modules = 7;    // of the `parts` given to Target
};

namespace target {

// The memory of a Target, made before the Core that uses it.
template <Limits limits>
struct Storage {
  static constexpr std::size_t request_size = request_overhead + limits.request;
  static constexpr std::size_t answer_size = head_size + limits.reply + payload_crc_size;

  explicit Storage(std::span<const Module* const> given) {
    for (const Module* module : given) {
      if (module_count == limits.modules) __builtin_trap();
      modules[module_count++] = *module;
    }
    for (std::size_t i = 0; i < limits.slots; ++i) slots[i].kept = answers[i];
  }

  std::array<Module, limits.modules + 1> modules{};  // the program's own is the last
  std::size_t module_count = 0;
  std::array<Entry, limits.commands> commands{};
  std::array<RegisterEntry, limits.registers> registers{};
  std::size_t command_count = 0;
  std::size_t register_count = 0;
  std::array<Slot, limits.slots> slots{};
  std::array<std::array<std::uint8_t, answer_size>, limits.slots> answers{};
  std::array<std::uint8_t, 2 * request_size> frames{};
};

inline constexpr std::array<const Module*, 3> default_modules{&system_module, &gpio_module,
                                                              &pulse_module};

}  // namespace target

template <Limits limits = Limits{}>
class Target : private target::Storage<limits>, public target::Core {
  using Storage = target::Storage<limits>;
  static_assert(limits.slots >= 1 && limits.slots <= max_slots);
  static_assert(limits.request <= max_payload && limits.reply <= max_payload && limits.reply >= 16);

 public:
  // `address`: 7 bits, 0x08-0x77. `parts`: the modules it is made of, system_module first.
  Target(target::Board& board, std::uint8_t address,
         std::span<const Module* const> parts = target::default_modules)
      : Storage(parts),
        Core(board, address,
             {std::span<const Module>(Storage::modules).first(Storage::module_count + 1),
              Storage::slots, Storage::frames, limits.request, limits.reply}) {}

  // Adds a command: see lambda_command.hpp. Before start().
  template <typename F>
  void command(std::type_identity_t<target::Names<F>> names, F lambda) {
    const Entry entry = target::lambda_entry<F>(names, lambda);
    for (const Module& module : this->Core::commands().modules()) {
      for (const Entry& other : module.commands) {
        if (name_of(other) == name_of(entry)) __builtin_trap();
      }
    }
    if (this->command_count == limits.commands) __builtin_trap();
    Storage::commands[this->command_count++] = entry;
    own().commands = {Storage::commands.data(), this->command_count};
  }

  // Adds a plain register, 0x00-0x7F: see lambda_command.hpp. Before start().
  //   target.plain_register(0x10, "speed # Turns a minute", [](std::uint16_t rpm) { … });
  template <typename F>
  void plain_register(std::uint8_t number, std::string_view line, F lambda) {
    const RegisterEntry entry = target::lambda_register<F>(number, line, lambda);
    if (this->register_count == limits.registers || number + entry.size > registers::user_end) {
      __builtin_trap();
    }
    Storage::registers[this->register_count++] = entry;
    own().registers = {Storage::registers.data(), this->register_count};
  }

 private:
  Module& own() { return Storage::modules[Storage::module_count]; }
};

}  // namespace picoctl
