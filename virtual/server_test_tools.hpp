// A bus server in a thread of its own, for tests.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "bus_test_tools.hpp"
#include "picoctl/socket/client.hpp"
#include "picoctl/virtual/devices.hpp"
#include "picoctl/virtual/server.hpp"

namespace picoctl::sim {

// A directory that goes away with everything in it that we know of.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/picoctl-test-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Folder() {
    ::unlink((path_ + "/bus").c_str());
    ::rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string socket() const { return path_ + "/bus"; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A connection that has said nothing yet.
inline int connect_raw(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const timeval limit{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

// Registers at 0x50 and a port at 0x20 on a bus that no real time touches.
class Served {
 public:
  explicit Served(ServerOptions options = {}, TraceSink* sink = nullptr) {
    options.real_time = false;
    if (sink != nullptr) bus_.add_sink(*sink);
    bus_.attach(registers_);
    bus_.attach(port_);
    server_ = std::make_unique<BusServer>(bus_, options);
    const ListenFailure failure = server_->listen(folder_.socket());
    EXPECT_FALSE(failure) << failure.text;
    thread_ = std::thread([this] { server_->run(stop_); });
  }
  ~Served() { stop(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  void stop() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
    ::close(stop_);
  }
  [[nodiscard]] std::string path() const { return folder_.socket(); }
  [[nodiscard]] const Folder& folder() const { return folder_; }

  socket::Client client(std::uint8_t roles = socket::role_controller) {
    socket::Client client;
    EXPECT_EQ(client.connect(path(), roles, "test"), 0) << client.refusal();
    return client;
  }
  int raw() { return connect_raw(path()); }

 private:
  Folder folder_;
  Bus bus_;
  RegisterFile registers_;
  Pcf8574 port_;
  std::unique_ptr<BusServer> server_;
  int stop_ = ::eventfd(0, EFD_CLOEXEC);
  std::thread thread_;
};

// Everything that still comes on a raw connection, until the server hangs up.
inline Bytes read_all(int fd) {
  Bytes all;
  std::uint8_t part[4096];
  for (ssize_t got = 0; (got = ::recv(fd, part, sizeof part, 0)) > 0;) {
    all.insert(all.end(), part, part + got);
  }
  return all;
}

inline void say(int fd, std::span<const std::uint8_t> bytes) {
  // The server may have hung up already; that is for the reading side to find out.
  [[maybe_unused]] const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

inline Bytes hello_frame(std::uint8_t roles, std::uint16_t version = socket::version) {
  std::uint8_t room[64];
  socket::Writer out(room, socket::Type::hello);
  encode(out, socket::Hello{.version = version, .roles = roles, .name = "raw"});
  const auto frame = out.end();
  return {frame.begin(), frame.end()};
}

}  // namespace picoctl::sim
