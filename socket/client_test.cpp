// The client against servers that answer wrongly, late or not at all. (Against the real one it is
// tested where that is.)
#include "picoctl/socket/client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <thread>
#include <vector>

namespace picoctl::socket {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A client at one end; whatever the test wants at the other.
class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    mine = ends[0];
    theirs = ends[1];
    const timeval limit{0, 50'000};
    ::setsockopt(mine, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    client.adopt(mine, 50);
  }
  ~ClientTest() override {
    client.close();
    ::close(mine);
    hang_up();
  }
  void hang_up() {
    if (theirs >= 0) ::close(theirs);
    theirs = -1;
  }
  void answer(std::span<const std::uint8_t> bytes) const {
    ASSERT_EQ(::send(theirs, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void answer(const Result& result, std::size_t data) const {
    std::uint8_t room[128];
    Writer out(room, Type::result);
    encode(out, result);
    for (std::size_t i = 0; i < data; ++i) out.u8(static_cast<std::uint8_t>(i + 1));
    answer(out.end());
  }
  int read_three() {
    const Message message{0x41, flag_read, 3, read};
    return client.transfer({&message, 1}, &info);
  }

  int mine = -1;
  int theirs = -1;
  Client client;
  TransferInfo info;
  std::uint8_t read[3] = {0x77, 0x77, 0x77};
};

TEST_F(ClientTest, RightAnswer) {
  answer(Result{1, {5, 100, 200}, 0, 3}, 3);
  EXPECT_EQ(read_three(), 0);
  EXPECT_EQ(read[2], 3);
  EXPECT_EQ(info.id, 5U);
  EXPECT_TRUE(client.alive());
}

TEST_F(ClientTest, ErrorsOfTheBusLeaveBufferAndConnectionAlone) {
  answer(Result{1, {}, EREMOTEIO, 0}, 0);
  EXPECT_EQ(read_three(), EREMOTEIO);
  EXPECT_EQ(read[0], 0x77);
  EXPECT_TRUE(client.alive());
}

TEST_F(ClientTest, AnotherTransfersAnswer) {
  answer(Result{2, {}, 0, 3}, 3);
  EXPECT_EQ(read_three(), EPROTO);
  EXPECT_FALSE(client.alive());
  EXPECT_EQ(read[0], 0x77);
}

TEST_F(ClientTest, WrongAmountOfData) {
  answer(Result{1, {}, 0, 2}, 2);
  EXPECT_EQ(read_three(), EPROTO);
  EXPECT_EQ(read[0], 0x77);
}

TEST_F(ClientTest, MoreThanTheAnswer) {
  answer(Result{1, {}, 0, 3}, 3);
  answer(Bytes{1});
  EXPECT_EQ(read_three(), EPROTO);
}

TEST_F(ClientTest, SilenceAndHangingUp) {
  EXPECT_EQ(read_three(), ETIMEDOUT);
  EXPECT_FALSE(client.alive());
  EXPECT_EQ(read_three(), ENOTCONN);
  client.adopt(mine, 50);
  hang_up();
  const int error = read_three();
  EXPECT_TRUE(error == EPIPE || error == ECONNRESET) << error;
}

TEST_F(ClientTest, ARefusalIsHeardEvenIfNothingCanBeSentAnyMore) {
  std::uint8_t room[64];
  Writer out(room, Type::refused);
  encode(out, Refused{.error = EUSERS, .reason = "full"});
  answer(out.end());
  hang_up();
  EXPECT_EQ(read_three(), EUSERS);
  EXPECT_STREQ(client.refusal(), "full");
}

TEST_F(ClientTest, AnAdoptedDescriptorMayBeNonBlocking) {
  ASSERT_EQ(::fcntl(mine, F_SETFL, O_NONBLOCK), 0);
  client.adopt(mine, 5'000);
  std::thread late([this] {
    std::uint8_t request[64];
    EXPECT_GT(::recv(theirs, request, sizeof request, 0), 0);
    answer(Result{1, {}, 0, 3}, 3);
  });
  EXPECT_EQ(read_three(), 0);
  late.join();
}

TEST_F(ClientTest, AnAdoptedDescriptorStaysOpen) {
  client.close();
  EXPECT_GE(::fcntl(mine, F_GETFD), 0);
}

TEST_F(ClientTest, RandomAnswersDoNoHarm) {
  std::mt19937 random(7);  // NOLINT: the same bytes each time
  for (int round = 0; round < 2'000; ++round) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Bytes noise(random() % 100 + 6);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    if (round % 2 == 0) {
      noise[0] = static_cast<std::uint8_t>(noise.size() - 4);
      noise[1] = noise[2] = noise[3] = 0;
      noise[4] = static_cast<std::uint8_t>(0x81 + random() % 8);
    }
    ASSERT_EQ(::send(ends[1], noise.data(), noise.size(), 0), static_cast<ssize_t>(noise.size()));
    ::shutdown(ends[1], SHUT_WR);
    client.adopt(ends[0], 50);
    Incoming incoming;
    Report report;
    DeviceRow rows[2];
    switch (random() % 3) {
      case 0: EXPECT_NE(read_three(), 0); break;
      case 1: EXPECT_NE(client.query(report, rows), 0); break;
      default: (void)client.next(incoming, 50); break;
    }
    client.close();
    ::close(ends[0]);
    ::close(ends[1]);
  }
}

TEST(ClientConnect, EachFailureHasItsNumber) {
  Client client;
  EXPECT_EQ(client.connect(std::string(200, 'x'), role_controller, "test"), ENAMETOOLONG);
  EXPECT_EQ(client.connect("/tmp/picoctl-no-such-bus", role_controller, "test"), ENOENT);
  EXPECT_EQ(client.transfer({}), ENOTCONN);
}

}  // namespace
}  // namespace picoctl::socket
