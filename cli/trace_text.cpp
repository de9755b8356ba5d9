#include "trace_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace picoctl::cli {
namespace {

using trace::Ack;
using trace::Byte;
using trace::Check;
using trace::Field;
using trace::Meaning;
using trace::Segment;
using trace::Transaction;

constexpr std::size_t bytes_per_line = 8;

std::span<const Byte> bytes_of(const Segment& segment, const Field& field) {
  return std::span(segment.bytes).subspan(field.first, field.count);
}

std::string hex_of(std::span<const Byte> bytes) {
  std::string text;
  for (const Byte& byte : bytes) {
    text += fmt::format("{}{:02X}", text.empty() ? "" : " ", byte.value);
  }
  return text;
}

bool damaged(std::span<const Byte> bytes) {
  return std::ranges::any_of(
      bytes, [](const Byte& byte) { return byte.flipped != 0 || byte.ack_flipped; });
}

std::string damage_of(std::span<const Byte> bytes) {
  for (const Byte& byte : bytes) {
    if (byte.flipped != 0) {
      return fmt::format("  <- damaged on the way: {:02X} was sent", byte.value ^ byte.flipped);
    }
    if (byte.ack_flipped) return "  <- the acknowledge bit was damaged on the way";
  }
  return {};
}

std::string ack_of(std::span<const Byte> bytes) {
  const Ack ack = bytes.back().ack;
  return ack == Ack::yes ? "ACK" : ack == Ack::no ? "NACK" : "";
}

Tone tone_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::address: return Tone::address;
    case Meaning::register_number: return Tone::register_number;
    case Meaning::sequence:
    case Meaning::length:
    case Meaning::header:
    case Meaning::epoch: return Tone::frame;
    case Meaning::command: return Tone::command;
    case Meaning::crc: return Tone::check;
    case Meaning::failure: return Tone::bad;
    case Meaning::unknown: return Tone::dim;
    default: return Tone::value;
  }
}

std::string value_of(const Field& field) {
  if (field.meaning != Meaning::crc) return field.value;
  switch (field.check) {
    case Check::right: return "right";
    case Check::wrong: return "WRONG";
    default: return "(key not heard)";
  }
}

Tone value_tone(const Field& field) {
  if (field.check == Check::wrong) return Tone::bad;
  if (field.check == Check::right) return Tone::good;
  const bool refused = field.value == "BAD_FRAME" || field.value == "FAILED" ||
                       field.value == "NO_SESSION" || field.value == "OUT_OF_ORDER";
  if (field.meaning == Meaning::header) return refused ? Tone::bad : Tone::good;
  return field.meaning == Meaning::unknown ? Tone::dim : Tone::plain;
}

void add_field(std::vector<std::string>& lines, const Segment& segment, const Field& field,
               const Style& style) {
  const auto bytes = bytes_of(segment, field);
  const std::string_view sender = bytes[0].from_target ? "Pico" : "Pi";
  const auto first = bytes.first(std::min(bytes.size(), bytes_per_line));
  const std::string columns = padded(hex_of(first), 3 * std::min<std::size_t>(4, bytes_per_line));
  lines.push_back(fmt::format(
      "  {} {} {} {} {}{}", style(Tone::dim, padded(sender, 5)),
      style(tone_of(field.meaning), columns), style(Tone::dim, padded(ack_of(bytes), 5)),
      style(tone_of(field.meaning), padded(field.name, 10)),
      style(value_tone(field), value_of(field)), style(Tone::bad, damage_of(bytes))));
  for (std::size_t at = bytes_per_line; at < bytes.size(); at += bytes_per_line) {
    const auto part = bytes.subspan(at, std::min(bytes.size() - at, bytes_per_line));
    lines.push_back("        " + style(tone_of(field.meaning), hex_of(part)));
  }
}

std::string ending(const Transaction& transaction) {
  switch (transaction.error) {
    case 0: return transaction.stopped ? "STOP" : "";
    case EREMOTEIO: return "STOP  nobody acknowledged";
    case ETIMEDOUT: return "the bus hangs: a line is held low";
    case EAGAIN: return "another controller took the bus";
    default:
      return fmt::format("{} (error {})", transaction.stopped ? "STOP  cut off" : "the bus failed",
                         transaction.error);
  }
}

// --- the table ---------------------------------------------------------------------------------

struct Column {
  std::string name, bytes, value;
  Tone tone = Tone::plain, value_tone = Tone::plain;
  bool damaged = false;
};

std::string short_value(const Segment& segment, const Field& field) {
  if (field.meaning == Meaning::sequence) {
    const auto sequence = Sequence::from(segment.bytes[field.first].value);
    if (sequence.slot == public_slot) return "public";
    return fmt::format("{}.{}", sequence.slot, sequence.number);
  }
  if (field.meaning == Meaning::crc) {
    return field.check == Check::right ? "ok" : field.check == Check::wrong ? "WRONG" : "?";
  }
  if (field.meaning == Meaning::epoch) return "boot";
  if (field.meaning == Meaning::address) {
    return field.value.substr(0, 4) + (segment.is_read() ? " R" : " W");
  }
  constexpr std::size_t longest = 24;
  return width(field.value) <= longest ? field.value : field.value.substr(0, longest) + "…";
}

Column column_of(const Segment& segment, const Field& field) {
  const auto bytes = bytes_of(segment, field);
  constexpr std::size_t most = 8;
  std::string text = hex_of(bytes.first(std::min(bytes.size(), most)));
  if (bytes.size() > most) text += " …";
  const bool harmed = damaged(bytes);
  return {field.name,
          text,
          short_value(segment, field),
          tone_of(field.meaning),
          harmed ? Tone::bad : value_tone(field),
          harmed};
}

// The ACK of an address is a column of its own; of other bytes only a missing one is worth it.
void add_columns(std::vector<Column>& columns, const Segment& segment, const Field& field) {
  columns.push_back(column_of(segment, field));
  const Byte& last = segment.bytes[field.first + field.count - 1];
  const bool address = field.meaning == Meaning::address;
  if (last.ack == Ack::no) {
    columns.push_back({"", "NACK", "", address ? Tone::bad : Tone::dim, Tone::plain, false});
  } else if (address && last.ack == Ack::yes) {
    columns.push_back({"", "ACK", "", Tone::dim, Tone::plain, false});
  }
}

std::string without_end_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

void add_table(std::vector<std::string>& lines, const Segment& segment, std::string_view end,
               const Style& style) {
  std::vector<Column> columns;
  for (const Field& field : segment.fields) add_columns(columns, segment, field);
  if (!end.empty()) columns.push_back({"", std::string(end), "", Tone::strong, Tone::plain, false});
  std::string names(7, ' ');
  std::string bytes = "  " + style(Tone::strong, "START");
  std::string values = names;
  for (const Column& column : columns) {
    const std::size_t wide =
        std::max({width(column.name), width(column.bytes), width(column.value)});
    const Tone tone = column.damaged ? Tone::bad : column.tone;
    names += "  " + style(Tone::dim, padded(column.name, wide));
    bytes += "  " + style(tone, padded(column.bytes, wide));
    values += "  " + style(column.value_tone, padded(column.value, wide));
  }
  for (std::string* line : {&names, &bytes, &values}) {
    lines.push_back(without_end_blanks(std::move(*line)));
  }
}

nlohmann::json json_of(const Segment& segment) {
  nlohmann::json fields = nlohmann::json::array();
  for (const Field& field : segment.fields) {
    const auto bytes = bytes_of(segment, field);
    nlohmann::json one{{"name", field.name},
                       {"bytes", hex_of(bytes)},
                       {"value", value_of(field)},
                       {"from", bytes[0].from_target ? "pico" : "pi"}};
    if (const std::string ack = ack_of(bytes); !ack.empty()) one["ack"] = ack == "ACK";
    if (damaged(bytes)) one["damaged"] = true;
    fields.push_back(std::move(one));
  }
  return {{"start", segment.repeated ? "repeated" : "start"}, {"fields", std::move(fields)}};
}

}  // namespace

std::string trace_size(const Transaction& transaction) {
  if (transaction.bits() == 0) return {};
  if (!transaction.exact) return fmt::format("{} bits", transaction.bits());
  const double ms = static_cast<double>(transaction.end_ns - transaction.start_ns) / 1e6;
  return fmt::format("{} bits, {:.2f} ms", transaction.bits(), ms);
}

std::string trace_summary(const Transaction& transaction) {
  std::string text;
  if (transaction.request) text = transaction.request->command;
  if (!transaction.request && !transaction.segments.empty()) {
    for (const Field& field : transaction.segments.front().fields) {
      if (field.meaning == Meaning::register_number) text = field.value;
    }
  }
  if (text.empty()) text = "read";
  if (transaction.answer) {
    text += fmt::format(": {}", trace::state_name(transaction.answer->head.state));
  }
  if (transaction.error != 0) text += ": " + ending(transaction);
  return text;
}

std::vector<std::string> trace_lines(const Transaction& transaction, const Style& style) {
  std::vector<std::string> lines;
  for (const Segment& segment : transaction.segments) {
    lines.push_back("  " + style(Tone::strong, segment.repeated ? "re-START" : "START"));
    for (const Field& field : segment.fields) add_field(lines, segment, field, style);
  }
  lines.push_back("  " +
                  style(transaction.error == 0 ? Tone::strong : Tone::bad, ending(transaction)));
  for (const trace::Note& note : transaction.notes) {
    lines.push_back("  " + style(Tone::good, "board: " + note.text));
  }
  return lines;
}

std::vector<std::string> trace_table(const Transaction& transaction, const Style& style) {
  std::vector<std::string> lines;
  for (const Segment& segment : transaction.segments) {
    const bool last = &segment == &transaction.segments.back();
    add_table(lines, segment, last ? ending(transaction) : "", style);
  }
  return lines;
}

nlohmann::json trace_json(const Transaction& transaction) {
  nlohmann::json segments = nlohmann::json::array();
  for (const Segment& segment : transaction.segments) segments.push_back(json_of(segment));
  nlohmann::json object{{"summary", trace_summary(transaction)},
                        {"bits", transaction.bits()},
                        {"error", transaction.error},
                        {"damaged", transaction.damaged()},
                        {"segments", std::move(segments)}};
  if (transaction.exact) object["start_ns"] = transaction.start_ns;
  for (const trace::Note& note : transaction.notes) object["board"].push_back(note.text);
  return object;
}

}  // namespace picoctl::cli
