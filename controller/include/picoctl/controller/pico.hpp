// Pico: one picoctl Pico, seen from the Pi.
//
//   auto pico = picoctl::connect();                       // or connect({.bus = "i2c:1"})
//   auto done = pico->call("led", 1, true);               // by name, checked by its description
//   auto pong = pico->call<picoctl::system::Ping>();      // typed
//   if (!done) std::puts(picoctl::explain(done.error()).c_str());
//
// Every call ends in one of four ways: a value, or a Failure whose outcome says whether the command
// was done (and failed), was not run, still runs, or that this cannot be known. A command that was
// acknowledged ran exactly once, every other at most once, whatever the wires do.
//
// A Pico may be moved, and used by several threads (one call at a time). After fork() the child's
// calls open a session of their own; do not fork while another thread is inside a call. Several
// Pico objects and programs may use one Pico at the same time, each has its own session.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "picoctl/controller/bus.hpp"
#include "picoctl/controller/description.hpp"
#include "picoctl/controller/failure.hpp"
#include "picoctl/controller/value.hpp"
#include "picoctl/link/codec.hpp"
#include "picoctl/link/command.hpp"
#include "picoctl/link/identity.hpp"

namespace picoctl {

struct CallOptions {
  // How long a call may take. Beyond 2.5 s it goes on only while the Pico says that the command
  // runs: a session from which nothing is heard for 3 s may be given away.
  std::chrono::milliseconds deadline{1000};
};

struct ConnectOptions {
  std::string bus;                      // as in open_bus(); "": found by itself
  std::optional<std::uint8_t> address;  // 0x08-0x77; none: the one Pico at 0x41-0x48
  // The Pico of this name, as system.name gave it: at `address`, or at any of 0x41-0x48.
  std::optional<std::string> name = {};
  // For every call that gives none of its own. None: 1 s, or for a command that declares a longer
  // time that, and half a second more.
  std::optional<CallOptions> call = {};
  // How long connect() waits for a session when others hold all of them; a killed program's is free
  // after 3 s. Or as long as `call` says, if that is longer.
  std::chrono::milliseconds wait_for_slot{4000};
};

// What this end has seen since connect().
struct LinkCounters {
  std::uint64_t calls = 0;            // commands and batches asked for
  std::uint64_t done = 0;             // of these, acknowledged
  std::uint64_t transmissions = 0;    // requests put on the wire
  std::uint64_t retries = 0;          // of these, the same bytes again
  std::uint64_t polls = 0;            // reads of the answer alone
  std::uint64_t second_reads = 0;     // reads of the rest of a long answer
  std::uint64_t bus_errors = 0;       // transfers that failed
  std::uint64_t bad_answers = 0;      // answers that failed their check or were another's
  std::uint64_t refused_frames = 0;   // the Pico saw a damaged or misplaced frame
  std::uint64_t sessions_opened = 0;  //
  std::uint64_t resumes = 0;          //
  std::uint64_t unknown = 0;          // calls whose outcome stayed unknown
};

struct BatchItem {
  std::string name;
  std::vector<Value> args;
};
struct BatchItemResult {
  bool ran = false;                // false: the batch stopped before it, or its reply had no room
  std::optional<Failure> failure;  // it ran and failed
  Value reply;                     // it ran well
};
struct BatchOptions {
  bool go_on = false;  // also behind an entry that failed
  CallOptions call;
};

// Name and board, as the Pico tells them.
struct PicoName {
  std::string name;   // may be empty
  std::string board;  // "pico", "pico2", "virtual"
  std::string reset;  // why it started last: "power_on", …
};

// A Pico that was found to have started anew, and knows nothing of what it had been set to.
struct Restart {
  std::uint32_t boot_id = 0;
  std::string cause;  // as PicoName::reset; empty if it could not be asked
};

namespace controller {

class Connection;

template <typename C>
concept Declared = requires {
  typename C::Args;
  typename C::Reply;
  { C::line.view() } -> std::convertible_to<std::string_view>;
};

// What a typed call has to know of its command, all of it while compiling.
struct TypedCommand {
  std::string_view name;
  std::string_view signature;
  std::size_t min_reply = 0;  // bytes on the wire
  std::size_t max_reply = 0;
};
template <Declared C>
inline constexpr TypedCommand typed_command{C::name.view(), signature_of(C::line.view()),
                                            Codec<typename C::Reply>::min_size,
                                            Codec<typename C::Reply>::max_size};

}  // namespace controller

class Pico {
 public:
  Pico(Pico&&) noexcept;
  Pico& operator=(Pico&&) noexcept;
  ~Pico();  // says goodbye, so that its session is free at once

  // A command that this program was compiled with. Refused (wrong_type) if the Pico declares other
  // arguments or another reply under that name.
  template <controller::Declared C>
  Expected<typename C::Reply> call(const typename C::Args& args = {},
                                   std::optional<CallOptions> options = {});

  // Any command of the Pico, by name: call("gpio.mode", 3, "output", "none"). Checked before
  // anything is sent: no_such_command, wrong_count, wrong_type, out_of_range, too_long.
  template <typename... A>
  requires(!controller::Declared<A> && ...) Expected<Value> call(std::string_view name,
                                                                 const A&... args) {
    const std::array<Value, sizeof...(A)> values{Value(args)...};
    return call_values(name, values);
  }
  // The same with the arguments as a list; for the shell and other languages. `by` is the hash of the
  // description by which the caller put them in order: if the Pico has another one by now, nothing
  // is sent (unknown_command, not run).
  Expected<Value> call_values(std::string_view name, std::span<const Value> args,
                              std::optional<CallOptions> options = {},
                              std::optional<std::uint32_t> by = {});

  // Several commands in one transaction. All are checked before any runs; they run in order up to
  // the first failure. One result per item.
  Expected<std::vector<BatchItemResult>> batch(std::span<const BatchItem> items,
                                               const BatchOptions& options = {});

  // Plain registers: what i2cget and i2cset do, outside the link's checks. `which` is a name or a
  // number as typed ("light1", "1", "0x01"); it must be declared (no_such_register). Several values go
  // to that register and those behind it, 4 bytes at most.
  Expected<Value> get(std::string_view which);
  Expected<void> set_values(std::string_view which, std::span<const Value> values);
  Expected<void> set(std::string_view which, const Value& value) {
    return set_values(which, std::span(&value, 1));
  }

  // `reapply` is called when this Pico is found to have restarted, before the next command is sent to
  // it: to set again what it had been set to, by calls on this very object. Off unless asked for:
  // then a restart shows as an outcome that is unknown, or not at all. Without an argument, off again.
  void on_restart(std::function<void(Pico&, const Restart&)> reapply);

  // Of the session at hand: it changes when the Pico restarts.
  Identity identity() const;
  std::uint8_t address() const;
  Bus& bus() const;
  // Read once, then kept on disk by its hash.
  Expected<std::shared_ptr<const Description>> description();
  Expected<PicoName> name();
  LinkCounters counters() const;

 private:
  friend Expected<Pico> connect(std::shared_ptr<Bus>, const ConnectOptions&);
  explicit Pico(std::unique_ptr<controller::Connection> connection);
  // The reply's bytes are put into `reply`; how many is returned.
  Expected<std::size_t> call_typed(const controller::TypedCommand& command,
                                   std::span<const std::uint8_t> args,
                                   std::span<std::uint8_t> reply,
                                   const std::optional<CallOptions>& options);
  static Unexpected<Failure> undecodable(std::string_view name);

  std::unique_ptr<controller::Connection> connection_;
};

// Finds the Pico, checks that it speaks this version, and opens a session.
// Failures: those of open_bus(); bad_address, bus_in_use, no_answer, not_picoctl, version_mismatch,
// no_slot, no_pico_found, several_picos, and those of Bus::transfer().
Expected<Pico> connect(const ConnectOptions& options = {});
// On a bus that is open already, and may be shared; options.bus is not looked at.
Expected<Pico> connect(std::shared_ptr<Bus> bus, const ConnectOptions& options = {});

template <controller::Declared C>
Expected<typename C::Reply> Pico::call(const typename C::Args& args,
                                       std::optional<CallOptions> options) {
  std::array<std::uint8_t, max_payload> sent;
  Writer writer(sent);
  Codec<typename C::Args>::encode(writer, args);
  std::array<std::uint8_t, max_payload> received;
  const auto size = call_typed(controller::typed_command<C>, writer.written(), received, options);
  if (!size) return Unexpected{size.error()};
  typename C::Reply reply{};
  Reader reader{std::span<const std::uint8_t>(received).first(*size)};
  Codec<typename C::Reply>::decode(reader, reply);
  if (!reader.finished()) return undecodable(C::name.view());
  return reply;
}

}  // namespace picoctl
