#include "picoctl/controller/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "picoctl/link/command.hpp"
#include "picoctl/link/description.hpp"
#include "picoctl/link/registers.hpp"
#include "suggestion.hpp"
#include "text.hpp"
#include "type_parser.hpp"

namespace picoctl {
namespace {

using controller::LineParser;

constexpr std::size_t max_line = 2048;
constexpr std::size_t max_command_number = 0x7FFF;
constexpr std::size_t max_command_fields = 64;

std::size_t sum(const std::vector<FieldInfo>& fields, std::size_t TypeInfo::*wire) {
  std::size_t total = 0;
  for (const FieldInfo& field : fields) total += field.type.*wire;
  return total;
}

// Everything behind the name: " pin:u8 -> on:bool @2000ms # Help".
void parse_rest(LineParser& parser, CommandInfo& command) {
  std::vector<FieldInfo>* fields = &command.args;
  while (!parser.failed() && !parser.at_end()) {
    if (!parser.take(" ")) return parser.fail("a space is missing");
    if (parser.take("#")) {
      command.help = parser.help();
    } else if (parser.take("-> ")) {
      if (fields == &command.reply) return parser.fail("two replies");
      fields = &command.reply;
      fields->push_back(parser.field());
    } else if (parser.take("@")) {
      command.max_time_ms = static_cast<std::uint32_t>(parser.number(0xFFFF));
      if (!parser.take("ms")) return parser.fail("a time without 'ms'");
    } else {
      fields->push_back(parser.field());
    }
    if (fields->size() > max_command_fields) return parser.fail("too many fields");
  }
}

bool overlap(const RegisterInfo& a, const RegisterInfo& b) {
  return a.number < b.number + b.type.size && b.number < a.number + a.type.size;
}

void parse_register(LineParser& parser, RegisterInfo& entry) {
  entry.number = parser.hex_byte();
  if (!parser.take(" ")) parser.fail("a space is missing");
  FieldInfo field = parser.field();
  entry.name = std::move(field.name);
  entry.type = std::move(field.type);
  entry.unit = std::move(field.unit);
  if (parser.take(" #")) entry.help = parser.help();
  if (!parser.at_end()) parser.fail("something follows the type");
  using Kind = TypeInfo::Kind;
  const Kind kind = entry.type.kind;
  const bool integer = kind == Kind::unsigned_integer || kind == Kind::signed_integer;
  if (!integer || entry.type.size > 4) {
    return parser.fail("a register is an integer of 1, 2 or 4 bytes");
  }
  if (entry.number + entry.type.size > registers::user_end) parser.fail("it lies beyond 0x7f");
}

Unexpected<Failure> bad_line(std::size_t number, std::string_view line, std::string_view problem) {
  return fail(Error::bad_description,
              fmt::format("line {}, '{}': {}", number, controller::printable(line.substr(0, 80)),
                          controller::printable(problem)));
}

}  // namespace

Expected<void> Description::add_command(std::string_view line) {
  LineParser parser(line);
  CommandInfo command;
  command.max_time_ms = default_max_time_ms;
  command.name = parser.name();
  parse_rest(parser, command);
  command.number = static_cast<std::uint16_t>(commands_.size() + 1);
  command.signature = signature_of(line);
  command.max_args = sum(command.args, &TypeInfo::max_wire);
  command.min_reply = sum(command.reply, &TypeInfo::min_wire);
  command.max_reply = sum(command.reply, &TypeInfo::max_wire);
  if (command.max_args > max_payload) parser.fail("its arguments do not fit a frame");
  if (command.max_reply > max_payload) parser.fail("its reply does not fit a frame");
  if (commands_.size() == max_command_number) parser.fail("too many commands");
  if (!registers_.empty()) parser.fail("a command behind the registers");
  if (find(command.name) != nullptr) parser.fail("two commands of that name");
  if (parser.failed()) return fail(Error::bad_description, parser.problem());
  by_name_.emplace(command.name, commands_.size());
  commands_.push_back(std::move(command));
  return {};
}

Expected<void> Description::add_register(std::string_view line) {
  LineParser parser(line.substr(2));
  RegisterInfo entry;
  parse_register(parser, entry);
  for (const RegisterInfo& other : registers_) {
    if (overlap(entry, other)) parser.fail(fmt::format("it overlaps '{}'", other.name));
    if (entry.name == other.name) parser.fail("two registers of that name");
  }
  if (parser.failed()) return fail(Error::bad_description, parser.problem());
  registers_.push_back(std::move(entry));
  return {};
}

Expected<void> Description::add_line(std::string_view line) {
  if (line.size() > max_line) return fail(Error::bad_description, "it is too long");
  if (!controller::is_printable(line)) {
    return fail(Error::bad_description, "it holds bytes that are no text");
  }
  return line.starts_with("0x") ? add_register(line) : add_command(line);
}

Expected<Description> parse_description(std::string text) {
  if (text.size() > max_description_size) return fail(Error::bad_description, "it is too long");
  Description description;
  description.hash_ = description_hash(text);
  std::size_t number = 1;
  for (std::string_view rest = text; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    if (auto added = description.add_line(line); !added) {
      return bad_line(number, line, added.error().detail);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  description.text_ = std::move(text);
  return description;
}

const CommandInfo* Description::find(std::string_view command) const {
  const auto row = by_name_.find(command);
  return row == by_name_.end() ? nullptr : &commands_[row->second];
}

const RegisterInfo* Description::find_register(std::string_view name) const {
  const auto row = std::find_if(registers_.begin(), registers_.end(),
                                [name](const RegisterInfo& entry) { return entry.name == name; });
  return row == registers_.end() ? nullptr : &*row;
}

const RegisterInfo* Description::find_register(std::uint8_t number) const {
  const auto row = std::find_if(registers_.begin(), registers_.end(),
                                [number](const auto& entry) { return entry.number == number; });
  return row == registers_.end() ? nullptr : &*row;
}

Expected<const CommandInfo*> Description::command(std::string_view name) const {
  if (const CommandInfo* found = find(name)) return found;
  std::vector<std::string_view> names;
  for (const CommandInfo& command : commands_) names.emplace_back(command.name);
  return fail(Error::no_such_command, fmt::format("'{}'{}", controller::printable(name),
                                                  controller::did_you_mean(name, names)));
}

Expected<const RegisterInfo*> Description::register_named(std::string_view name) const {
  if (const RegisterInfo* found = find_register(name)) return found;
  const bool hex = name.starts_with("0x") || name.starts_with("0X");
  const std::string_view digits = name.substr(hex ? 2 : 0);
  std::uint8_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [behind, error] = std::from_chars(digits.data(), end, number, hex ? 16 : 10);
  if (!digits.empty() && error == std::errc{} && behind == end) {
    if (const RegisterInfo* found = find_register(number)) return found;
  }
  std::vector<std::string_view> names;
  for (const RegisterInfo& entry : registers_) names.emplace_back(entry.name);
  return fail(Error::no_such_register, fmt::format("'{}'{}", controller::printable(name),
                                                   controller::did_you_mean(name, names)));
}

}  // namespace picoctl
