// Passes on what happens on the bus to every connected observer, a transfer's events together.
// Private to the server.
#pragma once

#include "server_client.hpp"

namespace picoctl::sim {

class BusServer::Observers final : public TraceSink {
 public:
  explicit Observers(const std::vector<std::unique_ptr<Client>>& clients) : clients_(clients) {}

  void begin(std::uint64_t id, std::uint64_t now_ns) override;
  void event(std::uint64_t id, const WireEvent& event) override;
  void end(const Outcome& outcome) override;
  void note(std::uint64_t now_ns, std::uint8_t address, std::string_view text) override;

 private:
  void send(std::uint64_t id, std::uint8_t flags, int error);
  void to_all(std::span<const std::uint8_t> frame);

  const std::vector<std::unique_ptr<Client>>& clients_;
  bool anybody_ = false;
  bool first_ = true;
  std::vector<WireEvent> events_;
};

}  // namespace picoctl::sim
