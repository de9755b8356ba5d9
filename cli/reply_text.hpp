// What a Pico answered, for people.
#pragma once

#include <string>

#include "picoctl/controller/value.hpp"

namespace picoctl::cli {

// "on=true level=2.5"; "done" if there is nothing to say.
std::string reply_line(const Value& reply);

// One value: text without quotes, bytes as 0x…
std::string value_text(const Value& value);

// A reply as JSON that any program can read: bytes become "0x…".
nlohmann::json reply_json(const Value& reply);

}  // namespace picoctl::cli
