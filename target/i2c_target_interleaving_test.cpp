// The I2C target with the interrupt delayed, and interrupted, by every number of bus steps
// (exhaustively for short exchanges), and by seeded chance (long ones).

#include <gtest/gtest.h>

#include "i2c_target_rig.hpp"

namespace picoctl::target::test {
namespace {

struct Explored {
  std::size_t runs = 0;
  std::size_t losses = 0;
  std::string fault;
};

// Every schedule with at most `moves` points at which the bus moves, each by every number.
void explore(const Script& script, const std::vector<std::size_t>& prefix, int moves,
             Explored& result) {
  ReplayedSchedule schedule(prefix, moves > 0);
  Rig rig(script, schedule);
  const bool ran = rig.run();
  ++result.runs;
  result.fault = fault_of(script, rig, ran);
  if (told_of_loss(rig.face.seen)) ++result.losses;
  if (!result.fault.empty()) {
    for (const std::size_t steps : prefix) result.fault += " " + std::to_string(steps);
    return;
  }
  if (moves == 0) return;
  std::vector<std::size_t> longer = prefix;
  for (const std::size_t most : schedule.possible) {
    longer.push_back(0);
    for (longer.back() = 1; longer.back() <= most; ++longer.back()) {
      explore(script, longer, moves - 1, result);
      if (!result.fault.empty()) return;
    }
    longer.back() = 0;
  }
}

struct Named {
  const char* name;
  std::vector<Transaction> transactions;
};

std::vector<Named> short_exchanges() {
  const Segment unacked{.read = true, .count = 2, .nack_last = false};
  const Segment beaten{.read = true, .count = 3, .loses_arbitration_at = 1};
  return {
      {"one write", {one(write({1, 2, 3}))}},
      {"one byte", {one(write({1}))}},
      {"probes", {one(write({})), one(write({1})), one(write({}))}},
      {"back-to-back writes", {one(write({1, 2})), one(write({3})), one(write({4, 5, 6}))}},
      {"writes joined by repeated START", {{{write({1, 2}), write({3}), write({4, 5})}}}},
      {"write then read", {two(write({1, 2}), read(2))}},
      {"pointer then read", {two(write({9}), read(1)), two(write({8}), read(1))}},
      {"reads alone", {one(read(1)), one(read(2)), one(read(1))}},
      {"quick reads", {one(read(0)), one(write({1})), one(read(0))}},
      {"write, stop, read", {one(write({1, 2})), one(read(2)), one(write({3}))}},
      {"read then write", {two(read(2), write({1, 2})), one(write({3}))}},
      {"read not NACKed", {one(unacked), one(write({1})), one(unacked)}},
      {"arbitration lost", {one(beaten), one(write({1, 2})), one(read(1))}},
      {"arbitration lost, then a read", {one(beaten), one(read(1))}},
      {"foreign between", {one(write({1})), one(foreign({7, 7})), one(write({2, 3}))}},
      {"ours then foreign", {two(write({1, 2}), foreign({7})), one(write({3}))}},
      {"foreign then ours", {two(foreign({7}), write({1, 2})), two(foreign({7}), read(1))}},
      {"two reads and a write", {one(read(2)), two(write({5}), read(2)), one(write({1, 2}))}},
  };
}

std::vector<ModelOptions> every_option() {
  using Abort = ModelOptions::Abort;
  return {{},
          {.abort = Abort::after_request},
          {.abort = Abort::before_request,
           .active_on_foreign_start = false,
           .stop_after_foreign_restart = true}};
}

class EveryInterleaving : public ::testing::TestWithParam<Fill> {};

TEST_P(EveryInterleaving, ofShortExchanges) {
  std::size_t runs = 0;
  for (const Named& exchange : short_exchanges()) {
    for (const ModelOptions& options : every_option()) {
      const Script script{exchange.transactions, GetParam(), options};
      Explored result;
      explore(script, {}, 2, result);
      ASSERT_EQ(result.fault, "") << exchange.name;
      runs += result.runs;
    }
  }
  RecordProperty("runs", static_cast<int>(runs));
  EXPECT_GT(runs, 10'000U);
}

INSTANTIATE_TEST_SUITE_P(Fills, EveryInterleaving,
                         ::testing::Values(Fill::one, Fill::exact, Fill::head_first,
                                           Fill::head_then_all, Fill::whole_fifo));

// Some losses need three moves of the bus: a surplus, writes back to back, and a read whose abort
// falls between two looks at the registers.
TEST(I2cTarget, isRightWithThreeMovesOfTheBus) {
  const Script script{{one(read(1)), one(write({1})), one(write({2, 3})), one(read(1))},
                      Fill::whole_fifo};
  Explored result;
  explore(script, {}, 3, result);
  EXPECT_EQ(result.fault, "");
  EXPECT_GT(result.runs, 100'000U);
  EXPECT_GT(result.losses, 100U);
}

// --- long and random ----------------------------------------------------------------------

Segment random_segment(std::mt19937_64& random) {
  const std::size_t size = random() % 8 == 0 ? random() % 70 : random() % 9;
  switch (random() % 8) {
    case 0: return foreign(counting(size));
    case 1: return {.read = true, .count = size + 1, .nack_last = false};
    case 2:
    case 3:
    case 4: return read(random() % 8 == 0 ? 0 : size + 1);
    default: return write(counting(size, static_cast<std::uint8_t>(random())));
  }
}

Script random_script(std::mt19937_64& random) {
  Script script;
  for (int i = 0; i < 40; ++i) {
    Transaction transaction;
    do {
      transaction.segments.push_back(random_segment(random));
      if (transaction.segments.back().count == 0 && transaction.segments.back().read) break;
    } while (random() % 2 == 0);
    script.transactions.push_back(std::move(transaction));
  }
  script.fill = static_cast<Fill>(random() % 5);
  const auto options = every_option();
  script.options = options[random() % options.size()];
  return script;
}

TEST(I2cTarget, seesLongRandomTrafficInOrder) {
  std::size_t losses = 0;
  std::size_t aborts = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    std::mt19937_64 random(seed);
    const Script script = random_script(random);
    RandomSchedule schedule(seed, 1 + static_cast<unsigned>(random() % 40));
    Rig rig(script, schedule);
    const bool ran = rig.run();
    ASSERT_EQ(fault_of(script, rig, ran), "") << "seed " << seed;
    losses += rig.target.counts().lost;
    aborts += rig.model.aborts;
  }
  EXPECT_GT(aborts, 1000U);  // else the hard cases were not met
  EXPECT_GT(losses, 10U);
}

}  // namespace
}  // namespace picoctl::target::test
