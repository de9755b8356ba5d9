// One transaction of a controller that decides after each byte how to go on, as an I2C block that
// runs a program's commands does. The rules of the Pi's controller do not bind it.
#pragma once

#include <memory>

#include "picoctl/virtual/bus.hpp"

namespace picoctl::sim {

class Transaction;

// From its first start() on the bus is its own: until stop(), a step with an error, or its end,
// nothing else may be done on the bus but attach(), detach() and inject() of what is no transaction.
// Faults apply as to other transfers, and count it as one of them; skip_read, double_frame,
// lose_answer and hang_up are of a Pi's driver: they find nothing to change.
class SteppedTransaction {
 public:
  struct Step {
    int error = 0;                 // 0, or errno as Bus::transfer() has it: it is over then
    std::uint8_t value = 0;        // 1 ACK, 0 NACK; or the byte
    std::uint64_t stretch_ns = 0;  // for which targets held SCL
  };

  // `own`: a device that its controller reaches on wires of its own, or null.
  explicit SteppedTransaction(Bus& bus, const BusDevice* own = nullptr);
  ~SteppedTransaction();  // as end(EIO)
  SteppedTransaction(const SteppedTransaction&) = delete;
  SteppedTransaction& operator=(const SteppedTransaction&) = delete;

  // Whether a START was given and no end came since.
  [[nodiscard]] bool begun() const { return transaction_ != nullptr; }
  // Whether a byte was read whose ninth bit is to come.
  [[nodiscard]] bool owes_ack() const { return owes_ack_; }

  // `own` is this one from now on.
  void leave_out(const BusDevice* own);
  // The controller holds SCL for so long.
  void pause(std::uint64_t ns);
  // START or repeated START with an address byte. `elsewhere`: a target on the controller's own
  // wires acknowledges. A NACK is a value, and no error.
  Step start(std::uint8_t byte, bool elsewhere);
  // These need a START before them: begun().
  Step write(std::uint8_t byte, bool elsewhere);
  Step read();
  // `seen`: the byte just read, with a 0 wherever targets on the controller's own wires have one.
  Step acknowledge(bool acks, std::uint8_t seen);
  Step stop();
  // In the place of a controller that says nothing more: NACK to a byte that was read, and STOP.
  void end(int error);

 private:
  template <class Act>
  Step step(unsigned bits, Act act);
  Step close(Step step);

  Bus& bus_;
  const BusDevice* own_;
  std::unique_ptr<Transaction> transaction_;
  Outcome outcome_;
  bool owes_ack_ = false;
};

}  // namespace picoctl::sim
