// A Linux I2C adapter, /dev/i2c-N: one ioctl for one transaction.
//
// I2C_TIMEOUT and I2C_RETRIES are left alone: they belong to the adapter, and another program's long
// transfer would fail by ours.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "buses.hpp"
#include "claim.hpp"
#include "errno_failure.hpp"

namespace picoctl::controller {
namespace {

class I2cDev final : public Bus {
 public:
  I2cDev(int fd, std::string name, unsigned long functions, std::uint16_t speed_khz)
      : fd_(fd), name_(std::move(name)), functions_(functions), speed_khz_(speed_khz) {}
  ~I2cDev() override { ::close(fd_); }

  std::string name() const override { return name_; }
  std::uint16_t speed_khz() const override { return speed_khz_; }
  bool has_quick() const override { return (functions_ & I2C_FUNC_SMBUS_QUICK) != 0; }
  bool in_use(std::uint8_t address) override {
    return ::ioctl(fd_, I2C_SLAVE, static_cast<unsigned long>(address)) < 0 && errno == EBUSY;
  }
  void claim(std::chrono::milliseconds at_most) override { claim_file(fd_, *this, at_most); }
  void release() override { release_file(fd_); }

 private:
  Expected<void> do_transfer(std::span<const Message> messages) override {
    std::array<i2c_msg, socket::max_messages> list;  // of which few are written
    const unsigned address = messages.empty() ? 0 : messages[0].address;
    if (messages.empty() || messages.size() > list.size()) {
      return transfer_failure(EINVAL, name_, address);
    }
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Message& message = messages[i];
      list[i] = {message.address, message.flags, message.length, message.data};
      if (message.is_read() && message.length > 0) std::memset(message.data, 0, message.length);
    }
    i2c_rdwr_ioctl_data transaction{list.data(), static_cast<__u32>(messages.size())};
    if (::ioctl(fd_, I2C_RDWR, &transaction) < 0) return transfer_failure(errno, name_, address);
    return {};
  }

  int fd_;
  std::string name_;
  unsigned long functions_;
  std::uint16_t speed_khz_;
};

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 4 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The device tree says what the adapter was set to, in Hz, most significant byte first.
std::uint16_t speed_of(std::string_view path) {
  const std::string adapter(path.substr(path.rfind('/') + 1));
  std::ifstream file("/sys/class/i2c-adapter/" + adapter + "/of_node/clock-frequency",
                     std::ios::binary);
  std::array<unsigned char, 4> bytes{};
  if (!file.read(reinterpret_cast<char*>(bytes.data()), bytes.size())) return 0;
  const std::uint32_t hz = static_cast<std::uint32_t>(bytes[0]) << 24U |
                           static_cast<std::uint32_t>(bytes[1]) << 16U |
                           static_cast<std::uint32_t>(bytes[2]) << 8U | bytes[3];
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(hz / 1000, 0xFFFF));
}

Unexpected<Failure> open_failure(int number, const std::string& path) {
  switch (number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOTDIR: return fail(Error::bus_absent, path);
    case EACCES:
    case EPERM: return fail(Error::bus_forbidden, path);
    default: return fail(Error::bus_io, fmt::format("{}: {}", path, errno_text(number)));
  }
}

}  // namespace

Expected<std::unique_ptr<Bus>> open_i2c_dev(std::string_view rest) {
  const bool numbered = is_number(rest);
  if (!numbered && !rest.starts_with("/")) {
    return fail(Error::bad_bus_name, fmt::format("'i2c:{}'", rest));
  }
  const std::string path = numbered ? fmt::format("/dev/i2c-{}", rest) : std::string(rest);
  // O_NONBLOCK: opening a pipe by mistake does not wait for its other end.
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return open_failure(errno, path);
  unsigned long functions = 0;
  if (::ioctl(fd, I2C_FUNCS, &functions) < 0) {
    ::close(fd);
    return fail(Error::bus_not_i2c, path);
  }
  if ((functions & I2C_FUNC_I2C) == 0) {
    ::close(fd);
    return fail(Error::bus_unsupported, fmt::format("{} knows only SMBus", path));
  }
  return std::unique_ptr<Bus>(
      std::make_unique<I2cDev>(fd, fmt::format("i2c:{}", rest), functions, speed_of(path)));
}

}  // namespace picoctl::controller
