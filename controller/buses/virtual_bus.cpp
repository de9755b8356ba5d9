// The virtual bus, over its Unix socket. A connection that broke is made anew by the next transfer,
// and so is one that was inherited by fork(): two processes cannot share it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "buses.hpp"
#include "claim.hpp"
#include "errno_failure.hpp"
#include "picoctl/socket/client.hpp"
#include "picoctl/socket/default_path.hpp"
#include "process.hpp"
#include "text.hpp"

namespace picoctl::controller {
namespace {

constexpr int timeout_ms = 2000;  // longer than the longest transfer of a bus that works

class VirtualBus final : public Bus {
 public:
  explicit VirtualBus(std::string path)
      : path_(std::move(path)), name_("virtual:" + path_), generation_(process_generation()) {}
  ~VirtualBus() override {
    if (claim_fd_ >= 0) ::close(claim_fd_);
  }

  Expected<void> connect() {
    generation_ = process_generation();
    const int error =
        client_.connect(path_, socket::role_controller, "picoctl controller", timeout_ms);
    if (error != 0) return connect_failure(error);
    speed_khz_ = static_cast<std::uint16_t>(std::min(client_.speed_hz() / 1000, 0xFFFFU));
    return {};
  }

  std::string name() const override { return name_; }
  bool is_virtual() const override { return true; }
  std::uint16_t speed_khz() const override { return speed_khz_; }

  Expected<void> recover() override {
    const std::lock_guard lock(mutex_);
    if (auto ready = ready_client(); !ready) return ready;
    const int error = client_.recover();
    if (error == 0) return {};
    return failure_of(error, 0);
  }
  // A socket cannot be locked; a file beside it can. The server takes it away at its end.
  void claim(std::chrono::milliseconds at_most) override {
    // Waiting is not done under the mutex: other threads' transfers go on meanwhile.
    if (const int fd = file_to_claim(); fd >= 0) claim_file(fd, *this, at_most);
  }
  void release() override {
    const std::lock_guard lock(mutex_);
    if (claim_fd_ >= 0) release_file(claim_fd_);
  }

 private:
  int file_to_claim() {
    const std::lock_guard lock(mutex_);
    if (claim_fd_ >= 0 && claim_generation_ != process_generation()) {  // the parent's
      ::close(claim_fd_);
      claim_fd_ = -1;
    }
    if (claim_fd_ < 0) {
      claim_generation_ = process_generation();
      const std::string path = path_ + ".lock";
      claim_fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    return claim_fd_;
  }
  Expected<void> do_transfer(std::span<const Message> messages) override {
    const std::lock_guard lock(mutex_);
    for (const Message& message : messages) {
      if (message.is_read() && message.length > 0) std::memset(message.data, 0, message.length);
    }
    if (auto ready = ready_client(); !ready) return ready;
    const int error = client_.transfer(messages);
    if (error == 0) return {};
    return failure_of(error, messages.empty() ? 0 : messages[0].address);
  }

  Expected<void> ready_client() {
    if (client_.alive() && generation_ == process_generation()) return {};
    return connect();
  }

  Unexpected<Failure> failure_of(int error, unsigned address) const {
    if (client_.alive()) return transfer_failure(error, name_, address);
    return fail(Error::virtual_bus_absent,
                fmt::format("{} has gone away: {}", name_, errno_text(error)), Outcome::unknown);
  }

  Unexpected<Failure> connect_failure(int error) const {
    const std::string why =
        client_.refusal()[0] != 0 ? printable(client_.refusal()) : errno_text(error);
    switch (error) {
      case ENAMETOOLONG: return fail(Error::socket_path_too_long, path_);
      case EACCES:
      case EPERM: return fail(Error::bus_forbidden, path_);
      case EPROTONOSUPPORT: return fail(Error::socket_version, fmt::format("{}: {}", path_, why));
      case EPROTO:
      case ENOTSOCK: return fail(Error::bus_not_i2c, path_);
      case ENOENT:
      case ENOTDIR:
      case ECONNREFUSED: return fail(Error::virtual_bus_absent, path_);
      default: return fail(Error::bus_io, fmt::format("{}: {}", path_, why));
    }
  }

  std::string path_;
  std::string name_;
  std::mutex mutex_;
  socket::Client client_;
  int claim_fd_ = -1;
  unsigned claim_generation_ = 0;
  unsigned generation_;
  std::uint16_t speed_khz_ = 0;
};

}  // namespace

Expected<std::unique_ptr<Bus>> open_virtual(std::string_view rest) {
  auto bus =
      std::make_unique<VirtualBus>(rest.empty() ? socket::default_path() : std::string(rest));
  if (auto connected = bus->connect(); !connected) return Unexpected{connected.error()};
  return std::unique_ptr<Bus>(std::move(bus));
}

}  // namespace picoctl::controller
