#include "trace_svg.hpp"

#include <algorithm>
#include <optional>

#include "svg_layout.hpp"
#include "svg_page.hpp"
#include "svg_strips.hpp"

namespace picoctl::cli {
namespace svg_page {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

}  // namespace svg_page

namespace {

using namespace svg_page;

constexpr double boards_top = 62;
constexpr double pi_left = margin, pi_wide = 210, boards_high = 104;
constexpr double pico_wide = 300, pico_left = page_width - margin - pico_wide;
constexpr double wire_scl = boards_top + 30, wire_sda = boards_top + 54, wire_gnd = boards_top + 78;
constexpr double wire_left = pi_left + pi_wide, wire_right = pico_left;

// When a light changes, and to what.
struct Change {
  double moment = 0;
  bool high = false;
};

std::optional<Change> change_of(const Picture& picture, const Layout& layout,
                                std::string_view name) {
  std::optional<Change> change;
  for (std::size_t i = 0; i < picture.transactions.size(); ++i) {
    const trace::Transaction& transaction = picture.transactions[i];
    for (const trace::Note& note : transaction.notes) {
      if (note.text.substr(0, note.text.find('=')) != name) continue;
      const std::uint64_t since = note.time_ns - std::min(note.time_ns, transaction.start_ns);
      const double bit = transaction.bit_ns == 0
                             ? 0
                             : static_cast<double>(since) / static_cast<double>(transaction.bit_ns);
      change = {moment_of(layout, i, bit), note.text.ends_with("=1")};
    }
  }
  return change;
}

void draw_lamp(Page& page, const Picture& picture, const Layout& layout, std::size_t index,
               double x, double y) {
  const Light& light = lights[index];
  const std::string_view colour = index == 0 ? "#56f07a" : "#ffd33d";
  const auto change = change_of(picture, layout, light.name);
  const bool lit = change ? change->high : picture.before.high(light.name);
  page.put("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"7\" fill=\"#27313d\" stroke=\"#56636f\"/>", x,
           y);
  std::string animation;
  if (change && change->high != picture.before.high(light.name)) {
    const double at = 100 * change->moment / layout.seconds;
    page.style(
        fmt::format("@keyframes l{0}{{0%,{1:.2f}%{{opacity:{2}}}{3:.2f}%,100%{{opacity:{4}}}}}",
                    index, at, change->high ? 0 : 1, at + 1.2, change->high ? 1 : 0));
    animation = fmt::format(" class=\"y\" style=\"animation-name:l{}\"", index);
  }
  page.put(
      "<g opacity=\"{}\"{}><circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"22\" fill=\"url(#glow{})\"/>"
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"7\" fill=\"{}\" stroke=\"#fff\" "
      "stroke-opacity=\".7\"/></g>",
      lit ? 1 : 0, animation, x, y, index == 0 ? "g" : "y", x, y, colour);
}

void draw_pads(Page& page, double x, std::string_view anchor, std::string_view scl,
               std::string_view sda, std::string_view gnd) {
  const auto pad = [&](double y, std::string_view words) {
    page.put("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.6\" fill=\"#e3b341\"/>", x, y);
    page.label(anchor == "end" ? x - 10 : x + 10, y + 4,
               fmt::format("class=\"p\" text-anchor=\"{}\" fill=\"#d6f0dd\"", anchor), words);
  };
  pad(wire_scl, scl);
  pad(wire_sda, sda);
  pad(wire_gnd, gnd);
}

void draw_pi(Page& page) {
  page.box(pi_left, boards_top, pi_wide, boards_high, 8, "fill=\"#1d5a38\" stroke=\"#3a8a5a\"");
  page.label(pi_left + 14, boards_top + 24, "class=\"m\" fill=\"#eafff1\"", "Raspberry Pi");
  page.label(pi_left + 14, boards_top + 42, "class=\"p\" fill=\"#b7dcc5\"", "controller");
  page.box(pi_left + 14, boards_top + 56, 34, 34, 3, "fill=\"#20262d\" stroke=\"#47515b\"");
  draw_pads(page, wire_left - 8, "end", "GPIO3 SCL", "GPIO2 SDA", "GND");
}

void draw_pico(Page& page, const Picture& picture, const Layout& layout) {
  page.box(pico_left, boards_top, pico_wide, boards_high, 8, "fill=\"#1d5a38\" stroke=\"#3a8a5a\"");
  page.box(page_width - margin - 16, boards_top + 34, 24, 36, 3,
           "fill=\"#aab4bd\" stroke=\"#dfe5ea\"");
  page.label(pico_left + 118, boards_top + 24, "class=\"m\" fill=\"#eafff1\"", "Pico");
  page.label(pico_left + 118, boards_top + 42, "class=\"p\" fill=\"#b7dcc5\"",
             picture.is_virtual ? "target (virtual)" : "target");
  page.box(pico_left + 120, boards_top + 52, 26, 26, 3, "fill=\"#20262d\" stroke=\"#47515b\"");
  draw_pads(page, wire_right + 8, "start", "GP1 SCL", "GP0 SDA", "GND");
  draw_lamp(page, picture, layout, 0, pico_left + 250, boards_top + 26);
  page.label(pico_left + 250, boards_top + 50,
             "class=\"p\" text-anchor=\"middle\" fill=\"#d6f0dd\"", "LED");
  for (std::size_t i = 1; i < lights.size(); ++i) {
    const double x = pico_left + 250 - 52 * static_cast<double>(i - 1) - 8;
    const double foot = boards_top + boards_high;
    page.put("<path class=\"d\" stroke=\"#c9d1d9\" d=\"M{:.1f} {:.1f}v8\"/>", x, foot);
    draw_lamp(page, picture, layout, i, x, foot + 14);
    page.label(x, foot - 8, "class=\"p\" text-anchor=\"middle\" fill=\"#d6f0dd\"", lights[i].name);
  }
}

// A word that travels along the wires while its bits pass.
void draw_word(Page& page, const Layout& layout, std::size_t number, std::string_view words,
               double from_moment, double to_moment, bool to_the_right, std::string_view colour) {
  const double wide = 26 + 8.2 * static_cast<double>(words.size());
  const double left = wire_left + 14;
  const double right = wire_right - 14 - wide;
  const double a = 100 * from_moment / layout.seconds;
  const double b = 100 * to_moment / layout.seconds;
  const double start = to_the_right ? left : right;
  const double end = to_the_right ? right : left;
  page.style(fmt::format(
      "@keyframes w{0}{{0%,{1:.2f}%{{opacity:0;transform:translateX({3:.1f}px)}}{4:.2f}%"
      "{{opacity:1}}{2:.2f}%{{opacity:1;transform:translateX({5:.1f}px)}}{6:.2f}%,100%"
      "{{opacity:0;transform:translateX({5:.1f}px)}}}}",
      number, a, b, start, a + 1, end, b + 2.5));
  // Standing still, only the last word of each direction is seen: it lies in the middle.
  page.put("<g class=\"o\" opacity=\"0\" style=\"animation-name:w{}\">", number);
  page.box(0, wire_sda - 26, wide, 28, 14,
           fmt::format("fill=\"{}\" stroke=\"{}\"", ground, colour));
  page.label(wide / 2, wire_sda - 7, fmt::format("class=\"u\" fill=\"{}\"", colour), words);
  page.put("</g>");
}

std::string answer_word(const trace::Transaction& transaction) {
  if (!transaction.answer) return "no answer";
  if (transaction.answer->head_crc != trace::Check::right) return "damaged";
  return std::string(trace::state_name(transaction.answer->head.state));
}

void draw_words(Page& page, const Picture& picture, const Layout& layout) {
  for (std::size_t i = 0; i < picture.transactions.size(); ++i) {
    const trace::Transaction& transaction = picture.transactions[i];
    if (transaction.bit_ns == 0 || transaction.segments.empty()) continue;
    const auto bit_of = [&](std::uint64_t ns) {
      return static_cast<double>(ns - transaction.start_ns) /
             static_cast<double>(transaction.bit_ns);
    };
    const bool answered = transaction.segments.size() > 1;
    const double turn =
        answered ? bit_of(transaction.segments.back().time_ns) : bit_of(transaction.end_ns);
    const bool harmed = transaction.segments.front().damaged();
    draw_word(page, layout, 2 * i, picture.command, moment_of(layout, i, 0),
              moment_of(layout, i, turn), true, harmed ? alarm : pi);
    if (!answered) continue;
    const std::string word = answer_word(transaction);
    draw_word(page, layout, 2 * i + 1, word, moment_of(layout, i, turn),
              moment_of(layout, i, bit_of(transaction.end_ns)), false,
              word == "DONE" ? pico : alarm);
  }
}

void draw_boards(Page& page, const Picture& picture, const Layout& layout) {
  const auto wire = [&](double y, std::string_view colour, std::string_view name) {
    page.put("<path stroke=\"{}\" stroke-width=\"2\" fill=\"none\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>",
             colour, wire_left - 8, y, wire_right + 8);
    page.label((wire_left + wire_right) / 2, y - 5,
               fmt::format("class=\"p\" text-anchor=\"middle\" fill=\"{}\"", faint), name);
  };
  wire(wire_scl, "#9fb0c0", "SCL: the clock");
  wire(wire_sda, "#c3cfda", "SDA: the data");
  wire(wire_gnd, "#56636f", "GND");
  draw_pi(page);
  draw_pico(page, picture, layout);
  draw_words(page, picture, layout);
}

std::string style_sheet(const Page& page, double seconds) {
  return fmt::format(
      "<style>\n"
      "text{{font-family:ui-sans-serif,system-ui,'DejaVu Sans',sans-serif;font-size:12px}}\n"
      ".n,.v,.s,.b,.a,.u{{text-anchor:middle}}\n"
      ".n{{font-size:11px;font-weight:600}}.v,.u,.q{{font-family:ui-monospace,'DejaVu Sans "
      "Mono',monospace}}\n"
      ".v{{font-size:11.5px}}.s{{font-size:9px;font-weight:700}}.t{{font-size:15px;font-weight:600}"
      "}\n"
      ".b,.a,.w{{font-family:ui-monospace,'DejaVu Sans "
      "Mono',monospace;font-size:10.5px}}.b{{opacity:.85}}\n"
      ".a{{font-weight:700}}.w{{font-size:12px;font-weight:700}}.l{{font-size:12px}}.m{{font-size:"
      "15px;font-weight:600}}\n"
      ".p{{font-size:10.5px}}.z{{font-size:14px;font-weight:700}}.q{{font-size:20px;font-weight:"
      "600}}.u{{font-size:13px;font-weight:"
      "600}}\n"
      ".c,.d{{fill:none;stroke-width:1.6;stroke-linejoin:round}}.d{{stroke-width:2}}.g{{stroke:#"
      "2b3947;fill:none}}\n"
      ".h{{stroke:#fff;stroke-width:1.5;opacity:0;fill:none}}.k{{opacity:0;transform-box:fill-box;"
      "transform-origin:right}}\n"
      "@media not (prefers-reduced-motion:reduce){{.k,.h,.y,.o{{animation-duration:{:.2f}s;"
      "animation-iteration-count:infinite;animation-timing-function:linear}}}}\n"
      "{}</style>\n",
      seconds, page.rules());
}

constexpr std::string_view glows =
    "<defs><radialGradient id=\"glowy\"><stop offset=\"0\" stop-color=\"#ffd33d\" "
    "stop-opacity=\".85\"/>"
    "<stop offset=\"1\" stop-color=\"#ffd33d\" stop-opacity=\"0\"/></radialGradient>"
    "<radialGradient id=\"glowg\"><stop offset=\"0\" stop-color=\"#56f07a\" stop-opacity=\".85\"/>"
    "<stop offset=\"1\" stop-color=\"#56f07a\" stop-opacity=\"0\"/></radialGradient></defs>\n";

}  // namespace

std::string svg(const Picture& picture) {
  const Layout layout = lay_out(picture.transactions);
  Page page;
  page.label(margin, 38, fmt::format("class=\"q\" fill=\"{}\"", ink),
             "$ picoctl call " + picture.command);
  draw_boards(page, picture, layout);
  for (std::size_t i = 0; i < layout.strips.size(); ++i) {
    const Strip& strip = layout.strips[i];
    const trace::Transaction& transaction = picture.transactions[strip.transaction];
    if (strip.opens) draw_caption(page, strip, picture.transactions);
    draw_strip(page, strip, transaction, layout, i);
  }
  draw_legend(page, layout.height - legend_height, picture.transactions);
  const std::string title =
      "picoctl call " + escaped(picture.command) + ", bit by bit on the two I2C wires";
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.5g} {1:.5g}\" "
             "width=\"{0:.5g}\" "
             "height=\"{1:.5g}\" role=\"img\" aria-label=\"{2}\">\n<title>{2}</title>\n",
             page_width, layout.height, title) +
         style_sheet(page, layout.seconds) + std::string(glows) +
         fmt::format(
             "<rect width=\"100%\" height=\"100%\" rx=\"14\" fill=\"{}\" stroke=\"#2b3947\"/>\n",
             ground) +
         page.body() + "</svg>\n";
}

}  // namespace picoctl::cli
