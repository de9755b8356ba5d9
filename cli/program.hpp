// What kind of program a name stands for: whether LD_PRELOAD will reach it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace picoctl::cli {

enum class Linkage : std::uint8_t {
  dynamic,     // an ELF file with an interpreter: LD_PRELOAD works
  fixed,       // statically linked, or set-user-id, which drops LD_PRELOAD
  missing,     // no such file, or it may not be executed
  unreadable,  // it may be executed but not looked into
};

struct ProgramLook {
  Linkage linkage = Linkage::missing;
  std::filesystem::path file;  // that decides: of a script, its interpreter
  std::string why;             // in words, for fixed and missing
};

// The file that execvp would run for `name`; empty if there is none.
std::optional<std::filesystem::path> find_program(const std::string& name);

// Looks at what `given` would run; follows "#!" lines and `env`.
ProgramLook look_at_program(const std::vector<std::string>& given);

}  // namespace picoctl::cli
