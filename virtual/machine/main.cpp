// picoctl-virtual: a virtual bus with virtual Picos on it, for as long as it runs.
// `picoctl virtual` starts it; it says "listening PATH" once it is ready.
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "picoctl/link/error_table.hpp"
#include "picoctl/socket/default_path.hpp"
#include "picoctl/virtual/pico.hpp"
#include "picoctl/virtual/server.hpp"
#include "picoctl/virtual/vcd.hpp"

namespace picoctl::sim {
namespace {

struct Options {
  std::string socket_path = socket::default_path();
  std::vector<std::string> addresses;
  std::string journal_path;
  std::string trace_path;
  std::uint32_t speed_hz = 400'000;
  std::uint32_t loop_us = 5;
  ControllerModel controller = controller_models[0];
  bool no_pico = false;
  bool with_parent = false;
};

int complain(Error error, const std::string& detail) {
  const ErrorInfo& row = info(error);
  std::fprintf(stderr,
               "picoctl: %s\n  what happened: %s\n  likely cause:  %s\n  what to do:    %s\n",
               row.text.data(), detail.c_str(), row.cause.data(), row.cure.data());
  return static_cast<int>(row.exit_class);
}

// One line per handler execution: seconds, command, arguments. Flushed at once, so that whoever
// compares it finds in it what has happened.
class Journal {
 public:
  ~Journal() {
    if (file_ != nullptr) std::fclose(file_);
  }
  bool open(const std::string& path) {
    file_ = std::fopen(path.c_str(), "we");
    return file_ != nullptr;
  }
  void add(std::uint64_t time_us, std::uint8_t address, bool several, std::string_view line) {
    if (file_ == nullptr) return;
    std::fprintf(file_, "%llu.%06llu ", static_cast<unsigned long long>(time_us / 1'000'000),
                 static_cast<unsigned long long>(time_us % 1'000'000));
    if (several) std::fprintf(file_, "0x%02x ", address);
    std::fprintf(file_, "%.*s\n", static_cast<int>(line.size()), line.data());
    if (std::fflush(file_) != 0 && error_ == 0) error_ = errno;
  }
  int error() const { return error_; }

 private:
  std::FILE* file_ = nullptr;
  int error_ = 0;
};

Result<std::vector<std::uint8_t>, int> parse_addresses(const std::vector<std::string>& texts,
                                                       bool may_be_none) {
  std::vector<std::uint8_t> addresses;
  for (const std::string& text : texts) {
    char* end = nullptr;
    const unsigned long value = std::strtoul(text.c_str(), &end, 0);
    if (text.empty() || *end != '\0' || value > 0x7F ||
        !target::usable_address(static_cast<std::uint8_t>(value))) {
      return Unexpected{complain(Error::bad_address, text + " is not a usable address")};
    }
    const auto address = static_cast<std::uint8_t>(value);
    if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) {
      return Unexpected{complain(Error::doubled_address, text + " was given twice")};
    }
    addresses.push_back(address);
  }
  if (addresses.empty() && !may_be_none) addresses.push_back(target::default_address);
  return addresses;
}

Error error_of(ListenError error) {
  switch (error) {
    case ListenError::path_too_long: return Error::socket_path_too_long;
    case ListenError::in_use: return Error::socket_in_use;
    default: return Error::socket_failed;
  }
}

// The default socket's folder is made on first use; a folder there that is somebody else's is not
// used, or they could listen in our place.
bool prepare_default_directory() {
  const std::string path = socket::default_directory();
  if (::mkdir(path.c_str(), 0700) == 0) return true;
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::getuid();
}

int serve(const Options& options, const std::vector<std::uint8_t>& addresses) {
  SignalStop stop;
  Bus bus({.speed_hz = options.speed_hz,
           .rules = options.controller.rules,
           .stretching = options.controller.stretching});
  Journal journal;
  if (!options.journal_path.empty() && !journal.open(options.journal_path)) {
    return complain(Error::file_unwritable, options.journal_path + ": " + std::strerror(errno));
  }
  VcdWriter trace;
  if (!options.trace_path.empty()) {
    if (const int error = trace.open(options.trace_path, bus.bit_ns()); error != 0) {
      return complain(Error::file_unwritable, options.trace_path + ": " + std::strerror(error));
    }
    bus.add_sink(trace);
  }

  std::vector<std::unique_ptr<VirtualPico>> picos;
  for (const std::uint8_t address : addresses) {
    PicoOptions pico;
    pico.address = address;
    pico.loop_us = options.loop_us;
    pico.program = standard_program;
    pico.journal = [&journal, address, several = addresses.size() > 1](std::uint64_t time_us,
                                                                       std::string_view line) {
      journal.add(time_us, address, several, line);
    };
    picos.push_back(std::make_unique<VirtualPico>(bus, pico));
    bus.attach(*picos.back());
  }

  if (options.socket_path == socket::default_path() && !prepare_default_directory()) {
    return complain(Error::socket_failed,
                    socket::default_directory() + " is not this user's folder");
  }
  BusServer server(bus);
  if (const auto failure = server.listen(options.socket_path)) {
    return complain(error_of(failure.error), failure.text);
  }
  std::printf("listening %s\n", options.socket_path.c_str());
  std::fflush(stdout);
  server.run(stop.fd());

  int error = journal.error();
  if (error == 0 && !options.trace_path.empty()) error = trace.close();
  if (error != 0) {
    return complain(Error::file_unwritable,
                    std::string("while recording: ") + std::strerror(error));
  }
  return 0;
}

std::vector<std::string> controller_names() {
  std::vector<std::string> names;
  names.reserve(controller_models.size());
  for (const ControllerModel& model : controller_models) names.emplace_back(model.name);
  return names;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("A virtual I2C bus with virtual Picos; ends on Ctrl-C.", "picoctl-virtual");
  app.add_option("--listen", options.socket_path, "Unix socket to serve the bus on")
      ->capture_default_str();
  app.add_option("--address", options.addresses, "Address of a virtual Pico; may be given again");
  app.add_option("--journal", options.journal_path, "Write one line per handler execution");
  app.add_option("--trace", options.trace_path, "Record both wires as a VCD file");
  app.add_option("--speed", options.speed_hz, "Speed of the bus in Hz")
      ->check(CLI::Range(10'000U, 3'400'000U))
      ->capture_default_str();
  app.add_option("--loop-time", options.loop_us,
                 "Microseconds that the Pico's event loop takes for one command")
      ->check(CLI::Range(0U, 1'000'000U))
      ->capture_default_str();
  app.add_flag("--no-pico", options.no_pico,
               "No virtual Pico unless --address asks for one: others attach to the bus");
  app.add_flag("--with-parent", options.with_parent, "End when whoever started it ends");
  std::string controller(options.controller.name);
  app.add_option("--controller", controller, "The Pi whose I2C controller the bus has")
      ->check(CLI::IsMember(controller_names()))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& mistake) {
    return complain(Error::usage, mistake.what());
  }
  options.controller = *std::ranges::find(controller_models, controller, &ControllerModel::name);
  if (options.with_parent) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const auto addresses = parse_addresses(options.addresses, options.no_pico);
  if (!addresses) return addresses.error();
  return serve(options, *addresses);
}

}  // namespace
}  // namespace picoctl::sim

int main(int argc, char** argv) {
  try {
    return picoctl::sim::run(argc, argv);
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "picoctl: %s\n", bug.what());
    return 6;
  }
}
