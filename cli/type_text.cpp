#include "type_text.hpp"

#include <fmt/format.h>

namespace picoctl::cli {
namespace {

using Kind = TypeInfo::Kind;

std::string range_text(const TypeInfo& type) {
  const unsigned bits = static_cast<unsigned>(8 * type.size);
  if (type.kind == Kind::unsigned_integer) {
    return fmt::format("a whole number, 0 to {}", ~std::uint64_t{0} >> (64 - bits));
  }
  const std::uint64_t most = ~std::uint64_t{0} >> (65 - bits);
  return fmt::format("a whole number, -{} to {}", most + 1, most);
}

std::string names_text(const TypeInfo& type) {
  std::string text;
  for (std::size_t i = 0; i < type.enumerators.size(); ++i) {
    const bool last = i + 1 == type.enumerators.size();
    text += i == 0 ? "" : last ? " or " : ", ";
    text += type.enumerators[i].name;
  }
  return text;
}

std::string structure_text(const TypeInfo& type) {
  std::string text = "JSON, {";
  for (const FieldInfo& field : type.fields) {
    text += fmt::format("{}\"{}\": {}", text.back() == '{' ? "" : ", ", field.name,
                        type_text(field.type));
  }
  return text + "}";
}

}  // namespace

std::string type_text(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::boolean: return "on or off (also true, false, 1, 0)";
    case Kind::unsigned_integer:
    case Kind::signed_integer: return range_text(type);
    case Kind::floating: return "a number";
    case Kind::enumeration: return names_text(type);
    case Kind::text: return fmt::format("text, up to {} bytes", type.size);
    case Kind::bytes: return fmt::format("up to {} bytes, as 0x0102 or as text", type.size);
    case Kind::array:
      return fmt::format("{} values a,b,…: each {}", type.count, type_text(type.element.front()));
    case Kind::structure: return structure_text(type);
  }
  return type.text;
}

std::string example_of(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::boolean: return "on";
    case Kind::floating: return "2.5";
    case Kind::enumeration: return type.enumerators.empty() ? "0" : type.enumerators.back().name;
    case Kind::text: return "hello";
    case Kind::bytes: return "0x0102";
    case Kind::array: {
      std::string text;
      for (std::size_t i = 0; i < type.count; ++i) {
        text += (i == 0 ? "" : ",") + example_of(type.element.front());
      }
      return text;
    }
    case Kind::structure: {
      std::string text;
      for (const FieldInfo& field : type.fields) {
        text += fmt::format("{}\"{}\":1", text.empty() ? "" : ",", field.name);
      }
      return "'{" + text + "}'";
    }
    default: return "1";
  }
}

}  // namespace picoctl::cli
