#include "screen.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace picoctl::cli {

void Screen::erase() {
  if (!block_.empty()) fmt::print("\r\033[{}A\033[J", block_.size());
}

void Screen::print(const std::vector<std::string>& lines) {
  erase();
  for (const std::string& line : lines) fmt::print("{}\n", line);
  for (const std::string& line : block_) fmt::print("{}\n", line);
  std::fflush(stdout);
}

void Screen::draw(const std::vector<std::string>& block) {
  if (!terminal_) return;
  erase();
  block_ = block;
  for (const std::string& line : block_) fmt::print("{}\n", line);
  std::fflush(stdout);
}

}  // namespace picoctl::cli
