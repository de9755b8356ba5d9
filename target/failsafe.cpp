#include "picoctl/target/failsafe.hpp"

#include <atomic>

#include "picoctl/target/modules.hpp"

namespace picoctl::target {

void FailsafeOutputs::tick(Board& board) {
  const auto now_ms = static_cast<std::uint32_t>(board.now_us() / 1000);
  for (Output& output : outputs_) {
    if (output.time_ms == 0 || !is_silent(output, now_ms)) continue;
    const std::uint32_t bit = 1U << output.pin;
    board.gpio_write(bit, output.on ? bit : 0);
    board.gpio_mode(output.pin, true, Pull::none);
    output.time_ms = 0;
    output.tripped = true;
  }
}

bool FailsafeOutputs::is_held(const Output& output) const {
  const Slot& slot = core_.slots().slot(output.slot);
  return slot.state != SlotState::closed && slot.nonce == output.nonce;
}

bool FailsafeOutputs::is_silent(const Output& output, std::uint32_t now_ms) const {
  if (!is_held(output)) return true;
  return now_ms - core_.slots().slot(output.slot).heard_ms > output.time_ms;
}

// Its time is taken away first and given last: a tick in between sees an output that is not armed.
Result<void> FailsafeOutputs::arm(Context& context, std::uint8_t pin, bool on,
                                  std::uint16_t time_ms) {
  if (auto checked = check_pin(context, pin); !checked) return checked;
  if (time_ms == 0) return context.fail(Error::bad_value, "a time is 1 to 65535 ms");
  Output* output = find(pin);
  if (output == nullptr) return context.fail(Error::unsupported, "no room for another output");
  if (auto mine = refuse_others(context, *output); !mine) return mine;
  const std::uint8_t slot = core_.running_slot();
  output->time_ms = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  *output = {core_.slots().slot(slot).nonce, 0, pin, slot, on, false};
  std::atomic_signal_fence(std::memory_order_seq_cst);
  output->time_ms = time_ms;
  return {};
}

Result<void> FailsafeOutputs::disarm(Context& context, std::uint8_t pin) {
  if (auto checked = check_pin(context, pin); !checked) return checked;
  Output* output = find(pin);
  if (output == nullptr) return {};
  if (auto mine = refuse_others(context, *output); !mine) return mine;
  output->time_ms = 0;
  return {};
}

Result<void> FailsafeOutputs::refuse_others(Context& context, const Output& output) const {
  if (output.time_ms == 0 || !is_held(output) || output.slot == core_.running_slot()) return {};
  return context.fail(Error::handler_failed, "another session has armed GP", output.pin);
}

std::uint32_t FailsafeOutputs::tripped() const {
  std::uint32_t pins = 0;
  for (const Output& output : outputs_) pins |= output.tripped ? 1U << output.pin : 0;
  return pins;
}

// The one that is or was this pin's, else a free one; one that tells of a pin if there is no other.
FailsafeOutputs::Output* FailsafeOutputs::find(std::uint8_t pin) {
  Output* free = nullptr;
  for (Output& output : outputs_) {
    if (output.pin == pin && (output.time_ms != 0 || output.tripped)) return &output;
    if (output.time_ms == 0 && (free == nullptr || free->tripped)) free = &output;
  }
  return free;
}

}  // namespace picoctl::target
