#include "reading.hpp"

#include "text.hpp"
#include "value_codec.hpp"

namespace picoctl::controller::trace {
namespace {

std::string text_of(const TypeInfo& type, const Value& value) {
  if (value.is_binary()) return hex(value.get_binary());
  if (type.kind == TypeInfo::Kind::enumeration && value.is_string()) return value;
  return printable(value.dump(-1, ' ', false, Value::error_handler_t::replace));
}

}  // namespace

std::string hex(std::uint8_t byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'0', 'x', digits[byte >> 4U], digits[byte & 15U]};
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += ' ';
    text += hex(byte).substr(2);
  }
  return text;
}

std::string sequence_text(Sequence sequence) {
  const std::string number = "number " + std::to_string(sequence.number);
  if (sequence.slot == public_slot) return "public, " + number;
  return "slot " + std::to_string(sequence.slot) + ", " + number;
}

Reading::Reading(Transaction& transaction, Segment& segment, Acquaintance& target)
    : transaction_(transaction), segment_(segment), target_(target) {
  for (const Byte& byte : segment.bytes) values_.push_back(byte.value);
}

void Reading::take(Meaning meaning, std::size_t count, std::string name, std::string value,
                   Check check) {
  if (count == 0) return;
  segment_.fields.push_back({meaning, at_, count, std::move(name), std::move(value), check});
  at_ += count;
}

void Reading::take_rest(Meaning meaning, std::string name, std::string value) {
  if (value.empty()) value = hex(rest());
  take(meaning, left(), std::move(name), std::move(value));
}

Named Reading::take_values(Meaning meaning, std::size_t count,
                           const std::vector<FieldInfo>& types) {
  Named named;
  picoctl::Reader bytes(rest().first(count));
  for (const FieldInfo& field : types) {
    const std::size_t before = bytes.remaining();
    const Value value = decode_value(field.type, bytes);
    if (!bytes.ok()) break;
    std::string text = text_of(field.type, value);
    if (!field.unit.empty()) text += " " + field.unit;
    named.emplace_back(field.name, text);
    take(meaning, before - bytes.remaining(), field.name, text);
    count -= before - bytes.remaining();
  }
  take(Meaning::unknown, count, "bytes", hex(rest().first(count)));
  return named;
}

}  // namespace picoctl::controller::trace
