// What a case of the sweep is played on: one Pico, its journal, the wires to it, and everything that
// callers were told. LocalStage is a virtual Pico on virtual time; SocketStage whatever answers on
// the bus of a running picoctl-virtual or picoctl-emulator.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connection.hpp"
#include "picoctl/socket/client.hpp"
#include "picoctl/virtual/pico.hpp"
#include "support/sim_bus.hpp"

namespace picoctl::faults {

using controller::Connection;
using socket::Fault;
using socket::FaultRequest;

// The wires as the callers have them: lets the sweep act before and after each of their transfers.
class Wires final : public Bus {
 public:
  explicit Wires(std::shared_ptr<Bus> bus) : bus_(std::move(bus)) {}

  std::function<void(std::size_t number)> before;
  std::function<void(std::size_t number, std::span<const Message> messages)> after;
  std::size_t count() const { return count_; }
  std::size_t recovered() const { return recovered_; }

  std::string name() const override { return bus_->name(); }
  bool is_virtual() const override { return true; }
  std::uint16_t speed_khz() const override { return bus_->speed_khz(); }
  Expected<void> recover() override {
    auto done = bus_->recover();
    if (done) ++recovered_;
    return done;
  }
  void claim(std::chrono::milliseconds at_most) override { bus_->claim(at_most); }
  void release() override { bus_->release(); }
  Clock::time_point now() override { return bus_->now(); }
  void sleep(std::chrono::microseconds pause) override { bus_->sleep(pause); }

 private:
  Expected<void> do_transfer(std::span<const Message> messages) override {
    const std::size_t number = count_++;
    if (before) before(number);
    auto done = bus_->transfer(messages);
    if (after) after(number, messages);
    return done;
  }

  std::shared_ptr<Bus> bus_;
  std::size_t count_ = 0;
  std::size_t recovered_ = 0;
};

// What one call was told. A call of several commands has several lines: all of them run, or none.
struct Told {
  std::vector<std::string> lines;  // of the journal, one an execution
  Outcome outcome = Outcome::done;
  std::string why;  // of a failure
};

class Stage {
 public:
  virtual ~Stage() = default;
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Fails as Connection::open() does.
  Expected<std::unique_ptr<Connection>> connect(
      std::chrono::milliseconds wait_for_slot = std::chrono::seconds(4));
  Wires& wires() { return *wires_; }
  std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(
        std::chrono::nanoseconds(wires_->now().time_since_epoch()).count());
  }

  // --- commands whose executions can be told apart; their tokens never repeat ---
  Outcome light(Connection& pico);
  Outcome echo(Connection& pico, std::size_t size);
  Outcome wait(Connection& pico);
  Outcome batch(Connection& pico, int count);
  Outcome rename(Connection& pico);
  Outcome refused(Connection& pico);
  void registers(Connection& pico);

  const std::vector<Told>& told() const { return told_; }
  const LinkCounters& counters() const { return counters_; }
  void finished(const Connection& pico);  // adds its counters to ours

  // --- the Pico and its bus ---
  virtual std::vector<std::string> journal() = 0;  // of this case: the executions' lines
  virtual int inject(const FaultRequest& fault) = 0;
  virtual std::uint64_t applied() = 0;  // faults that changed something on the wire so far
  virtual std::uint64_t wire_bytes() = 0;
  virtual std::uint64_t kept_answers() = 0;
  virtual std::uint32_t restarts() = 0;
  virtual std::size_t largest() const = 0;  // bytes of the longest request
  // A second Pico at the same address, there and gone.
  virtual bool twin(bool there) = 0;
  // Until a Pico that starts anew is there. Without it a virtual one is, at once.
  virtual void await_start() {}

 protected:
  void stand_on(std::shared_ptr<Bus> bus, std::uint32_t first_token, std::uint32_t first_nonce,
                std::chrono::milliseconds deadline);

 private:
  static bool has_own_commands(Connection& pico);
  std::string marked(std::size_t size);  // bytes that begin with a token
  template <typename R>
  Outcome tell(std::vector<std::string> lines, const R& result);

  std::shared_ptr<Wires> wires_;
  std::vector<Told> told_;
  LinkCounters counters_;
  std::chrono::milliseconds deadline_{};  // of a call
  std::uint32_t token_ = 0;
  std::uint32_t nonce_ = 0;
};

class LocalStage final : public Stage {
 public:
  explicit LocalStage(std::uint32_t seed, std::uint32_t loop_us = 5);

  std::vector<std::string> journal() override { return journal_; }
  int inject(const FaultRequest& fault) override { return bus_.inject(fault); }
  std::uint64_t applied() override { return bus_.counters().faults_applied; }
  std::uint64_t wire_bytes() override { return bus_.counters().wire_bytes; }
  std::uint64_t kept_answers() override { return pico_->core().stats().repeated; }
  std::uint32_t restarts() override { return pico_->boots() - 1; }
  std::size_t largest() const override { return 239; }
  bool twin(bool there) override;
  sim::Bus& bus() { return bus_; }

 private:
  std::unique_ptr<sim::VirtualPico> make_pico(std::uint64_t unique_id, std::uint32_t loop_us);

  sim::Bus bus_{{.speed_hz = 400'000}};
  std::vector<std::string> journal_;
  std::unique_ptr<sim::VirtualPico> pico_;
  std::unique_ptr<sim::VirtualPico> twin_;
};

// One for all cases: a Pico that runs cannot be had anew for each.
class SocketStage final : public Stage {
 public:
  struct Place {
    std::string bus;      // "virtual:PATH"
    std::string journal;  // the file
    std::size_t largest = 239;
  };
  // Takes the journal from here on. `number`: of the case; tokens follow from it.
  static Expected<std::unique_ptr<SocketStage>> open(const Place& place, std::uint32_t number);

  std::vector<std::string> journal() override;
  int inject(const FaultRequest& fault) override { return control_.control(fault); }
  std::uint64_t applied() override { return report().faults_applied; }
  std::uint64_t wire_bytes() override { return report().wire_bytes; }
  std::uint64_t kept_answers() override { return 0; }
  std::uint32_t restarts() override { return 0; }
  std::size_t largest() const override { return place_.largest; }
  bool twin(bool) override { return false; }
  void await_start() override;

 private:
  explicit SocketStage(Place place) : place_(std::move(place)) {}
  socket::Report report();

  Place place_;
  socket::Client control_;
  std::size_t read_from_ = 0;
};

}  // namespace picoctl::faults
