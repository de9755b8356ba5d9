#include "picoctl/target/register_bank.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace picoctl::target::test {
namespace {

RegisterEntry entry(unsigned number, unsigned size) {
  return {static_cast<std::uint8_t>(number),
          static_cast<std::uint8_t>(size),
          "r",
          {},
          nullptr,
          nullptr};
}

// Registers in random places, some side by side, up to both ends of the range.
std::vector<RegisterEntry> random_registers(std::mt19937& random) {
  constexpr std::array<unsigned, 3> sizes{1, 2, 4};
  std::vector<RegisterEntry> entries;
  for (unsigned at = random() % 2 * 3; at < registers::user_end;) {
    const unsigned size = sizes[random() % 3];
    if (at + size > registers::user_end) break;
    entries.push_back(entry(at, size));
    at += size + (random() % 2 == 0 ? 0U : static_cast<unsigned>(random() % 5));
  }
  return entries;
}

// What the rule says, said with the table.
bool covers_whole(const std::vector<RegisterEntry>& entries, unsigned from, unsigned count) {
  unsigned at = from;
  for (const RegisterEntry& one : entries) {
    if (one.number == at && at < from + count) at += one.size;
  }
  return at == from + count;
}
std::size_t rest(const std::vector<RegisterEntry>& entries, unsigned at) {
  for (const RegisterEntry& one : entries) {
    if (at >= one.number && at < one.number + unsigned{one.size}) return one.number + one.size - at;
  }
  return 0;
}

TEST(RegisterBank, ObeysExactlyTheWritesOfWholeRegisters) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    const std::vector<RegisterEntry> entries = random_registers(random);
    const std::array<Module, 1> modules{Module{{}, entries}};
    RegisterBank bank(modules);
    bank.start();
    const std::array<std::uint8_t, registers::max_plain_write> values{1, 2, 3, 4};
    for (unsigned number = 0; number < registers::user_end; ++number) {
      const auto at = static_cast<std::uint8_t>(number);
      ASSERT_EQ(bank.rest_of(at), rest(entries, number)) << "seed " << seed << " at " << number;
      for (unsigned count = 1; count <= values.size(); ++count) {
        ASSERT_EQ(bank.write(at, std::span(values).first(count)),
                  covers_whole(entries, number, count))
            << "seed " << seed << " at " << number << " count " << count;
      }
    }
    std::vector<std::uint8_t> written;
    while (const auto number = bank.written()) {
      written.push_back(*number);
      bank.take(*bank.find(*number));
    }
    std::vector<std::uint8_t> all;
    all.reserve(entries.size());
    for (const RegisterEntry& one : entries) all.push_back(one.number);
    ASSERT_EQ(written, all) << "each was written, and each is told once";
  }
}

TEST(RegisterBank, KeepsEachRegistersValue) {
  const std::array entries{entry(0x00, 2), entry(0x02, 1), entry(0x7C, 4)};
  const std::array<Module, 1> modules{Module{{}, entries}};
  RegisterBank bank(modules);
  bank.start();
  const std::array<std::uint8_t, 3> low{0x34, 0x12, 0x56};
  EXPECT_TRUE(bank.write(0x00, low));
  bank.set(entries[2], 0x89ABCDEF);
  EXPECT_EQ(bank.value(entries[0]), 0x1234U);
  EXPECT_EQ(bank.value(entries[1]), 0x56U);
  EXPECT_EQ(bank.value(entries[2]), 0x89ABCDEFU);
  EXPECT_EQ(bank.bytes()[0x7F], 0x89);
  EXPECT_EQ(bank.find(0x7C), &entries[2]);
  EXPECT_EQ(bank.find(0x7D), nullptr) << "not its first byte";
}

void start_with(const std::vector<RegisterEntry>& entries) {
  const std::array<Module, 1> modules{Module{{}, entries}};
  RegisterBank bank(modules);
  bank.start();
}

TEST(RegisterBankDeathTest, RegistersThatShareAByteAreAMistakeOfTheProgram) {
  EXPECT_DEATH(start_with({entry(0x10, 4), entry(0x13, 1)}), "");
  EXPECT_DEATH(start_with({entry(0x13, 1), entry(0x10, 4)}), "");
  EXPECT_DEATH(start_with({entry(0x10, 1), entry(0x10, 1)}), "");
  EXPECT_DEATH(start_with({entry(0x7E, 4)}), "") << "and so is one that reaches into IDENTITY";
  start_with({entry(0x10, 4), entry(0x14, 1), entry(0x7C, 4)});
}

}  // namespace
}  // namespace picoctl::target::test
