// Who a Pico is, in words and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "picoctl/link/identity.hpp"

namespace picoctl::cli {

std::string chip_name(Chip chip);  // "RP2040", "virtual"
std::string identity_line(
    const Identity& identity);  // "RP2040  firmware 0.1.0  protocol 1.0  id e66…"
nlohmann::json identity_json(const Identity& identity);

}  // namespace picoctl::cli
