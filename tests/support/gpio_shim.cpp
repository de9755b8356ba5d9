// libpicoctl-gpio-shim.so, for tests: /dev/gpiochip0 (linux/gpio.h, version 2) with two lines on an I2C
// bus that hangs. Loaded with LD_PRELOAD; only C, as far as the linker can see.
//
//   PICOCTL_GPIO_LOG   a file: one line for everything that happens on the two wires
//   PICOCTL_GPIO_SDA   who holds SDA: N: a target that lets go at the fall of the N-th pulse; "held"
//   PICOCTL_GPIO_SCL   "held": somebody holds SCL; "later": from the third pulse on
//   PICOCTL_GPIO_BUSY  the lines are somebody else's
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr const char* device = "/dev/gpiochip0";
int chip = -1;
int lines = -1;

void say(const char* what) {
  static const int log = [] {
    const char* path = std::getenv("PICOCTL_GPIO_LOG");
    return path == nullptr ? -1 : ::creat(path, 0600);
  }();
  if (log < 0) return;
  static_cast<void>(!::write(log, what, std::strlen(what)));
  static_cast<void>(!::write(log, "\n", 1));
}

bool is(const char* name, const char* value) {
  const char* given = std::getenv(name);
  return given != nullptr && std::strcmp(given, value) == 0;
}

// The two wires: what we drive, and who else holds them.
struct Wires {
  bool sda = true, scl = true;  // driven by us; true: let go
  long pulses_left = [] {
    const char* given = std::getenv("PICOCTL_GPIO_SDA");
    return given == nullptr ? 0 : std::strcmp(given, "held") == 0 ? -1 : std::atol(given);
  }();
  int falls = 0;

  bool sda_held() const { return pulses_left != 0; }
  bool scl_held() const {
    return is("PICOCTL_GPIO_SCL", "held") || (is("PICOCTL_GPIO_SCL", "later") && falls >= 3);
  }
  bool sda_level() const { return sda && !sda_held(); }
  bool scl_level() const { return scl && !scl_held(); }

  void drive_scl(bool high) {
    if (high == scl) return;
    scl = high;
    say(high ? "SCL 1" : "SCL 0");
    if (high) return;
    ++falls;
    if (pulses_left > 0) --pulses_left;
  }
  void drive_sda(bool high) {
    if (high == sda) return;
    const bool before = sda_level();
    sda = high;
    const bool condition = scl_level() && before != sda_level();
    say(condition ? (high ? "STOP" : "START") : (high ? "SDA 1" : "SDA 0"));
  }
};
Wires& wires() {
  static Wires all;
  return all;
}

int refuse(int error) {
  errno = error;
  return -1;
}

// As drivers/gpio/gpiolib-cdev.c: open drain goes with outputs only.
int take_lines(gpio_v2_line_request& request) {
  if (std::getenv("PICOCTL_GPIO_BUSY") != nullptr) return refuse(EBUSY);
  const auto wanted = GPIO_V2_LINE_FLAG_OUTPUT | GPIO_V2_LINE_FLAG_OPEN_DRAIN;
  const gpio_v2_line_attribute& first = request.config.attrs[0].attr;
  const bool released = request.config.num_attrs == 1 && request.config.attrs[0].mask == 3 &&
                        first.id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES && first.values == 3;
  if (request.num_lines != 2 || request.config.flags != wanted) return refuse(EINVAL);
  say(released ? "taken, released" : "taken, driven low");
  char text[80];
  std::snprintf(text, sizeof text, "lines %u %u for %s", request.offsets[0], request.offsets[1],
                request.consumer);
  say(text);
  request.fd = lines = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  return 0;
}

int set_values(const gpio_v2_line_values& values) {
  if ((values.mask & 2) != 0) wires().drive_scl((values.bits & 2) != 0);
  if ((values.mask & 1) != 0) wires().drive_sda((values.bits & 1) != 0);
  return 0;
}

int get_values(gpio_v2_line_values& values) {
  const unsigned levels = (wires().sda_level() ? 1 : 0) | (wires().scl_level() ? 2 : 0);
  values.bits = levels & values.mask;
  if ((values.mask & 1) != 0) say(wires().sda_level() ? "SDA is high" : "SDA is low");
  return 0;
}

using Open = int (*)(const char*, int, ...);
using Ioctl = int (*)(int, unsigned long, ...);
using Close = int (*)(int);

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int open_any(const char* name, const char* path, int flags, int mode) {
  static const auto open = real<Open>("open");
  static const auto open64 = real<Open>("open64");
  const auto next = std::strcmp(name, "open") == 0 ? open : open64;
  if (path == nullptr || std::strcmp(path, device) != 0) return next(path, flags, mode);
  return chip = next("/dev/null", O_RDWR | O_CLOEXEC);
}

int mode_of(int flags, va_list more) { return (flags & O_CREAT) != 0 ? va_arg(more, int) : 0; }

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const int mode = mode_of(flags, more);
  va_end(more);
  return open_any("open", path, flags, mode);
}

EXPORT int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const int mode = mode_of(flags, more);
  va_end(more);
  return open_any("open64", path, flags, mode);
}

EXPORT int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list more;
  va_start(more, request);
  void* const argument = va_arg(more, void*);
  va_end(more);
  if (fd >= 0 && fd == chip && request == GPIO_V2_GET_LINE_IOCTL) {
    return take_lines(*static_cast<gpio_v2_line_request*>(argument));
  }
  if (fd >= 0 && fd == lines && request == GPIO_V2_LINE_SET_VALUES_IOCTL) {
    return set_values(*static_cast<gpio_v2_line_values*>(argument));
  }
  if (fd >= 0 && fd == lines && request == GPIO_V2_LINE_GET_VALUES_IOCTL) {
    return get_values(*static_cast<gpio_v2_line_values*>(argument));
  }
  static const auto next = real<Ioctl>("ioctl");
  return next(fd, request, argument);
}

EXPORT int close(int fd) {
  if (fd >= 0 && fd == lines) {
    say("given back");
    lines = -1;
  }
  if (fd >= 0 && fd == chip) chip = -1;
  static const auto next = real<Close>("close");
  return next(fd);
}
