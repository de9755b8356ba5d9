// Where everything of a trace's picture lies, and when it appears: the transactions cut into strips
// of a few bytes each. Private to the picture of a trace.
#pragma once

#include <cstdint>
#include <vector>

#include "picoctl/controller/trace.hpp"
#include "picoctl/controller/trace_wave.hpp"

namespace picoctl::cli::svg_page {

namespace trace = controller::trace;

inline constexpr double page_width = 1080;
inline constexpr double margin = 28;
inline constexpr double gutter = 62;           // for the words SCL and SDA, and who speaks
inline constexpr double bit_width = 10.9;      // so that START, nine bytes and STOP fit a strip
inline constexpr double condition_width = 38;  // START and STOP take one bit time and have a name
inline constexpr unsigned bytes_per_strip = 9;
inline constexpr double board_height = 196;
inline constexpr double strip_height = 164;
inline constexpr double caption_height = 34;
inline constexpr double legend_height = 92;

// What the wires carry in a row of bit times: a condition or a byte.
struct Cell {
  trace::WireKind kind = trace::WireKind::start;
  unsigned bits = 1;
  std::size_t segment = 0;
  std::size_t byte = 0;  // of the segment, if it is one
  double left = 0;       // of the strip's left edge
  double width = 0;
  bool is_byte() const { return kind == trace::WireKind::address || kind == trace::WireKind::data; }
};

struct Strip {
  std::size_t transaction = 0;
  std::vector<Cell> cells{};
  unsigned first_bit = 0;  // of the transaction
  unsigned bits = 0;
  double width = 0;
  bool opens = false;  // the first of its transaction: has a caption
  double top = 0;      // of the strip itself, below its caption
  double begins = 0;   // seconds of the animation
  double ends = 0;
};

struct Layout {
  std::vector<Strip> strips;
  double height = 0;
  double seconds = 0;  // of the animation, the rest at its end included
};

// Where this bit of the strip's transaction is, from the left edge of the page.
double x_of(const Strip& strip, double bit);

Layout lay_out(const std::vector<trace::Transaction>& transactions);

// The animation's moment at which this bit of this transaction passes.
double moment_of(const Layout& layout, std::size_t transaction, double bit);

}  // namespace picoctl::cli::svg_page
