// A bus in front of another: it hands everything on. Who wants to look on or to interfere derives
// from it and overrides that alone; what Bus learns later is handed on here and nowhere else.
#pragma once

#include <memory>

#include "picoctl/controller/bus.hpp"

namespace picoctl::controller {

class ForwardingBus : public Bus {
 public:
  explicit ForwardingBus(std::unique_ptr<Bus> bus) : bus_(std::move(bus)) {}

  std::string name() const override { return bus_->name(); }
  bool is_virtual() const override { return bus_->is_virtual(); }
  std::uint16_t speed_khz() const override { return bus_->speed_khz(); }
  bool in_use(std::uint8_t address) override { return bus_->in_use(address); }
  bool has_quick() const override { return bus_->has_quick(); }
  Expected<void> recover() override { return bus_->recover(); }
  void claim(std::chrono::milliseconds at_most) override { bus_->claim(at_most); }
  void release() override { bus_->release(); }
  Clock::time_point now() override { return bus_->now(); }
  void sleep(std::chrono::microseconds pause) override { bus_->sleep(pause); }

 protected:
  Bus& behind() { return *bus_; }

 private:
  Expected<void> do_transfer(std::span<const Message> messages) override {
    return bus_->transfer(messages);
  }

  std::unique_ptr<Bus> bus_;
};

}  // namespace picoctl::controller
