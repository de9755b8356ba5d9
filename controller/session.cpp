#include "session.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <chrono>

#include "picoctl/link/registers.hpp"
#include "public_call.hpp"

namespace picoctl::controller {
namespace {

using namespace std::chrono_literals;

std::string version_text(ProtocolVersion version) {
  return fmt::format("{}.{}", version.major, version.minor);
}

}  // namespace

std::uint32_t random_nonce() {
  std::uint32_t nonce = 0;
  while (nonce == 0) {
    if (::getrandom(&nonce, sizeof nonce, 0) != sizeof nonce) nonce = 0;
  }
  return nonce;
}

Expected<Identity> read_identity(Wire& wire) {
  const std::array<std::uint8_t, 1> from{registers::identity};
  Expected<void> asked;
  for (unsigned attempt = 0; attempt < public_tries; ++attempt) {
    if (attempt > 0) wire.bus().sleep(between_tries);
    asked = wire.ask(from, registers::identity_size);
    if (!asked) {
      if (asked.error().error == Error::bus_stuck) static_cast<void>(wire.bus().recover());
      continue;
    }
    if (auto identity = decode_identity(wire.answer(), wire.address())) return *identity;
  }
  if (!asked) return nothing_ran(asked.error());
  return failure_at(wire, Error::not_picoctl);
}

Expected<void> check_compatible(const Identity& identity) {
  if (!protocol_version.understands(identity.version)) {
    return fail(Error::version_mismatch,
                fmt::format("the Pico speaks {}, this program {}", version_text(identity.version),
                            version_text(protocol_version)));
  }
  return {};
}

std::uint16_t Session::bus_khz() const { return wire_.bus().speed_khz(); }

// Each turn asks who is there only if that may have changed. Who is there by the same boot id although
// HELLO was answered under another is not the one that answered: two Picos have this address.
Expected<void> Session::open(Time until, Time slot_until) {
  if (open_ && !is_fresh(wire_.bus().now())) {
    if (auto asked = ask_after(); !asked) return asked;
  }
  if (open_) return {};
  leave();
  Pauses pauses(wire_, std::max(until, slot_until));
  Opened opened = Opened::identify;
  std::optional<std::uint32_t> contradicted;  // the boot id that HELLO's answer did not know
  do {
    if (opened == Opened::identify) {
      const auto identity = read_identity(wire_);
      if (!identity) return Unexpected{identity.error()};
      if (auto compatible = check_compatible(*identity); !compatible) return compatible;
      if (identity->boot_id == contradicted) return shared_address();
      identity_ = *identity;
      wire_.set_mailbox(identity_.mailbox);
    }
    auto greeted = hello(until, slot_until);
    if (!greeted) return Unexpected{greeted.error()};
    opened = *greeted;
    if (opened == Opened::yes) return {};
    if (opened == Opened::identify) contradicted = identity_.boot_id;
    pauses.wait();
  } while (wire_.bus().now() < std::max(until, slot_until));
  return failure_at(wire_, Error::not_run, ": no session could be opened");
}

Unexpected<Failure> Session::shared_address() const {
  return failure_at(wire_, Error::shared_address,
                    fmt::format(": {:016x} is one of them", identity_.unique_id));
}

// The command to come is not on the wire yet: that it has no session is no doubt about it.
Expected<void> Session::ask_after() {
  const auto reply = resume(wire_.bus().now() + 1s, public_tries);
  if (!reply) return Unexpected{reply.error()};
  const bool there = reply->status == SessionStatus::open && reply->last == last_;
  heard_ = wire_.bus().now();
  if (!there) abandon();
  return {};
}

// C1: a fresh nonce each time, whatever became of the last one.
Expected<Session::Opened> Session::hello(Time until, Time slot_until) {
  const std::uint32_t nonce = nonces_();
  // Behind the deadline, while others' sessions are waited for, each turn has a second.
  const auto answer_until = std::max(until, std::min(slot_until, wire_.bus().now() + 1s));
  const auto reply = ask(PublicCommand::hello, nonce, answer_until, public_tries);
  if (!reply) {
    to_leave_ = nonce;  // it may have been opened all the same
    return Unexpected{reply.error()};
  }
  if (reply->status == SessionStatus::open) return accept(*reply, nonce);
  if (reply->status != SessionStatus::no_slot) return Opened::again;
  return wait_for_slot(*reply, slot_until);
}

// Another program may leave before the longest-silent session is given away: so not all at once.
Expected<Session::Opened> Session::wait_for_slot(const SessionReply& reply, Time slot_until) {
  using std::chrono::microseconds;
  const auto left = std::chrono::duration_cast<microseconds>(slot_until - wire_.bus().now()) + 1us;
  if (left <= 1us) return failure_at(wire_, Error::no_slot);
  wire_.bus().sleep(std::min({left, microseconds(200ms), microseconds((reply.wait_ms + 1) * 1ms)}));
  if (wire_.bus().now() >= slot_until) return failure_at(wire_, Error::no_slot);
  return Opened::again;
}

Expected<Session::Opened> Session::accept(const SessionReply& reply, std::uint32_t nonce) {
  // It restarted since it said who it is: the key would be wrong.
  if (reply.boot_id != identity_.boot_id) return Opened::identify;
  if (reply.slot >= max_slots || reply.last != 0 || reply.state != SlotState::fresh) {
    return Opened::again;
  }
  nonce_ = nonce;
  slot_ = reply.slot;
  last_ = 0;
  key_ = session_key(identity_, nonce, wire_.address());
  open_ = true;
  heard_ = wire_.bus().now();
  ++counters_.sessions_opened;
  return Opened::yes;
}

Expected<SessionReply> Session::resume(Time until, unsigned max_bus_errors) {
  ++counters_.resumes;
  auto reply = ask(PublicCommand::resume, nonce_, until, max_bus_errors);
  if (!reply) return reply;
  const bool same = reply->boot_id == identity_.boot_id && reply->slot == slot_;
  if (!same) reply->status = SessionStatus::unknown;
  return reply;
}

void Session::abandon() {
  if (open_) to_leave_ = nonce_;
  open_ = false;
}

Expected<SessionReply> Session::ask(PublicCommand command, std::uint32_t nonce, Time until,
                                    unsigned max_bus_errors) {
  std::array<std::uint8_t, session_request_size> payload{};
  Writer writer(payload);
  encode(writer, SessionRequest{nonce, bus_khz()});
  return public_call(wire_, counters_, command, payload, {until, max_bus_errors});
}

// Once, and whatever comes of it: a session that is left behind is free after 3 s of silence.
void Session::leave() {
  abandon();
  if (!to_leave_) return;
  static_cast<void>(ask(PublicCommand::bye, *to_leave_, wire_.bus().now(), 1));
  to_leave_.reset();
}

void Session::forget() {
  open_ = false;
  to_leave_.reset();
}

}  // namespace picoctl::controller
