#include "picoctl/controller/scan.hpp"

#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

// Chips that any written byte would disturb. They answer, and note what they get.
struct Strangers {
  std::vector<std::uint8_t> addresses;
  std::size_t bytes_received = 0;
  std::size_t read_probes = 0;
};

class ScanTest : public ::testing::Test {
 protected:
  ScanTest() {
    bus.picos = {&pico};
    bus.always = [this](TestBus& wire, TestBus::Messages messages) -> Expected<void> {
      const auto& all = strangers.addresses;
      if (std::find(all.begin(), all.end(), messages[0].address) == all.end()) {
        return wire.usual(messages);
      }
      for (const Message& message : messages) {
        if (message.is_read()) {
          ++strangers.read_probes;
        } else {
          strangers.bytes_received += message.length;
        }
      }
      return {};
    };
  }
  std::string found(const ScanOptions& options = {}) {
    const auto result = scan(bus, options);
    EXPECT_TRUE(result) << summary(result.error());
    std::string text;
    for (const Found& one : result->found) {
      const char* kind = one.kind == Found::Kind::pico     ? "P"
                         : one.kind == Found::Kind::in_use ? "U"
                                                           : "D";
      text += (text.empty() ? "" : " ") + hex_byte(one.address).substr(2) + kind;
    }
    skipped = result->skipped;
    return text;
  }
  static std::string hex_byte(unsigned value) {
    char text[8];
    std::snprintf(text, sizeof text, "0x%02x", value);
    return text;
  }

  CacheFolder cache;
  TestPico pico;
  TestBus bus;
  Strangers strangers;
  std::vector<std::uint8_t> skipped;
};

TEST_F(ScanTest, FindsPicosAndOthers) {
  strangers.addresses = {0x20, 0x50, 0x77};
  EXPECT_EQ(found(), "20D 41P 50D 77D");
  EXPECT_TRUE(skipped.empty());
}

TEST_F(ScanTest, WritesNoByteToAStranger) {
  strangers.addresses = {0x08, 0x20, 0x27, 0x30, 0x37, 0x3C, 0x40, 0x49, 0x50, 0x5F, 0x68, 0x77};
  found();
  EXPECT_EQ(strangers.bytes_received, 0U);
  EXPECT_EQ(strangers.read_probes, 4U);
}

TEST_F(ScanTest, AtPicoctlsOwnAddressesOneByteAsksWhoIsThere) {
  strangers.addresses = {0x48};
  EXPECT_EQ(found(), "41P 48D");
  EXPECT_EQ(strangers.bytes_received, 3U);
}

TEST_F(ScanTest, NamedAddressesAreAskedToo) {
  TestPico far(0x30);
  bus.picos.push_back(&far);
  EXPECT_EQ(found(), "30D 41P");
  EXPECT_EQ(found({.named = {0x30}}), "30P 41P");
}

TEST_F(ScanTest, OnlyPicos) {
  strangers.addresses = {0x20, 0x44};
  EXPECT_EQ(found({.named = {}, .only_picos = true}), "41P 44D");
}

TEST_F(ScanTest, WhoLooksForAPicoAsksTwiceBeforeThereIsNone) {
  bus.script = {failing(Error::no_answer)};
  EXPECT_EQ(found({.named = {}, .only_picos = true, .with_names = false}), "41P");
  bus.picos = {};
  EXPECT_EQ(found({.named = {}, .only_picos = true, .with_names = false}), "");
}

TEST_F(ScanTest, AddressesOfKernelDriversAreLeftAlone) {
  bus.held = {0x20, 0x41};
  EXPECT_EQ(found(), "20U 41U");
  for (const auto& bytes : bus.written) EXPECT_LE(bytes.size(), 1U);
}

TEST_F(ScanTest, WithoutQuickWritesTheRestIsSkippedAndSaid) {
  bus.quick = false;
  strangers.addresses = {0x20, 0x50};
  EXPECT_EQ(found(), "41P 50D");
  EXPECT_EQ(skipped.size(), 112U - 8U - 8U - 16U);
}

TEST_F(ScanTest, TellsNamesAndVersions) {
  const auto result = scan(bus, {});
  ASSERT_TRUE(result);
  const Found& one = result->found.at(0);
  EXPECT_EQ(one.name->board, "test");
  EXPECT_EQ(one.identity->version, protocol_version);
  EXPECT_EQ(pico.target().slots().open_count(), 0U);  // it said goodbye
}

TEST_F(ScanTest, APicoOfAnotherVersionIsShownWithItsTrouble) {
  Identity identity = pico.target().identity();
  identity.version.major = 9;
  const auto bytes = encode_identity(identity, 0x41);
  bus.always = [&](TestBus& wire, TestBus::Messages messages) {
    return messages[0].address == 0x41 ? shows({bytes.begin(), bytes.end()})(wire, messages)
                                       : wire.usual(messages);
  };
  const auto result = scan(bus, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->found.at(0).kind, Found::Kind::pico);
  EXPECT_EQ(result->found.at(0).trouble->error, Error::version_mismatch);
  EXPECT_FALSE(result->found.at(0).name);
}

TEST_F(ScanTest, AnUnclearAnswerIsAskedAgain) {
  int asked = 0;
  bus.always = [&](TestBus& wire, TestBus::Messages messages) {
    const bool first = messages[0].address == 0x41 && asked++ == 0;
    return first ? damaged_reply(5)(wire, messages) : wire.usual(messages);
  };
  EXPECT_EQ(found({.named = {}, .only_picos = false, .with_names = false}), "41P");
}

TEST_F(ScanTest, ABusThatFailsIsSaid) {
  bus.always = failing(Error::bus_stuck);
  const auto result = scan(bus, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error, Error::bus_stuck);
  provoked(Error::bus_stuck);
}

TEST_F(ScanTest, ReservedAddressesCannotBeNamed) {
  for (const int address : {0x00, 0x07, 0x78, 0xFF}) {
    const auto result = scan(bus, {.named = {static_cast<std::uint8_t>(address)}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().error, Error::bad_address);
  }
  EXPECT_EQ(bus.transfers(), 0U);
  provoked(Error::bad_address);
}

}  // namespace
}  // namespace picoctl::controller::test
