// Writing and reading the socket's messages, without heap and without trusting the other side.
//
// Writer fills a caller's buffer and remembers an overflow; Reader never reads past the end and
// remembers a truncation. Decoders return false for anything malformed, trailing bytes included.
#pragma once

#include <cstring>
#include <span>
#include <string_view>

#include "picoctl/socket/format.hpp"

namespace picoctl::socket {

class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> buffer) : buffer_(buffer) {}
  // Begins a frame of this type; end() fills in its length.
  Writer(std::span<std::uint8_t> buffer, Type type) : buffer_(buffer) {
    u32(0).u8(static_cast<std::uint8_t>(type));
  }

  Writer& u8(std::uint8_t value) { return number(value, 1); }
  Writer& u16(std::uint16_t value) { return number(value, 2); }
  Writer& u32(std::uint32_t value) { return number(value, 4); }
  Writer& u64(std::uint64_t value) { return number(value, 8); }
  Writer& bytes(std::span<const std::uint8_t> data) {
    if (room(data.size()) && !data.empty()) {
      std::memcpy(buffer_.data() + used_, data.data(), data.size());
      used_ += data.size();
    }
    return *this;
  }
  Writer& text(std::string_view value) {
    const std::size_t size = value.size() < max_text ? value.size() : max_text;
    u8(static_cast<std::uint8_t>(size));
    return bytes({reinterpret_cast<const std::uint8_t*>(value.data()), size});
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t used() const { return used_; }
  // The finished frame; `more` bytes follow it that were not written here. Empty on overflow.
  std::span<const std::uint8_t> end(std::size_t more = 0) {
    if (!ok_ || used_ < length_size) return {};
    const std::size_t total = used_;
    used_ = 0;
    u32(static_cast<std::uint32_t>(total - length_size + more));
    used_ = total;
    return buffer_.first(total);
  }

 private:
  bool room(std::size_t size) { return ok_ = ok_ && size <= buffer_.size() - used_; }
  Writer& number(std::uint64_t value, std::size_t size) {
    if (!room(size)) return *this;
    for (std::size_t i = 0; i < size; ++i) {
      buffer_[used_++] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    return *this;
  }

  std::span<std::uint8_t> buffer_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> data) : data_(data) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::span<const std::uint8_t> bytes(std::size_t size) {
    if (!(ok_ = ok_ && size <= data_.size())) return {};
    const auto taken = data_.first(size);
    data_ = data_.subspan(size);
    return taken;
  }
  std::string_view text() {
    const std::size_t size = u8();
    if (size > max_text) ok_ = false;
    const auto taken = bytes(ok_ ? size : 0);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return ok_ && data_.empty(); }
  [[nodiscard]] std::size_t left() const { return data_.size(); }

 private:
  std::uint64_t number(std::size_t size) {
    const auto taken = bytes(size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) value |= std::uint64_t{taken[i]} << (8 * i);
    return value;
  }

  std::span<const std::uint8_t> data_;
  bool ok_ = true;
};

// --- frames ------------------------------------------------------------------------------------

struct Frame {
  enum class State : std::uint8_t { complete, partial, malformed };
  State state = State::partial;
  Type type = Type::hello;
  std::span<const std::uint8_t> body;
  std::size_t size = 0;  // of the whole frame, prefix included; known once the prefix is there
};

// Looks for one frame at the front of `data`. A length of 0, or one beyond what its type may
// have, is malformed at once: nobody waits for 4 GB.
inline Frame next_frame(std::span<const std::uint8_t> data) {
  Frame frame;
  if (data.size() < length_size) return frame;
  const std::size_t length = Reader(data).u32();
  frame.size = length_size + length;
  if (length == 0 || length > max_frame) frame.state = Frame::State::malformed;
  if (frame.state != Frame::State::partial || data.size() == length_size) return frame;
  frame.type = static_cast<Type>(data[length_size]);
  const bool may_be_big = frame.type == Type::transfer || frame.type == Type::result;
  if (!may_be_big && frame.size > max_small_frame) frame.state = Frame::State::malformed;
  if (frame.state != Frame::State::partial || data.size() < frame.size) return frame;
  frame.state = Frame::State::complete;
  frame.body = data.subspan(length_size + 1, length - 1);
  return frame;
}

// --- bodies ------------------------------------------------------------------------------------

struct Hello {
  std::uint32_t magic = socket::magic;
  std::uint16_t version = socket::version;
  std::uint8_t roles = 0;
  std::string_view name;
};
inline void encode(Writer& out, const Hello& hello) {
  out.u32(hello.magic).u16(hello.version).u8(hello.roles).text(hello.name);
}
// Only magic and version are fixed for all versions to come: the rest is read if they are ours.
inline bool decode(Reader in, Hello& hello) {
  hello.magic = in.u32();
  hello.version = in.u16();
  if (!in.ok()) return false;
  if (hello.magic != magic || hello.version != version) return true;
  hello.roles = in.u8();
  hello.name = in.text();
  return in.at_end();
}

struct Welcome {
  std::uint16_t version = socket::version;
  std::uint32_t speed_hz = 0;
  std::string_view name;
};
inline void encode(Writer& out, const Welcome& welcome) {
  out.u16(welcome.version).u32(welcome.speed_hz).text(welcome.name);
}
inline bool decode(Reader in, Welcome& welcome) {
  welcome = {in.u16(), in.u32(), in.text()};
  return in.at_end();
}

struct Refused {
  std::uint16_t version = socket::version;
  std::uint16_t error = 0;  // errno
  std::string_view reason;
};
inline void encode(Writer& out, const Refused& refused) {
  out.u16(refused.version).u16(refused.error).text(refused.reason);
}
inline bool decode(Reader in, Refused& refused) {
  refused = {in.u16(), in.u16(), in.text()};
  return in.at_end();
}

// The messages of a transfer. After decode() the data of writes points into the frame, and that of
// reads is null: the server gives it room.
struct Transfer {
  std::uint32_t tag = 0;
  std::uint8_t count = 0;
  Message messages[max_messages];
  std::size_t read_bytes = 0;  // filled by decode: how much the result may hold

  std::span<Message> all() { return {messages, count}; }
};
inline bool decode(Reader in, Transfer& transfer) {
  transfer.tag = in.u32();
  transfer.count = in.u8();
  if (!in.ok() || transfer.count == 0 || transfer.count > max_messages) return false;
  transfer.read_bytes = 0;
  for (Message& message : transfer.all()) {
    message = {in.u16(), in.u16(), in.u16(), nullptr};
    if (!in.ok() || message.length > max_message_length) return false;
    if (message.is_read()) {
      transfer.read_bytes += message.length;
    } else {
      message.data = const_cast<std::uint8_t*>(in.bytes(message.length).data());
    }
  }
  return in.at_end();
}
inline void encode(Writer& out, std::uint32_t tag, std::span<const Message> messages) {
  out.u32(tag).u8(static_cast<std::uint8_t>(messages.size()));
  for (const Message& message : messages) {
    out.u16(message.address).u16(message.flags).u16(message.length);
    if (!message.is_read()) out.bytes({message.data, message.length});
  }
}

// The fixed part of a result; `data_size` bytes follow: every read's bytes, in order. On an error
// there are none. Fewer than asked for on success means: the rest was never read (skip_read).
struct Result {
  std::uint32_t tag = 0;
  TransferInfo info;
  std::uint32_t error = 0;  // 0 or errno
  std::uint32_t data_size = 0;
};
inline constexpr std::size_t result_head_size = length_size + 1 + 4 + 8 + 4 + 8 + 8 + 4;
inline void encode(Writer& out, const Result& result) {
  out.u32(result.tag).u64(result.info.id).u32(result.error);
  out.u64(result.info.start_ns).u64(result.info.end_ns).u32(result.data_size);
}
// Reads the head; the data is what is left in the reader.
inline bool decode(Reader& in, Result& result) {
  result.tag = in.u32();
  result.info.id = in.u64();
  result.error = in.u32();
  result.info.start_ns = in.u64();
  result.info.end_ns = in.u64();
  result.data_size = in.u32();
  return in.ok();
}

struct Done {
  std::uint32_t tag = 0;
  std::uint32_t error = 0;  // 0 or errno
  std::string_view text;
};
inline void encode(Writer& out, const Done& done) {
  out.u32(done.tag).u32(done.error).text(done.text);
}
inline bool decode(Reader in, Done& done) {
  done = {in.u32(), in.u32(), in.text()};
  return in.at_end();
}

struct Control {
  std::uint32_t tag = 0;
  FaultRequest request;
};
inline void encode(Writer& out, const Control& control) {
  const FaultRequest& request = control.request;
  out.u32(control.tag).u8(static_cast<std::uint8_t>(request.fault)).u8(request.on ? 1 : 0);
  out.u16(request.address).u32(request.skip).u32(request.value);
}
inline bool decode(Reader in, Control& control) {
  control.tag = in.u32();
  const std::uint8_t fault = in.u8();
  control.request = {static_cast<Fault>(fault), in.u8() != 0, in.u16(), in.u32(), in.u32()};
  return in.at_end() && fault <= static_cast<std::uint8_t>(Fault::last);
}

struct Answer {
  std::uint32_t sequence = 0;
  std::uint8_t value = 0;        // ACK or the byte
  std::uint32_t stretch_ns = 0;  // SCL is held low that long afterwards (for a read: before it)
};
inline void encode(Writer& out, const Answer& answer) {
  out.u32(answer.sequence).u8(answer.value).u32(answer.stretch_ns);
}
inline bool decode(Reader in, Answer& answer) {
  answer = {in.u32(), in.u8(), in.u32()};
  return in.at_end();
}

struct Event {
  std::uint32_t sequence = 0;  // counts every event sent to this target
  TargetEvent kind = TargetEvent::stop;
  std::uint8_t value = 0;
  std::uint64_t time_ns = 0;
};
inline void encode(Writer& out, const Event& event) {
  out.u32(event.sequence).u8(static_cast<std::uint8_t>(event.kind)).u8(event.value);
  out.u64(event.time_ns);
}
inline bool decode(Reader in, Event& event) {
  event = {in.u32(), static_cast<TargetEvent>(in.u8()), in.u8(), in.u64()};
  return in.at_end();
}

struct Step {
  std::uint32_t tag = 0;
  StepKind kind = StepKind::seize;
  std::uint8_t value = 0;
  // What targets on the controller's own wires say, which the bus does not see. start and write: 1,
  // they acknowledge. read_ack: the byte that came about, a 0 wherever they pulled SDA low.
  std::uint8_t wires = 0;
  std::uint32_t pause_ns = 0;  // before it the controller held SCL that long beyond its low time
};
inline void encode(Writer& out, const Step& step) {
  out.u32(step.tag).u8(static_cast<std::uint8_t>(step.kind)).u8(step.value);
  out.u8(step.wires).u32(step.pause_ns);
}
inline bool decode(Reader in, Step& step) {
  step = {in.u32(), static_cast<StepKind>(in.u8()), in.u8(), in.u8(), in.u32()};
  return in.at_end() && step.kind >= StepKind::seize && step.kind <= StepKind::last;
}

struct Stepped {
  std::uint32_t tag = 0;
  std::uint32_t error = 0;       // 0, or errno: then the bus is not ours any more
  std::uint8_t value = 0;        // ACK or the byte
  std::uint32_t stretch_ns = 0;  // for which targets held SCL in this step; saturates
  std::uint64_t time_ns = 0;     // after it
};
inline void encode(Writer& out, const Stepped& stepped) {
  out.u32(stepped.tag).u32(stepped.error).u8(stepped.value);
  out.u32(stepped.stretch_ns).u64(stepped.time_ns);
}
inline bool decode(Reader in, Stepped& stepped) {
  stepped = {in.u32(), in.u32(), in.u8(), in.u32(), in.u64()};
  return in.at_end();
}

struct Noted {
  std::uint64_t time_ns = 0;
  std::uint8_t address = 0;
  std::string_view text;
};
inline void encode(Writer& out, const Noted& noted) {
  out.u64(noted.time_ns).u8(noted.address).text(noted.text);
}
inline bool decode(Reader in, Noted& noted) {
  noted = {in.u64(), in.u8(), in.text()};
  return in.at_end();
}

struct Wire {
  std::uint64_t id = 0;
  std::uint8_t flags = 0;   // WireFrameFlag
  std::uint32_t error = 0;  // of the whole transfer; valid in the last frame
  std::uint8_t count = 0;
  WireEvent events[max_events_per_frame];
};
inline void encode(Writer& out, const WireEvent& event) {
  out.u64(event.time_ns).u8(static_cast<std::uint8_t>(event.kind)).u8(event.byte);
  out.u8(event.flags).u8(event.flipped).u32(event.duration_ns);
}
inline void encode(Writer& out, std::uint64_t id, std::uint8_t flags, std::uint32_t error,
                   std::span<const WireEvent> events) {
  out.u64(id).u8(flags).u32(error).u8(static_cast<std::uint8_t>(events.size()));
  for (const WireEvent& event : events) encode(out, event);
}
inline bool decode(Reader in, Wire& wire) {
  wire.id = in.u64();
  wire.flags = in.u8();
  wire.error = in.u32();
  wire.count = in.u8();
  if (!in.ok() || wire.count > max_events_per_frame) return false;
  for (WireEvent& event : std::span(wire.events).first(wire.count)) {
    event.time_ns = in.u64();
    event.kind = static_cast<WireKind>(in.u8());
    event.byte = in.u8();
    event.flags = in.u8();
    event.flipped = in.u8();
    event.duration_ns = in.u32();
  }
  return in.at_end();
}

inline void encode(Writer& out, std::uint32_t tag, const Report& report,
                   std::span<const DeviceRow> rows) {
  out.u32(tag).u32(report.speed_hz).u64(report.time_ns).u64(report.transfers);
  out.u64(report.wire_bytes).u64(report.nacks).u64(report.faults_applied);
  out.u64(report.faults_missed).u32(report.faults_pending).u8(report.lines);
  out.u8(static_cast<std::uint8_t>(rows.size()));
  for (const DeviceRow& row : rows) {
    out.u8(row.index).u8(row.address).u8(static_cast<std::uint8_t>(row.state)).text(row.name);
  }
}
inline bool decode(Reader in, std::uint32_t& tag, Report& report, std::span<DeviceRow> rows) {
  tag = in.u32();
  report = {in.u32(), in.u64(), in.u64(), in.u64(), in.u64(),
            in.u64(), in.u64(), in.u32(), in.u8(),  in.u8()};
  if (!in.ok() || report.rows > max_rows) return false;
  for (std::size_t i = 0; i < report.rows; ++i) {
    DeviceRow row{in.u8(), in.u8(), static_cast<DeviceState>(in.u8()), {}};
    const std::string_view name = in.text();
    if (!in.ok() || name.size() >= sizeof row.name) return false;
    std::memcpy(row.name, name.data(), name.size());
    if (i < rows.size()) rows[i] = row;
  }
  return in.at_end();
}

}  // namespace picoctl::socket
