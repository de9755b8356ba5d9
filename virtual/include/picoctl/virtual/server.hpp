// Serves a Bus over a Unix socket to several clients at once: controllers, external targets,
// observers, fault injectors. The format is picoctl/socket/format.hpp.
//
// One poll() loop in one thread. Transfers are done one at a time, taken in turn from the clients
// that wait. A client that breaks the format, says nothing useful for too long or does not read
// what it is sent is told so where possible and closed; nobody else notices.
//
//     Bus bus; BusServer server(bus, {}); SignalStop stop;
//     if (auto failure = server.listen(path)) { ... failure.text ... }
//     server.run(stop.fd());
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "picoctl/virtual/bus.hpp"

namespace picoctl::socket {
struct Step;
struct Stepped;
}  // namespace picoctl::socket

namespace picoctl::sim {

struct ServerOptions {
  std::string name = "picoctl virtual bus";
  unsigned mode = 0600;  // of the socket file
  std::size_t max_clients = 64;
  std::size_t max_backlog = 1 << 20;  // bytes that wait for a client that is slow to read
  std::chrono::milliseconds greeting_timeout{2000};  // from connection to hello
  std::chrono::milliseconds stall_timeout{2000};     // half a message, or an unread answer
  // For an external target's answer. Generous: a busy machine may not run the target's process for a second.
  std::chrono::milliseconds target_timeout{10'000};
  // A controller that has the bus byte by byte: from step to step, and in all.
  std::chrono::milliseconds step_timeout{1000};
  std::chrono::milliseconds hold_timeout{4000};
  // Whether the bus's clock follows real time while it rests. Off: only transfers take time.
  bool real_time = true;
};

enum class ListenError : std::uint8_t {
  none,
  path_too_long,  // a socket's path has at most 107 bytes
  in_use,         // somebody answers there
  not_a_socket,   // a file of another kind is there; it is left alone
  no_directory,   // the directory is missing
  not_permitted,  // it cannot be written to
  other,          // see `number`
};

struct ListenFailure {
  ListenError error = ListenError::none;
  int number = 0;    // errno
  std::string text;  // what happened, the likely cause, what to do
  explicit operator bool() const { return error != ListenError::none; }
};

class BusServer {
 public:
  explicit BusServer(Bus& bus, ServerOptions options = {});
  ~BusServer();
  BusServer(const BusServer&) = delete;
  BusServer& operator=(const BusServer&) = delete;

  // A socket file that nobody listens on is replaced; any other file is not touched.
  [[nodiscard]] ListenFailure listen(const std::string& path);
  // Serves until stop_fd becomes readable (it is not read), then shuts down. 0 or errno of poll().
  int run(int stop_fd);
  // One round: waits up to `timeout` for something to do, does it. extra_fd: wakes the wait too.
  // Returns whether extra_fd is readable.
  bool step(std::chrono::milliseconds timeout, int extra_fd = -1);
  // Closes every client and the socket and removes its file. Harmless twice.
  void shutdown();

  [[nodiscard]] std::size_t clients() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  class Client;
  class RemoteTarget;
  class Observers;
  struct Hold;
  using Clock = std::chrono::steady_clock;

  ListenFailure bind_and_listen(const std::string& path);
  void accept_all();
  void serve_in_turn();
  void serve(Client& client);
  void greet(Client& client, std::span<const std::uint8_t> body);
  void transfer(Client& client, std::span<const std::uint8_t> body);
  void attach(Client& client, std::span<const std::uint8_t> body);
  void control(Client& client, std::span<const std::uint8_t> body);
  void step(Client& client, std::span<const std::uint8_t> body);
  void go_on(const socket::Step& step, socket::Stepped& answer);
  void end_overdue_hold();
  [[nodiscard]] bool may_be_served(const Client& client) const;
  void report(Client& client, std::uint32_t tag);
  void sweep();
  void follow_real_time();
  [[nodiscard]] std::chrono::milliseconds wait_time(std::chrono::milliseconds most) const;

  Bus& bus_;
  ServerOptions options_;
  std::string path_;
  int listener_ = -1;
  Clock::time_point opened_;          // real time 0 of the bus's clock
  Clock::time_point accept_again_{};  // later than now while descriptors are short
  std::vector<std::unique_ptr<Client>> clients_;
  std::unique_ptr<Observers> observers_;
  std::unique_ptr<Hold> hold_;  // of one client, while the others' transfers wait
};

// SIGINT and SIGTERM as a readable descriptor, for run(). Blocks both signals in this thread:
// make one before other threads. SIGPIPE needs no care: the server never raises it.
class SignalStop {
 public:
  SignalStop();
  ~SignalStop();
  SignalStop(const SignalStop&) = delete;
  SignalStop& operator=(const SignalStop&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace picoctl::sim
