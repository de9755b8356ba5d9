// A client that has the bus byte by byte: its turn among others, its end, and targets beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>

#include "server_test_tools.hpp"

namespace picoctl::sim {
namespace {

using namespace std::chrono_literals;  // NOLINT: literals
using socket::Step;
using socket::StepKind;
using socket::Stepped;

constexpr std::uint8_t commander = socket::role_controller | socket::role_steps;
constexpr std::uint8_t to_write = 0xa0;  // address bytes of the registers
constexpr std::uint8_t to_read = 0xa1;

// What one step is answered: its value, or minus its errno.
int step(socket::Client& client, StepKind kind, std::uint8_t value = 0) {
  Stepped answer;
  const int error = client.step({.kind = kind, .value = value, .wires = 0}, answer);
  return error != 0 ? -error : answer.value;
}

int read_byte(socket::Client& client, bool acks) {
  const int byte = step(client, StepKind::read);
  Stepped answer;
  const std::uint8_t ack = acks ? 1 : 0;
  EXPECT_EQ(client.step({.kind = StepKind::read_ack, .value = ack, .wires = 0xff}, answer), 0);
  return byte;
}

// Register `at` becomes `value`, and is read again.
bool set_and_get(socket::Client& client, std::uint8_t at, std::uint8_t value) {
  bool right = step(client, StepKind::seize) == 0 && step(client, StepKind::start, to_write) == 1;
  for (const std::uint8_t byte : {at, value})
    right = right && step(client, StepKind::write, byte) == 1;
  right = right && step(client, StepKind::start, to_write) == 1;
  right = right && step(client, StepKind::write, at) == 1;
  right = right && step(client, StepKind::start, to_read) == 1 && read_byte(client, false) == value;
  return right && step(client, StepKind::stop) == 0;
}

TEST(ServerSteps, ARegisterIsWrittenAndReadAndObserved) {
  Served served;
  auto observer = served.client(socket::role_observer);
  auto client = served.client(commander);
  EXPECT_TRUE(set_and_get(client, 5, 0x42));
  EXPECT_EQ(step(client, StepKind::seize), 0);
  EXPECT_EQ(step(client, StepKind::start, 0x60), 0);
  EXPECT_EQ(step(client, StepKind::stop), 0);
  socket::Incoming incoming;
  ASSERT_EQ(observer.next(incoming, 5'000), 0);
  EXPECT_EQ(incoming.wire.flags, socket::wire_first | socket::wire_last);
  EXPECT_EQ(incoming.wire.count, 11);
  EXPECT_EQ(incoming.wire.error, 0U);
  ASSERT_EQ(observer.next(incoming, 5'000), 0);
  EXPECT_EQ(incoming.wire.error, static_cast<std::uint32_t>(EREMOTEIO));
}

TEST(ServerSteps, TimeAndStretchAreTold) {
  Served served;
  auto client = served.client(commander);
  Stepped answer;
  ASSERT_EQ(client.step({.kind = StepKind::seize}, answer), 0);
  ASSERT_EQ(client.step({.kind = StepKind::start, .value = to_write}, answer), 0);
  EXPECT_EQ(answer.time_ns, 100'000U);
  ASSERT_EQ(client.step({.kind = StepKind::write, .value = 1, .pause_ns = 5'000}, answer), 0);
  EXPECT_EQ(answer.time_ns, 195'000U);
  ASSERT_EQ(client.step({.kind = StepKind::write, .value = 1, .pause_ns = 4'000'000'000}, answer),
            0);
  EXPECT_EQ(answer.time_ns, 1'000'285'000U) << "a second is the most";
  ASSERT_EQ(client.step({.kind = StepKind::stop}, answer), 0);
}

TEST(ServerSteps, OthersWaitUntilItsEndAndNothingIsMixed) {
  Served served;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::uint8_t who = 0; who < 4; ++who) {
    threads.emplace_back([&, who] {
      const bool stepping = who % 2 == 0;
      auto client = served.client(stepping ? commander : socket::role_controller);
      for (std::uint8_t i = 0; i < 60; ++i) {
        Bytes data{static_cast<std::uint8_t>(0x10 + who), i};
        Bytes back(1);
        Bytes pointer{data[0]};
        const bool right =
            stepping ? set_and_get(client, data[0], i)
                     : client.transfer(Transfer().write(0x50, data)) == 0 &&
                           client.transfer(Transfer().write(0x50, pointer).read(0x50, back)) == 0 &&
                           back[0] == i;
        wrong += right ? 0 : 1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ServerSteps, WhoHangsUpAmidATransactionFreesTheBus) {
  Served served({.step_timeout = 60s, .hold_timeout = 60s});
  auto other = served.client();
  Bytes data{1, 2};
  for (int steps = 1; steps < 5; ++steps) {
    auto client = served.client(commander);
    EXPECT_EQ(step(client, StepKind::seize), 0);
    if (steps > 1) EXPECT_EQ(step(client, StepKind::start, to_read), 1);
    if (steps > 2) EXPECT_EQ(step(client, StepKind::read), 0);
    client.close();
    EXPECT_EQ(other.transfer(Transfer().write(0x50, data)), 0) << steps;
  }
}

TEST(ServerSteps, WhoHangsLosesTheBusAndIsToldWithItsNextStep) {
  Served served({.step_timeout = 20ms});
  auto hanging = served.client(commander);
  auto other = served.client();
  EXPECT_EQ(step(hanging, StepKind::seize), 0);
  EXPECT_EQ(step(hanging, StepKind::start, to_write), 1);
  Bytes data{1, 2};
  EXPECT_EQ(other.transfer(Transfer().write(0x50, data)), 0);
  EXPECT_EQ(step(hanging, StepKind::write, 3), -ETIMEDOUT);
  EXPECT_TRUE(set_and_get(hanging, 5, 6)) << "it may have it again";
}

TEST(ServerSteps, WhoGoesOnForEverLosesTheBusToo) {
  Served served({.hold_timeout = 50ms});
  auto endless = served.client(commander);
  EXPECT_EQ(step(endless, StepKind::seize), 0);
  EXPECT_EQ(step(endless, StepKind::start, to_write), 1);
  const auto patience = std::chrono::steady_clock::now() + 20s;
  int last = 1;
  while (last == 1 && std::chrono::steady_clock::now() < patience) {
    last = step(endless, StepKind::write, 0);
  }
  EXPECT_EQ(last, -ETIMEDOUT);
}

TEST(ServerSteps, WaitingForOneThatHasTheBusCostsNoTurns) {
  const Folder folder;
  Bus bus;
  BusServer server(bus, {.real_time = false});
  ASSERT_FALSE(server.listen(folder.socket()));
  const int holder = connect_raw(folder.socket());
  const int waiter = connect_raw(folder.socket());
  const auto frame_of = [](auto fill) {
    std::uint8_t room[64];
    return Bytes(fill(std::span(room)));
  };
  say(holder, hello_frame(commander));
  say(holder, frame_of([](std::span<std::uint8_t> room) {
        socket::Writer out(room, socket::Type::step);
        encode(out, Step{.tag = 1});
        const auto frame = out.end();
        return Bytes(frame.begin(), frame.end());
      }));
  for (int round = 0; round < 5; ++round) server.step(0ms);
  say(waiter, hello_frame(socket::role_controller));
  say(waiter, frame_of([](std::span<std::uint8_t> room) {
        const auto frame = socket::Writer(room, socket::Type::recover).u32(1).end();
        return Bytes(frame.begin(), frame.end());
      }));
  ::shutdown(waiter, SHUT_WR);
  for (int round = 0; round < 5; ++round) server.step(0ms);
  const auto before = std::chrono::steady_clock::now();
  server.step(30ms);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 30ms) << "it slept";
  EXPECT_EQ(bus.counters().transfers, 0U);
  ::close(holder);
  for (int round = 0; round < 5; ++round) server.step(0ms);
  EXPECT_EQ(bus.counters().transfers, 1U) << "its turn came, though it said nothing more";
  ::close(waiter);
}

TEST(ServerSteps, OnesThatCannotBeAreRefused) {
  Served served;
  const std::vector<std::vector<StepKind>> wrong = {
      {StepKind::seize, StepKind::seize},
      {StepKind::seize, StepKind::write},
      {StepKind::seize, StepKind::read},
      {StepKind::seize, StepKind::read_ack},
      {StepKind::seize, StepKind::start, StepKind::read_ack},
      {StepKind::seize, StepKind::start, StepKind::read, StepKind::read},
      {StepKind::seize, StepKind::start, StepKind::read, StepKind::write},
  };
  for (const auto& kinds : wrong) {
    auto client = served.client(commander);
    for (const StepKind kind : kinds) {
      const int answer = step(client, kind, to_read);
      if (&kind == &kinds.back()) EXPECT_EQ(answer, -EPROTO);
    }
    EXPECT_FALSE(client.alive());
    auto next = served.client(commander);
    EXPECT_TRUE(set_and_get(next, 1, 2)) << "the bus is free again";
  }
  auto without_role = served.client(socket::role_controller);
  EXPECT_EQ(step(without_role, StepKind::seize), -EPERM);
  auto early = served.client(commander);
  EXPECT_EQ(step(early, StepKind::write), -ETIMEDOUT) << "it has not asked for the bus";
  EXPECT_EQ(step(early, StepKind::seize), 0);
  EXPECT_EQ(step(early, StepKind::stop), 0) << "and may give it back";
}

TEST(ServerSteps, ItsOwnTargetIsLeftOut) {
  Served served;
  auto both = served.client(commander | socket::role_target);
  const std::uint8_t addresses[] = {0x42, 0x50};
  ASSERT_EQ(both.attach(addresses), 0);
  EXPECT_TRUE(set_and_get(both, 3, 4)) << "the registers answer, and nobody asks its own target";
  EXPECT_EQ(step(both, StepKind::seize), 0);
  EXPECT_EQ(step(both, StepKind::start, 0x84), 0);
  EXPECT_EQ(step(both, StepKind::stop), 0);
}

TEST(ServerSteps, SoIsOneThatComesWhileItHasTheBus) {
  Served served({.target_timeout = 60s, .step_timeout = 60s, .hold_timeout = 60s});
  auto both = served.client(commander | socket::role_target);
  EXPECT_EQ(step(both, StepKind::seize), 0);
  EXPECT_EQ(step(both, StepKind::start, to_write), 1);
  const std::uint8_t addresses[] = {0x42};
  ASSERT_EQ(both.attach(addresses), 0);
  EXPECT_EQ(step(both, StepKind::start, 0x84), 0);
  EXPECT_EQ(step(both, StepKind::stop), 0);
}

TEST(ServerSteps, FaultsThatAreTransactionsWait) {
  Served served({.step_timeout = 60s, .hold_timeout = 60s});
  auto client = served.client(commander);
  auto control = served.client(socket::role_control);
  EXPECT_EQ(step(client, StepKind::seize), 0);
  EXPECT_EQ(step(client, StepKind::start, to_write), 1);
  EXPECT_EQ(control.control({.fault = Fault::incomplete_write_byte, .address = 0x50}), EBUSY);
  EXPECT_EQ(control.control({.fault = Fault::vanish, .address = 0x50}), 0);
  EXPECT_EQ(step(client, StepKind::write, 1), 0) << "it is gone";
  EXPECT_EQ(step(client, StepKind::stop), 0);
}

}  // namespace
}  // namespace picoctl::sim
