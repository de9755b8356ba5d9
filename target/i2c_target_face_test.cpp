// The I2C target with the face that it has on a Pico: what a controller reads is right, or nothing.

#include <gtest/gtest.h>

#include <random>

#include "dw_apb_i2c_model.hpp"
#include "test_rig.hpp"

namespace picoctl::target::test {
namespace {

using Machine = I2cTarget<DwApbI2cModel&, RegisterFace>;
static_assert(LossAwareFace<RegisterFace>);

constexpr std::uint8_t wide = 0x10;    // 4 bytes, each 0x11
constexpr std::uint8_t narrow = 0x20;  // 1 byte, 0x22

Segment to(std::vector<std::uint8_t> bytes) { return {.bytes = std::move(bytes)}; }
Segment from(std::size_t count) { return {.read = true, .count = count}; }

// A Pico with two registers behind the model of the block.
class Chip {
 public:
  Chip() {
    rig.target.plain_register(wide, "wide", [](std::uint32_t) {});
    rig.target.plain_register(narrow, "narrow", [](std::uint8_t) {});
    rig.target.start();
    rig.target.set_register(wide, 0x11111111);
    rig.target.set_register(narrow, 0x22);
  }

  // The bus takes `steps` of its steps, or as many as it can, and nobody looks.
  void bus(int steps) {
    while (steps-- > 0 && model.step()) {
    }
  }
  void interrupt() {
    if (model.interrupt()) machine.on_interrupt();
  }
  // The interrupt comes at once, always.
  void play(const std::vector<Transaction>& script) {
    model.load(script);
    for (int turn = 0; turn < 10'000 && !model.finished(); ++turn) {
      model.step();
      interrupt();
    }
    EXPECT_TRUE(model.finished());
  }
  // Everything that is not answered blocks the bus; the interrupt comes only then.
  void play_late(const std::vector<Transaction>& script) {
    model.load(script);
    for (int turn = 0; turn < 10'000 && !model.finished(); ++turn) {
      bus(1000);
      interrupt();
    }
    EXPECT_TRUE(model.finished());
  }
  std::vector<std::uint8_t> last_read() const { return model.received.back(); }

  Rig<> rig;
  DwApbI2cModel model;
  Machine machine{model, rig.target.face()};
};

using Bytes = std::vector<std::uint8_t>;

TEST(I2cTargetWithItsFace, ReadsRegistersByteByByteAsI2cgetDoes) {
  Chip chip;
  for (int times = 0; times < 3; ++times) {
    chip.play({{{to({wide}), from(1)}}, {{to({narrow}), from(1)}}});
    EXPECT_EQ(chip.last_read(), Bytes{0x22});
  }
  EXPECT_EQ(chip.machine.counts().lost, 0U);
}

// The read of one byte leaves three in the FIFO. The next read flushes them, and with them the
// pointer that came just before it, if the interrupt has not fetched that yet.
TEST(I2cTargetWithItsFace, ShowsNoStaleRegisterWhenThePointerWasLost) {
  Chip chip;
  chip.play({{{to({wide}), from(1)}}});
  EXPECT_EQ(chip.last_read(), Bytes{0x11});
  chip.play_late({{{to({narrow})}}, {{from(2)}}});
  EXPECT_GT(chip.machine.counts().lost, 0U) << "else this test tests nothing";
  EXPECT_EQ(chip.last_read(), (Bytes{0xFF, 0xFF}));
  chip.play({{{from(1)}}});
  EXPECT_EQ(chip.last_read(), Bytes{0xFF}) << "still: nobody has said what is wanted";
  chip.play({{{to({narrow}), from(1)}}});
  EXPECT_EQ(chip.last_read(), Bytes{0x22});
}

TEST(I2cTargetWithItsFace, AFrameThatWasLostRunsNotAndShowsNoOlderAnswer) {
  Chip chip;
  const std::uint16_t key = chip.rig.open(1);
  const auto frame = [&](std::uint8_t number) {
    return chip.rig.frame(key, {{0, number}, 3, {}});  // system.ping
  };
  chip.play({{{to(frame(1))}}});
  chip.rig.turn_loop();
  chip.play({{{to({registers::response}), from(2)}}});  // of 6: four are left to be flushed
  EXPECT_EQ(chip.last_read()[1], (Sequence{0, 1}).byte());
  const std::size_t ran = chip.rig.board.lines.size();
  chip.play_late({{{to(frame(2)), from(6)}}});
  ASSERT_GT(chip.machine.counts().lost, 0U);
  EXPECT_EQ(chip.last_read(), Bytes(6, 0xFF));
  chip.rig.turn_loop();
  EXPECT_EQ(chip.rig.board.lines.size(), ran);
  chip.play({{{to(frame(2)), from(6)}}});  // the same bytes again
  chip.rig.turn_loop();
  EXPECT_EQ(chip.rig.board.lines.size(), ran + 1);
}

// Reads of one to three bytes, with and without the register's number before them.
struct Traffic {
  explicit Traffic(std::mt19937& random) {
    std::uint8_t pointer = 0;
    for (int i = 0; i < 60; ++i) {
      const bool names = pointer == 0 || random() % 4 != 0;
      if (names) pointer = random() % 2 == 0 ? wide : narrow;
      wanted.push_back(pointer == wide ? 0x11 : 0x22);
      const Segment read = from(1 + random() % 3);
      if (names && random() % 2 == 0) {
        script.push_back({{to({pointer}), read}});
      } else {
        if (names) script.push_back({{to({pointer})}});
        script.push_back({{read}});
      }
    }
  }
  std::vector<Transaction> script;
  std::vector<std::uint8_t> wanted;  // the first byte of each read
};

// The interrupt as late as chance has it, and the bus moving between any two accesses.
void play_by_chance(Chip& chip, const std::vector<Transaction>& script, std::mt19937& random) {
  const auto rarity = static_cast<unsigned>(1 + random() % 20);
  bool moving = false;
  chip.model.before_access = [&] {
    if (moving || random() % rarity != 0) return;
    moving = true;
    chip.bus(static_cast<int>(random() % 8));
    moving = false;
  };
  chip.model.load(script);
  for (int turn = 0; turn < 100'000 && !chip.model.finished(); ++turn) {
    chip.bus(static_cast<int>(random() % 20));
    chip.interrupt();
  }
  chip.model.before_access = nullptr;
}

TEST(I2cTargetWithItsFace, NeverShowsTheWrongRegister) {
  std::size_t lost = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    const Traffic traffic(random);
    Chip chip;
    play_by_chance(chip, traffic.script, random);
    ASSERT_TRUE(chip.model.finished());
    ASSERT_EQ(chip.model.received.size(), traffic.wanted.size());
    for (std::size_t i = 0; i < traffic.wanted.size(); ++i) {
      const std::uint8_t first = chip.model.received[i][0];
      ASSERT_TRUE(first == traffic.wanted[i] || first == 0xFF) << "seed " << seed << " read " << i;
    }
    lost += chip.machine.counts().lost;
  }
  EXPECT_GT(lost, 100U) << "else the hard cases were not met";
}

}  // namespace
}  // namespace picoctl::target::test
