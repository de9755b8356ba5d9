// Clocking a bus free, against a target that was cut off anywhere within a byte.
#include "picoctl/controller/recovery.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "support/provoked.hpp"

namespace picoctl {
namespace {

// A target in the midst of a byte: it holds SDA by the bits that it sends, or within an ACK, and takes
// the ones of a clock that nobody else uses for a byte that is written.
class HungTarget final : public WirePins {
 public:
  std::optional<std::uint8_t> sends;  // it is sending this byte, else it has just been written one
  unsigned at = 8;                    // clock pulses of the byte so far; at 8 comes the ACK
  bool scl_stuck = false;
  bool sda_stuck = false;
  unsigned bytes_written = 0;
  unsigned stops = 0;

  void set_sda(bool high) override {
    if (high && !sda_out_ && scl_out_) ++stops;
    if (stops > 0) free_ = true;
    sda_out_ = high;
  }
  void set_scl(bool high) override {
    if (!high && scl_out_) clocked();
    scl_out_ = high;
  }
  bool sda() override { return sda_out_ && !holds(); }
  bool scl() override { return scl_out_ && !scl_stuck; }
  void pause() override {}

 private:
  bool holds() const {
    if (sda_stuck) return true;
    if (free_) return false;
    if (at == 8) return !sends;
    return sends && ((*sends << at) & 0x80) == 0;
  }
  void clocked() {
    if (free_) return;
    if (at < 8) {
      ++at;
      if (at == 8 && sends) free_ = true;  // nobody acknowledges what it sent
      if (at == 8 && !sends) ++bytes_written;
    } else {
      at = 0;
    }
  }
  bool sda_out_ = true;
  bool scl_out_ = true;
  bool free_ = false;
};

TEST(ClockFree, AFreeBusIsLeftWithAStopAndNoPulse) {
  HungTarget target;
  target.sends = 0xFF;
  target.at = 3;
  EXPECT_EQ(*clock_free(target), 0U);
  EXPECT_EQ(target.stops, 1U);
}

TEST(ClockFree, EveryByteThatIsSentCanBeClockedOutFromEveryBit) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (unsigned at = 0; at < 8; ++at) {
      HungTarget target;
      target.sends = static_cast<std::uint8_t>(byte);
      target.at = at;
      const auto pulses = clock_free(target);
      ASSERT_TRUE(pulses) << byte << " at " << at;
      EXPECT_LE(*pulses, 8U - at);
      EXPECT_TRUE(target.sda());
    }
  }
}

// Row 8: nine blind pulses would write a byte of ones.
TEST(ClockFree, AWriteThatWasCutAtItsAckIsSentNoByte) {
  HungTarget target;
  EXPECT_EQ(*clock_free(target), 1U);
  EXPECT_EQ(target.bytes_written, 0U);
  EXPECT_EQ(target.stops, 1U);
}

TEST(ClockFree, AHeldLineIsNamed) {
  HungTarget held;
  held.scl_stuck = true;
  const auto scl = clock_free(held);
  ASSERT_FALSE(scl);
  EXPECT_EQ(scl.error().detail, "SCL is held low");
  HungTarget shorted;
  shorted.sda_stuck = true;
  const auto sda = clock_free(shorted);
  ASSERT_FALSE(sda);
  EXPECT_EQ(sda.error().error, Error::bus_stuck);
  EXPECT_EQ(sda.error().detail, "SDA is held low");
  test::provoked(Error::bus_stuck);
}

TEST(TakePins, WithoutAPiItSaysWhy) {
  const auto pins = take_pins({.sda = 2, .scl = 3}, "/nonexistent");
  ASSERT_FALSE(pins);
  EXPECT_EQ(pins.error().error, Error::bus_unsupported);
  EXPECT_FALSE(pins.error().detail.empty());
}

}  // namespace
}  // namespace picoctl
