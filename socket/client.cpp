#include "picoctl/socket/client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace picoctl::socket {
namespace {

// A transfer ready for sendmsg: its headers, and the callers' own buffers between them.
class Gathered {
 public:
  Gathered(std::span<const Message> messages, std::uint32_t tag) {
    Writer out(headers_, Type::transfer);
    out.u32(tag).u8(static_cast<std::uint8_t>(messages.size()));
    std::size_t begun = 0;
    std::size_t data = 0;
    for (const Message& message : messages) {
      out.u16(message.address).u16(message.flags).u16(message.length);
      if (message.is_read() || message.length == 0) continue;
      add(headers_ + begun, out.used() - begun);
      add(message.data, message.length);
      begun = out.used();
      data += message.length;
    }
    if (out.used() > begun) add(headers_ + begun, out.used() - begun);
    out.end(data);
  }

  // The rest to send, after `sent` more bytes have gone. False: all has gone.
  bool advance(std::size_t sent) {
    while (first_ < count_ && sent >= parts_[first_].iov_len) sent -= parts_[first_++].iov_len;
    if (first_ == count_) return false;
    parts_[first_].iov_base = static_cast<std::uint8_t*>(parts_[first_].iov_base) + sent;
    parts_[first_].iov_len -= sent;
    return true;
  }
  msghdr message() {
    msghdr header{};
    header.msg_iov = parts_ + first_;
    header.msg_iovlen = count_ - first_;
    return header;
  }

 private:
  void add(std::uint8_t* data, std::size_t size) { parts_[count_++] = {data, size}; }

  std::uint8_t headers_[length_size + 6 + max_messages * 6];
  iovec parts_[2 * max_messages + 1];
  std::size_t count_ = 0;
  std::size_t first_ = 0;
};

int set_timeouts(int fd, int timeout_ms) {
  const timeval limit{timeout_ms / 1000, timeout_ms % 1000 * 1000L};
  const bool ok = ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
                  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
  return ok ? 0 : errno;
}

bool lawful(std::span<const Message> messages) {
  if (messages.empty() || messages.size() > max_messages) return false;
  for (const Message& message : messages) {
    if (message.length > max_message_length) return false;
  }
  return true;
}

std::size_t read_size(std::span<const Message> messages) {
  std::size_t size = 0;
  for (const Message& message : messages) size += message.is_read() ? message.length : 0;
  return size;
}

}  // namespace

Client::Client(Client&& other) noexcept { *this = std::move(other); }

Client& Client::operator=(Client&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  owns_ = other.owns_;
  speed_hz_ = other.speed_hz_;
  tag_ = other.tag_;
  timeout_ms_ = other.timeout_ms_;
  held_ = other.held_;
  taken_ = other.taken_;
  std::memcpy(refusal_, other.refusal_, sizeof refusal_);
  std::memcpy(buffer_, other.buffer_, held_);
  return *this;
}

void Client::adopt(int fd, int timeout_ms) {
  close();
  fd_ = fd;
  owns_ = false;
  timeout_ms_ = timeout_ms;
}

int Client::release() { return std::exchange(fd_, -1); }

void Client::close() {
  if (fd_ >= 0 && owns_) ::close(fd_);
  fd_ = -1;
  owns_ = true;
  held_ = taken_ = 0;
}

// The connection cannot be used any more.
int Client::fail(int error) {
  close();
  return error;
}

int Client::connect(std::string_view path, std::uint8_t roles, std::string_view name,
                    int timeout_ms) {
  close();
  refusal_[0] = 0;
  timeout_ms_ = timeout_ms;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  std::memcpy(address.sun_path, path.data(), path.size());
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return errno;
  if (const int error = set_timeouts(fd_, timeout_ms); error != 0) return fail(error);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(errno == EAGAIN ? ETIMEDOUT : errno);
  }
  return greet(roles, name);
}

int Client::greet(std::uint8_t roles, std::string_view name) {
  std::uint8_t frame[length_size + 1 + 8 + max_text];
  Writer out(frame, Type::hello);
  encode(out, Hello{.roles = roles, .name = name});
  if (const int error = say(out.end()); error != 0) return error;
  Frame answer;
  if (const int error = expect(Type::welcome, answer); error != 0) return error;
  Welcome welcome;
  if (!decode(Reader(answer.body), welcome)) return fail(EPROTO);
  speed_hz_ = welcome.speed_hz;
  return 0;
}

// After an EAGAIN: whether the descriptor is non-blocking (an adopted one may have been made so)
// and has become ready. Otherwise the EAGAIN was the timeout.
bool Client::wait_again(short events) const {
  const int flags = ::fcntl(fd_, F_GETFL);
  pollfd waiting{fd_, events, 0};
  return flags >= 0 && (flags & O_NONBLOCK) != 0 && ::poll(&waiting, 1, timeout_ms_) > 0;
}

// A send that failed. The server may have said why before it hung up.
int Client::unsent(int error) {
  if (error == EAGAIN) return fail(ETIMEDOUT);
  Frame frame;
  const bool heard = read_frame(frame, timeout_ms_) == 0 && frame.type == Type::refused;
  return heard ? take_refusal(frame) : fail(error);
}

int Client::say(std::span<const std::uint8_t> frame) {
  if (fd_ < 0) return ENOTCONN;
  if (frame.empty()) return EINVAL;
  while (!frame.empty()) {
    const ssize_t sent = ::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EINTR || (errno == EAGAIN && wait_again(POLLOUT)))) continue;
    if (sent < 0) return unsent(errno);
    frame = frame.subspan(static_cast<std::size_t>(sent));
  }
  return 0;
}

// One recv() of what there is, waiting for at least a byte.
int Client::receive(std::span<std::uint8_t> into, std::size_t& got) {
  for (;;) {
    const ssize_t size = ::recv(fd_, into.data(), into.size(), 0);
    if (size < 0 && (errno == EINTR || (errno == EAGAIN && wait_again(POLLIN)))) continue;
    if (size < 0) return fail(errno == EAGAIN ? ETIMEDOUT : errno);
    if (size == 0) return fail(ECONNRESET);
    got = static_cast<std::size_t>(size);
    return 0;
  }
}

// The next small frame. EAGAIN: none has begun to come within timeout_ms.
int Client::read_frame(Frame& frame, int timeout_ms) {
  if (fd_ < 0) return ENOTCONN;
  held_ -= taken_;
  std::memmove(buffer_, buffer_ + taken_, held_);
  taken_ = 0;
  for (;;) {
    frame = next_frame(std::span(buffer_).first(held_));
    if (frame.state == Frame::State::malformed) return fail(EPROTO);
    if (frame.state == Frame::State::complete) {
      taken_ = frame.size;
      return 0;
    }
    if (frame.size > sizeof buffer_) return fail(EPROTO);
    pollfd waiting{fd_, POLLIN, 0};
    const int ready = timeout_ms == timeout_ms_ ? 1 : ::poll(&waiting, 1, timeout_ms);
    if (ready == 0 && held_ == 0) return EAGAIN;
    if (ready < 0 && errno == EINTR) return EAGAIN;
    std::size_t got = 0;
    if (const int error = receive(std::span(buffer_).subspan(held_), got); error != 0) return error;
    held_ += got;
  }
}

int Client::take_refusal(const Frame& frame) {
  Refused refused;
  const bool ok = decode(Reader(frame.body), refused);
  if (ok) {
    std::memcpy(refusal_, refused.reason.data(), refused.reason.size());
    refusal_[refused.reason.size()] = 0;
  }
  return fail(ok && refused.error != 0 ? refused.error : EPROTO);
}

int Client::expect(Type type, Frame& frame) {
  if (const int error = read_frame(frame, timeout_ms_); error != 0) return error;
  if (frame.type == Type::refused) return take_refusal(frame);
  return frame.type == type ? 0 : fail(EPROTO);
}

int Client::expect_done(std::uint32_t tag) {
  Frame frame;
  if (const int error = expect(Type::done, frame); error != 0) return error;
  Done done;
  if (!decode(Reader(frame.body), done) || done.tag != tag) return fail(EPROTO);
  return static_cast<int>(done.error);
}

int Client::transfer(std::span<const Message> messages, TransferInfo* info) {
  if (fd_ < 0) return ENOTCONN;
  if (!lawful(messages)) return EINVAL;
  Gathered gathered(messages, ++tag_);
  for (std::size_t sent = 0; gathered.advance(sent);) {
    const msghdr header = gathered.message();
    const ssize_t size = ::sendmsg(fd_, &header, MSG_NOSIGNAL);
    const bool again = size < 0 && (errno == EINTR || (errno == EAGAIN && wait_again(POLLOUT)));
    if (size < 0 && !again) return unsent(errno);
    sent = size < 0 ? 0 : static_cast<std::size_t>(size);
  }
  return read_result(messages, tag_, info);
}

// A result can be larger than our buffer: its data goes straight to where it belongs.
int Client::read_result(std::span<const Message> messages, std::uint32_t tag, TransferInfo* info) {
  held_ = taken_ = 0;  // whatever an observer's messages would have left: not on this connection
  Frame frame;
  while (held_ < result_head_size && frame.state != Frame::State::complete) {
    std::size_t got = 0;
    if (const int error = receive(std::span(buffer_).subspan(held_), got); error != 0) return error;
    held_ += got;
    frame = next_frame(std::span(buffer_).first(held_));
    if (frame.state == Frame::State::malformed) return fail(EPROTO);
  }
  if (frame.type == Type::refused && frame.state == Frame::State::complete) {
    return take_refusal(frame);
  }
  Result result;
  const std::span<const std::uint8_t> received(buffer_, held_);
  Reader in(received.subspan(length_size + 1));
  if (frame.type != Type::result || !decode(in, result) || result.tag != tag) return fail(EPROTO);
  const bool lawful_size = result.data_size == 0 || result.data_size == read_size(messages);
  if (!lawful_size || frame.size != result_head_size + result.data_size) return fail(EPROTO);
  if (held_ > frame.size) return fail(EPROTO);
  if (info != nullptr) *info = result.info;
  std::size_t at = result_head_size;
  for (const Message& message : messages) {
    if (!message.is_read() || result.data_size == 0) continue;
    const std::size_t here = std::min<std::size_t>(message.length, held_ - at);
    if (here > 0) std::memcpy(message.data, buffer_ + at, here);
    at += here;
    for (std::size_t have = here; have < message.length;) {
      std::size_t got = 0;
      const auto rest = std::span(message.data, message.length).subspan(have);
      if (const int error = receive(rest, got); error != 0) return error;
      have += got;
    }
  }
  held_ = 0;
  return static_cast<int>(result.error);
}

int Client::step(Step step, Stepped& stepped) {
  std::uint8_t frame[32];
  step.tag = ++tag_;
  Writer out(frame, Type::step);
  encode(out, step);
  if (const int error = say(out.end()); error != 0) return error;
  Frame answer;
  if (const int error = expect(Type::stepped, answer); error != 0) return error;
  if (!decode(Reader(answer.body), stepped) || stepped.tag != tag_) return fail(EPROTO);
  return static_cast<int>(stepped.error);
}

int Client::recover() {
  std::uint8_t frame[16];
  if (const int error = say(Writer(frame, Type::recover).u32(++tag_).end()); error != 0) {
    return error;
  }
  return expect_done(tag_);
}

int Client::control(const FaultRequest& request) {
  std::uint8_t frame[32];
  Writer out(frame, Type::control);
  encode(out, Control{++tag_, request});
  if (const int error = say(out.end()); error != 0) return error;
  return expect_done(tag_);
}

int Client::query(Report& report, std::span<DeviceRow> rows) {
  std::uint8_t frame[16];
  if (const int error = say(Writer(frame, Type::query).u32(++tag_).end()); error != 0) {
    return error;
  }
  Frame answer;
  if (const int error = expect(Type::report, answer); error != 0) return error;
  std::uint32_t tag = 0;
  return decode(Reader(answer.body), tag, report, rows) && tag == tag_ ? 0 : fail(EPROTO);
}

int Client::attach(std::span<const std::uint8_t> addresses) {
  std::uint8_t frame[length_size + 1 + 4 + 1 + 128];
  if (addresses.size() > 128) return EINVAL;
  Writer out(frame, Type::attach);
  out.u32(++tag_).u8(static_cast<std::uint8_t>(addresses.size())).bytes(addresses);
  if (const int error = say(out.end()); error != 0) return error;
  return expect_done(tag_);
}

int Client::answer(const Answer& answer) {
  std::uint8_t frame[16];
  Writer out(frame, Type::answer);
  encode(out, answer);
  return say(out.end());
}

int Client::note(std::uint8_t address, std::string_view text) {
  std::uint8_t frame[length_size + 1 + 2 + max_text];
  return say(Writer(frame, Type::note).u8(address).text(text).end());
}

int Client::next(Incoming& incoming, int timeout_ms) {
  Frame frame;
  if (const int error = read_frame(frame, timeout_ms); error != 0) return error;
  incoming.type = frame.type;
  switch (frame.type) {
    case Type::refused: return take_refusal(frame);
    case Type::wire:
      if (decode(Reader(frame.body), incoming.wire)) return 0;
      break;
    case Type::noted:
      if (decode(Reader(frame.body), incoming.noted)) return 0;
      break;
    case Type::event:
      if (decode(Reader(frame.body), incoming.event)) return 0;
      break;
    default: break;
  }
  return fail(EPROTO);
}

}  // namespace picoctl::socket
