// What every bus must do, whatever carries it. The other end is a virtual bus in this process: a chip
// of 256 registers at 0x50, a port expander at 0x20, a Pico at 0x41.
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <numeric>
#include <string>
#include <thread>

#include "picoctl/controller/pico.hpp"
#include "picoctl/controller/scan.hpp"
#include "picoctl/socket/client.hpp"
#include "picoctl/virtual/devices.hpp"
#include "picoctl/virtual/pico.hpp"
#include "picoctl/virtual/server.hpp"
#include "support/provoked.hpp"

namespace picoctl::test {
namespace {

constexpr std::uint8_t chip = 0x50;
constexpr std::uint8_t nobody = 0x33;

// The virtual bus, served by a thread.
class Served {
 public:
  explicit Served(std::string path) : path_(std::move(path)) {
    bus_.attach(registers_);
    bus_.attach(port_);
    bus_.attach(pico_);
    start();
  }
  ~Served() { stop(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  void start() {
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    server_ = std::make_unique<sim::BusServer>(bus_);
    const sim::ListenFailure failure = server_->listen(path_);
    ASSERT_FALSE(failure) << failure.text;
    thread_ = std::thread([this] { server_->run(stop_); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(stop_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
    ::close(stop_);
    server_.reset();
  }
  void fault(socket::FaultRequest request) {
    socket::Client client;
    ASSERT_EQ(client.connect(path_, socket::role_control, "test"), 0);
    ASSERT_EQ(client.control(request), 0);
  }
  const std::string& path() const { return path_; }
  sim::Pcf8574& port() { return port_; }

 private:
  std::string path_;
  sim::Bus bus_{{.speed_hz = 400'000}};
  sim::RegisterFile registers_{chip};
  sim::Pcf8574 port_{0x20};
  sim::VirtualPico pico_{bus_, {.journal = {}, .program = sim::standard_program}};
  std::unique_ptr<sim::BusServer> server_;
  std::thread thread_;
  int stop_ = -1;
};

struct BusRow {
  const char* name;  // of the test
  bool needs_shim;   //
  bool comes_back;   // the same Bus works again after its other end has gone and come
};

std::string unused_path() {
  const char* const shim = std::getenv("PICOCTL_SHIM_SOCKET");
  return shim != nullptr ? shim : "/tmp/picoctl-conformance-" + std::to_string(::getpid());
}

class BusConformance : public ::testing::TestWithParam<BusRow> {
 protected:
  void SetUp() override {
    if (GetParam().needs_shim && std::getenv("PICOCTL_SHIM_SOCKET") == nullptr) {
      GTEST_SKIP() << "runs in a process that has the shim";
    }
    served = std::make_unique<Served>(unused_path());
    auto opened = open_bus(bus_name());
    ASSERT_TRUE(opened) << summary(opened.error());
    bus = std::move(*opened);
  }
  std::string bus_name() const {
    return GetParam().needs_shim ? "i2c:1" : "virtual:" + served->path();
  }
  Expected<void> write(std::uint8_t address, std::vector<std::uint8_t> bytes) {
    const Message message{address, 0, static_cast<std::uint16_t>(bytes.size()), bytes.data()};
    return bus->transfer({&message, 1});
  }
  // Writes the register's number, repeated START, reads into `out`.
  Expected<void> read(std::uint8_t address, std::uint8_t number, std::span<std::uint8_t> out) {
    const std::array<Message, 2> messages{
        Message{address, 0, 1, &number},
        Message{address, socket::flag_read, static_cast<std::uint16_t>(out.size()), out.data()}};
    return bus->transfer(messages);
  }
  void expect(const Expected<void>& result, Error error) {
    ASSERT_FALSE(result);
    EXPECT_EQ(name(result.error().error), name(error)) << result.error().detail;
    EXPECT_EQ(result.error().outcome, Outcome::unknown);
    EXPECT_NE(result.error().detail.find(bus->name()), std::string::npos) << result.error().detail;
    provoked(error);
  }
  void expect_works() {
    std::array<std::uint8_t, 1> byte{};
    ASSERT_TRUE(write(chip, {0, 0x5A}));
    ASSERT_TRUE(read(chip, 0, byte));
    EXPECT_EQ(byte[0], 0x5A);
  }

  std::unique_ptr<Served> served;
  std::unique_ptr<Bus> bus;
};

TEST_P(BusConformance, IsCalledWhatTheUserCallsIt) {
  EXPECT_EQ(bus->name(), bus_name());
  EXPECT_EQ(bus->is_virtual(), !GetParam().needs_shim);
}

TEST_P(BusConformance, WritesAndReadsWithARepeatedStart) {
  ASSERT_TRUE(write(chip, {7, 1, 2, 3}));
  std::array<std::uint8_t, 3> bytes{};
  ASSERT_TRUE(read(chip, 7, bytes));
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 3>{1, 2, 3}));
  EXPECT_EQ(bus->transfers(), 2U);
}

TEST_P(BusConformance, SaysThatNobodyAnswers) {
  expect(write(nobody, {1}), Error::no_answer);
  EXPECT_NE(write(nobody, {1}).error().detail.find("0x33"), std::string::npos);
  std::uint8_t byte = 0;
  expect(read(nobody, 0, {&byte, 1}), Error::no_answer);
  expect_works();
}

TEST_P(BusConformance, ZeroesWhatWasNotRead) {
  std::array<std::uint8_t, 4> bytes{0xAA, 0xAA, 0xAA, 0xAA};
  EXPECT_FALSE(read(nobody, 0, bytes));
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{}));
}

// C7: the fault that a Pi can make. "Success", and the bytes are zero.
TEST_P(BusConformance, ZeroesWhatIsSaidToBeRead) {
  ASSERT_TRUE(write(chip, {0, 9, 9, 9, 9}));
  std::array<std::uint8_t, 4> bytes{0xAA, 0xAA, 0xAA, 0xAA};
  served->fault({.fault = socket::Fault::skip_read});
  ASSERT_TRUE(read(chip, 0, bytes));
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{}));
  ASSERT_TRUE(read(chip, 0, bytes));
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{9, 9, 9, 9}));
}

TEST_P(BusConformance, ProbesWithoutAByte) {
  ASSERT_TRUE(bus->has_quick());
  ASSERT_TRUE(write(0x20, {}));
  EXPECT_EQ(served->port().bytes_received(), 0U);
  expect(write(nobody, {}), Error::no_answer);
}

TEST_P(BusConformance, CarriesTheLongestMessages) {
  std::vector<std::uint8_t> bytes(8192, 0x11);
  ASSERT_TRUE(write(chip, bytes));
  std::fill(bytes.begin(), bytes.end(), 0);
  ASSERT_TRUE(read(chip, 0, bytes));
  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), 0x11), 8192);
}

TEST_P(BusConformance, CarriesManyMessages) {
  std::vector<std::array<std::uint8_t, 2>> pairs(42);
  std::vector<Message> messages;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i + 100)};
    messages.push_back({chip, 0, 2, pairs[i].data()});
  }
  ASSERT_TRUE(bus->transfer(messages));
  std::array<std::uint8_t, 42> bytes{};
  ASSERT_TRUE(read(chip, 0, bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], i + 100);
}

TEST_P(BusConformance, RefusesWhatNoPiCanDo) {
  expect(bus->transfer({}), Error::bus_unsupported);
  std::uint8_t byte = 0;
  const std::vector<Message> too_many(43, {chip, 0, 1, &byte});
  expect(bus->transfer(too_many), Error::bus_unsupported);
  const std::array<Message, 2> read_first{Message{chip, socket::flag_read, 1, &byte},
                                          Message{chip, 0, 1, &byte}};
  expect(bus->transfer(read_first), Error::bus_unsupported);
  expect_works();
}

struct FaultRow {
  socket::Fault fault;
  std::uint32_t value;
  Error error;
};
constexpr std::array<FaultRow, 6> faults{
    {{socket::Fault::nack_address, 1, Error::no_answer},
     {socket::Fault::lose_arbitration, 1, Error::arbitration_lost},
     {socket::Fault::busy, 1, Error::arbitration_lost},
     {socket::Fault::cut, 1, Error::bus_io},
     {socket::Fault::hold_sda, 0, Error::bus_stuck},
     {socket::Fault::hold_scl, 0, Error::bus_stuck}}};

TEST_P(BusConformance, NamesEveryFaultOfTheWires) {
  for (const FaultRow& row : faults) {
    served->fault({.fault = row.fault, .value = row.value});
    expect(write(chip, {1, 2}), row.error);
    served->fault({.fault = socket::Fault::clear});
    expect_works();
  }
}

TEST_P(BusConformance, MayBeUsedByThreads) {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::uint8_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto number = static_cast<std::uint8_t>(16 * t);
      for (std::uint8_t i = 0; i < 50; ++i) {
        std::array<std::uint8_t, 1> byte{};
        const bool fine = write(chip, {number, i}) && read(chip, number, byte) && byte[0] == i;
        wrong += fine ? 0 : 1;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(BusConformance, MayBeUsedAfterAFork) {
  expect_works();
  const pid_t child = ::fork();
  const std::uint8_t number = child == 0 ? 0x10 : 0x20;
  bool fine = true;
  for (std::uint8_t i = 0; i < 50; ++i) {
    std::array<std::uint8_t, 1> byte{};
    fine = fine && write(chip, {number, i}) && read(chip, number, byte) && byte[0] == i;
  }
  if (child == 0) ::_exit(fine ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(fine);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_P(BusConformance, AnEndThatGoesIsSaid) {
  served->stop();
  const auto gone = write(chip, {1});
  ASSERT_FALSE(gone);
  if (!GetParam().needs_shim) expect(gone, Error::virtual_bus_absent);
  served->start();
  if (GetParam().comes_back) expect_works();
}

TEST_P(BusConformance, NobodyIsHeldByAKernelDriver) { EXPECT_FALSE(bus->in_use(chip)); }

TEST_P(BusConformance, IsScannedWithoutHarm) {
  const auto result = scan(*bus, {});
  ASSERT_TRUE(result) << summary(result.error());
  ASSERT_EQ(result->found.size(), 3U);
  EXPECT_EQ(result->found[0].address, 0x20);
  EXPECT_EQ(result->found[1].kind, Found::Kind::pico);
  EXPECT_EQ(result->found[1].name->board, "virtual");
  EXPECT_EQ(result->found[2].address, chip);
  EXPECT_EQ(served->port().bytes_received(), 0U);
}

TEST_P(BusConformance, CarriesAPicosSession) {
  const std::shared_ptr<Bus> shared = std::move(bus);
  auto first = connect(shared);
  ASSERT_TRUE(first) << summary(first.error());
  auto second = connect(shared);
  ASSERT_TRUE(second) << summary(second.error());
  for (std::uint32_t token = 0; token < 40; ++token) {
    Pico& pico = token % 2 == 0 ? *first : *second;
    const auto done = pico.call("light", 1, true, token);
    ASSERT_TRUE(done) << summary(done.error());
  }
  EXPECT_EQ(*first->get("light1"), 1);
}

// A listener that answers every greeting with these bytes.
class Listener {
 public:
  Listener(const std::string& path, std::vector<std::uint8_t> answer) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    thread_ = std::thread([this, answer] {
      const int peer = ::accept(fd_, nullptr, nullptr);
      static_cast<void>(::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL));
      std::array<std::uint8_t, 256> greeting{};
      static_cast<void>(::recv(peer, greeting.data(), greeting.size(), 0));
      ::close(peer);
    });
    path_ = path;
  }
  ~Listener() {
    thread_.join();
    ::close(fd_);
    ::unlink(path_.c_str());
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  std::string path_;
  int fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread thread_;
};

Error error_of_a_bus_that_says(const std::vector<std::uint8_t>& answer) {
  const std::string path = unused_path() + "-other";
  const Listener listener(path, answer);
  const auto opened = open_bus("virtual:" + path);
  EXPECT_FALSE(opened);
  return opened ? Error::not_run : opened.error().error;
}

TEST(VirtualBus, OfAnotherVersionIsNamed) {
  std::array<std::uint8_t, 64> room{};
  socket::Writer writer(room, socket::Type::refused);
  encode(writer, socket::Refused{.version = 9, .error = EPROTONOSUPPORT, .reason = "I speak 9"});
  const auto frame = writer.end();
  EXPECT_EQ(error_of_a_bus_that_says({frame.begin(), frame.end()}), Error::socket_version);
  provoked(Error::socket_version);
}

TEST(VirtualBus, ThatIsNoBusAtAllIsNamed) {
  EXPECT_EQ(error_of_a_bus_that_says({'H', 'T', 'T', 'P', '/', '1'}), Error::bus_not_i2c);
  provoked(Error::bus_not_i2c);
}

INSTANTIATE_TEST_SUITE_P(All, BusConformance,
                         ::testing::Values(BusRow{"virtual", false, true},
                                           BusRow{"i2c_dev", true, false}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace picoctl::test
