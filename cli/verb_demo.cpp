// picoctl demo: a virtual Pico, commands on the wires, one of them damaged, and the proof that
// each ran once.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "child.hpp"
#include "context.hpp"
#include "demo_records.hpp"
#include "interrupt.hpp"
#include "parts.hpp"
#include "screen.hpp"
#include "trace_text.hpp"
#include "traced_call.hpp"

namespace picoctl::cli {
namespace {

using std::chrono::milliseconds;

struct Step {
  unsigned light;
  bool on;
};
constexpr Step steps[] = {{0, true},  {1, true},  {2, true},  {3, true},
                          {0, false}, {1, false}, {2, false}, {3, false}};
constexpr Step damaged_step{3, true};
// The lowest bit of the argument n, the byte behind address, register, SEQ, LEN and CMD: light 3
// becomes light 2.
constexpr std::uint32_t damaged_bit = 5 * 8 + 7;
constexpr auto readable = milliseconds(220);  // between commands, on a terminal

constexpr std::size_t longest_folder = 80;

// A folder of its own, gone with everything in it at the end.
class Folder {
 public:
  Folder() {
    const char* temporary = std::getenv("TMPDIR");
    std::string name = temporary != nullptr && temporary[0] == '/' ? temporary : "/tmp";
    if (name.size() > longest_folder) name = "/tmp";  // a socket's path has at most 107 bytes
    name += "/picoctl-demo-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      fail_with(Error::file_unwritable, name + ": " + std::strerror(errno));
    }
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct Interrupted {};

std::string contents_of(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string program() {
  const auto found = find_virtual_pico();
  if (!found) fail_with(Error::part_missing, "picoctl-virtual is not beside picoctl");
  return found->string();
}

class Demo {
 public:
  Demo(const Context& context, TracedPico& traced)
      : context_(context),
        traced_(traced),
        terminal_(::isatty(STDOUT_FILENO) == 1 && !context.json()),
        screen_(terminal_),
        random_(std::random_device{}()) {}

  void run() {
    draw();
    for (const Step& step : steps) {
      say({"", command_words(step)});
      show(send(step), false);
    }
    damage();
  }

  const std::vector<Token>& sent() const { return sent_; }
  const WireRecord& wires() const { return wires_; }
  void say(const std::vector<std::string>& lines) {
    if (!context_.json()) screen_.print(lines);
  }
  void finish() {
    draw();
    screen_.keep();
    if (!terminal_) say(picture());
  }

 private:
  // A token that was not sent before.
  Token fresh_token() {
    for (;;) {
      const Token token = random_();
      if (std::ranges::count(sent_, token) == 0) return token;
    }
  }

  std::string command_words(const Step& step) {
    sent_.push_back(fresh_token());
    return context_.out(Tone::strong, fmt::format("$ picoctl call light {} {} {}", step.light,
                                                  step.on ? "on" : "off", sent_.back()));
  }

  std::vector<trace::Transaction> send(const Step& step) {
    if (interrupted()) throw Interrupted{};
    const std::vector<Value> args{step.light, step.on, sent_.back()};
    const auto result = traced_.pico().call_values("light", args);
    auto transactions = traced_.take();
    for (const trace::Transaction& one : transactions) {
      wires_.add(one);
      for (const trace::Note& note : one.notes) board_.note(note.text);
    }
    if (!result) throw Failed{result.error()};
    return transactions;
  }

  void show(const std::vector<trace::Transaction>& transactions, bool with_words) {
    for (const trace::Transaction& one : transactions) {
      say(trace_table(one, context_.out));
      if (with_words || one.damaged()) say({verdict_on(one)});
    }
    if (!terminal_) say({"  board: " + board_line(board_)});
    draw();
    pause();
  }

  std::string verdict_on(const trace::Transaction& one) const {
    const bool done = one.answer && one.answer->head.state == State::done;
    if (done) {
      return context_.out(Tone::good, "  The same bytes again, intact this time: it ran, once.");
    }
    return context_.out(
        Tone::bad,
        fmt::format("  The check failed. The Pico refused ({}) and ran nothing.",
                    one.answer ? trace::state_name(one.answer->head.state) : "no answer"));
  }

  void damage() {
    say({"",
         context_.out(Tone::strong,
                      "Now one bit of a command is damaged on its way: light 3 becomes light 2."),
         command_words(damaged_step)});
    traced_.flip_bit(damaged_bit);
    show(send(damaged_step), true);
  }

  std::vector<std::string> picture() const {
    auto lines = board_picture(board_, context_.out.colour());
    lines.insert(lines.begin(), "");
    return lines;
  }
  void draw() { screen_.draw(picture()); }
  void pause() {
    if (terminal_) pause_for(readable);
    if (interrupted()) throw Interrupted{};
  }

  const Context& context_;
  TracedPico& traced_;
  bool terminal_;
  Screen screen_;
  Board board_;
  std::mt19937 random_;
  std::vector<Token> sent_;
  WireRecord wires_;
};

void print_verdict(const Context& context, Demo& demo, const Verdict& verdict) {
  demo.finish();
  std::vector<std::string> lines{"", fmt::format("Three records compared: {} tokens sent; the "
                                                 "Pico's own journal; the frames on the wires.",
                                                 verdict.sent)};
  for (const std::string& one : verdict.disagreements) lines.push_back(context.out(Tone::bad, one));
  lines.insert(lines.end(),
               {"", "Next, a virtual Pico to play with:  build/bin/picoctl virtual --board",
                "        and in another terminal:    build/bin/picoctl call led 1 on",
                "Next, a Pico of your own:           ./firmware, then docs/FIRST-LIGHT.md", "",
                fmt::format("demo: {} commands sent, {} ran once, {} lost", verdict.sent,
                            verdict.ran_once, verdict.lost)});
  demo.say(lines);
  if (!context.json()) return;
  print_json({{"sent", verdict.sent},
              {"ran_once", verdict.ran_once},
              {"lost", verdict.lost},
              {"disagreements", verdict.disagreements}});
}

int demonstrate(const Context& given) {
  catch_interrupts();
  const Folder folder;
  const std::string socket = folder.file("bus"), journal = folder.file("journal");
  Child child({program(), "--listen", socket, "--address", "0x41", "--journal", journal});
  if (!child.first_line()) {
    if (interrupted()) throw Interrupted{};
    fail_with(Error::part_missing, fmt::format("picoctl-virtual ended with {}", child.end()));
  }
  Context context = given;
  context.options.bus = "virtual:" + socket;
  context.options.address = "0x41";
  TracedPico traced = TracedPico::connect(context);
  Demo demo(context, traced);
  demo.say(
      {"A virtual Pico at address 0x41. The Pi sends it commands; this is what goes over the two "
       "wires."});
  demo.run();
  child.end();
  const Verdict verdict =
      compare(demo.sent(), journal_runs(contents_of(journal)), demo.wires().runs());
  print_verdict(context, demo, verdict);
  return verdict.good() ? 0 : 1;
}

int demo(const Context& context) {
  try {
    return demonstrate(context);
  } catch (const Interrupted&) {
    return interrupt_code();
  }
}

}  // namespace

void add_demo(CLI::App& app, Context& context) {
  CLI::App* verb =
      app.add_subcommand("demo", "See it work: a virtual Pico, commands, a damaged bit");
  verb->footer(
      "Needs no hardware and leaves nothing behind. Ends with 1 if what the caller sent, what the\n"
      "Pico's journal says and what was seen on the wires do not agree.\n\n"
      "Examples:\n"
      "  picoctl demo\n"
      "  picoctl demo --json");
  verb->callback([&context] { context.run = [&context] { return demo(context); }; });
}

}  // namespace picoctl::cli
