#include "board.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace picoctl::cli {
namespace {

bool is_light(std::string_view name) {
  return std::ranges::any_of(lights, [name](const Light& light) { return light.name == name; });
}

std::string lamp(const Board& board, std::string_view name, bool colour) {
  const bool on = board.high(name);
  if (!colour) return on ? "●" : "○";
  const std::string_view lit = name == "LED" ? "\033[1;92m" : "\033[1;93m";
  return fmt::format("{}{}\033[0m", on ? lit : "\033[2m", on ? "●" : "○");
}

// Before the state is known, a pin is not high.
std::string painted(std::string_view text, std::string_view code, bool colour) {
  return colour ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

}  // namespace

bool Board::note(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || text.size() != equals + 2) return false;
  const std::string_view name = text.substr(0, equals);
  const bool known = name == "LED" || (name.starts_with("GP") && name.size() > 2);
  if (!known || (text.back() != '0' && text.back() != '1')) return false;
  const bool level = text.back() == '1';
  const auto [at, fresh] = levels_.try_emplace(std::string(name), level);
  const bool news = fresh || at->second != level;
  at->second = level;
  return news;
}

bool Board::high(std::string_view name) const {
  const auto at = levels_.find(name);
  return at != levels_.end() && at->second;
}

std::string Board::other_pins() const {
  std::string text;
  for (const auto& [name, level] : levels_) {
    if (is_light(name)) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, level ? 1 : 0);
  }
  return text;
}

// The Pico lies with its USB socket to the left, so pins 1 to 20 run along its lower edge.
std::vector<std::string> board_picture(const Board& board, bool colour) {
  const auto pcb = [colour](std::string_view text) { return painted(text, "32", colour); };
  const auto dim = [colour](std::string_view text) { return painted(text, "2", colour); };
  const auto light = [&](std::string_view name) { return lamp(board, name, colour); };
  std::vector<std::string> lines;
  lines.push_back(fmt::format("    {}", pcb("╭────────────────────────────────────────────────╮")));
  lines.push_back(fmt::format("  {}   {} LED             {}                 {}", pcb("╔═╧═╗"),
                              light("LED"), dim("┌──────┐"), pcb("│")));
  lines.push_back(fmt::format("  {} {}                 {}   {}  {}", pcb("║USB║"), dim("     "),
                              dim("│ chip │"), "Pico", pcb("       │")));
  lines.push_back(fmt::format("  {}                       {}                 {}", pcb("╚═╤═╝"),
                              dim("└──────┘"), pcb("│")));
  lines.push_back(fmt::format("    {}", pcb("╰─┬───┬───┬─────────────────────┬────┬────┬────┬─╯")));
  lines.push_back(
      fmt::format("      SDA SCL GND                  {}  GND {} {}", "GP13", "GP14", "GP15"));
  lines.push_back(fmt::format("      {}                   {}         {}    {}", dim("to the Pi  "),
                              light("GP13"), light("GP14"), light("GP15")));
  if (const std::string others = board.other_pins(); !others.empty()) {
    lines.back() += "     " + others;
  }
  return lines;
}

std::string board_line(const Board& board) {
  std::string text;
  for (const Light& light : lights) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " · ", light.name,
                        board.high(light.name) ? "on" : "off");
  }
  return text;
}

}  // namespace picoctl::cli
