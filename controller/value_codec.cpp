#include "value_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "text.hpp"
#include "value_text.hpp"

namespace picoctl::controller {
namespace {

using Kind = TypeInfo::Kind;

// A value as a failure shows it: short, and nothing that a terminal would obey.
std::string shown(const Value& value) {
  const std::string text = value.is_string()
                               ? value.get_ref<const std::string&>()
                               : value.dump(-1, ' ', false, Value::error_handler_t::replace);
  return printable(text.size() > 40 ? text.substr(0, 40) + "..." : text);
}

// Whose value it is, put into words only if it is wrong.
struct Owner {
  std::string_view name;
  std::string_view command = {};  // empty: `name` says it all

  std::string text() const {
    return command.empty() ? std::string(name) : fmt::format("'{}' of '{}'", name, command);
  }
};

class Encoder {
 public:
  Encoder(Writer& writer, Owner owner) : writer_(writer), owner_(owner) {}

  Expected<void> encode(const TypeInfo& type, const Value& value);

 private:
  Expected<void> boolean(const TypeInfo& type, const Value& value);
  Expected<void> integer(const TypeInfo& type, const Value& value);
  Expected<void> floating(const TypeInfo& type, const Value& value);
  Expected<void> enumeration(const TypeInfo& type, const Value& value);
  Expected<void> text(const TypeInfo& type, const Value& value);
  Expected<void> bytes(const TypeInfo& type, const Value& value);
  Expected<void> array(const TypeInfo& type, const Value& value);
  Expected<void> structure(const TypeInfo& type, const Value& value);

  Unexpected<Failure> wrong(Error error, const TypeInfo& type, const Value& value,
                            std::string_view why = {}) const {
    return fail(error,
                fmt::format("{} is {}, not '{}'{}", owner_.text(), type.text, shown(value), why));
  }
  void number(std::uint64_t bits, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) writer_.byte(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  Expected<void> length_and(const TypeInfo& type, const Value& value,
                            std::span<const std::uint8_t> data);

  Writer& writer_;
  Owner owner_;
};

Expected<void> Encoder::encode(const TypeInfo& type, const Value& value) {
  switch (type.kind) {
    case Kind::boolean: return boolean(type, value);
    case Kind::unsigned_integer:
    case Kind::signed_integer: return integer(type, value);
    case Kind::floating: return floating(type, value);
    case Kind::enumeration: return enumeration(type, value);
    case Kind::text: return text(type, value);
    case Kind::bytes: return bytes(type, value);
    case Kind::array: return array(type, value);
    case Kind::structure: break;
  }
  return structure(type, value);
}

Expected<void> Encoder::boolean(const TypeInfo& type, const Value& value) {
  std::optional<bool> read;
  if (value.is_boolean()) {
    read = value.get<bool>();
  } else if (value.is_number_integer()) {
    read = read_boolean(value.dump());
    if (!read) return wrong(Error::out_of_range, type, value);
  } else if (value.is_string()) {
    read = read_boolean(value.get_ref<const std::string&>());
  }
  if (!read) return wrong(Error::wrong_type, type, value, ": write on or off");
  writer_.byte(*read ? 1 : 0);
  return {};
}

Whole whole_of(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return {value < 0, value < 0 ? ~bits + 1 : bits};
}

// A number of any kind that is whole. JSON has but one kind: 3.0 is 3.
Reading whole_value(const Value& value, Whole& whole) {
  if (value.is_string()) return read_whole(value.get_ref<const std::string&>(), whole);
  if (value.is_number_unsigned()) {
    whole = {false, value.get<std::uint64_t>()};
  } else if (value.is_number_integer()) {
    whole = whole_of(value.get<std::int64_t>());
  } else if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::isfinite(number) && std::abs(number) >= 9.0e18) return Reading::too_large;
    if (!std::isfinite(number) || std::trunc(number) != number) return Reading::no_number;
    whole = whole_of(static_cast<std::int64_t>(number));
  } else {
    return Reading::no_number;
  }
  return Reading::fine;
}

bool holds(const TypeInfo& type, const Whole& whole) {
  const std::size_t bits = 8 * type.size - (type.is_signed ? 1 : 0);
  const std::uint64_t most = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  if (!whole.negative || whole.magnitude == 0) return whole.magnitude <= most;
  return type.is_signed && whole.magnitude - 1 <= most;
}

Expected<void> Encoder::integer(const TypeInfo& type, const Value& value) {
  Whole whole;
  const Reading reading = whole_value(value, whole);
  if (reading == Reading::no_number) return wrong(Error::wrong_type, type, value);
  if (reading == Reading::too_large || !holds(type, whole)) {
    return wrong(Error::out_of_range, type, value);
  }
  number(whole.negative ? ~whole.magnitude + 1 : whole.magnitude, type.size);
  return {};
}

Expected<void> Encoder::floating(const TypeInfo& type, const Value& value) {
  std::optional<double> read;
  if (value.is_number()) read = value.get<double>();
  if (value.is_string()) read = read_floating(value.get_ref<const std::string&>());
  if (!read) return wrong(Error::wrong_type, type, value);
  if (type.size == 8) {
    number(std::bit_cast<std::uint64_t>(*read), 8);
    return {};
  }
  const bool too_large =
      std::isfinite(*read) && std::abs(*read) > std::numeric_limits<float>::max();
  if (too_large) return wrong(Error::out_of_range, type, value);
  number(std::bit_cast<std::uint32_t>(static_cast<float>(*read)), 4);
  return {};
}

Expected<void> Encoder::enumeration(const TypeInfo& type, const Value& value) {
  const auto put = [&](const TypeInfo::Enumerator& row) {
    number(row.value, type.size);
    return Expected<void>{};
  };
  if (value.is_string()) {
    for (const auto& row : type.enumerators) {
      if (row.name == value.get_ref<const std::string&>()) return put(row);
    }
  }
  Whole whole;
  const Reading reading = whole_value(value, whole);
  const std::uint64_t bits = whole.negative ? ~whole.magnitude + 1 : whole.magnitude;
  for (const auto& row : type.enumerators) {
    if (reading == Reading::fine && row.value == bits) return put(row);
  }
  return wrong(reading == Reading::no_number ? Error::wrong_type : Error::out_of_range, type,
               value);
}

Expected<void> Encoder::length_and(const TypeInfo& type, const Value& value,
                                   std::span<const std::uint8_t> data) {
  if (data.size() > type.size) {
    return wrong(Error::out_of_range, type, value, fmt::format(" ({} bytes)", data.size()));
  }
  writer_.byte(static_cast<std::uint8_t>(data.size()));
  writer_.bytes(data);
  return {};
}

Expected<void> Encoder::text(const TypeInfo& type, const Value& value) {
  if (!value.is_string()) return wrong(Error::wrong_type, type, value);
  const auto& string = value.get_ref<const std::string&>();
  return length_and(type, value,
                    {reinterpret_cast<const std::uint8_t*>(string.data()), string.size()});
}

Expected<void> Encoder::bytes(const TypeInfo& type, const Value& value) {
  if (value.is_binary()) return length_and(type, value, value.get_binary());
  if (value.is_string()) {
    const auto read = read_bytes(value.get_ref<const std::string&>());
    if (!read) return wrong(Error::wrong_type, type, value, ": hex digits come in pairs");
    return length_and(type, value, *read);
  }
  if (!value.is_array()) return wrong(Error::wrong_type, type, value);
  std::vector<std::uint8_t> data;
  for (const Value& item : value) {
    Whole whole;
    if (whole_value(item, whole) != Reading::fine) return wrong(Error::wrong_type, type, value);
    if (whole.negative || whole.magnitude > 0xFF) return wrong(Error::out_of_range, type, value);
    data.push_back(static_cast<std::uint8_t>(whole.magnitude));
  }
  return length_and(type, value, data);
}

Expected<void> Encoder::array(const TypeInfo& type, const Value& value) {
  if (value.is_string()) {
    const auto read = read_compound(value.get_ref<const std::string&>());
    if (!read || !read->is_array()) return wrong(Error::wrong_type, type, value);
    return array(type, *read);
  }
  if (!value.is_array()) return wrong(Error::wrong_type, type, value);
  if (value.size() != type.count) {
    return wrong(Error::out_of_range, type, value, fmt::format(" ({} elements)", value.size()));
  }
  for (const Value& item : value) {
    if (auto encoded = encode(type.element[0], item); !encoded) return encoded;
  }
  return {};
}

Expected<void> Encoder::structure(const TypeInfo& type, const Value& value) {
  if (value.is_string()) {
    const auto read = read_compound(value.get_ref<const std::string&>());
    if (!read || !read->is_structured()) return wrong(Error::wrong_type, type, value);
    return structure(type, *read);
  }
  if (!value.is_structured()) return wrong(Error::wrong_type, type, value);
  if (value.size() != type.fields.size()) return wrong(Error::wrong_type, type, value);
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const FieldInfo& field = type.fields[i];
    if (value.is_object() && !value.contains(field.name)) {
      return wrong(Error::wrong_type, type, value, fmt::format(": no '{}'", field.name));
    }
    const Value& member = value.is_object() ? value.at(field.name) : value.at(i);
    if (auto encoded = encode(field.type, member); !encoded) return encoded;
  }
  return {};
}

std::uint64_t take_bits(Reader& reader, std::size_t size) {
  std::uint64_t bits = 0;
  const auto taken = reader.take(size);
  for (std::size_t i = 0; i < taken.size(); ++i) bits |= std::uint64_t{taken[i]} << (8 * i);
  return bits;
}

std::uint64_t widened(std::uint64_t bits, const TypeInfo& type) {
  const bool negative = type.is_signed && (bits >> (8 * type.size - 1) & 1U) != 0;
  return negative && type.size < 8 ? bits | ~std::uint64_t{0} << (8 * type.size) : bits;
}

Value decode_integer(const TypeInfo& type, Reader& reader) {
  const std::uint64_t bits = widened(take_bits(reader, type.size), type);
  if (type.is_signed) return static_cast<std::int64_t>(bits);
  return bits;
}

Value decode_enumeration(const TypeInfo& type, Reader& reader) {
  const std::uint64_t bits = widened(take_bits(reader, type.size), type);
  for (const auto& row : type.enumerators) {
    if (row.value == bits) return row.name;
  }
  reader.fail();
  return {};
}

Value decode_floating(const TypeInfo& type, Reader& reader) {
  const std::uint64_t bits = take_bits(reader, type.size);
  if (type.size == 8) return std::bit_cast<double>(bits);
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
}

Value decode_sized(const TypeInfo& type, Reader& reader) {
  const std::size_t size = reader.byte();
  if (size > type.size) reader.fail();
  const auto data = reader.take(size);
  if (type.kind == Kind::bytes) return Value::binary({data.begin(), data.end()});
  return valid_utf8({reinterpret_cast<const char*>(data.data()), data.size()});
}

Value decode_fields(const std::vector<FieldInfo>& fields, Reader& reader) {
  Value object = Value::object();
  for (const FieldInfo& field : fields) object[field.name] = decode_value(field.type, reader);
  return object;
}

}  // namespace

Expected<void> encode_value(const TypeInfo& type, const Value& value, Writer& writer,
                            const std::string& who) {
  return Encoder(writer, {who}).encode(type, value);
}

Expected<void> encode_args(const CommandInfo& command, std::span<const Value> args,
                           Writer& writer) {
  if (args.size() != command.args.size()) {
    return fail(Error::wrong_count,
                fmt::format("'{}' takes {}, not {}: {}", command.name, command.args.size(),
                            args.size(), command.signature));
  }
  for (std::size_t i = 0; i < args.size(); ++i) {
    const FieldInfo& field = command.args[i];
    auto encoded = Encoder(writer, {field.name, command.name}).encode(field.type, args[i]);
    if (!encoded) return encoded;
  }
  return {};
}

Value decode_value(const TypeInfo& type, Reader& reader) {
  switch (type.kind) {
    case Kind::boolean: {
      const std::uint8_t byte = reader.byte();
      if (byte > 1) reader.fail();
      return byte == 1;
    }
    case Kind::unsigned_integer:
    case Kind::signed_integer: return decode_integer(type, reader);
    case Kind::floating: return decode_floating(type, reader);
    case Kind::enumeration: return decode_enumeration(type, reader);
    case Kind::text:
    case Kind::bytes: return decode_sized(type, reader);
    case Kind::array: {
      Value array = Value::array();
      for (std::size_t i = 0; i < type.count; ++i) {
        array.push_back(decode_value(type.element[0], reader));
      }
      return array;
    }
    case Kind::structure: break;
  }
  return decode_fields(type.fields, reader);
}

std::optional<Value> decode_reply(const CommandInfo& command, std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  Value reply = command.reply.empty() ? Value() : decode_fields(command.reply, reader);
  if (!reader.finished()) return std::nullopt;
  return reply;
}

}  // namespace picoctl::controller
