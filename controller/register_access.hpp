// Plain registers: one SMBus-like transaction, outside the link's checks and sessions.
#pragma once

#include <span>
#include <string_view>

#include "picoctl/controller/description.hpp"
#include "picoctl/controller/value.hpp"
#include "wire.hpp"

namespace picoctl::controller {

Expected<Value> read_register(Wire& wire, const Description& description, std::string_view which);

Expected<void> write_registers(Wire& wire, const Description& description, std::string_view which,
                               std::span<const Value> values);

}  // namespace picoctl::controller
