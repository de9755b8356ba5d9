// The library as a program sees it.
#include "picoctl/controller/pico.hpp"

#include <atomic>
#include <thread>

#include "picoctl/commands/gpio.hpp"
#include "picoctl/commands/system.hpp"
#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

class PicoTest : public ::testing::Test {
 protected:
  PicoTest() { bus->picos = {&pico}; }
  Expected<Pico> connect(std::optional<std::uint8_t> address = 0x41) {
    ConnectOptions options;
    options.address = address;
    return picoctl::connect(bus, options);
  }
  void expect_refused(const Expected<Pico>& result, Error error, std::string_view words = {}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(name(result.error().error), name(error)) << result.error().detail;
    EXPECT_NE(result.error().detail.find(words), std::string::npos) << result.error().detail;
    EXPECT_EQ(result.error().outcome, Outcome::not_run);
    provoked(error);
  }

  CacheFolder cache;
  TestPico pico;
  std::shared_ptr<TestBus> bus = std::make_shared<TestBus>();
};

TEST_F(PicoTest, CallsByNameAndByType) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  const auto sum = connected->call("add", 2, 3);
  ASSERT_TRUE(sum) << summary(sum.error());
  EXPECT_EQ(sum->at("sum"), 5);
  ASSERT_TRUE(connected->call<gpio::Write>({25, true}));
  const auto pin = connected->call<gpio::Read>({25});
  ASSERT_TRUE(pin);
  EXPECT_TRUE(pin->on);
  EXPECT_EQ(pico.ran("gpio.write pin=25 on=1"), 1);
  EXPECT_TRUE(connected->call("gpio.mode", 3, "output", gpio::Pull::up));
  EXPECT_EQ(pico.ran("gpio.mode pin=3 mode=1 pull=1"), 1);
}

TEST_F(PicoTest, ArgumentsAsTypedInAShell) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  const std::vector<Value> args{"0x10", "-3"};
  const auto sum = connected->call_values("add", args);
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->at("sum"), 13);
}

// Another language may put them in order by their names; the order is the description's.
TEST_F(PicoTest, ArgumentsInTheOrderOfAnotherDescriptionAreNotSent) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  const std::uint32_t hash = connected->identity().description;
  const std::vector<Value> args{2, 3};
  EXPECT_TRUE(connected->call_values("add", args, {}, hash));
  const auto refused = connected->call_values("add", args, {}, hash + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error, Error::unknown_command);
  EXPECT_EQ(refused.error().outcome, Outcome::not_run);
  EXPECT_EQ(pico.ran("add a=2 b=3"), 1);
}

TEST_F(PicoTest, FindsTheOnlyOne) {
  const auto connected = connect(std::nullopt);
  ASSERT_TRUE(connected) << summary(connected.error());
  EXPECT_EQ(connected->address(), 0x41);
  EXPECT_EQ(connected->identity().unique_id, 0x1122334455667788U);
}

TEST_F(PicoTest, SeveralPicosAreNamed) {
  TestPico second(0x44);
  bus->picos.push_back(&second);
  expect_refused(connect(std::nullopt), Error::several_picos, "0x41, 0x44 on test");
}

TEST_F(PicoTest, NoPicoIsSaidAndSoIsWhoIsThere) {
  bus->picos.clear();
  expect_refused(connect(std::nullopt), Error::no_pico_found, "none at 0x41-0x48 on test");
  bus->picos = {&pico};
  bus->always = [](TestBus&, TestBus::Messages messages) -> Expected<void> {
    if (messages[0].address != 0x45) return TestBus::error(Error::no_answer);
    return {};
  };
  expect_refused(connect(std::nullopt), Error::no_pico_found, "0x45 is something else");
}

TEST_F(PicoTest, ReservedAddressesAreRefused) {
  for (const int address : {0x00, 0x07, 0x78, 0x7F, 0x80, 0xFF}) {
    expect_refused(connect(static_cast<std::uint8_t>(address)), Error::bad_address);
  }
  EXPECT_EQ(bus->transfers(), 0U);
}

TEST_F(PicoTest, AnAddressOfAKernelDriverIsLeftAlone) {
  bus->held = {0x41};
  expect_refused(connect(), Error::bus_in_use, "0x41 on test");
  expect_refused(connect(std::nullopt), Error::no_pico_found);
  for (const auto& bytes : bus->written) EXPECT_TRUE(bytes.size() <= 1);
}

TEST_F(PicoTest, NothingIsSentThatDoesNotFitTheDescription) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  ASSERT_TRUE(connected->description());
  const auto transfers = bus->transfers();
  EXPECT_EQ(connected->call("ad", 1, 2).error().error, Error::no_such_command);
  EXPECT_EQ(connected->call("add", 1).error().error, Error::wrong_count);
  EXPECT_EQ(connected->call("add", "x", 2).error().error, Error::wrong_type);
  EXPECT_EQ(connected->call("add", 1, 1LL << 40).error().error, Error::out_of_range);
  EXPECT_EQ(bus->transfers(), transfers);
}

TEST_F(PicoTest, ATypedCallNeedsTheSameSignature) {
  struct Args {
    std::uint8_t token = 0;
    using fields = Fields<Field<"token", &Args::token>>;
  };
  auto connected = connect();
  ASSERT_TRUE(connected);
  const auto result = connected->call<Command<"note", "Is noted", Args>>({1});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error, Error::wrong_type);
  EXPECT_EQ(result.error().detail,
            "this program calls 'note token:u8', the Pico has 'note token:u32'");
  EXPECT_EQ((connected->call<Command<"nota", "", Args>>({1})).error().error,
            Error::no_such_command);
  EXPECT_TRUE(pico.journal.empty() || pico.ran("note token=1") == 0);
}

// What is remembered of a typed call is of one description.
TEST_F(PicoTest, ATypedCallFindsItsCommandUnderAnotherNumber) {
  struct Args {
    std::uint32_t token = 0;
    using fields = Fields<Field<"token", &Args::token>>;
  };
  using Note = Command<"note", "Is noted", Args>;
  auto connected = connect();
  ASSERT_TRUE(connected);
  ASSERT_TRUE(connected->call<Note>({1}));
  pico.program([](TestTarget& target) {
    target.command("first", [] {});
    TestPico::standard(target);
  });
  pico.boot();
  for (std::uint32_t token = 2; token < 4; ++token) {
    while (!connected->call<Note>({token})) continue;  // the first may end as unknown
    EXPECT_EQ(pico.ran("note token=" + std::to_string(token)), 1);
  }
  pico.program([](TestTarget& target) { target.command("first", [] {}); });
  pico.boot();
  while (connected->call<Note>({4}).error().outcome == Outcome::unknown) continue;
  EXPECT_EQ(connected->call<Note>({4}).error().error, Error::no_such_command);
}

TEST_F(PicoTest, OtherHelpOrTimeIsNoOtherSignature) {
  struct Args {
    std::uint32_t token = 0;
    using fields = Fields<Field<"token", &Args::token>>;
  };
  auto connected = connect();
  ASSERT_TRUE(connected);
  EXPECT_TRUE((connected->call<Command<"note", "Other words", Args, Nothing, 5000>>({1})));
}

TEST_F(PicoTest, TooLongIsKnownBeforeSending) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  Identity small = pico.target().identity();
  small.max_request = 8;
  const auto bytes = encode_identity(small, 0x41);
  bus->script = {shows({bytes.begin(), bytes.end()})};
  auto limited = connect();
  ASSERT_TRUE(limited);
  ASSERT_TRUE(limited->description());
  const auto transfers = bus->transfers();
  const auto result = limited->call("system.echo", std::string(100, 'x'));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error, Error::too_long);
  EXPECT_EQ(bus->transfers(), transfers);
  provoked(Error::too_long);
}

// More than 127 commands: the number takes a second byte.
TEST_F(PicoTest, LongCommandNumbers) {
  static Entry entries[200];
  static std::string lines[200];
  for (int i = 0; i < 200; ++i) {
    lines[i] = "c" + std::to_string(i) + " -> n:u8";
    entries[i] = {lines[i],
                  nullptr,
                  [](Context* context, const Entry& entry, Reader& args, Writer& reply) {
                    if (!args.finished()) return Result<void>(Unexpected{Error::bad_arguments});
                    if (context != nullptr) reply.byte(static_cast<std::uint8_t>(&entry - entries));
                    return Result<void>();
                  },
                  nullptr,
                  1,
                  1000,
                  false};
  }
  static const Module many{entries, {}};
  static const std::array<const Module*, 2> modules{&target::system_module, &many};
  TestBoard board(7);
  board.on_journal = [](std::string_view) {};
  TestTarget target(board, 0x42, modules);
  target.start();
  bus->always = [&](TestBus&, TestBus::Messages messages) -> Expected<void> {
    for (const Message& message : messages) {
      auto& face = target.face();
      if (!message.is_read()) {
        face.begin_write();
        for (int i = 0; i < message.length; ++i) face.write(message.data[i]);
        face.end_write();
        while (target.poll()) {
        }
        continue;
      }
      face.begin_read();
      for (std::size_t at = 0; at < message.length;) {
        std::array<std::uint8_t, 16> fifo{};
        const std::size_t size = face.fill(fifo);
        for (std::size_t i = 0; i < size && at < message.length; ++i) message.data[at++] = fifo[i];
      }
      face.end_read();
    }
    return {};
  };
  auto connected = connect(0x42);
  ASSERT_TRUE(connected) << summary(connected.error());
  for (const int n : {0, 118, 119, 120, 199}) {
    const auto reply = connected->call("c" + std::to_string(n));
    ASSERT_TRUE(reply) << summary(reply.error());
    EXPECT_EQ(reply->at("n"), n);
  }
  const std::vector<BatchItem> items{{"c0", {}}, {"c199", {}}, {"c150", {}}};
  const auto batch = connected->batch(items);
  ASSERT_TRUE(batch) << summary(batch.error());
  EXPECT_EQ((*batch)[1].reply.at("n"), 199);
  EXPECT_EQ((*batch)[2].reply.at("n"), 150);
}

TEST_F(PicoTest, TellsItsName) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  const auto name = connected->name();
  ASSERT_TRUE(name);
  EXPECT_EQ(name->board, "test");
  EXPECT_EQ(name->reset, "power_on");
}

TEST_F(PicoTest, ErrorsOfHandlersArriveAsWhatTheyAre) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  const auto check = [&](Expected<Value> result, Error error) {
    ASSERT_FALSE(result);
    EXPECT_EQ(name(result.error().error), name(error));
    EXPECT_EQ(result.error().outcome, Outcome::done);
    provoked(error);
  };
  check(connected->call("gpio.write", 40, true), Error::no_such_pin);
  check(connected->call("gpio.write", 1, true), Error::pin_reserved);
  check(connected->call("system.address", 0x55), Error::bad_value);
  pico.board().can_save = false;
  check(connected->call("system.name", "x"), Error::not_saved);
  check(connected->call("refuse", static_cast<unsigned>(Error::unsupported)), Error::unsupported);
  check(connected->call("refuse", static_cast<unsigned>(Error::handler_failed)),
        Error::handler_failed);
  check(connected->call("system.echo", std::string(239, 'x')), Error::reply_too_long);
}

TEST_F(PicoTest, MayBeMoved) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  Pico moved = std::move(*connected);
  EXPECT_TRUE(moved.call("note", 1));
  auto other = connect();
  ASSERT_TRUE(other);
  moved = std::move(*other);
  EXPECT_TRUE(moved.call("note", 2));
  EXPECT_EQ(pico.target().slots().open_count(), 1U);
}

TEST_F(PicoTest, SeveralThreadsMayUseIt) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  ASSERT_TRUE(connected->description());
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) failed += connected->call("note", 1000 * t + i) ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  for (int t = 0; t < 4; ++t) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(pico.ran("note token=" + std::to_string(1000 * t + i)), 1);
    }
  }
}

TEST_F(PicoTest, AReplyThatIsNotAsDescribedIsSaid) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  ASSERT_TRUE(connected->description());
  const auto lies = [this](TestBus& wire, TestBus::Messages messages) {
    auto done = wire.usual(messages);
    messages[1].data[head_size] = 7;  // a bool that is neither
    const std::span answer(messages[1].data, messages[1].length);
    seal_answer(answer, 0x41, pico.slot().key, *parse_head(answer), answer[2]);
    return done;
  };
  bus->script = {lies};
  const auto by_name = connected->call("gpio.read", 3);
  ASSERT_FALSE(by_name);
  EXPECT_EQ(by_name.error().error, Error::bad_description);
  EXPECT_EQ(by_name.error().outcome, Outcome::done);
  bus->script = {lies};
  const auto typed = connected->call<gpio::Read>({3});
  ASSERT_FALSE(typed);
  EXPECT_EQ(typed.error().error, Error::bad_description);
  EXPECT_EQ(typed.error().outcome, Outcome::done);
}

using Slow = Command<"slow", "Takes long", Nothing, Nothing, 2000>;
Result<void> run_slow(Context&, const Nothing&) { return {}; }

// Its description says 2 s; otherwise a call ends after one.
class LongCommandTest : public PicoTest {
 protected:
  void SetUp() override {
    static constexpr Entry entries[] = {entry<Slow, &run_slow>()};
    static const Module module{entries, {}};
    static const std::array<const Module*, 2> modules{&target::system_module, &module};
    pico.modules(modules);
    pico.boot();
  }
  void busy_for(std::chrono::milliseconds time) {
    const auto until = bus->now() + time;
    const std::uint8_t number = next_number(pico.slot().last);
    const std::uint16_t key = pico.slot().key;
    bus->always = [=](TestBus& wire, TestBus::Messages messages) -> Expected<void> {
      if (wire.now() >= until) return wire.usual(messages);
      if (messages[0].length > 1) static_cast<void>(wire.usual(messages));
      return shows(head_bytes(key, State::busy, {0, number}))(wire, messages);
    };
  }
};

TEST_F(LongCommandTest, IsWaitedFor) {
  auto connected = connect();
  ASSERT_TRUE(connected);
  ASSERT_TRUE(connected->description());
  busy_for(1900ms);
  EXPECT_TRUE(connected->call("slow"));
  busy_for(1900ms);
  EXPECT_TRUE(connected->call<Slow>());
  busy_for(1900ms);
  EXPECT_EQ(connected->call<Slow>({}, CallOptions{1000ms}).error().error, Error::still_running);
  EXPECT_EQ(pico.ran("slow"), 3);
}

// Also when that was said once for all calls.
TEST_F(LongCommandTest, IsNotWaitedForLongerThanTheUserSays) {
  auto connected = picoctl::connect(bus, {.bus = {}, .address = 0x41, .call = CallOptions{1000ms}});
  ASSERT_TRUE(connected);
  ASSERT_TRUE(connected->description());
  busy_for(1900ms);
  const auto result = connected->call("slow");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error, Error::still_running);
  EXPECT_EQ(pico.ran("slow"), 1);
}

}  // namespace
}  // namespace picoctl::controller::test
