// The bus server's side of a transaction byte by byte: who has the bus, what is done, and when it is
// taken away again.
#include <algorithm>
#include <cerrno>
#include <limits>

#include "hold.hpp"
#include "remote_target.hpp"

namespace picoctl::sim {

using socket::StepKind;
using socket::Type;

namespace {

// Whether a message has to wait while somebody else has the bus.
bool moves_the_bus(Type type) {
  return type == Type::transfer || type == Type::recover || type == Type::step;
}

SteppedTransaction::Step perform(SteppedTransaction& transaction, const socket::Step& step) {
  const bool elsewhere = (step.wires & 1) != 0;
  switch (step.kind) {
    case StepKind::start: return transaction.start(step.value, elsewhere);
    case StepKind::write: return transaction.write(step.value, elsewhere);
    case StepKind::read: return transaction.read();
    case StepKind::read_ack: return transaction.acknowledge(step.value != 0, step.wires);
    default: return transaction.stop();
  }
}

// A byte needs a START before it, and the ninth bit of the one before; that needs a byte.
bool in_order(const SteppedTransaction& transaction, StepKind kind) {
  switch (kind) {
    case StepKind::write:
    case StepKind::read: return transaction.begun() && !transaction.owes_ack();
    case StepKind::read_ack: return transaction.owes_ack();
    default: return true;
  }
}

}  // namespace

bool BusServer::may_be_served(const Client& client) const {
  if (!client.has_work()) return false;
  if (!hold_ || &hold_->client == &client) return true;
  const socket::Frame frame = client.frame_at();
  return frame.state != socket::Frame::State::complete || !moves_the_bus(frame.type);
}

// May only be called for a client that may be served: nobody else has the bus.
void BusServer::step(Client& client, std::span<const std::uint8_t> body) {
  socket::Step step;
  if (!decode(socket::Reader(body), step)) {
    return client.refuse(EPROTO, "a step that does not follow the format");
  }
  socket::Stepped answer{.tag = step.tag};
  if (step.kind == StepKind::seize) {
    if (hold_) return client.refuse(EPROTO, "the bus was asked for by the one who has it");
    hold_ = std::make_unique<Hold>(bus_, client, client.target.get(), options_);
  } else if (!hold_) {
    answer.error = ETIMEDOUT;  // it was taken away, which is told now
  } else if (!in_order(hold_->transaction, step.kind)) {
    hold_.reset();
    return client.refuse(EPROTO, "a step that cannot follow the one before");
  } else {
    go_on(step, answer);
  }
  answer.time_ns = bus_.now_ns();
  client.send(Type::stepped, answer);
}

void BusServer::go_on(const socket::Step& step, socket::Stepped& answer) {
  SteppedTransaction& transaction = hold_->transaction;
  const std::chrono::nanoseconds longest = options_.step_timeout;
  const auto pause = std::min(std::chrono::nanoseconds(step.pause_ns), longest);
  if (transaction.begun()) transaction.pause(static_cast<std::uint64_t>(pause.count()));
  const auto done = perform(transaction, step);
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  answer.error = static_cast<std::uint32_t>(done.error);
  answer.value = done.value;
  answer.stretch_ns = static_cast<std::uint32_t>(std::min(done.stretch_ns, most));
  if (done.error != 0 || step.kind == StepKind::stop) {
    hold_.reset();
  } else {
    hold_->stepped(options_);
  }
}

// Its controller hangs, or goes on for ever, or is gone: others want the bus too.
void BusServer::end_overdue_hold() {
  if (!hold_) return;
  if (hold_->client.closed()) {
    hold_.reset();
  } else if (hold_->due <= Clock::now()) {
    hold_->transaction.end(ETIMEDOUT);
    hold_.reset();
  }
}

}  // namespace picoctl::sim
