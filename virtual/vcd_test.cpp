// The recorder: what stands in the file, edge by edge. (That others can read it is tested with
// sigrok-cli in tests/.)
#include "picoctl/virtual/vcd.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "picoctl/virtual/stepped.hpp"
#include "server_test_tools.hpp"

namespace picoctl::sim {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The changes only, times in units of the file.
std::string changes(const std::string& path) {
  const std::string all = contents(path);
  return all.substr(all.find("$end\n", all.find("$dumpvars")) + 5);
}

class VcdTest : public testing::Test {
 protected:
  VcdTest() {
    EXPECT_EQ(vcd.open(path, bus.bit_ns()), 0);
    bus.add_sink(vcd);
  }
  Folder folder;
  std::string path = folder.socket();
  Bus bus{{.speed_hz = 1'000'000}};  // a bit is 100 units
  VcdWriter vcd;
};

TEST_F(VcdTest, AnAddressNobodyAnswers) {
  Bytes none;
  bus.transfer(Transfer().write(0x55, none));
  ASSERT_EQ(vcd.close(), 0);
  // 20 bits of rest, START (SDA falls half-way), 1010101 0, NACK, STOP.
  EXPECT_EQ(changes(path),
            "#2050\n0d\n#2100\n0c\n#2115\n1d\n#2160\n1c\n#2200\n0c\n#2215\n0d\n#2260\n1c\n"
            "#2300\n0c\n#2315\n1d\n#2360\n1c\n#2400\n0c\n#2415\n0d\n#2460\n1c\n"
            "#2500\n0c\n#2515\n1d\n#2560\n1c\n#2600\n0c\n#2615\n0d\n#2660\n1c\n"
            "#2700\n0c\n#2715\n1d\n#2760\n1c\n#2800\n0c\n#2815\n0d\n#2860\n1c\n"
            "#2900\n0c\n#2915\n1d\n#2960\n1c\n"
            "#3000\n0c\n#3015\n0d\n#3050\n1c\n#3080\n1d\n#5100\n");
}

// The time stamps of the file, which a reader wants in order.
std::vector<unsigned long> stamps(const std::string& path) {
  std::istringstream lines(changes(path));
  std::vector<unsigned long> found;
  for (std::string line; std::getline(lines, line);) {
    if (line[0] == '#') found.push_back(std::stoul(line.substr(1)));
  }
  return found;
}

TEST_F(VcdTest, APauseBetweenTwoStepsIsDrawnWithTheClockLow) {
  RegisterFile device;
  bus.attach(device);
  std::vector<unsigned long> ends;
  for (const std::uint64_t pause_ns : {0, 500}) {
    ASSERT_EQ(vcd.open(path, bus.bit_ns()), 0);
    SteppedTransaction steps(bus);
    EXPECT_EQ(steps.start(0xa0, false).value, 1);
    steps.pause(pause_ns);
    EXPECT_EQ(steps.write(7, false).value, 1);
    steps.pause(pause_ns);
    EXPECT_EQ(steps.start(0xa1, false).value, 1);
    steps.pause(pause_ns);
    EXPECT_EQ(steps.read().error, 0);
    EXPECT_EQ(steps.acknowledge(false, 0xff).error, 0);
    steps.pause(pause_ns);
    EXPECT_EQ(steps.stop().error, 0);
    ASSERT_EQ(vcd.close(), 0);
    const auto times = stamps(path);
    EXPECT_TRUE(std::ranges::is_sorted(times));
    ends.push_back(times.back());
  }
  EXPECT_EQ(ends[1] - ends[0], 4U * 50);
}

TEST_F(VcdTest, LongRestsAreCutShort) {
  Bytes none;
  bus.transfer(Transfer().write(0x55, none));
  bus.idle(3'600'000'000'000);
  bus.transfer(Transfer().write(0x55, none));
  ASSERT_EQ(vcd.close(), 0);
  EXPECT_THAT(changes(path), testing::EndsWith("#8200\n"));
}

TEST_F(VcdTest, RestoresTheLinesAfterATimeout) {
  Scripted device(0x41);
  device.read_stretch = forever;
  bus.attach(device);
  Bytes read(1);
  EXPECT_EQ(bus.transfer(Transfer().read(0x41, read)).error, ETIMEDOUT);
  ASSERT_EQ(vcd.close(), 0);
  EXPECT_THAT(changes(path), testing::EndsWith("1c\n1d\n#7000\n"));
}

TEST(Vcd, UnwritablePathAndFullDisk) {
  const Folder folder;
  VcdWriter vcd;
  EXPECT_EQ(vcd.open(folder.path() + "/no/file.vcd", 1'000), ENOENT);
  Bus bus;
  bus.add_sink(vcd);
  EXPECT_EQ(vcd.open("/dev/full", bus.bit_ns()), ENOSPC);
  Bytes data(3000);
  bus.transfer(Transfer().write(0x41, data));
  EXPECT_EQ(vcd.close(), ENOSPC);
  EXPECT_EQ(vcd.error(), ENOSPC);
}

}  // namespace
}  // namespace picoctl::sim
