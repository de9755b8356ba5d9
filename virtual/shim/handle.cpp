// The descriptors: how they are made, what is kept with them, and whose connection a transfer uses.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "picoctl/socket/client.hpp"
#include "shim.hpp"

namespace picoctl::shim {
namespace {

// SO_LINGER's seconds as we use them: a mark that nobody sets by chance, and the state.
constexpr int mark = 0x2c0000;
constexpr int mark_mask = 0x7ff000;
constexpr int ten_bit = 0x400;
constexpr int pec = 0x800;
constexpr int address_mask = 0x3ff;

constexpr std::uint8_t open_bit = 1;
constexpr std::uint8_t busy_bit = 2;

std::uint8_t* slot(int fd) {
  ForkLocal* page = fork_local();
  if (page == nullptr || fd < 0 || fd >= ForkLocal::max_descriptors) return nullptr;
  return &page->descriptors[fd];
}

// The connection of a descriptor that this process opened, for one transfer at a time. Whoever
// finds it taken (another thread, or a signal handler amid a transfer) makes a connection instead:
// nobody waits, so nothing can lock up.
class Borrowed {
 public:
  explicit Borrowed(int fd) : slot_(slot(fd)) {
    if (slot_ == nullptr) return;
    std::uint8_t expected = open_bit;
    ok_ = __atomic_compare_exchange_n(slot_, &expected, open_bit | busy_bit, false,
                                      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
  }
  ~Borrowed() {
    if (ok_) __atomic_and_fetch(slot_, static_cast<std::uint8_t>(~busy_bit), __ATOMIC_RELEASE);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::uint8_t* slot_;
  bool ok_ = false;
};

int connect(socket::Client& client, const char* path) {
  return client.connect(path, socket::role_controller, "i2c-dev shim", settings().timeout_ms);
}

// What open() says when there is no bus: as for a node whose driver is gone.
int open_error(int error) {
  switch (error) {
    case ECONNREFUSED: return ENXIO;
    case EUSERS: return EBUSY;
    case EPROTO:
    case EPROTONOSUPPORT:
    case ECONNRESET:
    case EPIPE: return EIO;
    default: return error;
  }
}

// Through a descriptor of somebody else's opening: a connection for this transfer alone, to the
// bus that the descriptor is connected to.
int transfer_apart(int fd, std::span<const socket::Message> messages) {
  sockaddr_un peer{};
  socklen_t size = sizeof peer - 1;
  const bool known =
      ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.sun_path[0] == '/';
  socket::Client client;
  if (connect(client, known ? peer.sun_path : settings().socket) != 0) return EIO;
  const int error = client.transfer(messages);
  return client.alive() || error == ETIMEDOUT ? error : EIO;
}

}  // namespace

int open_device(int flags) {
  socket::Client client;
  const int error = connect(client, settings().socket);
  if (error != 0) {
    if (client.refusal()[0] != 0) std::fprintf(stderr, "picoctl shim: %s\n", client.refusal());
    errno = open_error(error);
    return -1;
  }
  const int fd = client.release();
  if ((flags & O_CLOEXEC) == 0) ::fcntl(fd, F_SETFD, 0);
  set_state(fd, {});
  if (std::uint8_t* mine = slot(fd); mine != nullptr) {
    __atomic_store_n(mine, open_bit, __ATOMIC_RELEASE);
  }
  return fd;
}

bool opened_here(int fd) {
  const std::uint8_t* mine = slot(fd);
  return mine != nullptr && __atomic_load_n(mine, __ATOMIC_RELAXED) != 0;
}

void forget(int fd) {
  if (std::uint8_t* mine = slot(fd); mine != nullptr) {
    __atomic_store_n(mine, std::uint8_t{0}, __ATOMIC_RELEASE);
  }
}

bool get_state(int fd, State& state) {
  const KeepErrno keep;
  linger kept{};
  socklen_t size = sizeof kept;
  if (::getsockopt(fd, SOL_SOCKET, SO_LINGER, &kept, &size) != 0) return false;
  if (kept.l_onoff == 0 || (kept.l_linger & mark_mask) != mark) return false;
  state.address = static_cast<std::uint16_t>(kept.l_linger & address_mask);
  state.ten_bit = (kept.l_linger & ten_bit) != 0;
  state.pec = (kept.l_linger & pec) != 0;
  return true;
}

void set_state(int fd, const State& state) {
  const linger kept{1,
                    mark | state.address | (state.ten_bit ? ten_bit : 0) | (state.pec ? pec : 0)};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &kept, sizeof kept);
}

int transfer(int fd, std::span<const socket::Message> messages) {
  count(Count::transfers);
  const Borrowed mine(fd);
  if (!mine.ok()) return transfer_apart(fd, messages);
  socket::Client client;
  client.adopt(fd, settings().timeout_ms);
  const int error = client.transfer(messages);
  if (client.alive()) return error;
  // An answer may still be under way: this connection is spent. If the bus comes back, later
  // transfers reach it through connections of their own.
  ::shutdown(fd, SHUT_RDWR);
  forget(fd);
  return error == ETIMEDOUT ? error : EIO;
}

}  // namespace picoctl::shim
