// Reading tests/vectors/*.json.
#pragma once

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace picoctl::vectors {

using Json = nlohmann::json;
using Octets = std::vector<std::uint8_t>;

inline Json load(const std::string& name) {
  const std::string path = std::string(PICOCTL_VECTORS) + "/" + name + ".json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return Json::parse(file);
}

inline Octets from_hex(const Json& hex) {
  const auto text = hex.get<std::string>();
  Octets bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

// One list of a file: by value, since a range-for does not keep the file alive.
inline Json load(const std::string& name, const std::string& list) { return load(name)[list]; }

// The place of a name in a list of names: an enumerator whose values count from 0.
template <typename E, std::size_t N>
E named(const Json& name, const std::string_view (&names)[N]) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name.get<std::string>()) return static_cast<E>(i);
  }
  throw std::runtime_error("no such name: " + name.get<std::string>());
}

}  // namespace picoctl::vectors
