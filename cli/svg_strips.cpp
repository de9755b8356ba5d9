#include "svg_strips.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

namespace picoctl::cli::svg_page {
namespace {

using trace::Driver;
using trace::Edge;
using trace::Field;
using trace::Meaning;
using trace::Segment;
using trace::Transaction;
using trace::Wire;

// Heights within a strip.
constexpr double chip_high = 40;
constexpr double scl_high = 56, scl_low = 78;
constexpr double sda_high = 92, sda_low = 116;
constexpr double digits_at = 131;
constexpr double wave_end = 136;

struct ChipKind {
  std::string_view colour;
  std::string_view words;
};
constexpr ChipKind kind_address{"#d2a8ff", "address: for whom; read or write"};
constexpr ChipKind kind_register{"#56d4dd", "register: where the bytes go"};
constexpr ChipKind kind_frame{"#79c0ff", "frame: session, number, size, state"};
constexpr ChipKind kind_command{"#ffa657", "command"};
constexpr ChipKind kind_value{"#f2cc60", "its arguments, its reply"};
constexpr ChipKind kind_check{"#f778ba", "CRC: the check over all of it"};
constexpr ChipKind kind_other{"#8b98a5", "other bytes"};

const ChipKind& kind_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::address: return kind_address;
    case Meaning::register_number: return kind_register;
    case Meaning::sequence:
    case Meaning::length:
    case Meaning::header:
    case Meaning::epoch: return kind_frame;
    case Meaning::command: return kind_command;
    case Meaning::argument:
    case Meaning::reply:
    case Meaning::failure:
    case Meaning::data: return kind_value;
    case Meaning::crc: return kind_check;
    default: return kind_other;
  }
}

std::string chip_value(const Field& field) {
  if (field.meaning == Meaning::crc) {
    return field.check == trace::Check::right   ? "right"
           : field.check == trace::Check::wrong ? "WRONG"
                                                : "not checked";
  }
  if (field.meaning == Meaning::sequence) {
    const std::size_t comma = field.value.find(", number ");
    if (comma != std::string::npos) {
      return field.value.substr(0, comma) + " · #" + field.value.substr(comma + 9);
    }
  }
  return field.value;
}

std::string shortened(std::string text, double wide, double letter) {
  const auto most = static_cast<std::size_t>(wide / letter);
  if (text.size() <= most || most < 2) return text;
  return text.substr(0, most - 1) + "…";
}

void draw_chip(Page& page, const Strip& strip, const Segment& segment, const Field& field,
               unsigned first_bit, unsigned bits, bool begun_before) {
  const auto bytes = std::span(segment.bytes).subspan(field.first, field.count);
  const bool harmed =
      field.check == trace::Check::wrong ||
      std::ranges::any_of(bytes, [](const auto& byte) { return byte.flipped != 0; });
  const std::string_view colour = harmed ? alarm : kind_of(field.meaning).colour;
  const double x = x_of(strip, first_bit) + 1.5;
  const double wide = x_of(strip, first_bit + bits) - x_of(strip, first_bit) - 3;
  page.box(x, strip.top, wide, chip_high, 5,
           fmt::format("fill=\"{0}\" fill-opacity=\".16\" stroke=\"{0}\" stroke-opacity=\".65\"",
                       colour));
  const std::string name = begun_before ? "… " + field.name : field.name;
  page.label(x + wide / 2, strip.top + 15, fmt::format("class=\"n\" fill=\"{}\"", colour),
             shortened(name, wide, 6.6));
  page.label(x + wide / 2, strip.top + 32,
             fmt::format("class=\"v\" fill=\"{}\"", harmed ? alarm : ink),
             shortened(chip_value(field), wide, 6.9));
}

const Field* field_at(const Segment& segment, std::size_t byte) {
  for (const Field& field : segment.fields) {
    if (byte >= field.first && byte < field.first + field.count) return &field;
  }
  return nullptr;
}

// A field that a strip's end cuts in two has a chip in each.
void draw_chips(Page& page, const Strip& strip, const Transaction& transaction) {
  unsigned bit = strip.first_bit;
  for (std::size_t i = 0; i < strip.cells.size();) {
    const Cell& cell = strip.cells[i];
    const Segment& segment = transaction.segments[cell.segment];
    const Field* field = cell.is_byte() ? field_at(segment, cell.byte) : nullptr;
    unsigned bits = 0;
    const bool begun_before = field != nullptr && cell.byte > field->first;
    do {
      bits += strip.cells[i++].bits;
    } while (field != nullptr && i < strip.cells.size() && strip.cells[i].is_byte() &&
             field_at(segment, strip.cells[i].byte) == field);
    if (field != nullptr) draw_chip(page, strip, segment, *field, bit, bits, begun_before);
    bit += bits;
  }
}

std::string_view colour_of(Driver driver) {
  return driver == Driver::controller ? pi : driver == Driver::target ? pico : faint;
}

// One line per run of the same driver; the slope of an edge belongs to whom the new level belongs.
class Line {
 public:
  Line(const Strip& strip, const Transaction& transaction, Wire wire)
      : strip_(strip), transaction_(transaction), wire_(wire) {}

  void draw(Page& page, const std::vector<Edge>& edges) {
    for (const Edge& edge : edges) {
      if (edge.wire != wire_) continue;
      const double bit = static_cast<double>(edge.time_ns - transaction_.start_ns) /
                         static_cast<double>(transaction_.bit_ns);
      if (bit < strip_.first_bit) {
        high_ = edge.high;
        driver_ = edge.driver;
      } else if (bit < strip_.first_bit + strip_.bits) {
        begin();
        turn(page, edge, x_of(strip_, bit));
      }
    }
    begin();
    path_ += fmt::format("H{:.1f}", x_of(strip_, strip_.first_bit + strip_.bits));
    flush(page);
  }

 private:
  double y(bool high) const {
    if (wire_ == Wire::scl) return strip_.top + (high ? scl_high : scl_low);
    return strip_.top + (high ? sda_high : sda_low);
  }
  void begin() {
    if (path_.empty()) {
      path_ = fmt::format("M{:.1f} {:.1f}", x_of(strip_, strip_.first_bit), y(high_));
    }
  }
  void turn(Page& page, const Edge& edge, double x) {
    path_ += fmt::format("H{:.1f}", x);
    if (wire_ == Wire::sda && edge.driver != driver_) {
      flush(page);
      path_ = fmt::format("M{:.1f} {:.1f}", x, y(high_));
    }
    if (edge.high != high_) path_ += fmt::format("L{:.1f} {:.1f}", x + 1.6, y(edge.high));
    high_ = edge.high;
    driver_ = edge.driver;
  }
  void flush(Page& page) {
    const std::string_view colour =
        wire_ == Wire::scl ? std::string_view("#9fb0c0") : colour_of(driver_);
    page.put("<path class=\"{}\" stroke=\"{}\" d=\"{}\"/>", wire_ == Wire::scl ? "c" : "d", colour,
             path_);
    path_.clear();
  }

  const Strip& strip_;
  const Transaction& transaction_;
  Wire wire_;
  bool high_ = true;
  Driver driver_ = Driver::nobody;
  std::string path_;
};

void draw_digits(Page& page, const Strip& strip, const trace::Byte& byte, unsigned bit) {
  const std::string_view sender = byte.from_target ? pico : pi;
  const std::string_view receiver = byte.from_target ? pi : pico;
  std::string digits;
  for (int i = 7; i >= 0; --i) {
    const double x = x_of(strip, bit + static_cast<unsigned>(7 - i) + 0.6);
    const bool harmed = (byte.flipped >> i & 1) != 0;
    if (harmed) {
      page.box(x - 6.5, strip.top + sda_high - 5, 13, wave_end - sda_high + 6, 3,
               fmt::format("fill=\"{0}\" fill-opacity=\".28\" stroke=\"{0}\"", alarm));
    }
    digits += fmt::format("<tspan x=\"{:.1f}\">{}</tspan>", x, byte.value >> i & 1);
  }
  page.put("<text y=\"{:.1f}\" class=\"b\" fill=\"{}\">{}</text>", strip.top + digits_at, sender,
           digits);
  const bool acked = byte.ack == trace::Ack::yes;
  const std::string_view letter = acked ? "A" : byte.ack == trace::Ack::no ? "N" : "?";
  page.label(x_of(strip, bit + 8.6), strip.top + digits_at,
             fmt::format("class=\"a\" fill=\"{}\"", byte.ack_flipped ? alarm : receiver), letter);
}

void draw_condition(Page& page, const Strip& strip, const Cell& cell, unsigned bit) {
  const bool stops = cell.kind == trace::WireKind::stop;
  const bool starts = cell.kind == trace::WireKind::start || cell.kind == trace::WireKind::restart;
  if (!stops && !starts) return;
  const double x = x_of(strip, bit);
  page.box(
      x + 1.5, strip.top, condition_width - 3, chip_high, 5,
      fmt::format("fill=\"{0}\" fill-opacity=\".1\" stroke=\"{0}\" stroke-opacity=\".5\"", pi));
  page.label(x + condition_width / 2, strip.top + 24, fmt::format("class=\"s\" fill=\"{}\"", pi),
             stops ? "STOP" : "START");
}

void draw_cells(Page& page, const Strip& strip, const Transaction& transaction) {
  unsigned bit = strip.first_bit;
  for (const Cell& cell : strip.cells) {
    const double x = x_of(strip, bit);
    page.put("<path class=\"g\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", x, strip.top + scl_high - 8,
             strip.top + wave_end);
    if (cell.is_byte()) {
      draw_digits(page, strip, transaction.segments[cell.segment].bytes[cell.byte], bit);
    } else {
      draw_condition(page, strip, cell, bit);
    }
    bit += cell.bits;
  }
}

// Who has the word in this strip.
void draw_speaker(Page& page, const Strip& strip, const Transaction& transaction) {
  const Segment& segment = transaction.segments[strip.cells.front().segment];
  const std::string_view colour = segment.is_read() ? pico : pi;
  page.label(margin, strip.top + 17, fmt::format("class=\"z\" fill=\"{}\"", colour),
             segment.is_read() ? "Pico" : "Pi");
  page.label(margin, strip.top + 33, fmt::format("class=\"l\" fill=\"{}\"", colour),
             segment.is_read() ? "answers" : "asks");
}

// A cover of the ground's colour that draws back as the bits pass, and a line at its edge.
void animate(Page& page, const Strip& strip, const Layout& layout, std::size_t number) {
  const double from = 100 * strip.begins / layout.seconds;
  const double to = 100 * strip.ends / layout.seconds;
  const double wide = strip.width;
  page.style(
      fmt::format("@keyframes c{0}{{0%,{1:.2f}%{{opacity:.82;transform:scaleX(1)}}{2:.2f}%,100%"
                  "{{opacity:.82;transform:scaleX(0)}}}}",
                  number, from, to));
  page.style(
      fmt::format("@keyframes h{0}{{0%,{1:.2f}%{{opacity:0;transform:translateX(0)}}{3:.2f}%"
                  "{{opacity:1}}{2:.2f}%{{opacity:1;transform:translateX({4:.1f}px)}}{5:.2f}%,"
                  "100%{{opacity:0;transform:translateX({4:.1f}px)}}}}",
                  number, from, to, from + 0.05, wide, to + 0.05));
  page.box(x_of(strip, strip.first_bit) - 2, strip.top - 3, wide + 4, wave_end + 6, 0,
           fmt::format("class=\"k\" fill=\"{}\" style=\"animation-name:c{}\"", ground, number));
  page.put("<path class=\"h\" style=\"animation-name:h{}\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", number,
           x_of(strip, strip.first_bit), strip.top - 4, strip.top + wave_end + 3);
}

bool arrived(const Transaction& transaction) {
  return transaction.request && transaction.request->crc == trace::Check::right;
}

bool answered(const Transaction& transaction) {
  return transaction.answer && transaction.answer->head_crc == trace::Check::right;
}

// The same frame arrived before, and its answer was lost.
bool is_repeat(const Transaction& transaction, std::span<const Transaction> before) {
  return arrived(transaction) && std::ranges::any_of(before, [&](const Transaction& one) {
           return arrived(one) && !answered(one) &&
                  one.request->sequence == transaction.request->sequence;
         });
}

std::string caption_of_failure(const Transaction& transaction) {
  if (transaction.error == EREMOTEIO) {
    return "Nobody acknowledged: the Pico did not hear its address.";
  }
  if (!transaction.stopped) return "The bus failed.";
  return arrived(transaction) ? "Cut off: the command arrived, its answer was lost. Did it run?"
                              : "Cut off: half a message. The Pico runs nothing in part.";
}

std::string caption_of(const Transaction& transaction, std::span<const Transaction> before) {
  if (transaction.error != 0) return caption_of_failure(transaction);
  if (!transaction.answer) return "A read.";
  if (!answered(transaction)) return "The answer was damaged on its way; the Pi cannot trust it.";
  const State state = transaction.answer->head.state;
  if (state == State::done && is_repeat(transaction, before)) {
    return "The same number again: it ran the first time. The Pico shows the answer it has kept.";
  }
  switch (state) {
    case State::done: return "The Pico checked the command, ran it once and answered DONE.";
    case State::bad_frame:
      return "A bit was damaged on the way: the check failed, the Pico refused. Nothing ran.";
    case State::pending: return "The Pico has the command and has not looked at it yet.";
    case State::busy: return "The command is running.";
    case State::failed: return "The Pico ran the command, and it failed.";
    default: return fmt::format("The Pico answered {}.", trace::state_name(state));
  }
}

}  // namespace

void draw_strip(Page& page, const Strip& strip, const Transaction& transaction,
                const Layout& layout, std::size_t number) {
  const double wide = strip.width;
  page.box(x_of(strip, strip.first_bit), strip.top + scl_high - 8, wide, wave_end - scl_high + 8, 4,
           fmt::format("fill=\"{}\"", panel));
  page.label(margin, strip.top + scl_low - 5, fmt::format("class=\"w\" fill=\"{}\"", faint), "SCL");
  page.label(margin, strip.top + sda_low - 5, fmt::format("class=\"w\" fill=\"{}\"", faint), "SDA");
  draw_speaker(page, strip, transaction);
  draw_cells(page, strip, transaction);
  draw_chips(page, strip, transaction);
  const std::vector<Edge> edges = trace::edges(transaction, 0);
  Line(strip, transaction, Wire::scl).draw(page, edges);
  Line(strip, transaction, Wire::sda).draw(page, edges);
  animate(page, strip, layout, number);
}

void draw_caption(Page& page, const Strip& strip, const std::vector<Transaction>& transactions) {
  const Transaction& transaction = transactions[strip.transaction];
  const std::span before(transactions.data(), strip.transaction);
  const bool bad = transaction.error != 0 || transaction.damaged();
  const std::string number =
      transactions.size() > 1 ? fmt::format("{}  ", strip.transaction + 1) : "";
  page.label(margin, strip.top - 14, fmt::format("class=\"t\" fill=\"{}\"", bad ? alarm : ink),
             number + caption_of(transaction, before));
}

void draw_legend(Page& page, double top, const std::vector<Transaction>& transactions) {
  const auto swatch = [&](double x, double y, std::string_view colour, std::string_view words) {
    page.box(x, y - 9, 11, 11, 2.5,
             fmt::format("fill=\"{0}\" fill-opacity=\".35\" stroke=\"{0}\"", colour));
    page.label(x + 18, y, fmt::format("class=\"l\" fill=\"{}\"", faint), words);
  };
  const auto line = [&](double x, double y, std::string_view colour, std::string_view words) {
    page.put("<path class=\"d\" stroke=\"{}\" d=\"M{:.1f} {:.1f}h14\"/>", colour, x - 2, y - 4);
    page.label(x + 18, y, fmt::format("class=\"l\" fill=\"{}\"", faint), words);
  };
  constexpr std::array columns{margin, margin + 250, margin + 500, margin + 774};
  swatch(columns[0], top + 12, kind_address.colour, kind_address.words);
  swatch(columns[1], top + 12, kind_register.colour, kind_register.words);
  swatch(columns[2], top + 12, kind_frame.colour, kind_frame.words);
  swatch(columns[3], top + 12, kind_check.colour, kind_check.words);
  swatch(columns[0], top + 34, kind_command.colour, kind_command.words);
  swatch(columns[1], top + 34, kind_value.colour, kind_value.words);
  line(columns[2], top + 34, pi, "SDA: the Pi speaks");
  line(columns[3], top + 34, pico, "SDA: the Pico speaks");
  std::uint64_t bits = 0;
  for (const Transaction& one : transactions) bits += one.bits();
  const std::uint64_t bit_ns = transactions.empty() ? 0 : transactions.front().bit_ns;
  page.label(
      margin, top + 60, fmt::format("class=\"l\" fill=\"{}\"", faint),
      fmt::format("START: SDA falls while SCL is high · A: acknowledged, after eight bits the "
                  "receiver pulls SDA low · N: it does not · STOP: SDA rises · {} bits{}",
                  bits, bit_ns == 0 ? "" : fmt::format(" at {} kHz", 1'000'000 / bit_ns)));
}

}  // namespace picoctl::cli::svg_page
