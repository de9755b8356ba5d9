// The types of a description in words.
#pragma once

#include <string>

#include "picoctl/controller/description.hpp"

namespace picoctl::cli {

std::string type_text(const TypeInfo& type);   // "a whole number, 0 to 255"; "input or output"
std::string example_of(const TypeInfo& type);  // as it would be typed: "1", "on", "input"

}  // namespace picoctl::cli
