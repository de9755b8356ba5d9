#include "picoctl/virtual/server.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "hold.hpp"
#include "observers.hpp"
#include "remote_target.hpp"

namespace picoctl::sim {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

BusServer::BusServer(Bus& bus, ServerOptions options)
    : bus_(bus),
      options_(std::move(options)),
      // The bus may have lived before: its clock goes on from where it stands.
      opened_(Clock::now() - nanoseconds(bus.now_ns())),
      observers_(std::make_unique<Observers>(clients_)) {
  bus_.add_sink(*observers_);
}

BusServer::~BusServer() {
  shutdown();
  bus_.remove_sink(*observers_);
}

void BusServer::shutdown() {
  hold_.reset();
  for (const auto& client : clients_) {
    if (client->target) bus_.detach(*client->target);
  }
  clients_.clear();
  if (listener_ < 0) return;
  ::unlink(path_.c_str());
  ::unlink((path_ + ".lock").c_str());  // by which controllers take turns
  ::close(listener_);
  listener_ = -1;
  path_.clear();
}

std::size_t BusServer::clients() const { return clients_.size(); }

int BusServer::run(int stop_fd) {
  while (!step(milliseconds(1000), stop_fd)) {
  }
  shutdown();
  return 0;
}

bool BusServer::step(milliseconds timeout, int extra_fd) {
  std::vector<pollfd> polled;
  polled.push_back({extra_fd, POLLIN, 0});  // a negative descriptor is left out by poll()
  const bool accepting = accept_again_ <= Clock::now();
  polled.push_back({accepting ? listener_ : -1, POLLIN, 0});
  for (const auto& client : clients_) {
    // One that waits for its turn and has hung up meanwhile would wake us all the time.
    const bool idle = client->ended() && client->wants() == 0;
    polled.push_back({idle ? -1 : client->fd(), client->wants(), 0});
  }
  const int ready =
      ::poll(polled.data(), polled.size(), static_cast<int>(wait_time(timeout).count()));
  follow_real_time();
  for (std::size_t i = 0; ready > 0 && i < clients_.size(); ++i) {
    const short events = polled[i + 2].revents;
    if ((events & POLLOUT) != 0) clients_[i]->flush();
    const bool readable = (events & (POLLIN | POLLHUP | POLLERR)) != 0;
    if (readable && !clients_[i]->closed()) clients_[i]->receive();
  }
  if ((polled[1].revents & POLLIN) != 0) accept_all();
  serve_in_turn();
  sweep();
  return (polled[0].revents & POLLIN) != 0;
}

milliseconds BusServer::wait_time(milliseconds most) const {
  auto until = Clock::now() + most;
  for (const auto& client : clients_) {
    if (may_be_served(*client)) return milliseconds(0);
    until = std::min(until, client->deadline());
  }
  if (accept_again_ > Clock::now()) until = std::min(until, accept_again_);
  const std::uint64_t wake = bus_.wake_at_ns();
  if (hold_) until = std::min(until, hold_->due);
  if (options_.real_time && !hold_ && wake < static_cast<std::uint64_t>(INT64_MAX)) {
    until = std::min(until, opened_ + nanoseconds(wake));
  }
  const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
  return std::clamp(left, milliseconds(0), most);
}

void BusServer::follow_real_time() {
  if (!options_.real_time || hold_) return;  // within a transaction its bits are the time
  const auto passed = std::chrono::duration_cast<nanoseconds>(Clock::now() - opened_);
  bus_.idle_until(static_cast<std::uint64_t>(passed.count()));
}

void BusServer::accept_all() {
  for (std::size_t i = 0; i < options_.max_clients; ++i) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
      // Out of descriptors: the connection stays in the queue, so poll() would spin.
      const bool short_of_them = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
      if (short_of_them) accept_again_ = Clock::now() + milliseconds(100);
      return;
    }
    auto client = std::make_unique<Client>(fd, options_);
    if (clients_.size() >= options_.max_clients) {
      client->refuse(EUSERS, "this bus has as many clients as it can take; end one and try again");
      continue;
    }
    clients_.push_back(std::move(client));
  }
}

// One message of each client that has one: whoever sends many waits for everybody between them.
void BusServer::serve_in_turn() {
  for (const auto& client : clients_) {
    if (may_be_served(*client)) serve(*client);
  }
}

void BusServer::sweep() {
  const auto now = Clock::now();
  for (const auto& client : clients_) {
    client->expire(now);
  }
  end_overdue_hold();
  for (const auto& client : clients_) {
    if (client->closed() && client->target) bus_.detach(*client->target);
  }
  std::erase_if(clients_, [](const auto& client) { return client->closed(); });
}

SignalStop::SignalStop() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  fd_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

SignalStop::~SignalStop() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace picoctl::sim
