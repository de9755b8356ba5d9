// libpicoctl-i2c-shim.so: /dev/i2c-N for unmodified programs, on the virtual bus.
//
// Loaded with LD_PRELOAD, it answers for the C library's functions where they name the virtual
// adapter, and gets out of the way everywhere else. What it does not have is state of its own:
//
// - The descriptor that open("/dev/i2c-1") returns is a socket connected to the bus. close, dup,
//   fork and exec are the kernel's business and need no help.
// - What i2c-dev keeps per open file (I2C_SLAVE's address, PEC, ten-bit) must be shared by all
//   duplicates of the descriptor, in all processes, also after exec. It is kept where the kernel
//   keeps such things: in an option of the socket that means nothing to a Unix socket, SO_LINGER.
//   The same value marks the descriptor as ours.
// - Two processes that talk on one connection would take each other's answers. So only the process
//   that opened a descriptor sends its transfers over it (one sendmsg, one recv); through an
//   inherited or duplicated one each transfer makes a connection of its own.
//
// Environment: PICOCTL_SHIM_SOCKET (the bus; without it the shim does nothing),
// PICOCTL_SHIM_BUS (N, 1), PICOCTL_SHIM_STATS (a file that gets one line per process at its
// exit), PICOCTL_SHIM_TIMEOUT_MS (10000: how long a bus that says nothing is waited for).
// It needs only libc: it may meet any program.
#pragma once

#include <dlfcn.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>

#include <cerrno>
#include <cstdint>
#include <span>

#include "picoctl/socket/format.hpp"

#define PICOCTL_EXPORT extern "C" __attribute__((visibility("default")))

namespace picoctl::shim {

// The next definition of a function that we stand in front of.
template <class Function>
Function next(Function& cache, const char* name) {
  if (cache == nullptr) cache = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
  return cache;
}
// Calls the real function of this name with these arguments.
#define PICOCTL_REAL(function, ...)                            \
  ([&] {                                                       \
    static decltype(&function) cache = nullptr;                \
    return picoctl::shim::next(cache, #function)(__VA_ARGS__); \
  }())

class KeepErrno {
 public:
  KeepErrno() = default;
  ~KeepErrno() { errno = kept_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  int kept_ = errno;
};

// --- settings and paths (paths.cpp) --------------------------------------------------------------

struct Settings {
  const char* socket = nullptr;  // null: the shim is off
  int bus = 1;
  int timeout_ms = 10'000;
};
const Settings& settings();

enum class Kind : std::uint8_t {
  none,       // not ours
  device,     // /dev/i2c-N
  parent,     // a directory in which the adapter is to be seen
  adapter,    // its directory in sysfs
  attribute,  // a file in there
};
Kind classify(const char* path);
const char* device_name();                   // "i2c-N"
const char* attribute_of(const char* path);  // the file's text

// --- descriptors (handle.cpp) --------------------------------------------------------------------

// What i2c-dev keeps per open file.
struct State {
  std::uint16_t address = 0;
  bool ten_bit = false;
  bool pec = false;
};

// A new descriptor on the adapter, or -1 and errno. `flags` as for open().
int open_device(int flags);
// Whether fd is ours, and if so what is kept with it. Leaves errno alone.
bool get_state(int fd, State& state);
void set_state(int fd, const State& state);
// Whether this process opened it; costs no system call.
bool opened_here(int fd);
void forget(int fd);
// 0 or errno. `messages` as for socket::Client::transfer.
int transfer(int fd, std::span<const socket::Message> messages);

// --- i2c-dev (i2c_dev.cpp, smbus.cpp) --------------------------------------------------------

bool is_i2c_request(unsigned long request);
// These return as the system calls do: -1 and errno, or the result.
int i2c_ioctl(int fd, unsigned long request, void* argument);
long i2c_read(int fd, const State& state, void* data, std::size_t size);
long i2c_write(int fd, const State& state, const void* data, std::size_t size);
int smbus(int fd, const State& state, const i2c_smbus_ioctl_data& call);  // 0 or errno

// --- counting (stats.cpp) ------------------------------------------------------------------------

enum class Count : std::uint8_t { ioctls, rdwr, smbus, reads, writes, transfers, last = transfers };
void count(Count what);

// A zeroed page that a forked child finds zeroed again; null if the kernel cannot do that.
struct ForkLocal {
  static constexpr int max_descriptors = 3072;
  std::uint8_t descriptors[max_descriptors];  // handle.cpp
  unsigned long counts[8];                    // stats.cpp
};
ForkLocal* fork_local();

}  // namespace picoctl::shim
