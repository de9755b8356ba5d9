// What the I2C target (i2c_target.hpp) stands between: a Port, the registers of a DW_apb_i2c block
// (RP2040 datasheet section 4.3), and a Face, to which it tells whole writes and reads.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace picoctl::target {

// Event bits, at the positions of IC_RAW_INTR_STAT and IC_INTR_MASK.
namespace i2c_event {
inline constexpr std::uint32_t rx_full = 1U << 2;   // more RX entries than the threshold
inline constexpr std::uint32_t rd_req = 1U << 5;    // a controller reads: SCL is held low
inline constexpr std::uint32_t tx_abort = 1U << 6;  // both FIFOs are in reset until cleared
inline constexpr std::uint32_t rx_done = 1U << 7;   // the controller NACKed the last byte it read
inline constexpr std::uint32_t stop = 1U << 9;      // STOP, of a transaction that addressed us
inline constexpr std::uint32_t restart = 1U << 12;  // repeated START, while we were addressed
// What the state machine handles; the shim unmasks exactly these.
inline constexpr std::uint32_t all = rx_full | rd_req | tx_abort | rx_done | stop | restart;
}  // namespace i2c_event

// Bits of IC_TX_ABRT_SOURCE.
namespace i2c_abort {
inline constexpr std::uint32_t flushed_tx = 1U << 13;        // surplus answer bytes were dropped
inline constexpr std::uint32_t lost_arbitration = 1U << 14;  // another target drove SDA low
}  // namespace i2c_abort

// One RX FIFO entry, as the block gives it: IC_DATA_CMD bits 7:0 and 11.
class RxEntry {
 public:
  constexpr RxEntry() = default;
  explicit constexpr RxEntry(std::uint32_t data_cmd) : data_cmd_(data_cmd) {}
  constexpr RxEntry(std::uint8_t byte, bool first) : data_cmd_(byte | (first ? first_bit : 0)) {}

  constexpr std::uint8_t byte() const { return static_cast<std::uint8_t>(data_cmd_); }
  constexpr bool first_of_write() const { return (data_cmd_ & first_bit) != 0; }

 private:
  static constexpr std::uint32_t first_bit = 1U << 11;
  std::uint32_t data_cmd_ = 0;
};

// The registers of one block, thinly. Every call is one or a few register accesses.
template <typename P>
concept TargetPort = requires(P port, std::uint32_t events, std::uint8_t threshold,
                              std::span<const std::uint8_t> bytes) {
  { port.events() } -> std::same_as<std::uint32_t>;        // IC_INTR_STAT: of `all`, what is raised
  port.clear(events);                                      // the IC_CLR_* of the bits given
  { port.abort_source() } -> std::same_as<std::uint32_t>;  // valid until tx_abort is cleared
  { port.rx_level() } -> std::convertible_to<std::size_t>;
  // The FIFO as a value of its own, which a loop can keep in a register. Only if rx_level() > 0.
  { port.rx_fifo().pop() } -> std::same_as<RxEntry>;
  port.rx_threshold(threshold);  // IC_RX_TL: rx_full above this level
  { port.tx_level() } -> std::convertible_to<std::size_t>;
  port.push(bytes);  // 1..16 answer bytes; releases SCL
  port.add(bytes);   // more of them, within a byte's time of push(); 16 in all
  { port.active() } -> std::same_as<bool>;  // IC_STATUS.SLV_ACTIVITY
  port.reset_block();                       // release the bus, begin anew
};

// What the bus sees. All calls come from the link's interrupt (or with it held off).
//   face.begin_write(byte)  a write to us begins; this is its first byte
//   face.room()          where the write's next bytes go, as many as there is room for; they are put
//                        there before they are known to be good, and count only by wrote()
//   face.wrote(count)    so many good bytes were put into room()
//   face.overflow()      more bytes came than there was room for
//   face.end_write()     the write is complete; never without begin_write()
//   face.upcoming()      the next bytes of the answer, 1-16: while the bus is held, so this must be
//                        no more than a look at what was prepared before. Exactly what the
//                        controller will fetch, if that is known: surplus bytes are dropped by the
//                        block at the next read. They stay readable until end_read(). Without a
//                        read under way: those of the read that begins
//   face.begin_read()    a read began, with the bytes of upcoming(): what it shows is fixed now. More
//                        may be upcoming() now, from the same first byte on: it is handed over too
//   face.advance()       they were handed over: prepare the bytes behind them
//   face.end_read()      the read is over (last byte NACKed, STOP, or abort)
template <typename F>
concept TargetFace = requires(F face, std::uint8_t byte, std::size_t count) {
  face.begin_write(byte);
  { face.room() } -> std::same_as<std::span<std::uint8_t>>;
  face.wrote(count);
  face.overflow();
  face.end_write();
  face.begin_read();
  { face.upcoming() } -> std::same_as<std::span<const std::uint8_t>>;
  face.advance();
  face.end_read();
};

// A face that wants to know has these too:
//   face.lose_arbitration()  another target sent a 0 where this one sent a 1: it answers at the same
//                        address. Before end_read()
//   face.lose_write()    a write was damaged, or one may have been lost whole: forget what came
//                        since begin_write(), run nothing, and show nothing (fill bytes) until the
//                        next write says what is wanted: the register pointer may be a stale one.
template <typename F>
concept RivalAwareFace = requires(F face) {
  face.lose_arbitration();
};

template <typename F>
concept LossAwareFace = requires(F face) {
  face.lose_write();
};

}  // namespace picoctl::target
