#include "observers.hpp"

#include <algorithm>

#include "remote_target.hpp"

namespace picoctl::sim {

void BusServer::Observers::begin(std::uint64_t /*id*/, std::uint64_t /*now_ns*/) {
  events_.clear();
  first_ = true;
  anybody_ = std::ranges::any_of(
      clients_, [](const auto& client) { return client->may(socket::role_observer); });
}

void BusServer::Observers::event(std::uint64_t id, const WireEvent& event) {
  if (!anybody_) return;
  if (events_.size() == socket::max_events_per_frame) send(id, 0, 0);
  events_.push_back(event);
}

void BusServer::Observers::end(const Outcome& outcome) {
  if (anybody_) send(outcome.id, socket::wire_last, outcome.error);
}

void BusServer::Observers::note(std::uint64_t now_ns, std::uint8_t address, std::string_view text) {
  std::uint8_t buffer[socket::max_small_frame];
  socket::Writer out(buffer, socket::Type::noted);
  encode(out, socket::Noted{now_ns, address, text});
  to_all(out.end());
}

void BusServer::Observers::send(std::uint64_t id, std::uint8_t flags, int error) {
  std::uint8_t buffer[socket::max_small_frame];
  socket::Writer out(buffer, socket::Type::wire);
  if (first_) flags |= socket::wire_first;
  encode(out, id, flags, static_cast<std::uint32_t>(error), events_);
  to_all(out.end());
  events_.clear();
  first_ = false;
}

void BusServer::Observers::to_all(std::span<const std::uint8_t> frame) {
  for (const auto& client : clients_) {
    if (client->may(socket::role_observer)) client->send(frame);
  }
}

}  // namespace picoctl::sim
