// An I2C bus without wires: START, repeated START, address, ACK, data, STOP, in bus order, bit by
// bit where devices meet, on a clock of its own. It knows I2C (UM10204 rev. 7) and the rules of
// the Pi's controller, and nothing of what is said over it.
//
// Time is virtual, in nanoseconds. A transfer costs exactly its bits at the bus's speed plus what
// devices stretch: START 1 bit, each byte with its ACK 9, repeated START 1, STOP 1. Between
// transfers time stands still until idle() is told that some has passed; BusServer tells it the
// real time, so that devices' clocks go on while the bus rests. One thread; not reentrant: devices
// and sinks may call now_ns() and note(), nothing else. A SteppedTransaction (stepped.hpp) has the
// bus to itself from its START to its end.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "picoctl/socket/format.hpp"
#include "picoctl/virtual/controller.hpp"

namespace picoctl::sim {

using socket::Fault;
using socket::FaultRequest;
using socket::Message;
using socket::WireEvent;
using socket::WireKind;

inline constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();

// Where a byte was when its controller went away.
struct Broken {
  bool first = false;       // the address byte
  bool sends = false;       // the device was sending the byte; else it was receiving it
  std::uint8_t byte = 0;    // that the controller was sending
  std::uint8_t pulses = 0;  // SCL pulses of the byte at hand; at 8, SCL is high within its ACK
};

// One target on the bus. Calls come in bus order, one at a time; Bus::now_ns() tells when.
class BusDevice {
 public:
  BusDevice() = default;
  BusDevice(const BusDevice&) = delete;
  BusDevice& operator=(const BusDevice&) = delete;
  virtual ~BusDevice() = default;

  // Whether it listens to this 7-bit address at present. May change over time.
  [[nodiscard]] virtual bool claims(std::uint8_t address) const = 0;
  [[nodiscard]] virtual std::string_view name() const { return "device"; }

  // START or repeated START with its address byte; called at the eighth bit. Returns the ACK.
  // A device that does not ACK hears nothing more until the next START with its address.
  virtual bool start(std::uint8_t address, bool read) = 0;
  // A byte from the controller, at its eighth bit. Returns the ACK; without it, as above.
  virtual bool write(std::uint8_t byte) = 0;
  // The next byte for the controller; asked for at the falling edge after the previous ACK.
  virtual std::uint8_t read() = 0;
  // The controller's ACK after that byte; false: it wants no more.
  virtual void read_acked(bool /*acked*/) {}
  // A repeated START while addressed: the message is over. start() follows nine bits later if it
  // is for this device again.
  virtual void restart() {}
  // STOP, once after each transfer in which start() was called, whoever was addressed last. A
  // transfer that ends with ETIMEDOUT has none: the controller lets go of a bus that hangs.
  virtual void stop() {}
  // Another device pulled SDA low while this one sent a 1 of read(). Returns whether it notices
  // and lets go of the bus until the next START (as a DW_apb_i2c does); a simple chip does not.
  virtual bool arbitration_lost() { return false; }

  // How long the device holds SCL low because of the call just made to start, write, read or
  // read_acked, beyond the clock's own low time. The hold is after the ACK of an address or
  // written byte, and before the first bit of a read one. Beyond Bus::stretch_limit_ns the
  // transfer ends with ETIMEDOUT; `forever` says so outright.
  virtual std::uint64_t stretch_ns() { return 0; }

  // --- what only faults do ---
  // The controller is gone in the midst of a byte, with both wires let go and no STOP: see Broken.
  // Returns whether the device holds SDA low; so do clocked(), one SCL pulse of a recovery, and
  // holds_sda(), asked when time has passed. By default as a simple chip does it, which never
  // lets go by itself: what it was about to send, or to acknowledge, it holds until it is clocked.
  virtual bool abandoned(const Broken& broken);
  virtual bool clocked();
  [[nodiscard]] virtual bool holds_sda() { return holds(); }
  // Starts anew at once: its RUN pin, or its power. False: it cannot.
  virtual bool reset(bool /*power*/) { return false; }
  // Its power fails in the middle of the n-th erase or write of its flash from now on, 0 being the
  // next. False: it cannot.
  virtual bool lose_power_in_flash(std::uint8_t /*n*/) { return false; }

  // It is now_ns: called before each of the calls above and when idle time has passed, so that
  // the device's own processor can do what it did meanwhile.
  virtual void time_passed(std::uint64_t /*now_ns*/) {}
  // The next time at which it wants time_passed() even if nothing happens on the bus.
  [[nodiscard]] virtual std::uint64_t wake_at_ns() const { return forever; }

 protected:
  void let_go() { hanging_.reset(); }

 private:
  [[nodiscard]] bool holds() const;
  struct Hanging {
    bool sends;
    std::uint8_t byte;  // that is being shifted out or in
    unsigned pulses;    // of it, so far; the ninth is the ACK's
    bool acked;
  };
  std::optional<Hanging> hanging_;
};

// What one transfer() did.
struct Outcome {
  int error = 0;  // 0 or errno, see Bus::transfer
  std::uint64_t id = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  bool read_skipped = false;  // Fault::skip_read: the read buffers were not touched
  bool hang_up = false;       // Fault::hang_up: whoever asked for it is not told
};

// Sees everything that happens on the wires. Called in the order of time, from within transfer().
class TraceSink {
 public:
  TraceSink() = default;
  TraceSink(const TraceSink&) = delete;
  TraceSink& operator=(const TraceSink&) = delete;
  virtual ~TraceSink() = default;
  virtual void begin(std::uint64_t /*id*/, std::uint64_t /*now_ns*/) {}
  virtual void event(std::uint64_t id, const WireEvent& event) = 0;
  virtual void end(const Outcome& /*outcome*/) {}
  // A device's own remark, e.g. "pin 15 high"; also between transfers.
  virtual void note(std::uint64_t /*now_ns*/, std::uint8_t /*address*/, std::string_view) {}
};

struct BusOptions {
  std::uint32_t speed_hz = 100'000;  // 1 kHz..5 MHz; the bit time is rounded to whole ns
  ControllerRules rules = ControllerRules::bcm2835;
  Stretching stretching = Stretching::waits;
};

struct BusCounters {
  std::uint64_t transfers = 0;
  std::uint64_t wire_bytes = 0;  // address and data bytes
  std::uint64_t nacks = 0;       // addresses and written bytes without an ACK
  std::uint64_t faults_applied = 0;
  std::uint64_t faults_missed = 0;
};

class Transaction;

class Bus {
 public:
  // The BSC gives up after 35 ms of low SCL (its CLKT as Linux sets it).
  static constexpr std::uint64_t stretch_limit_ns = 35'000'000;

  explicit Bus(BusOptions options = {});
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // Devices and sinks are not owned; they outlive the bus or are taken off again.
  void attach(BusDevice& device);
  void detach(BusDevice& device);
  void add_sink(TraceSink& sink);
  void remove_sink(TraceSink& sink);

  // One transaction, messages joined by repeated STARTs. Outcome::error is 0 or
  //   EREMOTEIO   nobody acknowledged an address or a written byte
  //   ETIMEDOUT   SDA or SCL is held low, or a device stretched beyond the limit; under any_mix
  //               recover() follows
  //   EAGAIN      arbitration lost          EBUSY   another controller has the bus
  //   EOPNOTSUPP  ten-bit or any flag but read; under bcm2835 a read that is not last
  //   EINVAL      no message, more than 42, one beyond 8192 bytes, an address beyond 0x7f
  //   EIO         cut short by Fault::cut, or as lose_answer, inject_panic and hang_up say
  // EOPNOTSUPP and EINVAL never reach the wire: they take no time, no id and no fault's turn.
  // Reads fill Message::data as they go.
  Outcome transfer(std::span<const Message> messages);

  // Bus recovery as a controller does it by hand: up to nine SCL pulses, looking at SDA after
  // each, then STOP. 0, or ETIMEDOUT if SDA or SCL is still low.
  int recover();

  [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }
  [[nodiscard]] std::uint64_t bit_ns() const { return bit_ns_; }
  [[nodiscard]] const BusOptions& options() const { return options_; }
  void idle(std::uint64_t ns) { idle_until(now_ns_ + ns); }
  void idle_until(std::uint64_t ns);               // no effect on the clock if that is past
  [[nodiscard]] std::uint64_t wake_at_ns() const;  // the earliest of the devices' wishes

  void note(std::uint8_t address, std::string_view text);

  // 0, or EINVAL: no such device, or a request that can have no meaning. EOPNOTSUPP: the device
  // cannot suffer that. ENOSPC: 256 wait already. The incomplete_* ones happen at once: what
  // transfer() says of the wires is returned if they could not.
  int inject(const FaultRequest& request);
  void clear_faults();

  [[nodiscard]] const BusCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t faults_pending() const { return faults_.size(); }
  [[nodiscard]] bool sda_held() const;
  [[nodiscard]] bool scl_held() const;
  // One row per device and address, in the order of attachment.
  [[nodiscard]] std::vector<socket::DeviceRow> rows() const;

 private:
  friend class Transaction;
  friend class SteppedTransaction;
  struct Slot {
    BusDevice* device;
    socket::DeviceState state = socket::DeviceState::present;
    bool holds_scl = false;  // frozen, and addressed since
    // Fault::answer_at: claims `alias` as well, and hears it as `own`.
    std::uint8_t alias = 0xff;
    std::uint8_t own = 0;
    [[nodiscard]] bool claims(std::uint8_t address) const {
      return device->claims(address) || alias == address;
    }
    [[nodiscard]] std::uint8_t heard(std::uint8_t address) const {
      return alias == address ? own : address;
    }
  };
  [[nodiscard]] int refuse(std::span<const Message> messages) const;
  std::uint64_t begin();
  void end(const Outcome& outcome);
  void emit(std::uint64_t id, const WireEvent& event);
  void stuck(std::uint64_t id, bool scl);
  void pass_time();
  int set_state(const FaultRequest& request);
  int break_off(std::uint16_t address, bool read);
  bool pulse();
  // Devices that a request means, by address or number.
  template <typename Act>
  bool each_meant(std::uint16_t address, Act act) {
    bool found = false;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const bool meant = address >= socket::by_index
                             ? i + socket::by_index == address
                             : slots_[i].device->claims(static_cast<std::uint8_t>(address));
      if (!meant) continue;
      found = true;
      act(slots_[i]);
    }
    return found;
  }
  std::vector<FaultRequest> take_due_faults();

  BusOptions options_;
  std::uint64_t bit_ns_;
  std::uint64_t now_ns_ = 0;
  std::uint64_t next_id_ = 1;
  std::vector<Slot> slots_;
  std::vector<TraceSink*> sinks_;
  std::vector<FaultRequest> faults_;
  std::vector<BusDevice*> abandoned_;  // addressed when their controller went away
  Transaction* stepped_ = nullptr;     // that goes on from step to step
  bool sda_held_ = false;
  bool scl_held_ = false;
  std::uint32_t sda_pulses_left_ = 0;  // 0: it never lets go
  BusCounters counters_;
};

}  // namespace picoctl::sim
