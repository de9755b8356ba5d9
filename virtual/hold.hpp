// The bus in the hands of one client, byte by byte. Private to the server.
#pragma once

#include "picoctl/virtual/stepped.hpp"
#include "server_client.hpp"

namespace picoctl::sim {

struct BusServer::Hold {
  Hold(Bus& bus, Client& holder, const BusDevice* own, const ServerOptions& options)
      : client(holder), transaction(bus, own), end(Clock::now() + options.hold_timeout) {
    stepped(options);
  }
  void stepped(const ServerOptions& options) {
    due = std::min(end, Clock::now() + options.step_timeout);
  }

  Client& client;
  SteppedTransaction transaction;
  Clock::time_point end;  // of its patience with all of it,
  Clock::time_point due;  // and with the next step
};

}  // namespace picoctl::sim
