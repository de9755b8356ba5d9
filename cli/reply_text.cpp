#include "reply_text.hpp"

#include <fmt/format.h>

namespace picoctl::cli {
namespace {

std::string bytes_text(const Value& value) {
  std::string text = "0x";
  for (const std::uint8_t byte : value.get_binary()) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

std::string value_text(const Value& value) {
  if (value.is_binary()) return bytes_text(value);
  if (value.is_string()) return value.get<std::string>();
  return reply_json(value).dump(-1, ' ', false, Value::error_handler_t::replace);
}

std::string reply_line(const Value& reply) {
  if (!reply.is_object()) return "done";
  std::string line;
  for (const auto& [name, value] : reply.items()) {
    line += fmt::format("{}{}={}", line.empty() ? "" : " ", name, value_text(value));
  }
  return line;
}

nlohmann::json reply_json(const Value& reply) {
  if (reply.is_binary()) return bytes_text(reply);
  nlohmann::json copy = reply;
  if (!reply.is_structured()) return copy;
  for (auto& element : copy) element = reply_json(element);
  return copy;
}

}  // namespace picoctl::cli
