// Two Picos at one address, on wires that are the AND of both: who obeys, who notices, and how they
// are told apart and moved.
#include <gtest/gtest.h>

#include <map>

#include "picoctl/controller/address.hpp"
#include "picoctl/controller/scan.hpp"
#include "picoctl/virtual/pico.hpp"
#include "support/provoked.hpp"
#include "support/sim_bus.hpp"

namespace picoctl::test {
namespace {

using namespace std::chrono_literals;

class Twins : public ::testing::Test {
 protected:
  // The boot ids decide who wins: the first one that is made.
  sim::VirtualPico& add(std::uint64_t unique_id, std::uint8_t address = 0x41,
                        std::uint32_t boot_id = 0) {
    sim::PicoOptions options;
    options.address = address;
    options.first_boot_id =
        boot_id != 0 ? boot_id : 0x1000 + static_cast<std::uint32_t>(picos_.size());
    options.unique_id = unique_id;
    options.program = sim::standard_program;
    options.journal = [this, unique_id](std::uint64_t, std::string_view line) {
      ran_[unique_id].emplace_back(line);
    };
    picos_.push_back(std::make_unique<sim::VirtualPico>(bus_, std::move(options)));
    bus_.attach(*picos_.back());
    return *picos_.back();
  }
  Expected<Pico> connect(std::uint8_t address = 0x41) {
    ConnectOptions options;
    options.address = address;
    return picoctl::connect(wire_, options);
  }
  long lights(std::uint64_t unique_id) const {
    const auto found = ran_.find(unique_id);
    if (found == ran_.end()) return 0;
    return std::ranges::count_if(
        found->second, [](const std::string& line) { return line.starts_with("light "); });
  }
  static std::vector<std::uint64_t> ids(const AtAddress& found) {
    std::vector<std::uint64_t> list;
    for (const Identity& one : found.picos) list.push_back(one.unique_id);
    return list;
  }
  template <typename T>
  static void expect_failure(const Expected<T>& result, Error error) {
    ASSERT_FALSE(result);
    EXPECT_EQ(name(result.error().error), name(error)) << explain(result.error());
    provoked(error);
  }

  sim::Bus bus_{{.speed_hz = 400'000}};
  std::shared_ptr<SimBus> wire_ = std::make_shared<SimBus>(bus_);
  std::vector<std::unique_ptr<sim::VirtualPico>> picos_;
  std::map<std::uint64_t, std::vector<std::string>> ran_;
};

TEST_F(Twins, OneOfThemObeys) {
  add(0xA1);
  add(0xB2);
  auto pico = connect();
  ASSERT_TRUE(pico) << explain(pico.error());
  for (std::uint32_t token = 1; token <= 20; ++token) {
    const auto done = pico->call("light", 1, true, token);
    ASSERT_TRUE(done) << explain(done.error());
  }
  EXPECT_EQ(lights(0xA1), 20);
  EXPECT_EQ(lights(0xB2), 0);
}

TEST_F(Twins, TheOneThatLosesNotices) {
  const auto& first = add(0xA1);
  const auto& second = add(0xB2);
  ASSERT_TRUE(connect());
  wire_->sleep(1ms);
  EXPECT_FALSE(first.core().identity().contested);
  EXPECT_TRUE(second.core().identity().contested);
}

TEST_F(Twins, OneAloneNoticesNothing) {
  const auto& only = add(0xA1);
  auto pico = connect();
  ASSERT_TRUE(pico);
  ASSERT_TRUE(pico->call("light", 1, true, 1));
  const auto found = picos_at(*wire_, 0x41);
  ASSERT_TRUE(found) << explain(found.error());
  EXPECT_EQ(ids(*found), std::vector<std::uint64_t>{0xA1});
  EXPECT_TRUE(found->all_known);
  EXPECT_FALSE(only.core().identity().contested);
}

TEST_F(Twins, AllAreNamed) {
  add(0xA1);
  add(0xB2);
  add(0xC3);
  const auto found = picos_at(*wire_, 0x41);
  ASSERT_TRUE(found) << explain(found.error());
  EXPECT_EQ(ids(*found), (std::vector<std::uint64_t>{0xA1, 0xB2, 0xC3}));
  EXPECT_TRUE(found->all_known);
  EXPECT_TRUE(found->picos[1].contested) << "it says that it lost";
  // All are back, and obey as before.
  auto pico = connect();
  ASSERT_TRUE(pico) << explain(pico.error());
  EXPECT_EQ(pico->identity().unique_id, 0xA1U);
}

TEST_F(Twins, WhoIsSilentLetsTheOtherBeCommanded) {
  add(0xA1);
  add(0xB2);
  ASSERT_TRUE(move_pico(*wire_, {0x41, 0x48, 0xA1}));
  auto pico = connect();
  ASSERT_TRUE(pico) << explain(pico.error());
  ASSERT_TRUE(pico->call("light", 1, true, 1));
  EXPECT_EQ(lights(0xA1), 0);
  EXPECT_EQ(lights(0xB2), 1);
}

TEST_F(Twins, EitherCanBeMoved) {
  for (const std::uint64_t moved : {0xA1U, 0xB2U}) {
    SCOPED_TRACE(moved);
    picos_.clear();
    ran_.clear();
    sim::Bus bus({.speed_hz = 400'000});
    const auto there = [&](std::uint64_t id, std::uint32_t boot) {
      sim::PicoOptions options;
      options.unique_id = id;
      options.first_boot_id = boot;
      options.program = sim::standard_program;
      auto pico = std::make_unique<sim::VirtualPico>(bus, std::move(options));
      bus.attach(*pico);
      return pico;
    };
    const auto first = there(0xA1, 1);
    const auto second = there(0xB2, 2);
    SimBus wire(bus);
    const auto identity = move_pico(wire, {0x41, 0x42, moved});
    ASSERT_TRUE(identity) << explain(identity.error());
    EXPECT_EQ(identity->unique_id, moved);
    const auto stayed = picos_at(wire, 0x41);
    ASSERT_TRUE(stayed) << explain(stayed.error());
    EXPECT_EQ(ids(*stayed), std::vector<std::uint64_t>{moved == 0xA1 ? 0xB2U : 0xA1U});
    EXPECT_EQ(ids(*picos_at(wire, 0x42)), std::vector<std::uint64_t>{moved});
  }
}

TEST_F(Twins, AMoveIsKeptIfAskedForAndElseForgotten) {
  add(0xA1);
  auto& second = add(0xB2);
  ASSERT_TRUE(move_pico(*wire_, {0x41, 0x42, 0xB2, false}));
  second.power_cycle();
  EXPECT_EQ(second.core().address(), 0x41);
  const auto kept = move_pico(*wire_, {0x41, 0x42, 0xB2, true});
  ASSERT_TRUE(kept) << explain(kept.error());
  second.power_cycle();
  EXPECT_EQ(second.core().address(), 0x42);
}

// Each frame of a move is lost in turn; then it is asked for again.
TEST_F(Twins, AMoveSurvivesLostFrames) {
  for (std::size_t lost = 0; lost < 12; ++lost) {
    for (const FrameFault fault : {FrameFault::request_lost, FrameFault::answer_lost,
                                   FrameFault::answer_skipped, FrameFault::request_doubled}) {
      SCOPED_TRACE(lost);
      sim::Bus bus({.speed_hz = 400'000});
      sim::PicoOptions options;
      options.unique_id = 0xB2;
      sim::VirtualPico pico(bus, std::move(options));
      bus.attach(pico);
      SimBus wire(bus);
      wire.fault = [&](std::size_t number, std::span<const Message>) {
        return number == lost ? fault : FrameFault::none;
      };
      const auto moved = move_pico(wire, {0x41, 0x42, 0xB2});
      const bool taken = !moved && moved.error().error == Error::address_taken;
      EXPECT_TRUE(moved || (taken && lost == 0)) << explain(moved.error());
    }
  }
}

TEST_F(Twins, NobodyMovesToWhereSomebodyIs) {
  add(0xA1);
  add(0xB2, 0x42);
  expect_failure(move_pico(*wire_, {0x41, 0x42, 0xA1}), Error::address_taken);
  EXPECT_EQ(picos_[0]->core().address(), 0x41);
  expect_failure(move_pico(*wire_, {0x41, 0x79, 0xA1}), Error::bad_address);
  expect_failure(move_pico(*wire_, {0x43, 0x44, 0xA1}), Error::no_answer);
}

TEST_F(Twins, AnIdThatNobodyHasMovesNobody) {
  add(0xA1);
  expect_failure(move_pico(*wire_, {0x41, 0x42, 0xFF}), Error::not_moved);
  wire_->sleep(200ms);
  EXPECT_EQ(picos_[0]->core().address(), 0x41);
  EXPECT_EQ(picos_[0]->boots(), 1U);
}

// The boot ids' low bytes are the same, and so EPOCH. Then the slot decides whose answer to HELLO is read:
// that of the one who came later, and has one free. IDENTITY is the other one's.
TEST_F(Twins, ContradictingAnswersAreNamed) {
  add(0xA1, 0x41, 0x1000);
  auto busy = connect();
  ASSERT_TRUE(busy);
  add(0xB2, 0x41, 0x1100);
  expect_failure(connect(), Error::shared_address);
  ASSERT_TRUE(busy->call("light", 1, true, 1));
  EXPECT_EQ(lights(0xA1), 1);
}

TEST_F(Twins, OtherProgramsOnlyWait) {
  add(0xA1);
  add(0xB2);
  auto pico = connect();
  ASSERT_TRUE(pico);
  ASSERT_TRUE(pico->call("light", 1, true, 1));
  ASSERT_TRUE(picos_at(*wire_, 0x41));
  const auto after = pico->call("light", 1, true, 2);
  EXPECT_TRUE(after) << explain(after.error());
  EXPECT_EQ(lights(0xA1), 2);
  EXPECT_EQ(lights(0xB2), 0);
}

}  // namespace
}  // namespace picoctl::test
