// Arguments as people type them in a shell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "picoctl/controller/value.hpp"

namespace picoctl::controller {

// A whole number from -2^63 to 2^64-1.
struct Whole {
  bool negative = false;
  std::uint64_t magnitude = 0;
};

// What became of reading a number: `too_large` is a number, but fits no type at all.
enum class Reading : std::uint8_t { fine, no_number, too_large };

Reading read_whole(std::string_view text, Whole& whole);  // "12", "-3", "0x1f", "0b101"
std::optional<double> read_floating(std::string_view text);
std::optional<bool> read_boolean(std::string_view text);  // on off true false yes no high low 1 0

// "0x0102" as hex digits, anything else as its own bytes. Empty if the hex is broken.
std::optional<std::vector<std::uint8_t>> read_bytes(std::string_view text);

// "[1,2]" and "{"x":1}" as JSON, "1,2" as an array of strings. Empty if the JSON is broken.
std::optional<Value> read_compound(std::string_view text);

}  // namespace picoctl::controller
