#include "picoctl/controller/recovery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>

namespace picoctl {
namespace {

constexpr unsigned most_pulses = 9;

Unexpected<Failure> stuck(const char* line) {
  return fail(Error::bus_stuck, fmt::format("{} is held low", line), Outcome::unknown);
}

void pulse(WirePins& pins) {
  pins.set_scl(false);
  pins.pause();
  pins.set_scl(true);
  pins.pause();
}

void stop(WirePins& pins) {
  pins.set_scl(false);
  pins.pause();
  pins.set_sda(false);
  pins.pause();
  pins.set_scl(true);
  pins.pause();
  pins.set_sda(true);
  pins.pause();
}

// --- the pins of a Pi ---

// What `pinctrl get N` names, as in "2: a0 pu | hi // GPIO2 = SDA1"; empty if there is no pinctrl.
std::string function_of(unsigned gpio) {
  std::FILE* const out = ::popen(fmt::format("pinctrl get {} 2>/dev/null", gpio).c_str(), "re");
  if (out == nullptr) return {};
  std::array<char, 200> line{};
  const bool said = std::fgets(line.data(), line.size(), out) != nullptr;
  ::pclose(out);
  unsigned number = 0;
  std::array<char, 8> word{};
  const bool known = said && std::sscanf(line.data(), "%u: %7s", &number, word.data()) == 2;
  return known && number == gpio && word[0] == 'a' ? std::string(word.data()) : std::string();
}

void give_function(unsigned gpio, const std::string& function) {
  const std::string command = fmt::format("pinctrl set {} {} 2>/dev/null", gpio, function);
  if (std::FILE* const done = ::popen(command.c_str(), "re"); done != nullptr) ::pclose(done);
}

class GpioPins final : public WirePins {
 public:
  GpioPins(int fd, PinNumbers numbers, std::string sda, std::string scl)
      : fd_(fd), numbers_(numbers), sda_was_(std::move(sda)), scl_was_(std::move(scl)) {}
  ~GpioPins() override {
    ::close(fd_);
    give_function(numbers_.sda, sda_was_);
    give_function(numbers_.scl, scl_was_);
  }

  void set_sda(bool high) override { set(0, high); }
  void set_scl(bool high) override { set(1, high); }
  bool sda() override { return get(0); }
  bool scl() override { return get(1); }
  void pause() override { std::this_thread::sleep_for(std::chrono::microseconds(5)); }

 private:
  void set(unsigned line, bool high) {
    gpio_v2_line_values values{high ? 1ULL << line : 0, 1ULL << line};
    static_cast<void>(::ioctl(fd_, GPIO_V2_LINE_SET_VALUES_IOCTL, &values));
  }
  bool get(unsigned line) {
    gpio_v2_line_values values{0, 1ULL << line};
    return ::ioctl(fd_, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) == 0 && values.bits != 0;
  }

  int fd_;
  PinNumbers numbers_;
  std::string sda_was_, scl_was_;
};

}  // namespace

Expected<unsigned> clock_free(WirePins& pins) {
  pins.set_sda(true);
  pins.set_scl(true);
  pins.pause();
  if (!pins.scl()) return stuck("SCL");
  unsigned pulses = 0;
  while (!pins.sda()) {
    if (pulses == most_pulses) return stuck("SDA");
    pulse(pins);
    ++pulses;
    if (!pins.scl()) return stuck("SCL");
  }
  stop(pins);
  if (!pins.sda()) return stuck("SDA");
  return pulses;
}

Expected<std::unique_ptr<WirePins>> take_pins(const PinNumbers& numbers, const std::string& chip) {
  const std::string sda = function_of(numbers.sda);
  const std::string scl = function_of(numbers.scl);
  if (sda.empty() || scl.empty()) {
    return fail(Error::bus_unsupported,
                "the program 'pinctrl' does not say that these pins carry a bus, or is missing");
  }
  const int device = ::open(chip.c_str(), O_RDWR | O_CLOEXEC);
  if (device < 0) {
    const bool forbidden = errno == EACCES || errno == EPERM;
    return fail(forbidden ? Error::bus_forbidden : Error::bus_unsupported,
                fmt::format("{}: {}", chip, std::strerror(errno)));
  }
  gpio_v2_line_request request{};
  request.offsets[0] = numbers.sda;
  request.offsets[1] = numbers.scl;
  request.num_lines = 2;
  std::strncpy(request.consumer, "picoctl recover", sizeof request.consumer - 1);
  request.config.flags = GPIO_V2_LINE_FLAG_OUTPUT | GPIO_V2_LINE_FLAG_OPEN_DRAIN;
  // Both high from the first moment: released.
  request.config.num_attrs = 1;
  request.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
  request.config.attrs[0].attr.values = 3;
  request.config.attrs[0].mask = 3;
  const bool taken = ::ioctl(device, GPIO_V2_GET_LINE_IOCTL, &request) == 0;
  const int error = errno;
  ::close(device);
  if (!taken) {
    return fail(Error::bus_unsupported, fmt::format("GPIO{} and GPIO{} of {}: {}", numbers.sda,
                                                    numbers.scl, chip, std::strerror(error)));
  }
  return std::unique_ptr<WirePins>(std::make_unique<GpioPins>(request.fd, numbers, sda, scl));
}

}  // namespace picoctl
