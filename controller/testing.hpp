// For tests: a Pico in this process (the target's own code) on a bus of virtual time, where each
// transaction can go wrong in any way that one asks for.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connection.hpp"
#include "picoctl/controller/pico.hpp"
#include "picoctl/link/frame.hpp"
#include "picoctl/link/registers.hpp"
#include "picoctl/target/target.hpp"
#include "support/provoked.hpp"

namespace picoctl::controller::test {

using namespace std::chrono_literals;
using picoctl::test::provoked;

// Where descriptions are cached, for as long as it lives.
class CacheFolder {
 public:
  CacheFolder() {
    char name[] = "/tmp/picoctl-cache-XXXXXX";
    path_ = ::mkdtemp(name);
    ::setenv("XDG_CACHE_HOME", path_.c_str(), 1);
  }
  ~CacheFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  CacheFolder(const CacheFolder&) = delete;
  CacheFolder& operator=(const CacheFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A board of nothing but time.
class TestBoard final : public target::Board {
 public:
  explicit TestBoard(std::uint32_t boot_id) : boot_id_(boot_id) {}
  std::function<void(std::string_view)> on_journal;
  std::uint64_t time_us = 0;
  bool restarted = false;
  bool can_save = true;
  bool safe = false;  // mode

  std::uint64_t now_us() override { return time_us; }
  void mask_interrupts() override {}
  void unmask_interrupts() override {}
  std::uint8_t pin_count() const override { return 30; }
  std::uint32_t link_pins() const override { return 3; }
  void gpio_mode(std::uint8_t, bool, target::Pull) override {}
  void gpio_write(std::uint32_t mask, std::uint32_t values) override {
    pins_ = (pins_ & ~mask) | (values & mask);
  }
  std::uint32_t gpio_read() override { return pins_; }
  void led_write(bool) override {}
  Chip chip() const override { return Chip::virtual_pico; }
  std::string_view board_name() const override { return "test"; }
  std::uint64_t unique_id() const override { return 0x1122334455667788; }
  std::uint32_t boot_id() const override { return boot_id_; }
  target::ResetCause reset_cause() const override { return target::ResetCause::power_on; }
  bool load_settings(target::Settings&) override { return false; }
  bool save_settings(const target::Settings&) override { return can_save; }
  [[nodiscard]] bool safe_mode() const override { return safe; }
  void restart() override { restarted = true; }
  void journal(std::string_view line) override { on_journal(line); }

 private:
  std::uint32_t boot_id_;
  std::uint32_t pins_ = 0;
};

// Few slots, so that they run out.
using TestTarget = Target<Limits{.slots = 2, .reply = 120}>;

class TestPico {
 public:
  using Program = std::function<void(TestTarget&)>;

  explicit TestPico(std::uint8_t address = 0x41, Program program = &standard)
      : address_(address), program_(std::move(program)) {
    boot();
  }

  static void standard(TestTarget& target) {
    target.command("add a b -> sum # Sums two numbers",
                   [](std::int32_t a, std::int32_t b) { return a + b; });
    target.command("note token # Is noted in the journal", [](std::uint32_t) {});
    target.command("refuse code", [](Context& context, std::uint8_t code) -> Result<void> {
      return context.fail(static_cast<Error>(code), "because ", 7U);
    });
    target.plain_register(0x10, "speed # Turns a minute", [](std::uint16_t) {});
    target.plain_register(0x12, "tilt", [](std::int8_t) {});
  }

  // Power off and on: another boot id, nothing kept.
  void boot() {
    const std::uint64_t time_us = board_ ? board_->time_us : 0;
    target_.reset();
    board_ = std::make_unique<TestBoard>(++boots_ + 0x1000);
    board_->time_us = time_us;
    board_->safe = safe;
    board_->on_journal = [this](std::string_view line) { journal.emplace_back(line); };
    target_ = std::make_unique<TestTarget>(*board_, address_, modules_);
    program_(*target_);
    target_->start();
  }
  void program(Program other) { program_ = std::move(other); }
  void modules(std::span<const Module* const> others) { modules_ = others; }

  // How often this line was run.
  long ran(std::string_view line) const { return std::count(journal.begin(), journal.end(), line); }

  target::Core& target() { return *target_; }
  Slot& slot(std::uint8_t index = 0) { return target().slots().slot(index); }
  TestBoard& board() { return *board_; }
  std::uint8_t address() const { return address_; }
  std::vector<std::string> journal;
  bool safe = false;  // its next boot ends in safe mode
  bool loops = true;  // false: its loop stands still, only its interrupt works

  void loop() {
    for (int turn = 0; loops && turn < 8; ++turn) target_->poll();
  }
  void write(std::span<const std::uint8_t> bytes) {
    target_->face().begin_write();
    for (const std::uint8_t byte : bytes) target_->face().write(byte);
    target_->face().end_write();
  }
  void read(std::span<std::uint8_t> out) {
    target_->face().begin_read();
    while (!out.empty()) {
      std::array<std::uint8_t, 16> fifo{};
      const std::size_t size = std::min(target_->face().fill(fifo), out.size());
      std::copy_n(fifo.begin(), size, out.begin());
      out = out.subspan(size);
    }
    target_->face().end_read();
  }

 private:
  std::uint8_t address_;
  Program program_;
  std::span<const Module* const> modules_ = target::default_modules;
  std::uint32_t boots_ = 0;
  std::unique_ptr<TestBoard> board_;
  std::unique_ptr<TestTarget> target_;
};

class TestBus final : public Bus {
 public:
  using Messages = std::span<const Message>;
  // What is done with one transaction instead of the usual.
  using Step = std::function<Expected<void>(TestBus&, Messages)>;

  std::vector<TestPico*> picos;
  std::deque<Step> script;              // for the transactions that come; then all is usual
  Step always;                          // when the script is over; may be empty
  std::chrono::microseconds cost{100};  // of one transaction
  std::vector<std::vector<std::uint8_t>> written;  // the bytes of every write
  std::vector<std::uint8_t> held;                  // addresses of kernel drivers
  std::vector<std::size_t> read_sizes;             //
  bool quick = true;
  int recoveries = 0;
  std::function<void(bool taken)> on_claim;  // claim() and release()
  std::chrono::milliseconds claimed_for{0};  // at most, the last time

  std::string name() const override { return "test"; }
  std::uint16_t speed_khz() const override { return 400; }
  bool has_quick() const override { return quick; }
  bool in_use(std::uint8_t address) override {
    return std::find(held.begin(), held.end(), address) != held.end();
  }
  Clock::time_point now() override { return now_; }
  void sleep(std::chrono::microseconds pause) override { pass(pause); }
  void claim(std::chrono::milliseconds at_most) override {
    claimed_for = at_most;
    if (on_claim) on_claim(true);
  }
  void release() override {
    if (on_claim) on_claim(false);
  }
  Expected<void> recover() override {
    ++recoveries;
    return {};
  }

  void pass(std::chrono::microseconds time) {
    now_ += time;
    for (TestPico* pico : picos) {
      pico->board().time_us += static_cast<std::uint64_t>(time.count());
      pico->loop();
    }
  }
  TestPico* at(std::uint16_t address) {
    for (TestPico* pico : picos) {
      if (pico->address() == address) return pico;
    }
    return nullptr;
  }
  static Unexpected<Failure> error(Error error) { return fail(error, "test", Outcome::unknown); }

  // One transaction as it should be; the Pico's loop is quick enough for the repeated START.
  Expected<void> usual(Messages messages) {
    for (const Message& message : messages) {
      TestPico* pico = at(message.address);
      if (pico == nullptr) return error(Error::no_answer);
      if (message.is_read()) {
        pico->read({message.data, message.length});
      } else if (message.length > 0) {
        pico->write({message.data, message.length});
        pico->loop();
      }
    }
    return {};
  }

 private:
  Expected<void> do_transfer(Messages messages) override {
    pass(cost);
    for (const Message& message : messages) {
      if (message.is_read()) {
        std::memset(message.data, 0, message.length);
        read_sizes.push_back(message.length);
      } else {
        written.emplace_back(message.data, message.data + message.length);
      }
    }
    if (!script.empty()) {
      const Step step = std::move(script.front());
      script.pop_front();
      return step(*this, messages);
    }
    return always ? always(*this, messages) : usual(messages);
  }

  Clock::time_point now_{std::chrono::hours(1)};
};

// --- what can happen to a transaction ---

inline Expected<void> usual(TestBus& bus, TestBus::Messages messages) {
  return bus.usual(messages);
}
inline Expected<void> lost_request(TestBus&, TestBus::Messages) {
  return TestBus::error(Error::no_answer);
}
inline Expected<void> lost_reply(TestBus& bus, TestBus::Messages messages) {
  static_cast<void>(bus.usual(messages));
  for (const Message& message : messages) {
    if (message.is_read()) std::memset(message.data, 0, message.length);
  }
  return TestBus::error(Error::bus_io);
}
// C7: the driver says that all went well, and has not read.
inline Expected<void> skipped_read(TestBus& bus, TestBus::Messages messages) {
  return bus.usual(messages.first(1));
}
inline TestBus::Step failing(Error error) {
  return [error](TestBus&, TestBus::Messages) -> Expected<void> { return TestBus::error(error); };
}
// A bit of the request is turned on its way.
inline TestBus::Step damaged_request(std::size_t byte, std::uint8_t bits = 1) {
  return [byte, bits](TestBus& bus, TestBus::Messages messages) {
    std::vector<std::uint8_t> bytes(messages[0].data, messages[0].data + messages[0].length);
    bytes.at(byte) ^= bits;
    std::vector<Message> changed(messages.begin(), messages.end());
    changed[0].data = bytes.data();
    return bus.usual(changed);
  };
}
inline TestBus::Step damaged_reply(std::size_t byte, std::uint8_t bits = 1) {
  return [byte, bits](TestBus& bus, TestBus::Messages messages) {
    auto done = bus.usual(messages);
    messages.back().data[byte] ^= bits;
    return done;
  };
}
// The Pico receives nothing, and these bytes are read.
inline TestBus::Step shows(std::vector<std::uint8_t> bytes) {
  return [bytes](TestBus&, TestBus::Messages messages) -> Expected<void> {
    const Message& read = messages.back();
    std::memset(read.data, registers::beyond, read.length);
    std::memcpy(read.data, bytes.data(), std::min<std::size_t>(bytes.size(), read.length));
    return {};
  };
}
inline std::vector<std::uint8_t> head_bytes(std::uint16_t key, State state, Sequence sequence,
                                            std::uint8_t length = 0, std::uint8_t epoch = 1) {
  std::vector<std::uint8_t> bytes(head_size);
  encode_head(std::span(bytes).first<head_size>(), 0x41, key,
              {state, sequence, length, epoch, false});
  return bytes;
}
inline TestBus::Step shows_public(State state, std::uint8_t epoch = 1) {
  return shows(head_bytes(public_key, state, {public_slot, 0}, 0, epoch));
}
inline TestBus::Step in_turn(std::function<void()> first, TestBus::Step then = &usual) {
  return [first, then](TestBus& bus, TestBus::Messages messages) {
    first();
    return then(bus, messages);
  };
}

// One Pico, one bus, one connection that is open, and nonces that count from 100.
class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    bus->picos = {&pico};
    connection = make();
  }
  // The goodbye comes after the test's body, and with it all that its lambdas captured, is gone.
  void TearDown() override { bus->always = nullptr; }
  std::unique_ptr<Connection> make() {
    return std::make_unique<Connection>(bus, std::uint8_t{0x41}, CallOptions{},
                                        [this] { return nonce++; });
  }
  void open() {
    const auto opened = connection->open(4s);
    ASSERT_TRUE(opened) << summary(opened.error());
    ASSERT_TRUE(connection->description());
    bus->written.clear();
    bus->read_sizes.clear();
    before = connection->counters();
  }
  Expected<Value> call(std::string_view name, std::vector<Value> args = {},
                       std::optional<CallOptions> options = {}) {
    return connection->call(name, args, options);
  }
  // `note`, whose every execution is in the journal under its token.
  Expected<Value> note(std::uint32_t token) { return call("note", {token}); }
  long noted(std::uint32_t token) const { return pico.ran("note token=" + std::to_string(token)); }

  void expect_failure(const Expected<Value>& result, Error error, Outcome outcome) {
    ASSERT_FALSE(result) << *result;
    EXPECT_EQ(name(result.error().error), name(error)) << result.error().detail;
    EXPECT_EQ(result.error().outcome, outcome) << summary(result.error());
    provoked(error);
  }
  // After whatever happened the next command runs, once.
  void expect_healthy() {
    bus->script.clear();
    bus->always = {};
    pico.loops = true;
    const auto result = note(999);
    ASSERT_TRUE(result) << summary(result.error());
    EXPECT_EQ(noted(999), 1);
  }
  std::uint16_t key() { return pico.slot().key; }
  // The Pico shows that it is at work on the next command of the first session.
  TestBus::Step shows_busy() {
    const std::uint8_t number = next_number(pico.slot().last);
    return [this, number](TestBus& wire, TestBus::Messages messages) {
      return shows(head_bytes(key(), State::busy, {0, number}))(wire, messages);
    };
  }
  // The same, after it has received the request.
  TestBus::Step receives_and_shows_busy() {
    return [busy = shows_busy()](TestBus& wire, TestBus::Messages messages) {
      static_cast<void>(wire.usual(messages));
      return busy(wire, messages);
    };
  }

  CacheFolder cache;
  TestPico pico;
  std::shared_ptr<TestBus> bus = std::make_shared<TestBus>();
  std::uint32_t nonce = 100;
  std::unique_ptr<Connection> connection;
  LinkCounters before;
};

}  // namespace picoctl::controller::test
