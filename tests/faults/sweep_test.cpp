// The sweep: each canonical exchange, with one fault at each of its transfers, every kind of fault at
// whole frames. After every one of them: each command ran at most once, each acknowledged one exactly
// once, and the next exchange succeeds.
#include <gtest/gtest.h>

#include <functional>

#include "faults/world.hpp"

namespace picoctl::test {
namespace {

struct Exchange {
  const char* name;
  std::function<void(World&, Pico&)> calls;
  std::uint32_t loop_us = 5;
};

const std::vector<Exchange>& exchanges() {
  static const std::vector<Exchange> all{
      {"short", [](World& world, Pico& pico) { world.light(pico, 1); }},
      {"several",
       [](World& world, Pico& pico) {
         for (std::uint32_t token = 1; token <= 4; ++token) world.light(pico, token);
       }},
      {"longest", [](World& world, Pico& pico) { world.echo(pico, 1, 239); }},
      {"long_answers",
       [](World& world, Pico& pico) {
         world.echo(pico, 1, 100);
         world.echo(pico, 2, 3);
       }},
      {"batch", [](World& world, Pico& pico) { world.batch(pico, 100, 5); }},
      {"polled",
       [](World& world, Pico& pico) {
         world.wait(pico, 3);
         world.light(pico, 1);
       }},
      {"pending", [](World& world, Pico& pico) { world.light(pico, 1); }, 400},
      {"pending_and_busy",
       [](World& world, Pico& pico) {
         world.wait(pico, 2);
         world.light(pico, 1);
       },
       400},
      {"fails",
       [](World& world, Pico& pico) {
         EXPECT_EQ(pico.call("gpio.write", 1, true).has_value(), false);
         world.light(pico, 1);
       }},
      {"registers",
       [](World& world, Pico& pico) {
         (void)pico.set("light3", 1);
         (void)pico.get("light3");
         world.light(pico, 1);
       }},
      {"description",
       [](World& world, Pico& pico) {
         (void)pico.description();
         world.light(pico, 1);
       }},
  };
  return all;
}

// Connects, makes the exchange, leaves; then a client of its own sees that all is well. Returns the
// number of transfers until the goodbye.
std::size_t run(World& world, const Exchange& exchange, const std::string& where) {
  {
    auto pico = world.connect();
    EXPECT_TRUE(pico.has_value()) << where << ": " << (pico ? "" : explain(pico.error()));
    if (!pico) return 0;
    exchange.calls(world, *pico);
  }
  const std::size_t transfers = world.wire()->count();
  world.wire()->fault = nullptr;
  world.wire()->after = nullptr;
  auto next = world.connect();
  EXPECT_TRUE(next.has_value()) << where;
  if (next) {
    EXPECT_EQ(world.light(*next, 999), Outcome::done) << where << ": the next exchange";
  }
  world.check(where);
  return transfers;
}

std::string place(const Exchange& exchange, const char* fault, std::size_t at) {
  return std::string(exchange.name) + ", " + fault + " at transfer " + std::to_string(at);
}

class Sweep : public ::testing::TestWithParam<Exchange> {
 protected:
  std::size_t count_without_faults() {
    World world(GetParam().loop_us);
    const std::size_t transfers = run(world, GetParam(), "no fault");
    for (const Told& told : world.told()) EXPECT_EQ(told.outcome, Outcome::done) << told.line;
    return transfers;
  }

  void sweep_frames(FrameFault fault, const char* name) {
    const std::size_t transfers = count_without_faults();
    for (std::size_t at = 0; at < transfers; ++at) {
      World world(GetParam().loop_us);
      bool struck = false;
      world.wire()->fault = [&](std::size_t number, auto) {
        if (number != at) return FrameFault::none;
        struck = true;
        return fault;
      };
      run(world, GetParam(), place(GetParam(), name, at));
      EXPECT_TRUE(struck) << "a fault that struck nothing proves nothing: " << at;
      // One lost or doubled frame is no reason to give up: it is sent again.
      for (const Told& told : world.told()) {
        EXPECT_EQ(told.outcome, Outcome::done) << told.line << place(GetParam(), name, at);
      }
    }
  }
};

TEST_P(Sweep, EveryRequestLost) { sweep_frames(FrameFault::request_lost, "request lost"); }
TEST_P(Sweep, EveryAnswerLost) { sweep_frames(FrameFault::answer_lost, "answer lost"); }
TEST_P(Sweep, EveryAnswerSkipped) { sweep_frames(FrameFault::answer_skipped, "answer skipped"); }
TEST_P(Sweep, EveryRequestDoubled) { sweep_frames(FrameFault::request_doubled, "doubled"); }

// The answer of the transfer before, given for this one's: C3 must tell them apart.
TEST_P(Sweep, EveryAnswerStale) { sweep_frames(FrameFault::answer_stale, "stale answer"); }

// The Pico loses its power after each transfer. What was in flight may end as unknown.
TEST_P(Sweep, ARestartAfterEveryTransfer) {
  const std::size_t transfers = count_without_faults();
  for (std::size_t at = 0; at < transfers; ++at) {
    World world(GetParam().loop_us);
    world.wire()->after = [&](std::size_t number) {
      if (number == at) world.pico().power_cycle();
    };
    run(world, GetParam(), place(GetParam(), "restart", at));
    EXPECT_EQ(world.pico().boots(), 2U);
  }
}

// Each request arrives once more, behind the transfer that follows it: a stale frame.
TEST_P(Sweep, EveryRequestComesAgainLater) {
  const std::size_t transfers = count_without_faults();
  for (std::size_t at = 0; at < transfers; ++at) {
    for (const std::size_t later : {1U, 2U, 3U}) {
      World world(GetParam().loop_us);
      std::vector<std::uint8_t> stale;
      world.wire()->fault = [&](std::size_t number, std::span<const Message> messages) {
        const Message& first = messages.front();
        if (number == at && !first.is_read()) stale.assign(first.data, first.data + first.length);
        return FrameFault::none;
      };
      world.wire()->after = [&](std::size_t number) {
        if (number != at + later || stale.size() <= registers::min_frame_bytes) return;
        const Message again{target::default_address, 0, static_cast<std::uint16_t>(stale.size()),
                            stale.data()};
        world.bus().transfer({&again, 1});
      };
      run(world, GetParam(), place(GetParam(), "stale request", at));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Exchanges, Sweep, ::testing::ValuesIn(exchanges()),
                         [](const auto& one) { return std::string(one.param.name); });

// Every single bit of every transfer of the short exchange, inverted on the wire.
TEST(BitSweep, EveryBitOfTheShortExchange) {
  const Exchange& exchange = exchanges().front();
  std::size_t struck = 0;
  for (std::uint32_t transfer = 0; transfer < 12; ++transfer) {
    for (std::uint32_t bit = 0; bit < 2000; ++bit) {
      World world;
      const socket::FaultRequest flip{socket::Fault::flip_bit, true, 0, transfer, bit};
      ASSERT_EQ(world.bus().inject(flip), 0);
      run(world, exchange,
          "bit " + std::to_string(bit) + " of transfer " + std::to_string(transfer));
      if (world.bus().counters().faults_applied == 0) break;  // behind the transfer's last bit
      ++struck;
    }
  }
  RecordProperty("bits", static_cast<int>(struck));
  EXPECT_GT(struck, 500U);
}

// Two clients, more sessions than slots, silence: a session that was given away is never mistaken.
TEST(Eviction, ASessionThatWasGivenAwayIsReplacedAndNothingRunsTwice) {
  World world;
  auto first = world.connect();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(world.light(*first, 1), Outcome::done);
  world.bus().idle(3'100'000'000ULL);
  std::vector<Pico> others;
  for (int i = 0; i < 7; ++i) {
    auto other = world.connect();
    ASSERT_TRUE(other.has_value());
    EXPECT_EQ(world.light(*other, 10U + static_cast<unsigned>(i)), Outcome::done);
    others.push_back(std::move(*other));
  }
  world.bus().idle(3'100'000'000ULL);
  EXPECT_EQ(world.light(*first, 2), Outcome::done) << "not run at first, so sent in a new session";
  world.check("eviction");
}

}  // namespace
}  // namespace picoctl::test
