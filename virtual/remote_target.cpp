#include "remote_target.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace picoctl::sim {

using socket::Frame;
using socket::TargetEvent;

bool BusServer::RemoteTarget::claims(std::uint8_t address) const {
  return !client_.closed() && address < addresses_.size() && addresses_.test(address);
}

bool BusServer::RemoteTarget::start(std::uint8_t address, bool read) {
  const auto byte = static_cast<std::uint8_t>(address << 1 | (read ? 1 : 0));
  return ask(TargetEvent::start, byte, 0) != 0;
}

bool BusServer::RemoteTarget::write(std::uint8_t byte) {
  return ask(TargetEvent::write, byte, 0) != 0;
}

std::uint8_t BusServer::RemoteTarget::read() { return ask(TargetEvent::read, 0, 0xff); }

void BusServer::RemoteTarget::read_acked(bool acked) { tell(TargetEvent::read_ack, acked ? 1 : 0); }

void BusServer::RemoteTarget::restart() { tell(TargetEvent::restart, 0); }

void BusServer::RemoteTarget::stop() { tell(TargetEvent::stop, 0); }

bool BusServer::RemoteTarget::arbitration_lost() {
  tell(TargetEvent::arb_lost, 0);
  return true;
}

// A target that does not know of wires hears nothing any more, as if it had been unplugged.
bool BusServer::RemoteTarget::abandoned(const Broken& broken) {
  if (!client_.may(socket::role_wires)) return false;
  if (broken.first || !broken.sends) tell(TargetEvent::partial, broken.byte);
  return low_ = ask(TargetEvent::abandoned, broken.pulses, 0) != 0;
}

bool BusServer::RemoteTarget::clocked() {
  if (!client_.may(socket::role_wires)) return false;
  return low_ = ask(TargetEvent::clock, 0, 0) != 0;
}

bool BusServer::RemoteTarget::holds_sda() {
  if (low_) low_ = ask(TargetEvent::look, 0, 0) != 0;
  return low_;
}

bool BusServer::RemoteTarget::reset(bool power) {
  if (!client_.may(socket::role_wires)) return false;
  tell(TargetEvent::reset, power ? 1 : 0);
  return true;
}

bool BusServer::RemoteTarget::lose_power_in_flash(std::uint8_t n) {
  if (!client_.may(socket::role_wires)) return false;
  tell(TargetEvent::flash_power, n);
  return true;
}

std::uint64_t BusServer::RemoteTarget::stretch_ns() { return std::exchange(stretch_ns_, 0); }

void BusServer::RemoteTarget::tell(TargetEvent kind, std::uint8_t value) {
  client_.send(socket::Type::event, socket::Event{++sequence_, kind, value, bus_.now_ns()});
}

// One question and its answer. A target that says nothing holds SCL as far as the bus can see; it
// is shown the door. One that has hung up lets go of the wires: `if_gone` is what they then say.
std::uint8_t BusServer::RemoteTarget::ask(TargetEvent kind, std::uint8_t value,
                                          std::uint8_t if_gone) {
  tell(kind, value);
  const auto until = Clock::now() + patience_;
  socket::Answer answer;
  for (bool is_over = false; !client_.closed();) {
    if (find_answer(answer)) {
      stretch_ns_ = answer.stretch_ns;
      return answer.value;
    }
    if (client_.ended()) {
      client_.close();
    } else if (is_over) {
      client_.refuse(ETIMEDOUT, "no answer to a bus event in time: detached");
      client_.close();
      stretch_ns_ = forever;
    } else {
      is_over = Clock::now() >= until;  // it may be this server that was not run: one more look
      wait(until);
    }
  }
  return if_gone;
}

void BusServer::RemoteTarget::wait(Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  pollfd waiting{client_.fd(), static_cast<short>(client_.wants() | POLLIN), 0};
  if (::poll(&waiting, 1, std::max(0, static_cast<int>(left.count()))) <= 0) return;
  if ((waiting.revents & POLLOUT) != 0) client_.flush();
  if (!client_.closed() && (waiting.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    client_.receive();
  }
}

// Looks through what has come for the answer. Remarks on the way are passed on; anything else was
// on its way before the target saw the question, and keeps its place for later.
bool BusServer::RemoteTarget::find_answer(socket::Answer& answer) {
  std::size_t offset = 0;
  while (!client_.closed()) {
    const Frame frame = client_.frame_at(offset);
    if (frame.state == Frame::State::malformed) client_.close();
    if (frame.state != Frame::State::complete) return false;
    if (frame.type == socket::Type::note) {
      socket::Reader in(frame.body);
      const std::uint8_t address = in.u8();
      const std::string text(in.text());
      if (in.at_end()) bus_.note(address, text);
    } else if (frame.type != socket::Type::answer) {
      offset += frame.size;
      continue;
    }
    const bool is_answer = frame.type == socket::Type::answer;
    const bool mine =
        is_answer && decode(socket::Reader(frame.body), answer) && answer.sequence == sequence_;
    client_.drop(offset, frame.size);
    if (mine) return true;
    if (is_answer) client_.refuse(EPROTO, "an answer to a question that was not asked");
  }
  return false;
}

}  // namespace picoctl::sim
