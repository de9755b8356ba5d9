// The settings store on a flash that loses power at every byte of every erase and program.

#include "picoctl/target/settings.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

namespace picoctl::target {
namespace {

constexpr std::size_t sector_bytes = 512;  // shorter than a real one, or this takes minutes

// NOR flash with a limit on how many bytes it still changes before the power fails. What a byte
// holds at which the power fails is anything between old and new.
class FailingFlash final : public Flash {
 public:
  static constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();
  enum class Order : std::uint8_t { upwards, downwards };

  void erase(std::size_t sector) override {
    ++erases;
    for (std::size_t i = 0; i < sector_bytes; ++i) change(sector, place(i, sector_bytes), 0xFF);
  }
  void program(std::size_t sector, std::span<const std::uint8_t, page_bytes> page) override {
    for (std::size_t i = 0; i < page_bytes; ++i) {
      const std::size_t at = place(i, page_bytes);
      change(sector, at, memory_[sector][at] & page[at]);
    }
  }
  void read(std::size_t sector, std::span<std::uint8_t> out) override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = memory_[sector][i];
  }

  void power_for(std::size_t changes) { left_ = changes; }
  std::size_t changed() const { return changed_; }
  std::uint8_t& at(std::size_t sector, std::size_t offset) { return memory_[sector][offset]; }
  // Gives the record of a sector that was changed by hand its CRC.
  void seal(std::size_t sector) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (std::size_t i = 0; i < 28; ++i) {
      crc ^= at(sector, i);
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
    }
    for (std::size_t i = 0; i < 4; ++i)
      at(sector, 28 + i) = static_cast<std::uint8_t>(~crc >> (8 * i));
  }
  Order order = Order::upwards;
  std::uint8_t torn = 0;  // which bits of the last byte still made it
  int erases = 0;

 private:
  std::size_t place(std::size_t i, std::size_t size) const {
    return order == Order::upwards ? i : size - 1 - i;
  }
  void change(std::size_t sector, std::size_t at, int value) {
    if (left_ == 0) return;
    std::uint8_t& byte = memory_[sector][at];
    const auto wanted = static_cast<std::uint8_t>(value);
    const auto some = static_cast<std::uint8_t>((byte & ~torn) | (wanted & torn));
    byte = left_ == 1 ? some : wanted;
    ++changed_;
    if (left_ != endless) --left_;
  }

  std::vector<std::vector<std::uint8_t>> memory_{sectors,
                                                 std::vector<std::uint8_t>(sector_bytes, 0xFF)};
  std::size_t left_ = endless;
  std::size_t changed_ = 0;
};

Settings make(std::string_view name, std::uint8_t address) {
  Settings settings;
  EXPECT_TRUE(settings.set_name(name));
  settings.address = address;
  return settings;
}

TEST(Settings, namesAreShortAndPrintable) {
  Settings settings;
  EXPECT_EQ(settings.name(), "");
  EXPECT_TRUE(settings.set_name("exactly 16 bytes"));
  EXPECT_EQ(settings.name(), "exactly 16 bytes");
  EXPECT_FALSE(settings.set_name("seventeen letters"));
  EXPECT_FALSE(settings.set_name("line\nbreak"));
  EXPECT_FALSE(settings.set_name("\xC3\xA9"));
  EXPECT_FALSE(settings.set_name(std::string_view("\0", 1)));
  EXPECT_EQ(settings.name(), "exactly 16 bytes");
  EXPECT_TRUE(settings.set_name("short"));
  EXPECT_EQ(settings.name(), "short");
  EXPECT_TRUE(settings.valid());
}

TEST(Settings, refuseAddressesThatMeanSomethingElse) {
  int usable = 0;
  for (int address = 0; address < 256; ++address) {
    if (usable_address(static_cast<std::uint8_t>(address))) ++usable;
  }
  EXPECT_EQ(usable, 112 - 4);  // 0x08-0x77 without 0x08, 0x0C, 0x55, 0x61
  EXPECT_TRUE(usable_address(default_address));
  for (const std::uint8_t address : {0x00, 0x07, 0x08, 0x0C, 0x55, 0x61, 0x78, 0x7F, 0x80, 0xC1}) {
    EXPECT_FALSE(usable_address(address)) << int{address};
  }
}

TEST(SettingsStore, isEmptyOnErasedFlash) {
  FailingFlash flash;
  EXPECT_FALSE(SettingsStore(flash).load());
}

TEST(SettingsStore, keepsTheLatestOfMany) {
  FailingFlash flash;
  SettingsStore store(flash);
  for (int i = 0; i < 20; ++i) {
    const Settings settings =
        make("pico " + std::to_string(i), static_cast<std::uint8_t>(0x10 + i));
    ASSERT_TRUE(store.save(settings));
    ASSERT_EQ(SettingsStore(flash).load(), settings);
  }
}

TEST(SettingsStore, writesEqualSettingsOnce) {
  FailingFlash flash;
  SettingsStore store(flash);
  EXPECT_TRUE(store.save(make("bench", 0x42)));
  EXPECT_TRUE(store.save(make("bench", 0x42)));
  EXPECT_EQ(flash.erases, 1);
}

TEST(SettingsStore, refusesWhatIsNotValid) {
  FailingFlash flash;
  SettingsStore store(flash);
  Settings settings = make("bench", 0x55);
  EXPECT_FALSE(store.save(settings));
  settings.address = 0x42;
  settings.name_bytes[7] = 'x';  // behind the end of the name
  EXPECT_FALSE(store.save(settings));
  EXPECT_EQ(flash.erases, 0);
}

TEST(SettingsStore, prefersTheNewerWhenTheSequenceWraps) {
  FailingFlash flash;
  SettingsStore store(flash);
  // The sequence is set by hand: a store that accepts the record is the proof that its CRC is right.
  ASSERT_TRUE(store.save(make("first", 0x42)));
  for (std::size_t i = 4; i < 8; ++i) flash.at(0, i) = 0xFF;
  flash.seal(0);
  ASSERT_EQ(store.load(), make("first", 0x42));
  ASSERT_TRUE(store.save(make("second", 0x43)));
  EXPECT_EQ(flash.at(1, 4), 0);  // 0xFFFFFFFF + 1
  EXPECT_EQ(store.load(), make("second", 0x43));
}

TEST(SettingsStore, readsNoSettingsThatNobodyCouldHaveSaved) {
  FailingFlash flash;
  SettingsStore store(flash);
  ASSERT_TRUE(store.save(make("bench", 0x42)));
  flash.at(0, 8) = 0x00;  // the address of the general call, and the CRC of that
  flash.seal(0);
  EXPECT_FALSE(store.load());
  flash.at(0, 8) = 0x43;
  flash.seal(0);
  EXPECT_EQ(store.load(), make("bench", 0x43));
}

TEST(SettingsStore, toleratesOneDamagedSector) {
  for (std::size_t sector = 0; sector < Flash::sectors; ++sector) {
    for (std::size_t bit = 0; bit < 32 * 8; ++bit) {
      FailingFlash flash;
      SettingsStore store(flash);
      ASSERT_TRUE(store.save(make("older", 0x42)));  // sector 0
      ASSERT_TRUE(store.save(make("newer", 0x43)));  // sector 1
      flash.at(sector, bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
      ASSERT_EQ(store.load(), sector == 0 ? make("newer", 0x43) : make("older", 0x42)) << bit;
    }
  }
}

TEST(SettingsStore, saysSoWhenTheFlashDoesNotKeepIt) {
  FailingFlash flash;
  SettingsStore store(flash);
  ASSERT_TRUE(store.save(make("old", 0x42)));
  flash.power_for(0);  // a flash that ignores every write
  EXPECT_FALSE(store.save(make("new", 0x43)));
  EXPECT_EQ(store.load(), make("old", 0x42));
}

struct Cut {
  FailingFlash::Order order;
  std::uint8_t torn;
};

class PowerCut : public ::testing::TestWithParam<Cut> {};

// After any number of saves, cut a save at every byte; then cut the save after that as well.
TEST_P(PowerCut, leavesTheOldOrTheNew) {
  constexpr std::size_t per_save = sector_bytes + Flash::page_bytes;
  const Settings old = make("old name", 0x42);
  const Settings fresh = make("a longer new one", 0x23);
  const Settings last = make("last", 0x24);
  for (int saves_before = 0; saves_before < 3; ++saves_before) {
    FailingFlash prepared;
    prepared.order = GetParam().order;
    prepared.torn = GetParam().torn;
    for (int i = 1; i < saves_before; ++i) SettingsStore(prepared).save(make("oldest", 0x50));
    if (saves_before > 0) SettingsStore(prepared).save(old);
    const std::optional<Settings> before = SettingsStore(prepared).load();
    ASSERT_EQ(before.has_value(), saves_before > 0);

    bool saw_new = false;
    for (std::size_t power = 0; power <= per_save + 1; ++power) {
      FailingFlash flash = prepared;
      flash.power_for(power);
      const bool saved = SettingsStore(flash).save(fresh);
      const std::optional<Settings> after = SettingsStore(flash).load();
      ASSERT_TRUE(after == before || after == fresh) << power;
      ASSERT_TRUE(!saved || after == fresh) << power;
      ASSERT_FALSE(saw_new && after != fresh) << "back to the old one at " << power;
      saw_new |= after == fresh;

      if (power % 53 != 0) continue;  // the second cut: at every byte too, but not after each
      for (std::size_t again = 0; again <= per_save; again += 5) {
        FailingFlash twice = flash;
        twice.power_for(again);
        SettingsStore(twice).save(last);
        const std::optional<Settings> then = SettingsStore(twice).load();
        ASSERT_TRUE(then == after || then == last) << power << " then " << again;
      }
      flash.power_for(FailingFlash::endless);
      ASSERT_TRUE(SettingsStore(flash).save(last));
      ASSERT_EQ(SettingsStore(flash).load(), last);
    }
    EXPECT_TRUE(saw_new);
  }
}

INSTANTIATE_TEST_SUITE_P(At, PowerCut,
                         ::testing::Values(Cut{FailingFlash::Order::upwards, 0x00},
                                           Cut{FailingFlash::Order::upwards, 0xA5},
                                           Cut{FailingFlash::Order::upwards, 0xFF},
                                           Cut{FailingFlash::Order::downwards, 0x00},
                                           Cut{FailingFlash::Order::downwards, 0x5A},
                                           Cut{FailingFlash::Order::downwards, 0xFF}));

// Whatever lies in the two sectors, loading gives nothing or something valid.
TEST(SettingsStore, survivesRandomContents) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    FailingFlash flash;
    for (std::size_t sector = 0; sector < Flash::sectors; ++sector) {
      for (std::size_t i = 0; i < 64; ++i)
        flash.at(sector, i) = static_cast<std::uint8_t>(random());
    }
    ASSERT_FALSE(SettingsStore(flash).load());
    ASSERT_TRUE(SettingsStore(flash).save(make("mended", 0x42)));
    ASSERT_EQ(SettingsStore(flash).load(), make("mended", 0x42));
  }
}

}  // namespace
}  // namespace picoctl::target
