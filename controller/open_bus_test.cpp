// Naming a bus, and what is said of one that cannot be opened.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "header_bus.hpp"
#include "picoctl/controller/bus.hpp"
#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

void expect_bus_failure(std::string_view bus, Error error) {
  const auto opened = open_bus(bus);
  ASSERT_FALSE(opened) << bus;
  EXPECT_EQ(name(opened.error().error), name(error)) << bus << ": " << opened.error().detail;
  provoked(error);
}

TEST(OpenBus, NamesThatNameNone) {
  for (const char* bad : {"i2c", "i2c:", "i2c:x", "i2c:-1", "i2c:12345", "spi:0", ":",
                          "virtual:", "/dev/i2c-1", "1", "virtual\x1b:"}) {
    expect_bus_failure(bad, Error::bad_bus_name);
  }
}

TEST(OpenBus, WhatIsNotThere) {
  expect_bus_failure("i2c:9999", Error::bus_absent);
  expect_bus_failure("i2c:/nowhere/i2c-1", Error::bus_absent);
  expect_bus_failure("virtual:/nowhere/bus", Error::virtual_bus_absent);
  expect_bus_failure("virtual:/" + std::string(200, 'x'), Error::socket_path_too_long);
}

TEST(OpenBus, WhatIsSomethingElse) {
  expect_bus_failure("i2c:/dev/null", Error::bus_not_i2c);
  expect_bus_failure("virtual:/dev/null", Error::virtual_bus_absent);
}

// Root may open anything, so the test becomes somebody else first.
TEST(OpenBus, WhatIsForbidden) {
  const CacheFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  const std::string file = folder.path() + "/i2c-1";
  std::ofstream(file) << "";
  ASSERT_EQ(::chmod(file.c_str(), 0), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool other = ::geteuid() != 0 || ::setuid(65534) == 0;
    const auto opened = open_bus("i2c:" + file);
    ::_exit(other && !opened && opened.error().error == Error::bus_forbidden ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  provoked(Error::bus_forbidden);
}

TEST(OpenBus, WithoutANameTheEnvironmentSays) {
  ::setenv("PICOCTL_BUS", "i2c:9998", 1);
  expect_bus_failure("", Error::bus_absent);
  ::setenv("PICOCTL_BUS", "", 1);
  const CacheFolder empty;
  ::setenv("XDG_RUNTIME_DIR", empty.path().c_str(), 1);
  EXPECT_EQ(default_socket(), empty.path() + "/picoctl/bus.sock");
  if (header_bus().empty()) expect_bus_failure("", Error::no_pico_found);
  ::unsetenv("PICOCTL_BUS");
  ::unsetenv("XDG_RUNTIME_DIR");
}

TEST(OpenBus, OnlyARaspberryPiHasAHeader) {
  const CacheFolder root;
  EXPECT_EQ(header_bus(root.path()), "");
  std::filesystem::create_directories(root.path() + "/proc/device-tree");
  const std::string model = root.path() + "/proc/device-tree/model";
  std::ofstream(model) << "Raspberry Pi 4 Model B Rev 1.4" << '\0';
  EXPECT_EQ(header_bus(root.path()), "i2c:1");
  std::ofstream(model) << "Some other board" << '\0';
  EXPECT_EQ(header_bus(root.path()), "");
}

}  // namespace
}  // namespace picoctl::controller::test
