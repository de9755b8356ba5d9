// External targets: devices whose behaviour another process decides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <future>

#include "server_test_tools.hpp"

namespace picoctl::sim {
namespace {

using namespace std::chrono_literals;  // NOLINT: literals
using socket::TargetEvent;
using testing::ElementsAre;

// A target in a thread: ACKs everything, sends `byte`, writes down what it saw.
class Target {
 public:
  Target(Served& served, std::uint8_t address, std::uint8_t byte)
      : client_(served.client(socket::role_target)), byte_(byte) {
    const std::uint8_t addresses[] = {address};
    EXPECT_EQ(client_.attach(addresses), 0);
    thread_ = std::thread([this] { serve(); });
  }
  // What it saw until the bus server hung up.
  std::vector<std::string> saw() {
    thread_.join();
    return saw_;
  }
  std::uint32_t stretch_ns = 0;

 private:
  void serve() {
    socket::Incoming incoming;
    while (client_.next(incoming, 10'000) == 0) {
      const socket::Event& event = incoming.event;
      static constexpr const char* names[] = {"",         "start",   "write", "read",
                                              "read_ack", "restart", "stop",  "arb_lost"};
      saw_.push_back(std::string(names[static_cast<int>(event.kind)]) + " " +
                     std::to_string(event.value));
      if (event.kind == TargetEvent::stop) {
        const int error = client_.note(0x42, "stopped");
        EXPECT_TRUE(error == 0 || error == EPIPE) << error;  // the server may have ended already
      }
      if (event.kind > TargetEvent::read) continue;
      const bool is_read = event.kind == TargetEvent::read;
      const std::uint8_t value = is_read ? byte_ : 1;
      EXPECT_EQ(client_.answer({event.sequence, value, is_read ? stretch_ns : 0}), 0);
    }
  }

  socket::Client client_;
  std::uint8_t byte_;
  std::vector<std::string> saw_;
  std::thread thread_;
};

TEST(ExternalTarget, IsADeviceLikeAnyOther) {
  Served served;
  auto observer = served.client(socket::role_observer);
  Target target(served, 0x42, 0x5a);
  target.stretch_ns = 7'500;
  auto client = served.client();
  Bytes written{7};
  Bytes read(1);
  socket::TransferInfo info;
  ASSERT_EQ(client.transfer(Transfer().write(0x42, written).read(0x42, read), &info), 0);
  EXPECT_EQ(read[0], 0x5a);
  EXPECT_EQ(info.end_ns - info.start_ns, 39 * 10'000U + 7'500);
  Bytes elsewhere{1};
  EXPECT_EQ(client.transfer(Transfer().write(0x20, elsewhere)), 0);
  socket::Incoming incoming;
  while (incoming.noted.text != "stopped") ASSERT_EQ(observer.next(incoming, 5'000), 0);
  EXPECT_EQ(incoming.noted.address, 0x42);
  served.stop();
  EXPECT_THAT(target.saw(), ElementsAre("start 132", "write 7", "restart 0", "start 133", "read 0",
                                        "read_ack 0", "stop 0"));
}

TEST(ExternalTarget, TwoAtOneAddressAreWiredAnd) {
  Served served;
  Target loser(served, 0x42, 0b1100'0000);
  Target winner(served, 0x42, 0b1010'0000);
  auto client = served.client();
  Bytes read(1);
  ASSERT_EQ(client.transfer(Transfer().read(0x42, read)), 0);
  EXPECT_EQ(read[0], 0b1010'0000);
  served.stop();
  EXPECT_THAT(loser.saw(), ElementsAre("start 133", "read 0", "arb_lost 0", "stop 0"));
  EXPECT_THAT(winner.saw(), ElementsAre("start 133", "read 0", "read_ack 0", "stop 0"));
}

TEST(ExternalTarget, SilenceIsAHeldClockAndThenNobody) {
  Served served({.target_timeout = 30ms});
  auto silent = served.client(socket::role_target);
  const std::uint8_t addresses[] = {0x42};
  ASSERT_EQ(silent.attach(addresses), 0);
  auto client = served.client();
  Bytes data{1};
  EXPECT_EQ(client.transfer(Transfer().write(0x42, data)), ETIMEDOUT);
  EXPECT_EQ(client.transfer(Transfer().write(0x42, data)), EREMOTEIO);
  EXPECT_EQ(client.transfer(Transfer().write(0x20, data)), 0);
  socket::Incoming incoming;
  ASSERT_EQ(silent.next(incoming, 5'000), 0);
  EXPECT_EQ(incoming.event.kind, TargetEvent::start);
  EXPECT_EQ(silent.next(incoming, 5'000), ETIMEDOUT);
  EXPECT_STREQ(silent.refusal(), "no answer to a bus event in time: detached");
}

// On a busy machine the server itself may not be run for longer than it would wait: a remark of the target
// keeps it for so long here, and the answer comes meanwhile.
TEST(ExternalTarget, AnAnswerThatCameWhileTheServerStoodStillCounts) {
  static constexpr auto patience = 30ms;
  struct Pause final : TraceSink {
    void event(std::uint64_t, const WireEvent&) override {}
    void note(std::uint64_t, std::uint8_t, std::string_view) override {
      begun.set_value();
      answered.get_future().wait();
      std::this_thread::sleep_for(patience);
    }
    std::promise<void> begun, answered;
  } pause;
  Served served({.target_timeout = patience}, &pause);
  auto target = served.client(socket::role_target);
  const std::uint8_t addresses[] = {0x42};
  ASSERT_EQ(target.attach(addresses), 0);
  std::thread thread([&] {
    socket::Incoming incoming;
    ASSERT_EQ(target.next(incoming, 60'000), 0);
    ASSERT_EQ(target.note(0x42, "wait"), 0);
    pause.begun.get_future().wait();
    ASSERT_EQ(target.answer({incoming.event.sequence, 0, 0}), 0);
    pause.answered.set_value();
  });
  auto client = served.client();
  Bytes data{1};
  EXPECT_EQ(client.transfer(Transfer().write(0x42, data)), EREMOTEIO);
  thread.join();
  EXPECT_EQ(target.refusal(), std::string_view());
}

TEST(ExternalTarget, GoneInTheMiddleLetsGo) {
  Served served;
  auto target = served.client(socket::role_target);
  const std::uint8_t addresses[] = {0x42};
  ASSERT_EQ(target.attach(addresses), 0);
  int error = 0;
  std::thread controller([&] {
    auto client = served.client();
    Bytes data{1, 2};
    error = client.transfer(Transfer().write(0x42, data));
  });
  socket::Incoming incoming;
  ASSERT_EQ(target.next(incoming, 5'000), 0);
  ASSERT_EQ(target.answer({incoming.event.sequence, 1, 0}), 0);
  ASSERT_EQ(target.next(incoming, 5'000), 0);
  target.close();
  controller.join();
  EXPECT_EQ(error, EREMOTEIO);
}

TEST(ExternalTarget, AnAnswerNobodyAskedForIsRefused) {
  Served served;
  auto target = served.client(socket::role_target);
  ASSERT_EQ(target.answer({1, 1, 0}), 0);
  socket::Incoming incoming;
  EXPECT_EQ(target.next(incoming, 5'000), EPROTO);
  auto client = served.client();
  Bytes data{1};
  EXPECT_EQ(client.transfer(Transfer().write(0x20, data)), 0);
}

TEST(ExternalTarget, AddressesMustExist) {
  Served served;
  auto target = served.client(socket::role_target);
  const std::uint8_t addresses[] = {0x80};
  EXPECT_EQ(target.attach(addresses), EINVAL);
  EXPECT_EQ(target.attach({}), EINVAL);
}

}  // namespace
}  // namespace picoctl::sim
