// The bus server's socket: clients that say anything, in pieces of any size, and hang up whenever
// they like. Another client is served all the while.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "input.hpp"
#include "picoctl/socket/codec.hpp"
#include "picoctl/virtual/devices.hpp"
#include "picoctl/virtual/server.hpp"

namespace picoctl::fuzz {
namespace {

using namespace std::chrono_literals;

std::string socket_path() {
  static const std::string folder = [] {
    char name[] = "/tmp/picoctl-fuzz-XXXXXX";
    return std::string(::mkdtemp(name));
  }();
  static const int removed = std::atexit([] {
    ::unlink(socket_path().c_str());
    ::rmdir(folder.c_str());
  });
  expect(removed == 0, "nobody will tidy up");
  return folder + "/bus";
}

class Connected {
 public:
  Connected() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    socket_path().copy(to.sun_path, sizeof to.sun_path - 1);
    const int done = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    expect(done == 0, "nobody can connect any more");
  }
  ~Connected() { ::close(fd_); }
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;

  void say(std::span<const std::uint8_t> bytes) {
    // The server may have hung up, or not be reading: that is the client's affair.
    [[maybe_unused]] const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  std::vector<std::uint8_t> hear() {
    std::array<std::uint8_t, 4096> room{};
    const auto got = ::recv(fd_, room.data(), room.size(), 0);
    return {room.begin(), room.begin() + std::max<long>(got, 0)};
  }

 private:
  int fd_;
};

class World {
 public:
  World() {
    bus_.attach(registers_);
    bus_.attach(port_);
    sim::ServerOptions options;
    options.real_time = false;
    options.target_timeout = 0ms;  // a target that does not answer is not waited for
    server_ = std::make_unique<sim::BusServer>(bus_, options);
    expect(!server_->listen(socket_path()), "the socket cannot be made");
  }

  void play(Input& input) {
    while (!input.over()) {
      const std::uint8_t what = input.byte();
      auto& client = clients_[(what >> 6U) % clients_.size()];
      if (!client) {
        turn();  // so that the queue of those that connect is never full
        client = std::make_unique<Connected>();
      }
      switch (what & 7U) {
        case 0: client.reset(); break;
        case 1: client->half_close(); break;
        case 2: client->say(hello()); break;
        case 3: client->say(frame(input)); break;
        case 4: client->hear(); break;
        default: client->say(input.some(300)); break;
      }
      if ((what & 8U) == 0) turn();
    }
    turn();
    others_are_served();
  }

 private:
  using Octets = std::vector<std::uint8_t>;

  void turn() {
    for (int i = 0; i < 3; ++i) server_->step(0ms);
  }
  static Octets hello() {
    std::array<std::uint8_t, 64> room{};
    socket::Writer out(room, socket::Type::hello);
    const std::uint8_t all = socket::role_controller | socket::role_target | socket::role_observer |
                             socket::role_control | socket::role_steps;
    encode(out, socket::Hello{.roles = all, .name = "fuzz"});
    const auto bytes = out.end();
    return {bytes.begin(), bytes.end()};
  }
  // A frame whose length is right; its body is anything.
  static Octets frame(Input& input) {
    const std::uint8_t type = input.byte();
    const auto body = input.some(200);
    Octets bytes{static_cast<std::uint8_t>(body.size() + 1), 0, 0, 0, type};
    bytes.insert(bytes.end(), body.begin(), body.end());
    return bytes;
  }

  // A client that does everything right is welcomed, and told of the bus.
  void others_are_served() {
    Connected client;
    client.say(hello());
    client.say(std::array<std::uint8_t, 9>{5, 0, 0, 0, 6, 1, 0, 0, 0});  // query, tag 1
    Octets heard;
    for (int i = 0; i < 50; ++i) {
      server_->step(0ms);
      const Octets more = client.hear();
      heard.insert(heard.end(), more.begin(), more.end());
    }
    const auto welcome = socket::next_frame(heard);
    expect(welcome.state == socket::Frame::State::complete && welcome.type == socket::Type::welcome,
           "a client that does everything right is not welcomed");
    const auto rest = std::span<const std::uint8_t>(heard).subspan(welcome.size);
    bool told = false;
    for (auto left = rest; !told;) {
      const auto next = socket::next_frame(left);
      if (next.state != socket::Frame::State::complete) break;
      told = next.type == socket::Type::report;
      left = left.subspan(next.size);
    }
    expect(told, "a client that asks is not told");
  }

  sim::Bus bus_;
  sim::RegisterFile registers_;
  sim::Pcf8574 port_;
  std::unique_ptr<sim::BusServer> server_;
  std::array<std::unique_ptr<Connected>, 3> clients_;
};

}  // namespace
}  // namespace picoctl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  picoctl::fuzz::Input input(data, size);
  picoctl::fuzz::World().play(input);
  return 0;
}
