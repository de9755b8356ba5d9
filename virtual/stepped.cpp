#include "picoctl/virtual/stepped.hpp"

#include <cerrno>

#include "transaction.hpp"

namespace picoctl::sim {

SteppedTransaction::SteppedTransaction(Bus& bus, const BusDevice* own) : bus_(bus), own_(own) {}

SteppedTransaction::~SteppedTransaction() { end(EIO); }

void SteppedTransaction::leave_out(const BusDevice* own) {
  own_ = own;
  if (transaction_) transaction_->for_steps(own);
}

void SteppedTransaction::pause(std::uint64_t ns) { bus_.now_ns_ += ns; }

// Does one step, which takes so many bits and the rest for which SCL was held.
template <class Act>
SteppedTransaction::Step SteppedTransaction::step(unsigned bits, Act act) {
  const std::uint64_t before = bus_.now_ns_;
  Step done;
  done.error = act(done.value);
  const std::uint64_t passed = bus_.now_ns_ - before;
  const std::uint64_t own = bits * bus_.bit_ns_;
  done.stretch_ns = passed > own ? passed - own : 0;
  if (done.error == EREMOTEIO) {
    outcome_.error = EREMOTEIO;  // so a transfer that was not acknowledged ends, for observers
    done.error = 0;
    done.value = 0;
  }
  return done.error == 0 ? done : close(done);
}

SteppedTransaction::Step SteppedTransaction::start(std::uint8_t byte, bool elsewhere) {
  if (owes_ack_) {
    if (const Step owed = acknowledge(false, 0xff); owed.error != 0) return owed;
  }
  const bool first = !begun();
  if (first) {
    const std::uint64_t id = bus_.begin();
    outcome_ = {.id = id, .start_ns = bus_.now_ns_};
    transaction_ = std::make_unique<Transaction>(bus_, id, bus_.take_due_faults());
    transaction_->for_steps(own_);
    bus_.stepped_ = transaction_.get();
  }
  return step(10, [&](std::uint8_t& value) {
    value = 1;
    if (first) {
      if (const int error = transaction_->before_start(); error != 0) return error;
      transaction_->meet_second_controller();
    }
    const int error = transaction_->start(first);
    return error != 0 ? error : transaction_->address(byte, elsewhere);
  });
}

SteppedTransaction::Step SteppedTransaction::write(std::uint8_t byte, bool elsewhere) {
  return step(9, [&](std::uint8_t& value) {
    value = 1;
    return transaction_->write_byte(byte, elsewhere);
  });
}

SteppedTransaction::Step SteppedTransaction::read() {
  owes_ack_ = true;
  return step(8, [&](std::uint8_t& value) { return transaction_->take_byte(value); });
}

SteppedTransaction::Step SteppedTransaction::acknowledge(bool acks, std::uint8_t seen) {
  owes_ack_ = false;
  return step(1, [&](std::uint8_t&) { return transaction_->acknowledge(acks, seen); });
}

SteppedTransaction::Step SteppedTransaction::stop() {
  if (owes_ack_) {
    if (const Step owed = acknowledge(false, 0xff); owed.error != 0) return owed;
  }
  return begun() ? close({}) : Step{};
}

void SteppedTransaction::end(int error) {
  if (owes_ack_) static_cast<void>(acknowledge(false, 0xff));
  if (!begun()) return;
  outcome_.error = error;
  close({});
}

// The wires' end of it, and the observers'.
SteppedTransaction::Step SteppedTransaction::close(Step step) {
  transaction_->conclude(step.error);
  if (step.error != 0) outcome_.error = step.error;
  transaction_->finish(outcome_);
  bus_.stepped_ = nullptr;
  transaction_.reset();
  owes_ack_ = false;
  bus_.end(outcome_);
  return step;
}

}  // namespace picoctl::sim
