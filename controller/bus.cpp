#include "picoctl/controller/bus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "buses/buses.hpp"
#include "header_bus.hpp"
#include "picoctl/controller/scan.hpp"
#include "picoctl/socket/default_path.hpp"
#include "text.hpp"

namespace picoctl {
namespace {

struct BusKind {
  std::string_view scheme;
  Expected<std::unique_ptr<Bus>> (*open)(std::string_view rest);
};
constexpr std::array<BusKind, 2> kinds{
    {{"i2c", &controller::open_i2c_dev}, {"virtual", &controller::open_virtual}}};

Expected<std::unique_ptr<Bus>> open_named(std::string_view name) {
  if (name == "virtual") return controller::open_virtual({});
  const std::size_t colon = name.find(':');
  const std::string_view rest =
      colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
  const auto* kind = std::find_if(kinds.begin(), kinds.end(), [&](const BusKind& row) {
    return row.scheme == name.substr(0, colon);
  });
  if (kind == kinds.end() || rest.empty()) {
    return fail(Error::bad_bus_name, fmt::format("'{}'", controller::printable(name)));
  }
  return kind->open(rest);
}

bool has_pico(Bus& bus) {
  const auto result = scan(bus, {.named = {}, .only_picos = true, .with_names = false});
  return result && std::any_of(result->found.begin(), result->found.end(),
                               [](const Found& found) { return found.kind == Found::Kind::pico; });
}

// Nobody named a bus: the header's, then the virtual one.
Expected<std::unique_ptr<Bus>> find_bus() {
  std::string tried;
  if (const std::string header = controller::header_bus(); !header.empty()) {
    auto bus = open_named(header);
    if (bus && has_pico(**bus)) return bus;
    tried = bus ? fmt::format("none answered at 0x41-0x48 on {}; ", header)
                : fmt::format("{}: {}; ", header, summary(bus.error()));
  }
  auto bus = controller::open_virtual({});
  if (bus) return bus;
  if (bus.error().error != Error::virtual_bus_absent) return bus;
  return fail(Error::no_pico_found,
              fmt::format("{}no virtual bus at {}", tried, bus.error().detail));
}

}  // namespace

void Bus::sleep(std::chrono::microseconds pause) { std::this_thread::sleep_for(pause); }

Expected<void> Bus::recover() { return fail(Error::bus_unsupported, name()); }

Expected<std::unique_ptr<Bus>> open_bus(std::string_view name) {
  if (!name.empty()) return open_named(name);
  const char* const wanted = std::getenv("PICOCTL_BUS");
  return wanted != nullptr && wanted[0] != 0 ? open_named(wanted) : find_bus();
}

std::string default_socket() { return socket::default_path(); }

namespace controller {

// Only a Raspberry Pi has a header, and its pins 3 and 5 are bus 1. Any other machine's buses carry
// monitors, memory and batteries: none of these is ever written to unasked.
std::string header_bus(const std::string& root) {
  std::ifstream file(root + "/proc/device-tree/model");
  std::string model;
  std::getline(file, model, '\0');
  return model.starts_with("Raspberry Pi") ? "i2c:1" : "";
}

}  // namespace controller
}  // namespace picoctl
