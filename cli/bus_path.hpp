// Sockets of virtual buses.
#pragma once

#include <string>

#include "context.hpp"
#include "picoctl/controller/bus.hpp"

namespace picoctl::cli {

// Of a virtual bus that is open.
std::string socket_path(const Bus& bus);

// Of the virtual bus that the options or PICOCTL_BUS name, or the default one. virtual_only if
// they name a real one, bad_bus_name if none.
std::string wanted_socket(const Context& context);

}  // namespace picoctl::cli
