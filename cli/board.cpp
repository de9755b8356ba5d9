#include "board.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "style.hpp"

namespace picoctl::cli {
namespace {

bool is_light(std::string_view name) {
  return std::ranges::any_of(lights, [name](const Light& light) { return light.name == name; });
}

// A line put together of pieces of known width, so that colours do not count.
class Row {
 public:
  Row(const Board& board, bool colour) : board_(board), colour_(colour) {}

  Row& to(std::size_t column) {
    if (width_ < column) add(std::string(column - width_, ' '), "");
    return *this;
  }
  Row& pcb(std::string_view text) { return add(text, "32"); }
  Row& dim(std::string_view text) { return add(text, "2"); }
  Row& word(std::string_view text) { return add(text, ""); }
  Row& lamp(std::string_view name) {
    const bool on = board_.high(name);
    return add(on ? "●" : "○", !on ? "2" : name == "LED" ? "1;92" : "1;93");
  }
  operator std::string() const { return text_; }  // NOLINT(*-explicit-*)

 private:
  Row& add(std::string_view text, std::string_view code) {
    width_ += width(text);
    const bool plain = !colour_ || code.empty();
    text_ += plain ? std::string(text) : fmt::format("\033[{}m{}\033[0m", code, text);
    return *this;
  }

  const Board& board_;
  bool colour_;
  std::string text_;
  std::size_t width_ = 0;
};

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
  constexpr std::size_t edge = 53;
  const auto row = [&] { return Row(board, colour); };
  std::vector<std::string> lines{
      row().to(4).pcb("╭────────────────────────────────────────────────╮"),
      row()
          .to(2)
          .pcb("┌─┴──┐")
          .to(12)
          .lamp("LED")
          .word(" LED")
          .to(28)
          .dim("┌──────┐")
          .to(edge)
          .pcb("│"),
      row().to(2).pcb("│USB │").to(28).dim("│ chip │").to(42).word("Pico").to(edge).pcb("│"),
      row().to(2).pcb("└─┬──┘").to(28).dim("└──────┘").to(edge).pcb("│"),
      row().to(4).pcb("╰─┬────┬────┬──────────────────┬────┬────┬────┬──╯"),
      row()
          .to(5)
          .dim("GP0  GP1  GND")
          .to(33)
          .word("GP13")
          .to(38)
          .dim("GND")
          .to(43)
          .word("GP14 GP15"),
      row().to(5).dim("SDA  SCL").to(35).lamp("GP13").to(45).lamp("GP14").to(50).lamp("GP15")};
  if (const std::string others = board.other_pins(); !others.empty()) {
    lines.back() += "   " + others;
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
