#include "bus_path.hpp"

#include <cstdlib>

namespace picoctl::cli {
namespace {

constexpr std::string_view scheme = "virtual:";

}  // namespace

std::string socket_path(const Bus& bus) {
  const std::string name = bus.name();
  return name.starts_with(scheme) ? name.substr(scheme.size()) : default_socket();
}

std::string wanted_socket(const Context& context) {
  std::string name = context.options.bus;
  if (const char* named = std::getenv("PICOCTL_BUS"); name.empty() && named != nullptr) {
    name = named;
  }
  if (name.empty() || name == "virtual") return default_socket();
  if (name.starts_with(scheme) && name.size() > scheme.size()) return name.substr(scheme.size());
  if (name.starts_with("i2c:")) fail_with(Error::virtual_only, name + " is a real bus");
  fail_with(Error::bad_bus_name, "'" + name + "'");
}

}  // namespace picoctl::cli
