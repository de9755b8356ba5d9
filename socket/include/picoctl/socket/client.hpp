// A small blocking client of the virtual bus: connect, transfer, control, observe, be a target.
//
// No exceptions, no heap; every call returns 0 or a positive errno. Nothing waits longer than the
// timeout given to connect(). A connection is for one role, or for controller | control: observers
// and targets are sent things at any time, and transfer() expects its result and nothing else.
// After an error of the connection itself (EPIPE, ECONNRESET, EPROTO, ETIMEDOUT with alive() ==
// false) connect again; errors of the bus leave it usable. Not thread-safe: one Client per thread,
// or a lock around it. Do not use one across fork().
#pragma once

#include "picoctl/socket/codec.hpp"

namespace picoctl::socket {

// One thing that the server sent by itself, to an observer or a target.
struct Incoming {
  Type type = Type::noted;
  Wire wire;    // type wire
  Noted noted;  // type noted; its text lives until the client's next call
  Event event;  // type event
};

class Client {
 public:
  Client() = default;
  ~Client() { close(); }
  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // ENAMETOOLONG: the path does not fit a socket address. ENOENT, ECONNREFUSED: no bus there.
  // EACCES: forbidden. EPROTONOSUPPORT: another version, see refusal(). EPROTO: not a bus.
  // ETIMEDOUT: it does not answer. EUSERS: it has too many clients.
  [[nodiscard]] int connect(std::string_view path, std::uint8_t roles, std::string_view name,
                            int timeout_ms = 5000);
  void close();
  // Talks on a greeted connection that belongs to somebody else, who closes it. connect() and
  // release() hand one out; after a failure the owner must not use it for transfers again.
  void adopt(int fd, int timeout_ms = 5000);
  [[nodiscard]] int release();
  [[nodiscard]] bool alive() const { return fd_ >= 0; }
  [[nodiscard]] int fd() const { return fd_; }  // for poll(); -1 when not connected
  [[nodiscard]] std::uint32_t speed_hz() const { return speed_hz_; }
  // The server's own words for the last refusal; empty if there was none.
  [[nodiscard]] const char* refusal() const { return refusal_; }

  // One I2C transaction: the messages joined by repeated STARTs, as I2C_RDWR does it.
  // 0, or EREMOTEIO: nobody acknowledged. ETIMEDOUT: a line is held low. EAGAIN: arbitration
  // lost. EBUSY: another controller has the bus. EOPNOTSUPP: this mix or flag is not possible on
  // this bus. EINVAL: 0 or more than 42 messages, or one beyond 8192 bytes. Read buffers are
  // touched only by a success (and by a connection that breaks amid a long answer). A success that
  // left them untouched is Fault::skip_read: zero them first if that matters. One sendmsg and, up
  // to 4 KB, one recv.
  [[nodiscard]] int transfer(std::span<const Message> messages, TransferInfo* info = nullptr);

  // With role_steps: one step of a transaction; its tag is filled in. What is returned is
  // `stepped.error`, or the connection's: a NACK is a value. EAGAIN: arbitration lost. ETIMEDOUT: a
  // line is held low, or the bus was taken away from whoever held it for too long. After an error
  // the bus is not ours. A seize waits for its turn, and for no longer than connect()'s timeout.
  [[nodiscard]] int step(Step step, Stepped& stepped);

  // Up to nine clock pulses until SDA is free, then STOP. ETIMEDOUT: it is still held low.
  [[nodiscard]] int recover();
  [[nodiscard]] int control(const FaultRequest& request);
  // Fills as many rows as there are; report.rows tells how many exist.
  [[nodiscard]] int query(Report& report, std::span<DeviceRow> rows);

  // As a target: be the device(s) at these addresses, from now on until the end.
  // EBUSY is not given: several devices may share an address, and their bits are wired-AND.
  [[nodiscard]] int attach(std::span<const std::uint8_t> addresses);
  [[nodiscard]] int answer(const Answer& answer);
  [[nodiscard]] int note(std::uint8_t address, std::string_view text);

  // The next wire, noted or event message. EAGAIN: nothing came within timeout_ms (-1:
  // no limit), or a signal came instead.
  [[nodiscard]] int next(Incoming& incoming, int timeout_ms);

 private:
  int fail(int error);
  int unsent(int error);
  bool wait_again(short events) const;
  int say(std::span<const std::uint8_t> frame);
  int receive(std::span<std::uint8_t> into, std::size_t& got);
  int read_frame(Frame& frame, int timeout_ms);
  int expect(Type type, Frame& frame);
  int expect_done(std::uint32_t tag);
  int greet(std::uint8_t roles, std::string_view name);
  int read_result(std::span<const Message> messages, std::uint32_t tag, TransferInfo* info);
  int take_refusal(const Frame& frame);

  int fd_ = -1;
  bool owns_ = true;
  std::uint32_t speed_hz_ = 0;
  std::uint32_t tag_ = 0;
  int timeout_ms_ = 5000;
  std::size_t held_ = 0;   // bytes in buffer_
  std::size_t taken_ = 0;  // of those, bytes of the frame handed out last
  char refusal_[max_text + 1] = {};
  std::uint8_t buffer_[max_small_frame] = {};
};

}  // namespace picoctl::socket
