// A Pico's description, parsed: what it can do, in its own words (link/description.hpp).
//
// The text comes from outside: parse_description() takes any bytes, never recurses deeper than
// max_type_depth, and lets nothing through that could not be shown on a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "picoctl/controller/failure.hpp"

namespace picoctl {

inline constexpr std::size_t max_type_depth = 8;
inline constexpr std::size_t max_description_size = 65'536 + 240;  // offsets have 16 bits

struct FieldInfo;

struct TypeInfo {
  enum class Kind : std::uint8_t {
    boolean,
    unsigned_integer,
    signed_integer,
    floating,
    enumeration,
    text,
    bytes,
    array,
    structure
  };
  struct Enumerator {
    std::string name;
    std::uint64_t value = 0;  // the bits that travel; two's complement if is_signed
  };

  Kind kind = Kind::boolean;
  bool is_signed = false;               // enumeration: of its integer
  std::size_t size = 1;                 // numbers and enumerations: bytes; text and bytes: the most
  std::size_t count = 0;                // array: number of elements
  std::vector<Enumerator> enumerators;  // enumeration
  std::vector<TypeInfo> element;        // array: exactly one
  std::vector<FieldInfo> fields;        // structure
  std::string text;                     // as described: "u8{input=0,output=1}"
  unsigned depth = 1;                   // of types within types
  std::size_t min_wire = 0, max_wire = 0;  // bytes on the wire
};

struct FieldInfo {
  std::string name;
  TypeInfo type;
  std::string unit;  // "ms"; may be empty
};

struct CommandInfo {
  std::uint16_t number = 0;       // 1 is the first
  std::string name;               // "gpio.write"
  std::vector<FieldInfo> args;    //
  std::vector<FieldInfo> reply;   //
  std::uint32_t max_time_ms = 0;  // that its handler may take
  std::string help;               // may be empty
  std::string signature;     // "gpio.write pin:u8 on:bool -> …": the line without time and help
  std::size_t max_args = 0;  // bytes on the wire
  std::size_t min_reply = 0, max_reply = 0;
};

struct RegisterInfo {
  std::uint8_t number = 0;
  std::string name;
  TypeInfo type;  // an integer of 1, 2 or 4 bytes
  std::string unit;
  std::string help;
};

class Description {
 public:
  const std::vector<CommandInfo>& commands() const { return commands_; }
  const std::vector<RegisterInfo>& registers() const { return registers_; }
  std::uint32_t hash() const { return hash_; }
  const std::string& text() const { return text_; }

  const CommandInfo* find(std::string_view command) const;  // null: there is none
  const RegisterInfo* find_register(std::string_view name) const;
  const RegisterInfo* find_register(std::uint8_t number) const;

  // As above, with a failure that names the nearest one: "led" for "lde".
  Expected<const CommandInfo*> command(std::string_view name) const;
  // By name, or by number as typed: "light1", "1", "0x01".
  Expected<const RegisterInfo*> register_named(std::string_view name) const;

 private:
  friend Expected<Description> parse_description(std::string text);
  Expected<void> add_line(std::string_view line);
  Expected<void> add_command(std::string_view line);
  Expected<void> add_register(std::string_view line);

  std::string text_;
  std::uint32_t hash_ = 0;
  std::vector<CommandInfo> commands_;
  std::vector<RegisterInfo> registers_;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> by_name_;
};

// bad_description, naming the line and what is wrong with it.
Expected<Description> parse_description(std::string text);

// "led n:u8 on:bool @2000ms # Help" -> "led n:u8 on:bool": what two ends must agree on.
constexpr std::string_view signature_of(std::string_view line) {
  line = line.substr(0, line.find(" #"));
  return line.substr(0, line.find(" @"));
}

}  // namespace picoctl
