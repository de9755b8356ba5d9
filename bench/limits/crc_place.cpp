// Where is a request's checksum best computed: by the interrupt, byte for byte as they come, or by the
// loop, when the whole frame is there? This program is built twice, and differs in that alone.
// CRC_IN_INTERRUPT: the interrupt computes it, and the loop asks for the verdict.
//
// On a chip the interrupt would need the checksum's code and table in RAM, 512 bytes and more; here they
// lie in flash, which costs an emulated processor nothing.
#include <array>
#include <cstddef>
#include <new>

#include "hardware/irq.h"
#include "pico/i2c_port.hpp"
#include "picoctl/link/crc16.hpp"
#include "picoctl/link/registers.hpp"
#include "picoctl/pico/pico.hpp"
#include "picoctl/target/hot.hpp"

namespace {

using namespace picoctl;

pico::PicoBoard board;
Target<> the_target{board, board.address()};
volatile std::uint32_t last_value;

// The face as it is, and the checksum of the request that is being written.
class CheckedFace {
 public:
  void begin_write(std::uint8_t number) {
    face().begin_write(number);
    is_request_ = number == registers::request;
    begun_ = false;
  }
  std::span<std::uint8_t> room() const { return face().room(); }
  void wrote(std::size_t count) {
#if CRC_IN_INTERRUPT
    if (is_request_ && count > 0) check({face().room().data(), count});
#endif
    face().wrote(count);
  }
  void overflow() { face().overflow(); }
  void end_write() { face().end_write(); }
  void lose_write() { face().lose_write(); }
  void begin_read() { face().begin_read(); }
  std::span<const std::uint8_t> upcoming() const { return face().upcoming(); }
  void advance() { face().advance(); }
  void end_read() { face().end_read(); }

  // A checksum over its own bytes too comes to nothing.
  bool right() const { return crc_.value() == 0; }

 private:
  static target::RegisterFace& face() { return the_target.face(); }

  // Which key it is under is known from its first byte on.
  void check(std::span<const std::uint8_t> bytes) {
    if (!begun_) {
      const std::uint8_t slot = bytes[0] >> 5U;
      crc_ = Crc16(slot == public_slot
                       ? public_key
                       : static_cast<target::Core&>(the_target).slots().slot(slot).key);
      crc_.add(write_address(the_target.address())).add(registers::request);
      begun_ = true;
    }
    crc_.add(bytes);
  }

  Crc16 crc_{public_key};
  bool is_request_ = false;
  bool begun_ = false;
};

using Machine = target::I2cTarget<pico::I2cPort, CheckedFace>;
CheckedFace checked;
alignas(Machine) std::array<std::byte, sizeof(Machine)> storage;
Machine& machine() { return *std::launder(reinterpret_cast<Machine*>(storage.data())); }

// Cut as pico/link.cpp has it.
PICOCTL_HOT bool drain(bool expected) { return machine().drain(expected); }
PICOCTL_HOT bool handle_older(std::uint32_t events) {
  return machine().handle_older(events, drain);
}
PICOCTL_HOT void after_answer() { machine().after_answer(); }
PICOCTL_HOT void on_interrupt() { machine().on_interrupt(handle_older, drain, after_answer); }

}  // namespace

// The emulator looks for this name: a handler has been reached.
extern "C" [[gnu::noinline, gnu::used]] void bench_handler() { asm volatile(""); }

#if CRC_IN_INTERRUPT
// In place of picoctl::request_crc_matches() (the linker's --wrap).
extern "C" bool __wrap__ZN7picoctl19request_crc_matchesESt4spanIKhLj4294967295EEht(
    std::span<const std::uint8_t>, std::uint8_t, std::uint16_t) {
  return checked.right();
}
#endif

int main() {
  the_target.command("note value", [](std::uint32_t value) {
    bench_handler();
    last_value = value;
  });
  the_target.command("take data", [](const Bytes<239>& data) { last_value = data.view().size(); });
  board.attach(the_target);
  irq_set_enabled(I2C0_IRQ, false);
  irq_remove_handler(I2C0_IRQ, irq_get_exclusive_handler(I2C0_IRQ));
  new (storage.data()) Machine(pico::I2cPort(0, the_target.address()), checked);
  irq_set_exclusive_handler(I2C0_IRQ, on_interrupt);
  irq_set_enabled(I2C0_IRQ, true);
  while (true) the_target.poll();
}
