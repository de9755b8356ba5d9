// One connection of the bus server: its buffers, its roles, its patience. Private to the server.
#pragma once

#include <memory>

#include "picoctl/socket/codec.hpp"
#include "picoctl/virtual/server.hpp"

namespace picoctl::sim {

class BusServer::Client {
 public:
  Client(int fd, const ServerOptions& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool closed() const { return closed_; }
  // It will say nothing more, though what it said before may still wait.
  [[nodiscard]] bool ended() const { return eof_; }
  [[nodiscard]] bool greeted() const { return roles != 0; }
  [[nodiscard]] bool may(std::uint8_t role) const { return (roles & role) != 0; }

  // What poll() should wait for on it.
  [[nodiscard]] short wants() const;
  // Takes in what has come, at most one read() of it.
  void receive();
  // The frame at `offset` of what has come; its body lives until the next receive() or drop().
  [[nodiscard]] socket::Frame frame_at(std::size_t offset = 0) const;
  void drop(std::size_t offset, std::size_t size);
  [[nodiscard]] bool has_work() const;

  void send(std::span<const std::uint8_t> frame);
  template <class Body>
  void send(socket::Type type, const Body& body) {
    std::uint8_t buffer[socket::max_small_frame];
    socket::Writer out(buffer, type);
    encode(out, body);
    send(out.end());
  }
  // Says why and closes as soon as that is sent.
  void refuse(int error, std::string_view reason);
  void flush();
  void close();

  // When it will have been too slow; max() if nothing is due from it.
  [[nodiscard]] Clock::time_point deadline() const;
  void expire(Clock::time_point now);

  std::uint8_t roles = 0;  // 0 until it has said hello
  std::unique_ptr<RemoteTarget> target;

 private:
  [[nodiscard]] std::span<const std::uint8_t> received() const;

  int fd_;
  const ServerOptions& options_;
  bool closed_ = false;
  bool refused_ = false;  // nothing more is read from it
  bool eof_ = false;
  std::vector<std::uint8_t> inbox_;
  std::size_t inbox_used_ = 0;
  std::vector<std::uint8_t> outbox_;
  std::size_t outbox_sent_ = 0;
  Clock::time_point born_ = Clock::now();
  Clock::time_point last_read_ = born_;   // the last byte came
  Clock::time_point last_write_ = born_;  // the last byte went, or had nothing before it
};

}  // namespace picoctl::sim
