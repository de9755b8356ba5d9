// Exactly once, the target's half: the sessions that a Pico keeps, and the decision whether a
// request runs. Rules T1-T7 of docs/PROTOCOL.md; tests/model/session.pml is the same in Promela.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "picoctl/link/frame.hpp"
#include "picoctl/link/identity.hpp"
#include "picoctl/link/session.hpp"

namespace picoctl {

struct Slot {
  std::span<std::uint8_t> kept;  // room for one answer, given once
  std::size_t kept_size = 0;     // of the answer that lies there; 0: none
  std::uint32_t nonce = 0;       //
  std::uint32_t heard_ms = 0;    // when a valid frame of this session last arrived
  std::uint16_t key = 0;         // stays after closing: T5 compares with it
  std::uint8_t last = 0;         // L: number of the last command that began to run
  SlotState state = SlotState::closed;
};

// What T1 and T2 make of one request frame.
enum class Verdict : std::uint8_t {
  run,           // L+1: the slot is BUSY now; run it, then call `finish`
  show_kept,     // L again: show what the slot keeps, never run
  to_public,     // a HELLO, RESUME or BYE whose check is right
  bad_frame,     // no slot changed
  no_session,    // no slot changed
  out_of_order,  // no slot changed
};

// Silence after which a slot may be taken over; longer than any controller's deadline (C6).
inline constexpr std::uint32_t keep_ms = 3000;

class Slots {
 public:
  // `slots`: 1 to 7, each with its room for an answer. `identity` is who this target is.
  Slots(std::span<Slot> slots, const Identity& identity, std::uint8_t address)
      : slots_(slots), identity_(identity), address_(address) {}

  // T1, T2. With `run` and `show_kept` the slot is slot(request.sequence.slot).
  Verdict on_request(std::span<const std::uint8_t> frame, const Request& request,
                     std::uint32_t now_ms);
  // The command that `run` began has its answer in slot.kept[0, size).
  void finish(Slot& slot, std::size_t size);

  SessionReply on_hello(std::uint32_t nonce, std::uint32_t now_ms);   // T5
  SessionReply on_resume(std::uint32_t nonce, std::uint32_t now_ms);  // T6
  SessionReply on_bye(std::uint32_t nonce);                           // T6

  // This target has another address now: sessions from before meet nobody.
  void move(std::uint8_t address) { address_ = address; }

  Slot& slot(std::uint8_t index) { return slots_[index]; }
  std::size_t open_count() const;

 private:
  Slot* find(std::uint32_t nonce);
  Slot* free_or_silent(std::uint32_t now_ms, std::uint16_t& wait_ms);
  SessionReply reply_for(std::uint32_t nonce, const Slot* slot, SessionStatus status) const;

  std::span<Slot> slots_;
  const Identity& identity_;
  std::uint8_t address_;
};

}  // namespace picoctl
