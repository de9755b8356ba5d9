// Error: why something did not work. One byte, stable on the wire; the rows stand in error.def.
#pragma once

#include <cstdint>

namespace picoctl {

enum class Error : std::uint8_t {
#define PICOCTL_ERROR(code, id, exit_class, text, cause, cure) id = (code),
#include "picoctl/link/error.def"
#undef PICOCTL_ERROR
};

// True for errors that a Pico may put into an answer.
constexpr bool travels(Error error) { return static_cast<std::uint8_t>(error) < 0x80; }

}  // namespace picoctl
