// One session with one Pico: finding out who it is, opening, resuming, leaving. Rules C1, C5, T5-T7
// of docs/PROTOCOL.md. What runs inside it is caller.hpp's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "picoctl/link/identity.hpp"
#include "picoctl/link/session.hpp"
#include "wire.hpp"

namespace picoctl::controller {

// Silence after which a session may soon be given away (link's keep_ms): no call outlasts it
// unheard, and a session that was silent for so long is not trusted to be there.
inline constexpr std::chrono::milliseconds longest_silence{2500};

using Nonces = std::function<std::uint32_t()>;
std::uint32_t random_nonce();  // from the kernel, never 0

// IDENTITY, read up to three times within 50 ms.
Expected<Identity> read_identity(Wire& wire);
// version_mismatch, naming both sides.
Expected<void> check_compatible(const Identity& identity);

class Session {
 public:
  using Time = Bus::Clock::time_point;

  Session(Wire& wire, Nonces nonces, LinkCounters& counters)
      : wire_(wire), nonces_(std::move(nonces)), counters_(counters) {}

  // Opens one if none is open, leaving the last one first; asks after one that was silent for long,
  // so that no command is sent into a session that is gone. `slot_until`: how long to wait for
  // others to free a slot. Nothing of a command is sent here.
  Expected<void> open(Time until, Time slot_until);
  bool is_open() const { return open_; }
  // Open, and heard so lately that open() has nothing to do.
  bool is_fresh(Time now) const { return open_ && now - heard_ < longest_silence; }

  // C5: what became of this session. Status `unknown` unless it is the very same one.
  Expected<SessionReply> resume(Time until, unsigned max_bus_errors = ~0U);

  void abandon();  // C4, C6: never used again; left before the next one opens
  void leave();    // says BYE once, if there is anything to leave
  void forget();   // another process's: as if it had never been

  const Identity& identity() const { return identity_; }
  std::uint16_t key() const { return key_; }
  std::uint16_t bus_khz() const;
  // The number of the next command; it is used up by finished(). `heard`: when its answer came, or
  // somewhat earlier.
  Sequence next() const { return {slot_, next_number(last_)}; }
  void finished(Time heard) {
    last_ = next_number(last_);
    heard_ = heard;
  }

 private:
  enum class Opened : std::uint8_t { yes, again, identify };

  Expected<void> ask_after();
  Expected<Opened> hello(Time until, Time slot_until);
  Expected<Opened> wait_for_slot(const SessionReply& reply, Time slot_until);
  Expected<Opened> accept(const SessionReply& reply, std::uint32_t nonce);
  Expected<SessionReply> ask(PublicCommand command, std::uint32_t nonce, Time until,
                             unsigned max_bus_errors);
  Unexpected<Failure> shared_address() const;

  Wire& wire_;
  Nonces nonces_;
  LinkCounters& counters_;
  Identity identity_;
  std::optional<std::uint32_t> to_leave_;  // nonce of a session that is given up
  std::uint32_t nonce_ = 0;
  std::uint16_t key_ = 0;
  std::uint8_t slot_ = 0;
  Time heard_{};           // when the Pico last showed that it has this session
  std::uint8_t last_ = 0;  // number of the last command that was finished
  bool open_ = false;
};

}  // namespace picoctl::controller
