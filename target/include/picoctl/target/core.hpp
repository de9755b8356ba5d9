// Core: the event loop's side of a target. It takes one request after the other from the register
// face, decides with `Slots` whether it runs, runs it, and publishes the answer.
//
// Target (target.hpp) gives it its memory; here nothing depends on how much there is.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "picoctl/link/dispatch.hpp"
#include "picoctl/link/identity.hpp"
#include "picoctl/link/slots.hpp"
#include "picoctl/target/board.hpp"
#include "picoctl/target/context.hpp"
#include "picoctl/target/register_face.hpp"

namespace picoctl::target {

inline constexpr FirmwareVersion firmware_version{0, 1, 0};

struct LinkStats {
  std::uint32_t ran = 0;
  std::uint32_t repeated = 0;
  std::uint32_t bad_frames = 0;
  std::uint32_t out_of_order = 0;
  std::uint32_t no_session = 0;
};

class Core {
 public:
  struct Memory {
    std::span<const Module> modules;
    std::span<Slot> slots;           // each with its room for an answer
    std::span<std::uint8_t> frames;  // two requests
    std::uint8_t max_request;        // payload bytes
    std::uint8_t max_reply;          // payload bytes
  };
  Core(Board& board, std::uint8_t address, const Memory& memory);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Fixes the description and shows the identity. Before the bus may reach the face. In safe mode the
  // first module is all that there is.
  void start();
  // One turn of the event loop: handles at most one request or one written register. True if
  // there was something to do. Never blocks, except in handlers.
  bool poll();

  RegisterFace& face() { return face_; }
  const Identity& identity() const { return identity_; }
  // 0: silent, as it was told to be (MOVE).
  std::uint8_t address() const { return address_; }
  const Commands& commands() const { return commands_; }
  const LinkStats& stats() const { return stats_; }
  Slots& slots() { return slots_; }
  // Speed of the bus as the last HELLO told it, in kHz; 0: not told. For the hold mode.
  std::uint16_t bus_khz() const { return bus_khz_; }

  // When poll() has something to do although nothing arrived, in microseconds since boot; 0: never.
  std::uint64_t due_us() const { return acts_at_us_; }

  // --- for handlers ---
  std::string_view name() const { return settings_.name(); }
  const Settings& settings() const { return settings_; }
  bool save(const Settings& settings);
  void set_register(std::uint8_t number, std::uint32_t value);
  void restart_after_answer();
  // Of the session whose command is running.
  std::uint8_t running_slot() const { return running_slot_; }

 private:
  void handle(ReceivedFrame& frame);
  void handle_public(ReceivedFrame& frame, const Request& request, std::uint32_t now);
  void run(ReceivedFrame& frame, const Request& request);
  std::size_t run_into(std::span<std::uint8_t> room, const Request& request, State& state);
  void refuse(ReceivedFrame& frame, State state, std::uint32_t& count);
  void publish(ReceivedFrame& frame, const std::uint8_t* answer);
  bool run_written_register();  // false: none waits
  // False: no MOVE, not meant, or impossible.
  [[gnu::noinline]] bool move_after_answer(const Request& request, SessionReply& reply);
  void act_after_answer(std::uint8_t next);
  void act_if_due();
  void go_to(std::uint8_t address);
  void note_rival();
  void introduce();
  Head head(State state, Sequence sequence) const;
  std::uint32_t now_ms();

  // An answer of the Pico's own: in the public slot, or "busy".
  static constexpr std::size_t own_answer_size = head_size + session_reply_size + payload_crc_size;

  Board& board_;
  std::uint8_t address_;
  Commands commands_;
  RegisterBank bank_;
  RegisterFace face_;
  Identity identity_;
  Slots slots_;
  Context context_;
  // In this order there are no holes between them.
  Settings settings_;
  std::array<std::uint8_t, own_answer_size> own_answer_{};
  std::array<std::uint8_t, head_size> busy_{};
  std::uint8_t running_slot_ = 0;
  bool until_answer_is_read_ = false;
  std::uint8_t next_ = 0;         // the address to go to, or `restarts`
  std::uint64_t acts_at_us_ = 0;  // 0: nothing is to be done
  std::uint16_t away_ms_ = 0;     // how long it stays at `next_`; 0: for good
  std::uint16_t bus_khz_ = 0;
  LinkStats stats_;
};

}  // namespace picoctl::target
