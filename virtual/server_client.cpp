#include "server_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "remote_target.hpp"

namespace picoctl::sim {
namespace {

constexpr std::size_t small_read = socket::max_small_frame;

}  // namespace

BusServer::Client::Client(int fd, const ServerOptions& options)
    : fd_(fd), options_(options), inbox_(small_read) {}

BusServer::Client::~Client() { close(); }

void BusServer::Client::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  closed_ = true;
}

std::span<const std::uint8_t> BusServer::Client::received() const {
  return std::span(inbox_).first(inbox_used_);
}

socket::Frame BusServer::Client::frame_at(std::size_t offset) const {
  return socket::next_frame(received().subspan(offset));
}

bool BusServer::Client::has_work() const {
  return !closed_ && !refused_ && outbox_.empty() &&
         frame_at().state != socket::Frame::State::partial;
}

short BusServer::Client::wants() const {
  short events = 0;
  const bool waiting = frame_at().state != socket::Frame::State::partial;
  if (!eof_ && !refused_ && !waiting) events |= POLLIN;
  if (!outbox_.empty()) events |= POLLOUT;
  return events;
}

void BusServer::Client::receive() {
  // Room for the frame that is coming, if its size is lawful; one that is not waits to be refused.
  const socket::Frame coming = frame_at();
  const bool lawful = coming.state != socket::Frame::State::malformed;
  const std::size_t needed = std::max(lawful ? coming.size : 0, inbox_used_ + small_read / 2);
  if (inbox_.size() < needed) inbox_.resize(needed);
  const ssize_t got =
      ::recv(fd_, inbox_.data() + inbox_used_, inbox_.size() - inbox_used_, MSG_DONTWAIT);
  if (got > 0) {
    inbox_used_ += static_cast<std::size_t>(got);
    last_read_ = Clock::now();
  } else if (got == 0) {
    eof_ = true;
  } else if (errno != EAGAIN && errno != EINTR) {
    close();
  }
  // Only a target that is asked something and talks of everything else gets this far.
  if (inbox_used_ > socket::max_frame + small_read) close();
}

void BusServer::Client::drop(std::size_t offset, std::size_t size) {
  const auto begin = inbox_.begin() + static_cast<std::ptrdiff_t>(offset);
  const auto end = inbox_.begin() + static_cast<std::ptrdiff_t>(inbox_used_);
  std::copy(begin + static_cast<std::ptrdiff_t>(size), end, begin);
  inbox_used_ -= size;
  last_read_ = Clock::now();
}

void BusServer::Client::send(std::span<const std::uint8_t> frame) {
  if (closed_ || frame.empty()) return;
  if (outbox_.empty()) last_write_ = Clock::now();
  outbox_.insert(outbox_.end(), frame.begin(), frame.end());
  flush();
  if (outbox_.size() - outbox_sent_ > options_.max_backlog) close();
}

void BusServer::Client::flush() {
  while (!closed_ && outbox_sent_ < outbox_.size()) {
    const ssize_t sent = ::send(fd_, outbox_.data() + outbox_sent_, outbox_.size() - outbox_sent_,
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return close();
    outbox_sent_ += static_cast<std::size_t>(sent);
    last_write_ = Clock::now();
  }
  outbox_.clear();
  outbox_sent_ = 0;
  if (refused_) close();
}

void BusServer::Client::refuse(int error, std::string_view reason) {
  if (refused_) return;
  refused_ = true;
  send(socket::Type::refused,
       socket::Refused{.error = static_cast<std::uint16_t>(error), .reason = reason});
}

BusServer::Clock::time_point BusServer::Client::deadline() const {
  auto earliest = Clock::time_point::max();
  if (!greeted()) earliest = born_ + options_.greeting_timeout;
  const bool half_a_frame = inbox_used_ > 0 && frame_at().state == socket::Frame::State::partial;
  if (half_a_frame) earliest = std::min(earliest, last_read_ + options_.stall_timeout);
  if (!outbox_.empty()) earliest = std::min(earliest, last_write_ + options_.stall_timeout);
  return earliest;
}

void BusServer::Client::expire(Clock::time_point now) {
  const bool finished =
      eof_ && outbox_.empty() && frame_at().state == socket::Frame::State::partial;
  if (finished) close();
  if (closed_ || deadline() > now) return;
  if (!outbox_.empty()) return close();  // it does not read: words are lost on it
  refuse(ETIMEDOUT, greeted() ? "half a message, and then nothing" : "no hello in time");
}

}  // namespace picoctl::sim
