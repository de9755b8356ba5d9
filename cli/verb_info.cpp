// picoctl info: who a Pico is and what it can do, in its own words.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "context.hpp"
#include "identity_text.hpp"
#include "type_text.hpp"

namespace picoctl::cli {
namespace {

nlohmann::json fields_json(const std::vector<FieldInfo>& fields) {
  nlohmann::json list = nlohmann::json::array();
  for (const FieldInfo& field : fields) {
    list.push_back({{"name", field.name},
                    {"type", field.type.text},
                    {"unit", field.unit},
                    {"takes", type_text(field.type)}});
  }
  return list;
}

nlohmann::json command_json(const CommandInfo& command) {
  return {{"name", command.name},
          {"number", command.number},
          {"arguments", fields_json(command.args)},
          {"reply", fields_json(command.reply)},
          {"max_time_ms", command.max_time_ms},
          {"help", command.help}};
}

nlohmann::json register_json(const RegisterInfo& one) {
  return {{"number", one.number},         {"name", one.name},
          {"type", one.type.text},        {"unit", one.unit},
          {"takes", type_text(one.type)}, {"help", one.help}};
}

// "mode:input|output" says more than "mode:u8{input=0,output=1}".
std::string type_words(const TypeInfo& type) {
  if (type.kind != TypeInfo::Kind::enumeration) return type.text;
  std::string words;
  for (const auto& one : type.enumerators) words += (words.empty() ? "" : "|") + one.name;
  return words;
}

std::string field_words(const FieldInfo& field) {
  std::string words = field.name + ":" + type_words(field.type);
  if (!field.unit.empty()) words += "[" + field.unit + "]";
  return words;
}

std::string fields_words(const std::vector<FieldInfo>& fields) {
  std::string words;
  for (const FieldInfo& field : fields) words += " " + field_words(field);
  return words;
}

std::string command_words(const CommandInfo& command) {
  const std::string reply = command.reply.empty() ? "" : " ->" + fields_words(command.reply);
  return command.name + fields_words(command.args) + reply;
}

void print_row(const Context& context, const std::string& left, const std::string& help) {
  constexpr std::size_t column = 40;
  if (width(left) > column) {
    fmt::print("  {}\n  {}  {}\n", left, std::string(column, ' '), context.out(Tone::dim, help));
  } else {
    fmt::print("  {}  {}\n", padded(left, column), context.out(Tone::dim, help));
  }
}

void print_field(const Context& context, std::string_view kind, const FieldInfo& field) {
  fmt::print("  {} {}  {}{}\n", context.out(Tone::dim, kind),
             context.out(Tone::strong, padded(field.name, 12)), type_text(field.type),
             field.unit.empty() ? "" : ", in " + field.unit);
}

int print_command(const Context& context, const CommandInfo& command) {
  if (context.json()) {
    print_json(command_json(command));
    return 0;
  }
  fmt::print("{}\n  {}\n", context.out(Tone::strong, command_words(command)), command.help);
  for (const FieldInfo& field : command.args) print_field(context, "takes", field);
  for (const FieldInfo& field : command.reply) print_field(context, "gives", field);
  std::string example = "picoctl call " + command.name;
  for (const FieldInfo& field : command.args) example += " " + example_of(field.type);
  fmt::print("  for example: {}\n", example);
  return 0;
}

void print_all(const Context& context, const Connected& connected, const PicoName& name,
               const Description& description) {
  const Identity identity = connected.pico.identity();
  fmt::print("{}  {}\n", context.out(Tone::strong, name.name.empty() ? "picoctl Pico" : name.name),
             "at " + connected.where());
  fmt::print("  {}\n  board {}, last start: {}\n", identity_line(identity), name.board, name.reset);
  fmt::print("  up to {} bytes of arguments and {} of reply, {} sessions at once\n\n",
             identity.max_request, identity.max_reply, identity.slots);
  fmt::print("{}\n", context.out(Tone::strong, "Commands: picoctl call NAME ARGUMENT…"));
  for (const CommandInfo& one : description.commands()) {
    print_row(context, command_words(one), one.help);
  }
  if (!description.registers().empty()) {
    fmt::print("\n{}\n",
               context.out(Tone::strong, "Registers: picoctl get NAME, picoctl set NAME VALUE"));
  }
  for (const RegisterInfo& one : description.registers()) {
    print_row(context, fmt::format("{} {}:{}", hex_address(one.number), one.name, one.type.text),
              one.help);
  }
  fmt::print("\npicoctl info NAME says what a command takes, with an example.\n");
}

int print_info(const Context& context, const std::string& wanted) {
  Connected connected = context.connect();
  const auto description = need(connected.pico.description());
  if (!wanted.empty()) return print_command(context, *need(description->command(wanted)));
  const PicoName name = need(connected.pico.name());
  if (!context.json()) {
    print_all(context, connected, name, *description);
    return 0;
  }
  nlohmann::json object = identity_json(connected.pico.identity());
  object.update({{"name", name.name},
                 {"board", name.board},
                 {"last_start", name.reset},
                 {"bus", connected.on.bus->name()},
                 {"virtual", connected.on.bus->is_virtual()},
                 {"address", connected.pico.address()}});
  object["commands"] = nlohmann::json::array();
  for (const auto& one : description->commands()) object["commands"].push_back(command_json(one));
  object["registers"] = nlohmann::json::array();
  for (const auto& one : description->registers()) {
    object["registers"].push_back(register_json(one));
  }
  print_json(object);
  return 0;
}

}  // namespace

void add_info(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("info", "Who a Pico is, and all that it can do");
  auto wanted = std::make_shared<std::string>();
  verb->add_option("NAME", *wanted, "Only this command, with an example");
  verb->footer(
      "A Pico describes itself: commands, arguments with types and units, help.\n\n"
      "Examples:\n"
      "  picoctl info\n"
      "  picoctl info gpio.mode\n"
      "  picoctl --address 0x42 info --json");
  verb->callback([&context, wanted] {
    context.run = [&context, wanted] { return print_info(context, *wanted); };
  });
}

}  // namespace picoctl::cli
