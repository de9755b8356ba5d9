#include "board_view.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <string>

#include "board.hpp"
#include "child.hpp"
#include "interrupt.hpp"
#include "picoctl/controller/trace_observer.hpp"
#include "screen.hpp"

namespace picoctl::cli {
namespace {

using controller::trace::Happening;
using controller::trace::Note;
using controller::trace::Observer;
using std::chrono::milliseconds;

using Boards = std::map<std::uint8_t, Board>;

// Whether something is to be drawn again.
bool apply(Boards& boards, const std::vector<Happening>& happenings, bool terminal) {
  bool news = false;
  for (const Happening& happening : happenings) {
    const Note* note = std::get_if<Note>(&happening);
    if (note == nullptr || !boards[note->address].note(note->text)) continue;
    news = true;
    if (terminal) continue;
    fmt::print("{}  {}\n", hex_address(note->address), board_line(boards[note->address]));
  }
  std::fflush(stdout);
  return news;
}

std::vector<std::string> picture(const Boards& boards, const Style& style, const std::string& bus) {
  std::vector<std::string> lines;
  for (const auto& [address, board] : boards) {
    lines.push_back(
        fmt::format("  {}", style(Tone::strong, "virtual Pico at " + hex_address(address))));
    for (std::string& line : board_picture(board, style.colour())) lines.push_back(std::move(line));
  }
  lines.push_back(
      style(Tone::dim,
            fmt::format("  Ctrl-C ends it. In another terminal: picoctl {}call led 1 on", bus)));
  return lines;
}

Boards boards_on(Observer& observer) {
  Boards boards;
  for (const auto& device : need(observer.report()).devices) boards[device.address] = Board();
  return boards;
}

}  // namespace

int show_boards(const Context& context, const std::vector<std::string>& command,
                const std::string& socket) {
  catch_interrupts();
  Child child(command);
  const auto ready = child.first_line();
  if (!ready) return child.end();
  Observer observer = need(Observer::open(socket));
  Boards boards = boards_on(observer);
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  Screen screen(terminal);
  screen.print({*ready});
  const std::string bus = socket == default_socket() ? "" : "--bus virtual:" + socket + " ";
  screen.draw(picture(boards, context.out, bus));
  while (!interrupted()) {
    const auto happenings = observer.take(milliseconds(500));
    if (!happenings) break;  // it has ended
    if (apply(boards, *happenings, terminal)) screen.draw(picture(boards, context.out, bus));
  }
  return interrupted() ? (child.end(), 0) : child.end();
}

}  // namespace picoctl::cli
