// The wire format of the virtual I2C bus: what is said over its Unix socket.
//
// A connection is a SOCK_STREAM carrying messages, each
//
//     u32 length | u8 type | body            (length counts type and body; all little-endian)
//
// The client's first message is `hello`; the server answers `welcome` or `refused` and closes.
// FORMAT.md beside this folder tells the whole story; vectors.json holds golden messages.
// This header depends on nothing but the C++ language, so that any program can take it along.
#pragma once

#include <cstddef>
#include <cstdint>

namespace picoctl::socket {

inline constexpr std::uint32_t magic = 0x42435650;  // the bytes "PVCB": picoctl virtual bus
inline constexpr std::uint16_t version = 1;

// Limits. Linux's i2c-dev allows 42 messages of 8192 bytes in one I2C_RDWR, and so do we.
inline constexpr std::size_t max_messages = 42;
inline constexpr std::size_t max_message_length = 8192;
inline constexpr std::size_t max_text = 200;          // names, notes, reasons
inline constexpr std::size_t length_size = 4;         // the prefix itself
inline constexpr std::size_t max_small_frame = 4096;  // every frame but transfer and result
inline constexpr std::size_t max_frame = 360'448;     // `length` of a full transfer fits in it
inline constexpr std::size_t max_events_per_frame = 200;

enum class Type : std::uint8_t {
  // from the client
  hello = 0x01,     // u32 magic, u16 version, u8 roles, text name
  transfer = 0x02,  // u32 tag, u8 count, count * {u16 address, u16 flags, u16 length, write data}
  attach = 0x03,    // u32 tag, u8 count, count * u8 address
  answer = 0x04,    // u32 sequence, u8 value, u32 stretch_ns
  control = 0x05,   // u32 tag, u8 fault, u8 on, u16 address, u32 skip, u32 value
  query = 0x06,     // u32 tag
  note = 0x07,      // u8 address, text
  recover = 0x08,   // u32 tag
  step = 0x09,      // u32 tag, u8 kind, u8 value, u8 wires, u32 pause_ns
  // from the server
  welcome = 0x81,  // u16 version, u32 speed_hz, text name
  refused = 0x82,  // u16 version, u16 errno, text reason; the connection is closed after it
  result = 0x83,   // u32 tag, u64 id, u32 errno, u64 start_ns, u64 end_ns, u32 n, n bytes read
  done = 0x84,     // u32 tag, u32 errno, text
  wire = 0x85,     // u64 id, u8 flags, u32 errno, u8 count, count * WireEvent
  event = 0x86,    // u32 sequence, u8 kind, u8 value, u64 time_ns
  noted = 0x87,    // u64 time_ns, u8 address, text
  report = 0x88,   // u32 tag, Report
  stepped = 0x89,  // u32 tag, u32 errno, u8 value, u32 stretch_ns, u64 time_ns
};
// `text` is u8 length and that many bytes of UTF-8, at most max_text.

// What a connection may do; a hello names any of them together.
enum Role : std::uint8_t {
  role_controller = 1,  // transfer, recover
  role_target = 2,      // attach, answer, note; is sent `event`
  role_observer = 4,    // is sent `wire` and `noted`
  role_control = 8,     // control
  role_wires = 16,      // besides target: is sent `partial` to `flash_power` as well
  role_steps = 32,      // besides controller: step
};                      // query is open to every role

// Message flags: those of Linux's struct i2c_msg. Only `read` is served; `ten_bit` and the
// rest are refused with EOPNOTSUPP.
inline constexpr std::uint16_t flag_read = 0x0001;      // I2C_M_RD
inline constexpr std::uint16_t flag_ten_bit = 0x0010;   // I2C_M_TEN
inline constexpr std::uint16_t flag_dma_safe = 0x0200;  // I2C_M_DMA_SAFE, meaningless: ignored

// One message of a transfer. `data` is read from for writes and filled for reads.
struct Message {
  std::uint16_t address = 0;  // 7 bits
  std::uint16_t flags = 0;
  std::uint16_t length = 0;  // 0..8192; 0 is SMBus quick
  std::uint8_t* data = nullptr;

  [[nodiscard]] bool is_read() const { return (flags & flag_read) != 0; }
};

// What became of a transfer, besides its errno.
struct TransferInfo {
  std::uint64_t id = 0;        // counts transfers on this bus from 1; the observers' id
  std::uint64_t start_ns = 0;  // virtual time of the START
  std::uint64_t end_ns = 0;    // virtual time after the STOP
};

enum class WireKind : std::uint8_t {
  start = 1,
  restart = 2,
  address = 3,  // byte = address << 1 | read
  data = 4,     // byte as its receiver saw it
  stop = 5,
  stretch = 6,           // a target held SCL low for duration_ns beyond the clock's own low time
  arbitration_lost = 7,  // the controller lost the bus; no STOP follows
  stuck = 8,             // a line stayed low for duration_ns; byte: 1 = SDA, 2 = SCL
  pulses = 9,            // bus recovery: byte = number of SCL pulses
};

enum WireFlag : std::uint8_t {
  wire_ack = 1,          // the ninth bit was low
  wire_read = 2,         // the target sent this byte
  wire_ack_flipped = 4,  // a fault inverted the ninth bit
};

// One event on the two wires; 16 bytes on the socket, in this order.
struct WireEvent {
  std::uint64_t time_ns = 0;  // virtual time at which it begins
  WireKind kind = WireKind::start;
  std::uint8_t byte = 0;
  std::uint8_t flags = 0;         // WireFlag
  std::uint8_t flipped = 0;       // the bits of `byte` that a fault has inverted
  std::uint32_t duration_ns = 0;  // stretch and stuck only; saturates
};

enum WireFrameFlag : std::uint8_t { wire_first = 1, wire_last = 2 };  // of the transfer's frames

// Faults that a control connection may ask for. `skip` counts transfers from now on: 0 is the
// very next one on the bus, whoever makes it.
enum class Fault : std::uint8_t {
  clear = 0,             // every fault off, lines released, devices back
  flip_bit = 1,          // value = bit; 0 is the first address byte's MSB; ACK bits do not count
  flip_ack = 2,          // value = byte on the wire, 0 = first address byte: its ninth bit inverts
  nack_address = 3,      // value = how many transfers in a row nobody answers
  vanish = 4,            // the device at `address` is gone
  freeze = 5,            // it holds SCL low as soon as it is addressed, until restored
  restore = 6,           // it is back
  hold_sda = 7,          // on/off; value = SCL pulses until it lets go, 0 = never
  hold_scl = 8,          // on/off
  lose_arbitration = 9,  // value = how many transfers; lost in byte `address` of each; EAGAIN
  busy = 10,             // value = how many transfers in a row; EBUSY
  cut = 11,              // value = byte on the wire after which the transfer ends with STOP, EIO
  skip_read = 12,        // writes happen, reads do not, and it says success (a BSC fault)
  burst = 13,            // as flip_bit, for each 1 of `address`, whose bit 15 is bit `value`
  slip = 14,             // targets see the SCL pulse of bit `value` twice (on) or not at all (off)
  stretch = 15,          // SCL is held for `address` microseconds after byte `value`
  double_frame = 16,     // value = transfers whose first write is made twice
  lose_answer = 17,      // value = transfers that happen and are told to have failed, EIO
  lose_stop = 18,        // no STOP at the end
  second_controller = 19,         // value = transfers before which another one reads `address`
  reset = 20,                     // the device at `address` restarts after byte `value`: RUN pin
  brown_out = 21,                 // the same by loss of its power
  power_loss_at_flash = 22,       // in the middle of the `value`-th flash operation from now (0)
  inject_panic = 23,              // the controller is gone after `value` SCL pulses, 9 a byte; EIO
  incomplete_address_phase = 24,  // now: a read of `address` that ends within the address's ACK
  incomplete_write_byte = 25,     // now: a write of 00 to it that ends within that byte's ACK
  answer_at = 26,                 // the device at `address` answers at address `value` as well
  hang_up = 27,                   // the connection that makes the transfer is closed, unanswered
  last = hang_up,
};

// `address` in a FaultRequest: 0..0x7f is every device there; by_index + n is the n-th device of
// the report alone.
inline constexpr std::uint16_t by_index = 0x100;

struct FaultRequest {
  Fault fault = Fault::clear;
  bool on = true;
  std::uint16_t address = 0;
  std::uint32_t skip = 0;
  std::uint32_t value = 0;
};

// Virtual bus to target. The kinds marked * must be answered in order.
enum class TargetEvent : std::uint8_t {
  start = 1,     // * value = address << 1 | read; answer value: 1 = ACK
  write = 2,     // * value = byte; answer value: 1 = ACK
  read = 3,      // * answer value = byte
  read_ack = 4,  //   value: 1 = the controller ACKed the byte
  restart = 5,   //   a repeated START while addressed; `start` follows if addressed again
  stop = 6,      //   the end of a transfer in which the target was addressed
  arb_lost = 7,  //   another target pulled SDA low under our 1; it goes on without us
  // Only with role_wires: what happens to wires and chips that were asked to suffer.
  partial = 8,       //   value = the byte at hand of a write, of which not all bits will come
  abandoned = 9,     // * after value SCL pulses of the byte at hand; answer: 1 = SDA is held low
  clock = 10,        // * one SCL pulse of a recovery; answer as above
  look = 11,         // * nothing but time has passed; answer as above
  reset = 12,        //   value: 0 the RUN pin, 1 the power
  flash_power = 13,  //   value = flash operations from now on until the power fails in one
};

// Controller to virtual bus, for one that decides after each byte how to go on. Each is answered by
// `stepped`, in which a NACK is no error.
enum class StepKind : std::uint8_t {
  seize = 1,     // the bus is wanted; answered once it is ours, until `stop` or a step's errno
  start = 2,     // START or repeated START; value = address << 1 | read; answer value: 1 = ACK
  write = 3,     // value = byte; answer value: 1 = ACK
  read = 4,      // answer value = byte
  read_ack = 5,  // its ninth bit; value: 1 = ACK, wires = the byte as the controller saw it
  stop = 6,      // STOP; without a START before it the bus is only given back
  last = stop,
};

struct Report {
  std::uint32_t speed_hz = 0;
  std::uint64_t time_ns = 0;
  std::uint64_t transfers = 0;
  std::uint64_t wire_bytes = 0;      // address and data bytes
  std::uint64_t nacks = 0;           // addresses and written bytes that nobody acknowledged
  std::uint64_t faults_applied = 0;  // that changed something on the wire
  std::uint64_t faults_missed = 0;   // that found nothing to change (a bit beyond the end)
  std::uint32_t faults_pending = 0;
  std::uint8_t lines = 0;  // bit 0: SDA held low, bit 1: SCL held low
  std::uint8_t rows = 0;   // number of device rows that follow
};

enum class DeviceState : std::uint8_t { present = 0, vanished = 1, frozen = 2 };

// One row per device and address; 4 bytes and its name on the socket.
struct DeviceRow {
  std::uint8_t index = 0;  // equal for the rows of one device
  std::uint8_t address = 0;
  DeviceState state = DeviceState::present;
  char name[16] = {};  // NUL-terminated, cut to 15 bytes
};
inline constexpr std::size_t max_rows = 128;

}  // namespace picoctl::socket
