// picoctl virtual: a virtual bus with virtual Picos, or with an emulated one that runs an image; or such a
// one on a bus that is there. Checks what was asked for, then becomes picoctl-virtual or
// picoctl-emulator; with --board it stays and shows the board.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "board_view.hpp"
#include "context.hpp"
#include "parts.hpp"
#include "picoctl/controller/bus.hpp"
#include "usb_terminal.hpp"
#include "writable.hpp"

namespace picoctl::cli {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t longest_path = sizeof(sockaddr_un{}.sun_path) - 1;

struct Virtual {
  std::string listen, journal, trace, speed, controller, usb, warm;
  Words images, addresses;
  bool board = false, join = false;
};

Words checked_addresses(const Context& context, Words addresses) {
  if (!context.options.name.empty()) {
    fail_with(Error::usage,
              "--name says which Pico is meant; give one a name by: picoctl call system.name NAME");
  }
  if (!context.options.address.empty()) addresses.push_back(context.options.address);
  std::vector<std::uint8_t> seen;
  for (const std::string& text : addresses) {
    const std::uint8_t address = parse_address(text);
    if (std::ranges::count(seen, address) > 0) {
      fail_with(Error::doubled_address, hex_address(address));
    }
    seen.push_back(address);
  }
  Words checked;
  for (const std::uint8_t address : seen) checked.push_back(hex_address(address));
  return checked;
}

bool somebody_listens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, longest_path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool connected =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const bool full = !connected && errno == EAGAIN;
  ::close(fd);
  return connected || full;
}

void check_length(const std::string& path) {
  if (path.size() <= longest_path) return;
  fail_with(Error::socket_path_too_long, fmt::format("{} has {} bytes", path, path.size()));
}

void check_socket(const std::string& path) {
  check_length(path);
  struct stat status {};
  const bool exists = ::lstat(path.c_str(), &status) == 0;
  if (exists && !S_ISSOCK(status.st_mode)) {
    fail_with(Error::socket_failed, path + " is another kind of file");
  }
  if (exists && somebody_listens(path)) fail_with(Error::socket_in_use, path);
  const auto folder = std::filesystem::absolute(path).parent_path();
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    fail_with(Error::socket_failed, fmt::format("{}: {}", folder.string(), std::strerror(errno)));
  }
}

// The default path's folder is made, for this user alone.
std::string socket_to_use(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  std::string path = default_socket();
  std::error_code ignored;
  const auto folder = std::filesystem::path(path).parent_path();
  if (std::filesystem::create_directories(folder, ignored)) ::chmod(folder.c_str(), 0700);
  // In somebody else's folder they could listen in our place.
  struct stat status {};
  const bool own = ::lstat(folder.c_str(), &status) == 0 && status.st_uid == ::getuid();
  if (!own) fail_with(Error::socket_failed, folder.string() + " is not this user's folder");
  return path;
}

// What is the bus's own is for who serves it to say.
void check_join(const Virtual& options, const std::string& socket) {
  if (options.images.empty()) fail_with(Error::usage, "--join: give the IMAGE that joins the bus");
  if (!options.trace.empty() || !options.speed.empty() || !options.controller.empty()) {
    fail_with(Error::usage,
              "--trace, --speed and --controller are of the bus: give them to the picoctl that "
              "serves it");
  }
  check_length(socket);
  if (!somebody_listens(socket)) fail_with(Error::virtual_bus_absent, socket);
}

void check_speed(const std::string& text) {
  if (text.empty()) return;
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const unsigned long hz = digits && text.size() < 9 ? std::stoul(text) : 0;
  if (hz < 10'000 || hz > 3'400'000) {
    fail_with(Error::usage, fmt::format("--speed {}: 10000 to 3400000 Hz", text));
  }
}

// The emulator takes what the virtual Pico takes, and the program that serves the bus.
void emulate(Words& command, const Virtual& options) {
  for (const std::string& image : options.images) {
    if (::access(image.c_str(), R_OK) == 0) continue;
    fail_with(Error::image_unusable, fmt::format("{}: {}", image, std::strerror(errno)));
  }
  const auto emulator = find_emulator();
  if (!emulator) fail_with(Error::part_missing, "picoctl-emulator is not beside picoctl");
  if (options.join) {
    command.emplace_back("--join");
  } else {
    command.insert(command.end(), {"--bus-server", command[0]});
  }
  if (!options.warm.empty()) command.insert(command.end(), {"--warm", options.warm});
  if (!options.usb.empty()) {
    const std::string terminal = std::to_string(open_usb_terminal(options.usb));
    command.insert(command.end(), {"--usb", options.usb, "--usb-terminal", terminal});
  }
  command.insert(command.end(), options.images.begin(), options.images.end());
  command[0] = emulator->string();
}

Words command_for(const Context& context, const Virtual& options, const std::string& socket) {
  Words command{{}, "--listen", socket};
  const auto add = [&command](const char* option, const std::string& value) {
    if (!value.empty()) command.insert(command.end(), {option, value});
  };
  for (const std::string& address : checked_addresses(context, options.addresses)) {
    add("--address", address);
  }
  check_speed(options.speed);
  if (!options.usb.empty() && options.images.empty()) {
    fail_with(Error::usage, "--usb: a virtual Pico has none; give an IMAGE");
  }
  if (!options.warm.empty() && options.images.empty()) {
    fail_with(Error::usage, "--warm: a virtual Pico starts at once anyhow; give an IMAGE");
  }
  if (options.join) {
    check_join(options, socket);
  } else {
    check_socket(socket);
  }
  check_writable(options.journal);
  check_writable(options.trace);
  add("--journal", options.journal);
  add("--trace", options.trace);
  add("--speed", options.speed);
  add("--controller", options.controller);
  const auto program = find_virtual_pico();
  if (!program) fail_with(Error::part_missing, "picoctl-virtual is not beside picoctl");
  command[0] = program->string();
  if (!options.images.empty()) emulate(command, options);
  return command;
}

int become(const Words& command) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::fflush(stdout);
  ::execv(words[0], words.data());
  fail_with(Error::part_missing, fmt::format("{}: {}", command[0], std::strerror(errno)));
}

int start_virtual(const Context& context, const Virtual& options) {
  const std::string socket = socket_to_use(options.listen);
  const Words command = command_for(context, options, socket);
  if (options.board) return show_boards(context, command, socket);
  const std::string bus = options.listen.empty() ? "" : "--bus virtual:" + socket + " ";
  fmt::print(stderr, "{} Pico. Ctrl-C ends it. In another terminal: picoctl {}call led 1 on\n",
             options.images.empty() ? "A virtual" : "An emulated", bus);
  return become(command);
}

}  // namespace

void add_virtual(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("virtual", "Start a virtual bus with virtual Picos on it");
  auto options = std::make_shared<Virtual>();
  verb->add_option("IMAGE", options->images,
                   "A Pico's program (.uf2, .elf, .bin), on an emulated chip; several: a Pico each")
      ->type_name("");
  verb->add_option("--listen", options->listen,
                   "Socket of the bus; without it one that all verbs find")
      ->type_name("PATH");
  verb->add_option("--address", options->addresses, "Of a virtual Pico; may be repeated (0x41)")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  verb->add_option("--journal", options->journal, "One line per command that a Pico runs")
      ->type_name("FILE");
  verb->add_option("--trace", options->trace, "The two wires, for GTKWave or PulseView")
      ->type_name("FILE.vcd");
  verb->add_option("--speed", options->speed, "Of the bus, in Hz (400000)")->type_name("HZ");
  verb->add_option("--controller", options->controller,
                   "The Pi whose I2C controller the bus has (pi4); see docs/TEST-YOUR-PICO.md")
      ->type_name("")
      ->check(CLI::IsMember({"pi4", "pi4-every-check", "pi4-first-check", "pi5"}));
  verb->add_option("--usb", options->usb,
                   "The first IMAGE's USB serial port, a terminal at PATH, for mpremote or Thonny")
      ->type_name("PATH");
  verb->add_option("--warm", options->warm,
                   "Keep there how an IMAGE was when it first answered, and begin so the next time")
      ->type_name("FOLDER");
  verb->add_flag("--join", options->join,
                 "The IMAGE goes on the bus that another picoctl serves there (--listen)");
  verb->add_flag("--board", options->board, "Show the board and its lights");
  verb->footer(
      "Without IMAGE it is the code that runs on a real Pico, on a pretended chip. Prints "
      "'listening\n"
      "PATH' when it is ready and runs until Ctrl-C.\n\n"
      "Examples:\n"
      "  picoctl virtual\n"
      "  picoctl virtual --board\n"
      "  picoctl virtual build/firmware/picoctl-pico.uf2\n"
      "  picoctl virtual --usb /tmp/pico-usb micropython.uf2\n"
      "  picoctl virtual --join my-controller.uf2\n"
      "  picoctl virtual --address 0x41 --address 0x42 --journal commands.txt\n"
      "  picoctl virtual --listen /tmp/pico --trace wires.vcd");
  verb->callback([&context, options] {
    context.run = [&context, options] { return start_virtual(context, *options); };
  });
}

}  // namespace picoctl::cli
