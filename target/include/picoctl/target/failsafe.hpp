// Failsafe: outputs that go to a safe level when the session that asked for it is silent.
//
//   picoctl::Target<> target{board, board.address()};
//   picoctl::target::Failsafe<> failsafe{target};
//   int main() {
//     failsafe.add_to(target);        // failsafe.arm, failsafe.disarm, failsafe.tripped
//     …                               // and somebody calls failsafe.tick() every 5 ms
//
// Only valid frames of the very session that armed an output count as its life: not scans, reads,
// damaged frames or others' commands, and not what waits while a handler runs. So choose a time that is
// longer than the longest handler. A session that is left or given away trips its outputs at once.
#pragma once

#include <array>
#include <cstdint>

#include "picoctl/target/target.hpp"

namespace picoctl::target {

class FailsafeOutputs {
 public:
  struct Output {
    std::uint32_t nonce = 0;    // of the session that armed it
    std::uint16_t time_ms = 0;  // 0: not armed
    std::uint8_t pin = 0;
    std::uint8_t slot = 0;
    bool on = false;
    bool tripped = false;
  };

  FailsafeOutputs(Core& core, std::span<Output> outputs) : core_(core), outputs_(outputs) {}
  FailsafeOutputs(const FailsafeOutputs&) = delete;
  FailsafeOutputs& operator=(const FailsafeOutputs&) = delete;

  // Drives the outputs whose session is silent. From an interrupt below the link's, or from the loop of a
  // program whose handlers are short; every 5 ms, then an output is safe at most 10 ms after its time.
  void tick(Board& board);

  Result<void> arm(Context& context, std::uint8_t pin, bool on, std::uint16_t time_ms);
  Result<void> disarm(Context& context, std::uint8_t pin);
  // Bit n: GPn was driven to its safe level since it was armed last.
  std::uint32_t tripped() const;

 private:
  Output* find(std::uint8_t pin);
  bool is_held(const Output& output) const;  // by its session
  bool is_silent(const Output& output, std::uint32_t now_ms) const;
  Result<void> refuse_others(Context& context, const Output& output) const;

  Core& core_;
  std::span<Output> outputs_;
};

// Room for `count` outputs.
template <std::size_t count = 4>
class Failsafe : private std::array<FailsafeOutputs::Output, count>, public FailsafeOutputs {
  using Room = std::array<FailsafeOutputs::Output, count>;

 public:
  explicit Failsafe(Core& core) : Room{}, FailsafeOutputs(core, static_cast<Room&>(*this)) {}

  // Three of the target's own commands. Before start().
  template <typename Target>
  void add_to(Target& target) {
    target.command(
        "failsafe.arm pin on time # Drive the pin so if this session is silent so many ms",
        [this](Context& context, std::uint8_t pin, bool on, std::uint16_t time) -> Result<void> {
          return arm(context, pin, on, time);
        });
    target.command("failsafe.disarm pin # No longer",
                   [this](Context& context, std::uint8_t pin) -> Result<void> {
                     return disarm(context, pin);
                   });
    target.command("failsafe.tripped -> pins # Which were driven to their safe level, bit n is GPn",
                   [this] { return tripped(); });
  }
};

}  // namespace picoctl::target
