// The state of a Pico's board as its own remarks tell it, and pictures of it for a terminal.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace picoctl::cli {

// The lights that the pictures show: the board's own and three LEDs on neighbouring pins.
struct Light {
  std::string_view name;   // "LED", "GP15": as in the remarks
  std::string_view words;  // "the board's LED", "light 1"
  std::string_view level;  // of which register its state can be read
};
inline constexpr std::array<Light, 4> lights{{{"LED", "light 0", "light0"},
                                              {"GP15", "light 1", "light1"},
                                              {"GP14", "light 2", "light2"},
                                              {"GP13", "light 3", "light3"}}};

class Board {
 public:
  // "GP15=1", "LED=0". False: the remark says nothing about a level, or nothing new.
  bool note(std::string_view text);
  void set(std::string_view name, bool high) { levels_[std::string(name)] = high; }

  bool high(std::string_view name) const;
  // Pins that were driven and are not among the lights, as "GP2=1 GP3=0"; may be empty.
  std::string other_pins() const;

 private:
  std::map<std::string, bool, std::less<>> levels_;
};

// Seven lines, without newlines; `colour` adds ANSI colours.
std::vector<std::string> board_picture(const Board& board, bool colour);

// "LED off · GP15 on · GP14 off · GP13 off"
std::string board_line(const Board& board);

}  // namespace picoctl::cli
