// Bus: something that carries I2C transactions. The rest of the library knows no more of a bus than
// this. To add one: one file beside controller/buses/, one row in the table of
// controller/bus.cpp, and its name in the conformance tests, which it must pass.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "picoctl/controller/failure.hpp"
#include "picoctl/socket/format.hpp"

namespace picoctl {

using socket::Message;

class Bus {
 public:
  using Clock = std::chrono::steady_clock;

  Bus() = default;
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;
  virtual ~Bus() = default;

  // One I2C transaction: START, the messages joined by repeated STARTs, STOP; as ioctl I2C_RDWR
  // does it. At most 42 messages of at most 8192 bytes, at most one read and that the last (the
  // Pi's rule). Read buffers are zeroed first: a controller that says "done" without having read is
  // known (C7). Failures: no_answer, bus_stuck, arbitration_lost, bus_io, bus_unsupported,
  // virtual_bus_absent. Their outcome is always `unknown`: on a Pi no error proves that nothing
  // arrived. From any thread.
  Expected<void> transfer(std::span<const Message> messages) {
    transfers_.fetch_add(1, std::memory_order_relaxed);
    return do_transfer(messages);
  }
  std::uint64_t transfers() const { return transfers_.load(std::memory_order_relaxed); }

  virtual std::string name() const = 0;  // as the user would write it: "i2c:1"
  virtual bool is_virtual() const { return false; }
  virtual std::uint16_t speed_khz() const { return 0; }  // 0: not known
  // Whether a kernel driver holds this address.
  virtual bool in_use(std::uint8_t /*address*/) { return false; }
  // Whether a write of no bytes (SMBus quick) can be sent.
  virtual bool has_quick() const { return true; }

  // Frees a line that is held low: up to nine SCL pulses, looking at SDA after each, then STOP.
  // bus_stuck: it is still held. bus_unsupported: this bus cannot (the kernel keeps its pins).
  virtual Expected<void> recover();

  // Keeps other programs that claim it too off this bus, until release(). Waits for its turn so long at
  // most and goes on without: no rule of the link depends on it. Only the order among programs that
  // share a mailbox target does (docs/PROTOCOL.md, "Mailbox targets").
  virtual void claim(std::chrono::milliseconds /*at_most*/) {}
  virtual void release() {}

  // Time by which deadlines and pauses are kept; tests have their own.
  virtual Clock::time_point now() { return Clock::now(); }
  virtual void sleep(std::chrono::microseconds pause);

 private:
  virtual Expected<void> do_transfer(std::span<const Message> messages) = 0;
  std::atomic<std::uint64_t> transfers_{0};
};

// "i2c:1", "i2c:/dev/i2c-1", "virtual:/path/to/socket", "virtual" (the default socket).
// "" is PICOCTL_BUS if that is set; else the bus on a Raspberry Pi's header if a picoctl Pico
// answers there; else the default virtual bus. No other real bus is ever tried unasked. Failures:
// bad_bus_name, bus_absent, bus_forbidden, bus_not_i2c, virtual_bus_absent, socket_path_too_long,
// socket_version, no_pico_found ("" only).
Expected<std::unique_ptr<Bus>> open_bus(std::string_view name = {});

// $XDG_RUNTIME_DIR/picoctl/bus.sock, else /tmp/picoctl-UID/bus.sock.
std::string default_socket();

}  // namespace picoctl
