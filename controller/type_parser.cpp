#include "type_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "picoctl/link/codec.hpp"
#include "picoctl/link/frame.hpp"

namespace picoctl::controller {
namespace {

using Kind = TypeInfo::Kind;

constexpr std::size_t max_fields = 64;
constexpr std::size_t max_enumerators = 256;
constexpr std::size_t max_unit = 16;
constexpr std::size_t max_shown = 24;  // of the text where something is wrong

struct Basic {
  std::string_view text;
  Kind kind;
  std::size_t size;
};
constexpr std::array<Basic, 11> basics{{{"bool", Kind::boolean, 1},
                                        {"u8", Kind::unsigned_integer, 1},
                                        {"u16", Kind::unsigned_integer, 2},
                                        {"u32", Kind::unsigned_integer, 4},
                                        {"u64", Kind::unsigned_integer, 8},
                                        {"i8", Kind::signed_integer, 1},
                                        {"i16", Kind::signed_integer, 2},
                                        {"i32", Kind::signed_integer, 4},
                                        {"i64", Kind::signed_integer, 8},
                                        {"f32", Kind::floating, 4},
                                        {"f64", Kind::floating, 8}}};

bool name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}
bool enumerator_letter(char c) { return name_letter(c) || (c >= 'A' && c <= 'Z') || c == '-'; }

// Whether the bits of an enumerator, widened to 64, fit its integer.
bool fits(std::uint64_t bits, std::size_t size, bool is_signed) {
  if (size == 8 || bits < (std::uint64_t{1} << (8 * size - (is_signed ? 1 : 0)))) return true;
  return is_signed && bits >= ~std::uint64_t{0} << (8 * size - 1);
}

}  // namespace

void LineParser::fail(std::string problem) {
  if (!failed()) problem_ = std::move(problem);
  rest_ = {};
}

bool LineParser::take(std::string_view expected) {
  if (!rest_.starts_with(expected)) return false;
  rest_.remove_prefix(expected.size());
  return true;
}

std::string LineParser::name() {
  const std::string_view at = rest_;
  std::size_t size = 0;
  while (size < rest_.size() && name_letter(rest_[size])) ++size;
  std::string name(rest_.substr(0, size));
  rest_.remove_prefix(size);
  if (!valid_name(name)) fail(fmt::format("no name at '{}'", at.substr(0, max_shown)));
  return name;
}

std::uint64_t LineParser::number(std::uint64_t most) {
  std::uint64_t value = 0;
  const char* const end = rest_.data() + rest_.size();
  const auto [behind, error] = std::from_chars(rest_.data(), end, value);
  if (error != std::errc{} || value > most) {
    fail(fmt::format("no number up to {} at '{}'", most, rest_.substr(0, max_shown)));
    return 0;
  }
  rest_.remove_prefix(static_cast<std::size_t>(behind - rest_.data()));
  return value;
}

std::uint8_t LineParser::hex_byte() {
  std::uint8_t value = 0;
  const std::string_view digits = rest_.substr(0, 2);
  const auto [behind, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() < 2 || error != std::errc{} || behind != digits.data() + 2) {
    fail("no register number");
    return 0;
  }
  rest_.remove_prefix(2);
  return value;
}

std::string LineParser::help() {
  take(" ");
  std::string help(rest_);
  rest_ = {};
  return help;
}

FieldInfo LineParser::field(unsigned depth) {
  FieldInfo field;
  field.name = name();
  if (!take(":")) fail(fmt::format("'{}' has no type", field.name));
  field.type = type(depth);
  if (!take("[")) return field;
  const std::size_t end = rest_.find(']');
  if (end == std::string_view::npos || end == 0 || end > max_unit) {
    fail(fmt::format("the unit of '{}' does not end", field.name));
    return field;
  }
  field.unit = rest_.substr(0, end);
  rest_.remove_prefix(end + 1);
  return field;
}

TypeInfo LineParser::type(unsigned depth) {
  const std::string_view start = rest_;
  const auto text_so_far = [&] {
    return std::string(start.substr(0, start.size() - rest_.size()));
  };
  TypeInfo type = base(depth);
  if (!failed()) type.text = text_so_far();
  while (!failed() && take("*")) {
    type = array_of(std::move(type));
    if (!failed()) type.text = text_so_far();
  }
  if (!failed() && type.max_wire > max_payload) {
    fail(fmt::format("'{}' does not fit a frame", type.text.substr(0, max_shown)));
  }
  return type;
}

TypeInfo LineParser::base(unsigned depth) {
  if (depth > max_type_depth) {
    fail("types within types within types");
    return {};
  }
  if (take("(")) return structure(depth);
  if (take("str<")) return sized(Kind::text);
  if (take("bytes<")) return sized(Kind::bytes);
  const auto word_end = std::find_if_not(rest_.begin(), rest_.end(), name_letter);
  const std::string_view word = rest_.substr(0, static_cast<std::size_t>(word_end - rest_.begin()));
  const auto* basic = std::find_if(basics.begin(), basics.end(),
                                   [word](const Basic& row) { return row.text == word; });
  if (basic == basics.end()) {
    fail(fmt::format("no type at '{}'", rest_.substr(0, max_shown)));
    return {};
  }
  rest_.remove_prefix(word.size());
  TypeInfo type;
  type.kind = basic->kind;
  type.size = type.min_wire = type.max_wire = basic->size;
  type.is_signed = basic->kind == Kind::signed_integer;
  const bool integer = type.is_signed || type.kind == Kind::unsigned_integer;
  if (integer && take("{")) enumerators(type);
  return type;
}

TypeInfo LineParser::sized(Kind kind) {
  TypeInfo type;
  type.kind = kind;
  type.size = number(max_payload - 1);
  type.min_wire = 1;
  type.max_wire = type.size + 1;
  if (!take(">")) fail("'>' is missing");
  return type;
}

void LineParser::enumerators(TypeInfo& type) {
  type.kind = Kind::enumeration;
  do {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), enumerator_letter);
    const auto size = static_cast<std::size_t>(end - rest_.begin());
    TypeInfo::Enumerator enumerator{std::string(rest_.substr(0, size)), 0};
    rest_.remove_prefix(size);
    if (enumerator.name.empty() || size > 32 || !take("=")) {
      return fail("an enumerator has no name");
    }
    const bool negative = type.is_signed && take("-");
    const std::uint64_t magnitude = number(~std::uint64_t{0} >> (type.is_signed ? 1U : 0U));
    enumerator.value = negative ? ~magnitude + 1 : magnitude;
    if (!fits(enumerator.value, type.size, type.is_signed)) {
      return fail(fmt::format("'{}' does not fit its type", enumerator.name));
    }
    type.enumerators.push_back(std::move(enumerator));
    if (type.enumerators.size() > max_enumerators) return fail("too many enumerators");
  } while (take(","));
  if (!take("}")) fail("'}' is missing");
}

TypeInfo LineParser::structure(unsigned depth) {
  TypeInfo type;
  type.kind = Kind::structure;
  type.size = 0;
  if (take(")")) return type;
  do {
    FieldInfo member = field(depth + 1);
    if (failed()) return type;
    type.depth = std::max(type.depth, member.type.depth + 1);
    type.min_wire += member.type.min_wire;
    type.max_wire += member.type.max_wire;
    type.fields.push_back(std::move(member));
    if (type.fields.size() > max_fields) fail("too many fields");
  } while (take(","));
  if (type.depth > max_type_depth) fail("types within types within types");
  if (!take(")")) fail("')' is missing");
  return type;
}

// An element takes at least a byte, so that no text can ask for more values than bytes arrive.
TypeInfo LineParser::array_of(TypeInfo element) {
  TypeInfo type;
  type.kind = Kind::array;
  type.count = number(max_payload);
  type.depth = element.depth + 1;
  if (type.count == 0 || element.min_wire == 0) fail("an array of nothing");
  if (type.depth > max_type_depth) fail("types within types within types");
  type.min_wire = type.count * element.min_wire;
  type.max_wire = type.count * element.max_wire;
  if (type.max_wire > max_payload) fail("an array does not fit a frame");
  type.element.push_back(std::move(element));
  return type;
}

}  // namespace picoctl::controller
