#include "svg_layout.hpp"

#include <algorithm>

namespace picoctl::cli::svg_page {
namespace {

constexpr double seconds_per_bit = 0.036;
constexpr double pause_before = 0.9;  // seconds before the first bit, and at the end
constexpr double pause_between = 0.7;
constexpr double pause_after = 3.0;

std::vector<Cell> cells_of(const trace::Transaction& transaction) {
  std::vector<Cell> cells;
  std::size_t segment = 0;
  std::size_t byte = 0;
  bool begun = false;
  for (const trace::WireEvent& event : transaction.events) {
    Cell cell{.kind = event.kind};
    switch (event.kind) {
      case trace::WireKind::start:
      case trace::WireKind::restart:
        segment = begun ? segment + 1 : 0;
        begun = true;
        byte = 0;
        break;
      case trace::WireKind::address:
      case trace::WireKind::data:
        cell.bits = 9;
        cell.byte = byte++;
        break;
      case trace::WireKind::arbitration_lost: cell.bits = 5; break;
      case trace::WireKind::pulses: cell.bits = event.byte; break;
      case trace::WireKind::stop: break;
      default: continue;  // holds take no room
    }
    cell.segment = segment;
    cells.push_back(cell);
  }
  return cells;
}

// How many of the cells from `at` on make one strip. A strip never crosses a repeated START, and
// the strips of a long segment are about equally long.
std::size_t strip_length(const std::vector<Cell>& cells, std::size_t at) {
  std::size_t bytes = 0;
  for (std::size_t i = at; i < cells.size() && cells[i].segment == cells[at].segment; ++i) {
    bytes += cells[i].is_byte() ? 1 : 0;
  }
  const std::size_t strips =
      std::max<std::size_t>(1, (bytes + bytes_per_strip - 1) / bytes_per_strip);
  const std::size_t each = (bytes + strips - 1) / strips;
  std::size_t taken = 0;
  std::size_t i = at;
  for (; i < cells.size() && cells[i].segment == cells[at].segment; ++i) {
    if (cells[i].is_byte() && ++taken > each) break;
  }
  return i - at;
}

void append(Strip& strip, Cell cell) {
  const bool condition = cell.kind == trace::WireKind::start ||
                         cell.kind == trace::WireKind::restart ||
                         cell.kind == trace::WireKind::stop;
  cell.left = strip.width;
  cell.width = condition ? condition_width : cell.bits * bit_width;
  strip.width += cell.width;
  strip.bits += cell.bits;
  strip.cells.push_back(cell);
}

void add_strips(Layout& layout, const trace::Transaction& transaction, std::size_t index) {
  const std::vector<Cell> cells = cells_of(transaction);
  unsigned first_bit = 0;
  for (std::size_t at = 0; at < cells.size();) {
    const std::size_t count = strip_length(cells, at);
    Strip strip{.transaction = index, .first_bit = first_bit, .opens = at == 0};
    for (std::size_t i = 0; i < count; ++i) append(strip, cells[at + i]);
    first_bit += strip.bits;
    at += count;
    layout.strips.push_back(std::move(strip));
  }
}

}  // namespace

double x_of(const Strip& strip, double bit) {
  double left = bit - strip.first_bit;
  for (const Cell& cell : strip.cells) {
    if (left <= cell.bits) return margin + gutter + cell.left + left / cell.bits * cell.width;
    left -= cell.bits;
  }
  return margin + gutter + strip.width;
}

Layout lay_out(const std::vector<trace::Transaction>& transactions) {
  Layout layout;
  for (std::size_t i = 0; i < transactions.size(); ++i) add_strips(layout, transactions[i], i);
  layout.height = board_height;
  layout.seconds = pause_before;
  for (Strip& strip : layout.strips) {
    if (strip.opens) layout.height += caption_height;
    if (strip.opens && strip.transaction > 0) layout.seconds += pause_between;
    strip.top = layout.height;
    layout.height += strip_height;
    strip.begins = layout.seconds;
    layout.seconds += strip.bits * seconds_per_bit;
    strip.ends = layout.seconds;
  }
  layout.height += legend_height;
  layout.seconds += pause_after;
  return layout;
}

double moment_of(const Layout& layout, std::size_t transaction, double bit) {
  double last = 0;
  for (const Strip& strip : layout.strips) {
    if (strip.transaction != transaction) continue;
    last = strip.ends;
    if (bit > strip.first_bit + strip.bits) continue;
    const double part = (bit - strip.first_bit) / std::max(1U, strip.bits);
    return strip.begins + std::max(0.0, part) * (strip.ends - strip.begins);
  }
  return last;
}

}  // namespace picoctl::cli::svg_page
