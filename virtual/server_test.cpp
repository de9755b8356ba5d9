// The bus server: its clients, their quarrels, its socket file.
#include "picoctl/virtual/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <random>

#include "server_test_tools.hpp"

namespace picoctl::sim {
namespace {

using namespace std::chrono_literals;  // NOLINT: literals
using testing::ElementsAre;
using testing::HasSubstr;

int write_register(socket::Client& client, std::uint8_t at, std::uint8_t value) {
  Bytes data{at, value};
  return client.transfer(Transfer().write(0x50, data));
}

int read_register(socket::Client& client, std::uint8_t at, std::uint8_t& value) {
  Bytes pointer{at};
  Bytes data(1);
  const int error = client.transfer(Transfer().write(0x50, pointer).read(0x50, data));
  value = data[0];
  return error;
}

TEST(Server, TransfersForAClient) {
  Served served;
  auto client = served.client();
  EXPECT_EQ(client.speed_hz(), 100'000U);
  Bytes written(10, 1);
  Bytes read(6);
  socket::TransferInfo info;
  ASSERT_EQ(client.transfer(Transfer().write(0x50, written).read(0x50, read), &info), 0);
  EXPECT_EQ(info.id, 1U);
  EXPECT_EQ(info.end_ns - info.start_ns, 165U * 10'000);
  EXPECT_EQ(client.transfer(Transfer().read(0x51, read)), EREMOTEIO);
  EXPECT_EQ(client.transfer(Transfer().read(0x50, read).write(0x50, written)), EOPNOTSUPP);
  EXPECT_EQ(client.transfer({}), EINVAL);
  EXPECT_TRUE(client.alive());
}

TEST(Server, LargestTransfersArrive) {
  Served served;
  auto client = served.client();
  Bytes written(8192);
  for (std::size_t i = 0; i < written.size(); ++i) written[i] = static_cast<std::uint8_t>(i * 7);
  std::vector<Message> many(41, {0x20, 0, 8192, written.data()});
  Bytes read(8192);
  many.push_back({0x20, socket::flag_read, 8192, read.data()});
  ASSERT_EQ(client.transfer(many), 0);
  EXPECT_THAT(read, testing::Each(written.back()));
  socket::Report report;
  ASSERT_EQ(client.query(report, {}), 0);
  EXPECT_EQ(report.wire_bytes, 42U * 8193);
}

TEST(Server, SeveralClientsAtOnceGetTheirOwnAnswers) {
  Served served;
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (std::uint8_t who = 0; who < 4; ++who) {
    threads.emplace_back([&, who] {
      auto client = served.client();
      for (int i = 0; i < 250; ++i) {
        std::uint8_t value = 0;
        const auto mine = static_cast<std::uint8_t>(i + who * 50);
        wrong += write_register(client, who, mine) != 0 ? 1 : 0;
        wrong += read_register(client, who, value) != 0 || value != mine ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// What a controller sends at once: hello and so many transfers.
Bytes burst(std::uint32_t transfers) {
  Bytes all = hello_frame(socket::role_controller);
  std::uint8_t room[64];
  Bytes pointer{0};
  for (std::uint32_t tag = 0; tag < transfers; ++tag) {
    socket::Writer out(room, socket::Type::transfer);
    encode(out, tag, Transfer().write(0x50, pointer));
    const auto frame = out.end();
    all.insert(all.end(), frame.begin(), frame.end());
  }
  return all;
}

// Round by round in this thread, so that nothing depends on who is quicker.
TEST(Server, ABusyClientDoesNotStarveAnother) {
  const Folder folder;
  Bus bus;
  BusServer server(bus, {.real_time = false});
  ASSERT_FALSE(server.listen(folder.socket()));
  const int greedy = connect_raw(folder.socket());
  const int modest = connect_raw(folder.socket());
  say(greedy, burst(50));
  say(modest, burst(1));
  for (int round = 0; round < 60; ++round) server.step(0ms);
  server.shutdown();
  const Bytes answers = read_all(modest);
  const std::size_t welcome = socket::next_frame(answers).size;
  const socket::Frame frame = socket::next_frame(std::span(answers).subspan(welcome));
  socket::Reader in(frame.body);
  socket::Result result;
  ASSERT_EQ(frame.type, socket::Type::result);
  ASSERT_TRUE(decode(in, result));
  EXPECT_LE(result.info.id, 2U);
  ::close(greedy);
  ::close(modest);
}

TEST(Server, RefusesAnotherVersionInWords) {
  Served served;
  const int fd = served.raw();
  say(fd, hello_frame(1, 7));
  const Bytes answer = read_all(fd);
  const socket::Frame frame = socket::next_frame(answer);
  socket::Refused refused;
  ASSERT_EQ(frame.type, socket::Type::refused);
  ASSERT_TRUE(decode(socket::Reader(frame.body), refused));
  EXPECT_EQ(refused.error, EPROTONOSUPPORT);
  EXPECT_THAT(std::string(refused.reason), HasSubstr("version 1"));
  EXPECT_THAT(std::string(refused.reason), HasSubstr("version 7"));
  ::close(fd);
}

TEST(Server, RolesAreKept) {
  Served served;
  auto observer = served.client(socket::role_observer);
  Bytes data{1};
  EXPECT_EQ(observer.transfer(Transfer().write(0x50, data)), EPERM);
  EXPECT_FALSE(observer.alive());
  socket::Client nobody;
  EXPECT_EQ(nobody.connect(served.path(), 0, "none"), EPROTO);
  EXPECT_THAT(nobody.refusal(), HasSubstr("role"));
}

TEST(Server, RandomBytesHurtNobodyElse) {
  Served served;
  auto good = served.client();
  std::mt19937 random(4711);  // NOLINT: the same bytes each time
  for (int round = 0; round < 300; ++round) {
    const int fd = served.raw();
    if (round % 2 == 0) say(fd, hello_frame(15 | socket::role_steps));
    Bytes noise(random() % 200 + 5);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    // Half of them get a plausible length and type, so as to get further in.
    if (round % 4 < 2) {
      const auto length = static_cast<std::uint8_t>(noise.size() - 4);
      noise[0] = length;
      noise[1] = noise[2] = noise[3] = 0;
      noise[4] = static_cast<std::uint8_t>(random() % 10);
    }
    say(fd, noise);
    ::shutdown(fd, SHUT_WR);
    read_all(fd);
    ::close(fd);
    // Noise may have asked for a fault: the good client takes them off again.
    auto control = served.client(socket::role_control);
    ASSERT_EQ(control.control({.fault = Fault::clear}), 0);
    ASSERT_EQ(write_register(good, 1, 2), 0) << round;
  }
}

TEST(Server, HalfOpenClientsAreShownOut) {
  Served served({.greeting_timeout = 500ms, .stall_timeout = 30ms});  // `good` may take a moment
  auto good = served.client();
  const int silent = served.raw();
  const int half = served.raw();
  Bytes frame = hello_frame(1);
  say(half, frame);
  say(half, std::span(frame).first(7));
  const Bytes to_silent = read_all(silent);
  EXPECT_EQ(socket::next_frame(to_silent).type, socket::Type::refused);
  const Bytes to_half = read_all(half);
  const std::size_t welcome = socket::next_frame(to_half).size;
  EXPECT_EQ(socket::next_frame(std::span(to_half).subspan(welcome)).type, socket::Type::refused);
  EXPECT_EQ(write_register(good, 1, 2), 0);
  ::close(silent);
  ::close(half);
}

TEST(Server, AnObserverThatDoesNotReadIsDropped) {
  Served served({.max_backlog = 1 << 16});
  auto sleepy = served.client(socket::role_observer);
  auto good = served.client();
  Bytes data(2000, 1);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(good.transfer(Transfer().write(0x20, data)), 0);
  // What was under way before can still be read; then there is the end, and not a gap.
  socket::Incoming incoming;
  int error = 0;
  std::uint64_t last = 0;
  while ((error = sleepy.next(incoming, 5000)) == 0) {
    EXPECT_TRUE(incoming.wire.id == last || incoming.wire.id == last + 1);
    last = incoming.wire.id;
  }
  EXPECT_EQ(error, ECONNRESET);
  EXPECT_LT(last, 100U);
}

TEST(Server, FullHouse) {
  Served served({.max_clients = 2});
  auto one = served.client();
  auto other = served.client();
  socket::Client third;
  EXPECT_EQ(third.connect(served.path(), 1, "third"), EUSERS);
  EXPECT_THAT(third.refusal(), HasSubstr("as many clients"));
  one.close();
  // The server notices within its next round; every try is one.
  int error = EUSERS;
  for (int i = 0; i < 100 && error == EUSERS; ++i) error = third.connect(served.path(), 1, "third");
  EXPECT_EQ(error, 0);
}

TEST(Server, ObserverSeesWhatTheControllerDid) {
  Served served;
  auto observer = served.client(socket::role_observer);
  auto client = served.client();
  Bytes data{0x10, 0x20};
  socket::TransferInfo info;
  ASSERT_EQ(client.transfer(Transfer().write(0x50, data), &info), 0);
  socket::Incoming incoming;
  ASSERT_EQ(observer.next(incoming, 5000), 0);
  ASSERT_EQ(incoming.type, socket::Type::wire);
  EXPECT_EQ(incoming.wire.id, info.id);
  EXPECT_EQ(incoming.wire.flags, socket::wire_first | socket::wire_last);
  ASSERT_EQ(incoming.wire.count, 5);
  EXPECT_EQ(incoming.wire.events[1].byte, 0xa0);
  EXPECT_EQ(incoming.wire.events[3].byte, 0x20);
  EXPECT_EQ(observer.next(incoming, 0), EAGAIN);
}

TEST(Server, ControlAsksForFaultsAndStatusTellsThem) {
  Served served;
  auto client = served.client(socket::role_controller | socket::role_control);
  ASSERT_EQ(client.control({.fault = Fault::flip_bit, .value = 8 + 8 + 7}), 0);
  ASSERT_EQ(client.control({.fault = Fault::busy, .skip = 1, .value = 1}), 0);
  EXPECT_EQ(client.control({.fault = Fault::vanish, .address = 0x33}), EINVAL);
  ASSERT_EQ(write_register(client, 9, 0x40), 0);
  EXPECT_EQ(write_register(client, 8, 1), EBUSY);
  std::uint8_t value = 0;
  ASSERT_EQ(read_register(client, 9, value), 0);
  EXPECT_EQ(value, 0x41);
  ASSERT_EQ(client.control({.fault = Fault::hold_sda, .value = 2}), 0);
  EXPECT_EQ(write_register(client, 9, 1), ETIMEDOUT);
  socket::Report report;
  socket::DeviceRow rows[2];
  ASSERT_EQ(client.query(report, rows), 0);
  EXPECT_EQ(report.lines, 1);
  EXPECT_EQ(report.faults_applied, 2U);
  ASSERT_EQ(report.rows, 2);
  EXPECT_STREQ(rows[0].name, "registers");
  EXPECT_EQ(rows[1].address, 0x20);
  EXPECT_EQ(client.recover(), 0);
  EXPECT_EQ(write_register(client, 9, 1), 0);
}

TEST(Server, SkippedReadLeavesTheBufferAlone) {
  Served served;
  auto client = served.client(socket::role_controller | socket::role_control);
  ASSERT_EQ(client.control({.fault = Fault::skip_read}), 0);
  Bytes data{0x77};
  EXPECT_EQ(client.transfer(Transfer().read(0x50, data)), 0);
  EXPECT_THAT(data, ElementsAre(0x77));
}

TEST(Server, ShutdownTakesTheSocketAwayAndTellsClients) {
  Served served;
  auto client = served.client();
  EXPECT_EQ(::access(served.path().c_str(), F_OK), 0);
  served.stop();
  EXPECT_EQ(::access(served.path().c_str(), F_OK), -1);
  const int error = write_register(client, 1, 2);
  EXPECT_TRUE(error == EPIPE || error == ECONNRESET) << error;
  EXPECT_EQ(client.connect(served.path(), 1, "late"), ENOENT);
}

TEST(Listen, OnlyItsOwnerMayConnect) {
  Served served;
  struct stat status {};
  ASSERT_EQ(::stat(served.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(Listen, InUse) {
  Served served;
  Bus bus;
  BusServer second(bus);
  const ListenFailure failure = second.listen(served.path());
  EXPECT_EQ(failure.error, ListenError::in_use);
  EXPECT_THAT(failure.text, HasSubstr("another bus"));
  second.shutdown();
  auto client = served.client();
  EXPECT_EQ(write_register(client, 1, 2), 0);
}

TEST(Listen, StaleSocketIsReplaced) {
  const Folder folder;
  {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    folder.socket().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
  }
  Bus bus;
  BusServer server(bus);
  EXPECT_FALSE(server.listen(folder.socket()));
}

TEST(Listen, EachFailureHasItsName) {
  const Folder folder;
  Bus bus;
  BusServer server(bus);
  EXPECT_EQ(server.listen("/tmp/" + std::string(120, 'x')).error, ListenError::path_too_long);
  EXPECT_EQ(server.listen(folder.path() + "/no/bus").error, ListenError::no_directory);
  EXPECT_EQ(server.listen("").error, ListenError::no_directory);
  EXPECT_EQ(server.listen("/sys/bus-socket").error, ListenError::not_permitted);
  { std::ofstream file(folder.socket()); }
  EXPECT_EQ(server.listen(folder.socket()).error, ListenError::not_a_socket);
  EXPECT_EQ(::access(folder.socket().c_str(), F_OK), 0);
}

}  // namespace
}  // namespace picoctl::sim
