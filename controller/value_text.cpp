#include "value_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <system_error>
#include <utility>

namespace picoctl::controller {
namespace {

constexpr std::size_t max_compound_text = 8192;

std::pair<int, std::string_view> base_of(std::string_view digits) {
  if (digits.starts_with("0x") || digits.starts_with("0X")) return {16, digits.substr(2)};
  if (digits.starts_with("0b") || digits.starts_with("0B")) return {2, digits.substr(2)};
  return {10, digits};
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return out;
}

// Depth is bounded before the parser sees it: it recurses when its result is destroyed.
bool shallow(std::string_view json) {
  int depth = 0;
  int deepest = 0;
  for (const char c : json) {
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    deepest = std::max(deepest, depth);
  }
  return deepest <= 16;
}

}  // namespace

Reading read_whole(std::string_view text, Whole& whole) {
  whole.negative = text.starts_with("-");
  if (whole.negative || text.starts_with("+")) text.remove_prefix(1);
  const auto [base, digits] = base_of(text);
  const char* const end = digits.data() + digits.size();
  const auto [behind, error] = std::from_chars(digits.data(), end, whole.magnitude, base);
  if (error == std::errc::invalid_argument || behind != end) return Reading::no_number;
  const bool too_large = error == std::errc::result_out_of_range ||
                         (whole.negative && whole.magnitude > std::uint64_t{1} << 63U);
  return too_large ? Reading::too_large : Reading::fine;
}

std::optional<double> read_floating(std::string_view text) {
  if (text.starts_with("+")) text.remove_prefix(1);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || behind != end) return std::nullopt;
  return value;
}

std::optional<bool> read_boolean(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, bool>, 10> words{{{"on", true},
                                                                            {"off", false},
                                                                            {"true", true},
                                                                            {"false", false},
                                                                            {"yes", true},
                                                                            {"no", false},
                                                                            {"high", true},
                                                                            {"low", false},
                                                                            {"1", true},
                                                                            {"0", false}}};
  const std::string word = lower(text);
  const auto* row = std::find_if(words.begin(), words.end(), [&word](const auto& candidate) {
    return candidate.first == word;
  });
  if (row == words.end()) return std::nullopt;
  return row->second;
}

std::optional<std::vector<std::uint8_t>> read_bytes(std::string_view text) {
  const auto [base, digits] = base_of(text);
  if (base != 16) return std::vector<std::uint8_t>(text.begin(), text.end());
  if (digits.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes(digits.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* const pair = digits.data() + 2 * i;
    const auto [behind, error] = std::from_chars(pair, pair + 2, bytes[i], 16);
    if (error != std::errc{} || behind != pair + 2) return std::nullopt;
  }
  return bytes;
}

std::optional<Value> read_compound(std::string_view text) {
  if (text.starts_with("[") || text.starts_with("{")) {
    if (text.size() > max_compound_text || !shallow(text)) return std::nullopt;
    Value parsed = Value::parse(text, nullptr, false);
    if (parsed.is_discarded()) return std::nullopt;
    return parsed;
  }
  Value items = Value::array();
  for (;;) {
    const std::size_t comma = text.find(',');
    items.push_back(std::string(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace picoctl::controller
