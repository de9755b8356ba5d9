// A device whose behaviour is decided by another process, over its connection. Private to the
// server.
#pragma once

#include <bitset>

#include "server_client.hpp"

namespace picoctl::sim {

class BusServer::RemoteTarget final : public BusDevice {
 public:
  RemoteTarget(Bus& bus, Client& client, std::chrono::milliseconds patience)
      : bus_(bus), client_(client), patience_(patience) {}

  void add(std::uint8_t address) { addresses_.set(address); }

  [[nodiscard]] bool claims(std::uint8_t address) const override;
  [[nodiscard]] std::string_view name() const override { return "external"; }
  bool start(std::uint8_t address, bool read) override;
  bool write(std::uint8_t byte) override;
  std::uint8_t read() override;
  void read_acked(bool acked) override;
  void restart() override;
  void stop() override;
  bool arbitration_lost() override;
  std::uint64_t stretch_ns() override;
  bool abandoned(const Broken& broken) override;
  bool clocked() override;
  [[nodiscard]] bool holds_sda() override;
  bool reset(bool power) override;
  bool lose_power_in_flash(std::uint8_t n) override;

 private:
  void tell(socket::TargetEvent kind, std::uint8_t value);
  std::uint8_t ask(socket::TargetEvent kind, std::uint8_t value, std::uint8_t if_gone);
  bool find_answer(socket::Answer& answer);
  void wait(Clock::time_point until);

  Bus& bus_;
  Client& client_;
  std::chrono::milliseconds patience_;
  std::bitset<128> addresses_;
  std::uint32_t sequence_ = 0;
  std::uint64_t stretch_ns_ = 0;
  bool low_ = false;  // held SDA when last asked, with its controller gone
};

}  // namespace picoctl::sim
