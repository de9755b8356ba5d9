// One transfer on its way over the wires of a Bus: the part of the bus that lives from START to
// STOP. Private to Bus::transfer().
#pragma once

#include <vector>

#include "picoctl/virtual/bus.hpp"

namespace picoctl::sim {

class Transaction {
 public:
  // `faults` are those whose turn has come; the transaction counts which of them changed anything.
  Transaction(Bus& bus, std::uint64_t id, const std::vector<FaultRequest>& faults);

  Outcome run(std::span<const Message> messages);

 private:
  int before_start();
  int message(const Message& message, bool first);
  int address(const Message& message);
  int body(const Message& message);
  int write_byte(std::uint8_t byte);
  int read_byte(std::uint8_t& byte, bool last);
  int finish_byte(WireEvent event);
  int after_byte();
  int hold();
  void stop();

  std::uint8_t gather(std::uint8_t controller_bits);
  bool offer(std::uint8_t byte);
  void tell_ack(bool acked);
  void reach(BusDevice& device) const;
  void note_stretch(BusDevice& device);

  FaultRequest* find(Fault fault);
  std::uint8_t flips();
  bool ack_flips();
  void applied(Fault fault);

  Bus& bus_;
  std::uint64_t id_;
  struct Due {
    FaultRequest request;
    bool applied = false;
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
  std::uint64_t stretch_ns_ = 0;       // wished for by the call just made; the longest counts
};

}  // namespace picoctl::sim
