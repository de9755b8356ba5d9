// One virtual Pico, its journal, and what callers were told: the stage of the sweeps.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "picoctl/controller/pico.hpp"
#include "picoctl/virtual/pico.hpp"
#include "support/sim_bus.hpp"

namespace picoctl::test {

// What one call was told. `line` is the journal's line of its execution.
struct Told {
  std::string line;
  Outcome outcome;
};

class World {
 public:
  explicit World(std::uint32_t loop_us = 5) {
    sim::PicoOptions options;
    options.first_boot_id = 0x1000;
    options.loop_us = loop_us;
    options.program = sim::standard_program;
    options.journal = [this](std::uint64_t, std::string_view line) { journal_.emplace_back(line); };
    pico_ = std::make_unique<sim::VirtualPico>(bus_, std::move(options));
    bus_.attach(*pico_);
    wire_ = std::make_shared<SimBus>(bus_);
  }

  sim::Bus& bus() { return bus_; }
  sim::VirtualPico& pico() { return *pico_; }
  std::shared_ptr<SimBus> wire() { return wire_; }
  const std::vector<std::string>& journal() const { return journal_; }
  const std::vector<Told>& told() const { return told_; }

  Expected<Pico> connect() {
    ConnectOptions options;
    options.address = target::default_address;
    return picoctl::connect(wire_, options);
  }

  // --- calls whose executions can be told apart ---
  Outcome light(Pico& pico, std::uint32_t token) {
    const auto result = pico.call("light", 1, token % 2 == 0, token);
    return tell("light n=1 on=" + std::to_string(token % 2 == 0 ? 1 : 0) +
                    " token=" + std::to_string(token),
                result);
  }
  Outcome echo(Pico& pico, std::uint8_t seed, std::size_t size) {
    system::EchoData data;
    std::string hex;
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = static_cast<std::uint8_t>(seed + i * 7);
      data.data.room()[i] = byte;
      const char* digits = "0123456789abcdef";
      hex += {digits[byte >> 4U], digits[byte & 15U]};
    }
    data.data.resize(size);
    const auto result = pico.call<system::Echo>(data);
    if (result) {
      EXPECT_TRUE(std::ranges::equal(result->data.view(), data.data.view()));
    }
    return tell("system.echo data=" + hex, result);
  }
  Outcome wait(Pico& pico, std::uint32_t time_ms) {
    return tell("wait time=" + std::to_string(time_ms), pico.call("wait", time_ms));
  }
  Outcome batch(Pico& pico, std::uint32_t token, int count) {
    std::vector<BatchItem> items;
    for (int i = 0; i < count; ++i) {
      items.push_back({"light", {Value(2), Value(true), Value(token + static_cast<unsigned>(i))}});
    }
    const auto result = pico.batch(items);
    Outcome outcome = Outcome::done;
    for (int i = 0; i < count; ++i) {
      outcome =
          tell("light n=2 on=1 token=" + std::to_string(token + static_cast<unsigned>(i)), result);
    }
    return outcome;
  }

  // Every acknowledged command ran exactly once, every other at most once, none that "did not run".
  void check(const std::string& where) const {
    std::map<std::string, int> executions;
    for (const std::string& line : journal_) ++executions[line];
    for (const Told& told : told_) {
      const auto found = executions.find(told.line);
      const int ran = found == executions.end() ? 0 : found->second;
      EXPECT_LE(ran, 1) << told.line << ", " << where;
      if (told.outcome == Outcome::done) {
        EXPECT_EQ(ran, 1) << told.line << ", " << where;
      }
      if (told.outcome == Outcome::not_run) {
        EXPECT_EQ(ran, 0) << told.line << ", " << where;
      }
    }
  }

 private:
  template <typename R>
  Outcome tell(std::string line, const R& result) {
    const Outcome outcome = result ? Outcome::done : result.error().outcome;
    told_.push_back({std::move(line), outcome});
    return outcome;
  }

  sim::Bus bus_{{.speed_hz = 400'000}};
  std::vector<std::string> journal_;
  std::vector<Told> told_;
  std::unique_ptr<sim::VirtualPico> pico_;
  std::shared_ptr<SimBus> wire_;
};

}  // namespace picoctl::test
