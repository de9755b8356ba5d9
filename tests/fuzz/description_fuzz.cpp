// A description is text from outside. Whatever it holds is refused, or parsed into types that fit a
// frame; and by these types any bytes are read, and any words written.
#include <string>
#include <vector>

#include "input.hpp"
#include "picoctl/controller/description.hpp"
#include "picoctl/link/frame.hpp"
#include "value_codec.hpp"

namespace picoctl::fuzz {
namespace {

using controller::decode_value;
using controller::encode_args;
using controller::encode_value;

void check_type(const TypeInfo& type, unsigned depth = 1) {
  expect(depth <= max_type_depth + 1, "types within types within types");
  expect(type.min_wire <= type.max_wire && type.max_wire <= max_payload, "a type fits no frame");
  for (const TypeInfo& element : type.element) check_type(element, depth + 1);
  for (const FieldInfo& field : type.fields) check_type(field.type, depth + 1);
}

std::string text_of(const Value& value) {
  return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

// What decodes can be encoded, to bytes that say the same. By its text: no NaN equals itself.
void round_trip(const TypeInfo& type, std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  const Value value = decode_value(type, reader);
  if (!reader.ok()) return;
  const std::string text = text_of(value);
  std::array<std::uint8_t, max_payload> room{};
  Writer writer(room);
  if (!encode_value(type, value, writer, "it")) return;  // text that is no UTF-8, for one
  Reader again(writer.written());
  expect(text_of(decode_value(type, again)) == text, "a value that reads otherwise");
  expect(again.finished(), "bytes that its type does not know");
}

void try_fields(const std::vector<FieldInfo>& fields, Input& input) {
  for (const FieldInfo& field : fields) {
    check_type(field.type);
    round_trip(field.type, input.some(max_payload));
  }
}

void try_words(const CommandInfo& command, Input& input) {
  std::vector<Value> words;
  for (std::size_t i = 0; i < command.args.size(); ++i) {
    const std::string text(input.text(40));
    words.emplace_back(text);
    const Value json = Value::parse(text, nullptr, false);
    if (!json.is_discarded() && input.flag()) words.back() = json;
  }
  std::array<std::uint8_t, max_payload> room{};
  Writer writer(room);
  if (encode_args(command, words, writer)) {
    expect(writer.ok() && writer.size() <= command.max_args, "arguments longer than described");
  }
}

void try_description(std::string text, Input& input) {
  const auto parsed = parse_description(std::move(text));
  if (!parsed) {
    for (const char c : parsed.error().detail) {
      expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "a failure moves the cursor");
    }
    return;
  }
  for (const CommandInfo& command : parsed->commands()) {
    expect(parsed->find(command.name) == &command, "a command is not found by its name");
    expect(command.max_args <= max_payload && command.max_reply <= max_payload, "it fits no frame");
    if (input.over()) continue;
    try_fields(command.args, input);
    try_fields(command.reply, input);
    try_words(command, input);
    static_cast<void>(controller::decode_reply(command, input.some(max_payload)));
  }
  for (const RegisterInfo& entry : parsed->registers()) {
    expect(parsed->find_register(entry.number) == &entry, "a register is not found");
    expect(entry.number + entry.type.size <= 0x80, "a register beyond the user's own");
  }
  static_cast<void>(parsed->command(input.text(20)));
  static_cast<void>(parsed->register_named(input.text(8)));
}

}  // namespace
}  // namespace picoctl::fuzz

// The text up to the first byte 0; behind it, what is done with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(all.find('\0'), size);
  picoctl::fuzz::Input input(data + end, size - end);
  input.byte();
  picoctl::fuzz::try_description(std::string(all.substr(0, end)), input);
  return 0;
}
