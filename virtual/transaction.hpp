// One transfer on its way over the wires of a Bus: the part of the bus that lives from START to
// STOP. Private to Bus::transfer() and SteppedTransaction.
#pragma once

#include <vector>

#include "picoctl/virtual/bus.hpp"

namespace picoctl::sim {

class Transaction {
 public:
  // `faults` are those whose turn has come; the transaction counts which of them changed anything.
  Transaction(Bus& bus, std::uint64_t id, const std::vector<FaultRequest>& faults);

  Outcome run(std::span<const Message> messages);

  // --- byte by byte ---
  // Its controller waits for a stretched clock as it should, and reaches `own` without this bus.
  void for_steps(const BusDevice* own);
  int before_start();
  void meet_second_controller();
  int start(bool first);
  // `elsewhere`: a target that is not on this bus acknowledges. EREMOTEIO: nobody does.
  int address(std::uint8_t sent, bool elsewhere = false);
  int write_byte(std::uint8_t byte, bool elsewhere = false);
  // The eight bits of a byte, and then its ninth. `seen`: the byte with the zeros of others.
  int take_byte(std::uint8_t& byte);
  int acknowledge(bool acks, std::uint8_t seen = 0xff);
  // STOP, if one is due after this error.
  void conclude(int error);
  void finish(Outcome& outcome);
  // The device takes no part any more.
  void forget(BusDevice& device);

 private:
  int perform(std::span<const Message> messages, Outcome& outcome);
  void double_frame(const Message& message);
  int message(const Message& message, bool first);
  int body(const Message& message);
  int read_byte(std::uint8_t& byte, bool last);
  int finish_byte(WireEvent event);
  int slipped_byte(WireEvent event, bool address);
  std::uint8_t slipped_answer(std::uint8_t line, const FaultRequest& slip);
  int outvoted(std::uint8_t byte);
  bool leaves(const Broken& broken);
  void strike_devices(Fault fault);
  int after_byte();
  int hold();
  void look_at_clock(std::uint64_t held_ns);
  void forget_clock();
  void stop();

  std::uint8_t gather(std::uint8_t controller_bits);
  void overrule(std::uint8_t zeros);
  bool offer(std::uint8_t byte);
  void tell_ack(bool acked);
  void reach(BusDevice& device) const;
  void note_stretch(BusDevice& device);
  void call(std::uint8_t byte);

  FaultRequest* find(Fault fault);
  // The one of this kind that strikes the byte at hand, `value` counting in units of `per_byte`.
  FaultRequest* here(Fault fault, std::uint32_t per_byte = 1);
  std::uint8_t flips();
  bool ack_flips();
  void applied(Fault fault);

  Bus& bus_;
  std::uint64_t id_;
  struct Due {
    FaultRequest request;
    bool applied = false;
    bool of_controller = false;  // its model's doing, and nobody's request
  };
  struct Sender {
    BusDevice* device;
    std::uint8_t bits;
    bool told = false;  // that it lost arbitration in this byte
  };
  std::vector<Due> faults_;
  std::vector<BusDevice*> addressed_;  // told of STOP
  std::vector<BusDevice*> active_;     // those that ACKed and still take part
  std::vector<Sender> senders_;        // of the byte being read
  bool targets_send_ = false;          // what the targets understood, which a fault may change
  std::uint32_t byte_index_ = 0;       // of the byte on the wire
  bool frozen_ = false;                // whoever was called holds SCL
  bool gone_ = false;                  // the controller, without a STOP
  std::uint64_t stretch_ns_ = 0;       // wished for by the call just made; the longest counts
  WireEvent taken_;                    // the byte whose ninth bit is to come,
  bool slipped_ = false;               // and whether its sender misses that
  const BusDevice* own_ = nullptr;     // of the controller, and not reached by this bus
  bool waits_ = false;                 // whatever clock the Pi of this bus has
};

}  // namespace picoctl::sim
