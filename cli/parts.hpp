// The parts of picoctl that are separate files: where they lie beside this program.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace picoctl::cli {

// `picoctl-virtual`: in this program's own folder, else in ../libexec/picoctl.
std::optional<std::filesystem::path> find_virtual_pico();

// `picoctl-emulator`: found in the same places.
std::optional<std::filesystem::path> find_emulator();

// `libpicoctl-i2c-shim.so`: in ../lib, ../lib/picoctl, else in this program's own folder.
std::optional<std::filesystem::path> find_shim();

}  // namespace picoctl::cli
