#include "play.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace picoctl::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t pico_address = target::default_address;

// Whether nobody may give up. Several faults can use up the three tries that precede a command.
bool harmless(const Case& one) {
  return one.strikes.size() <= 1 &&
         std::ranges::all_of(one.strikes, [](const Strike& s) { return s.kind->harmless; });
}

bool restarts_it(const Case& one) {
  return std::ranges::any_of(one.strikes,
                             [](const Strike& s) { return (s.kind->paths & restarted) != 0; });
}

// The hand that does, at the right transfer, what the strikes of a case say.
class Hand {
 public:
  Hand(Stage& stage, const Case& one) : stage_(stage), case_(one) {
    stage_.wires().before = [this](std::size_t number) { before(number); };
    stage_.wires().after = [this](std::size_t number, std::span<const Message> messages) {
      after(number, messages);
    };
  }
  ~Hand() { let_go(); }
  Hand(const Hand&) = delete;
  Hand& operator=(const Hand&) = delete;

  bool struck() const { return struck_; }
  bool by_hand() const { return by_hand_; }
  const std::vector<std::string>& complaints() const { return complaints_; }

  // Everything off and there again.
  void let_go() {
    stage_.wires().before = nullptr;
    stage_.wires().after = nullptr;
    stage_.inject({.fault = Fault::clear});
    if (twin_) stage_.twin(false);
    twin_ = false;
  }

 private:
  void before(std::size_t number) {
    if (back_at_ && stage_.wires().now() >= *back_at_) come_back();
    if (busy_) return;
    for (const Strike& one : case_.strikes) {
      if (one.transfer == number) strike(one);
    }
  }
  void come_back() {
    back_at_.reset();
    stage_.inject({.fault = Fault::restore, .address = socket::by_index});
  }

  void strike(const Strike& one) {
    struck_ = true;
    if (const auto request = one.kind->request(one.place, one.chance)) {
      inject(*request);
      return;
    }
    by_hand_ = true;
    const std::string_view name = one.kind->name;
    if (name == "stuck_sda") stage_.inject({.fault = Fault::hold_sda});
    if (name == "stuck_scl") stage_.inject({.fault = Fault::hold_scl});
    if (name == "twin") twin_ = stage_.twin(true);
    if (name == "vanish") vanish(one.chance);
    if (name == "second_session") second_session();
    if (name == "stale_frame") stale_in_ = static_cast<int>(1 + one.chance % 3);
  }

  void inject(const FaultRequest& request) {
    const int error = stage_.inject(request);
    if (error == EINVAL) complaints_.emplace_back("the bus did not understand the fault");
    // What happens at once is not counted by the bus as a transfer's fault.
    const bool at_once = request.fault == Fault::hold_sda ||
                         request.fault == Fault::incomplete_address_phase ||
                         request.fault == Fault::incomplete_write_byte;
    if (at_once && error == 0) by_hand_ = true;
  }

  void vanish(std::uint32_t form) {
    constexpr std::chrono::milliseconds times[] = {10ms, 300ms, 2000ms};
    stage_.inject({.fault = Fault::vanish, .address = socket::by_index});
    back_at_ = stage_.wires().now() + times[form % 3];
  }

  // A program of its own, with a session of its own.
  void second_session() {
    busy_ = true;
    {
      auto other = stage_.connect();
      if (!other) {
        if (harmless(case_)) complaints_.push_back("the other program: " + summary(other.error()));
      } else if (stage_.light(**other) != Outcome::done && harmless(case_)) {
        complaints_.emplace_back("the other program's command was not acknowledged");
      }
    }
    busy_ = false;
  }

  void after(std::size_t, std::span<const Message> messages) {
    if (stale_in_ < 0 || busy_) return;
    if (stale_.empty() && !messages.front().is_read()) {
      stale_.assign(messages.front().data, messages.front().data + messages.front().length);
    }
    if (stale_in_-- > 0) return;
    busy_ = true;
    const Message again{pico_address, 0, static_cast<std::uint16_t>(stale_.size()), stale_.data()};
    static_cast<void>(stage_.wires().transfer({&again, 1}));
    busy_ = false;
  }

  Stage& stage_;
  const Case& case_;
  std::vector<std::string> complaints_;
  std::optional<Bus::Clock::time_point> back_at_;
  std::vector<std::uint8_t> stale_;
  int stale_in_ = -1;
  bool busy_ = false;
  bool struck_ = false;
  bool by_hand_ = false;
  bool twin_ = false;
};

bool is_register(std::string_view line) { return line.find(" value=") != std::string_view::npos; }

// What callers were told against what the handlers wrote down.
void compare(Stage& stage, const Case& one, Verdict& verdict) {
  std::map<std::string, int> ran;
  for (const std::string& line : stage.journal()) ++ran[line];
  for (const Told& told : stage.told()) {
    unsigned times = 0;
    for (const std::string& line : told.lines) {
      const int here = ran.contains(line) ? ran[line] : 0;
      ran.erase(line);
      if (here > 0) ++times;
      if (here > 1) ++verdict.doubled;
      if (told.outcome == Outcome::done && here == 0) ++verdict.lost;
      if (told.outcome == Outcome::not_run && here > 0) ++verdict.strange;
    }
    if (times != 0 && times != told.lines.size()) ++verdict.in_part;
    // Behind "what happened" stands what exactly, and what of it is known.
    const bool explained =
        told.outcome == Outcome::done || told.why.find(": ") != std::string::npos;
    if (!explained) verdict.complaints.push_back("no cause: " + told.why);
  }
  for (const auto& [line, times] : ran) {
    // A description is read with system.describe; registers are outside the CRC.
    if (line.starts_with("system.describe") || line.starts_with("system.identify")) continue;
    if (is_register(line) && one.exchange->writes_registers) continue;
    verdict.strange += static_cast<unsigned>(times);
    verdict.complaints.push_back("ran, and nobody sent it: " + line);
  }
  const auto count = [&](unsigned number, const char* what) {
    if (number != 0) verdict.complaints.push_back(fmt::format("{} {}", number, what));
  };
  count(verdict.lost, "lost");
  count(verdict.doubled, "doubled");
  count(verdict.in_part, "run in part");
}

void judge_paths(Stage& stage, Verdict& verdict, unsigned connections, std::size_t transfers) {
  const auto& seen = stage.counters();
  // What precedes a session is repeated without being counted as a command's retry.
  if (seen.retries > 0 || verdict.transfers > transfers) verdict.paths |= retried;
  if (stage.kept_answers() > 0) verdict.paths |= kept;
  if (seen.sessions_opened > connections) verdict.paths |= renewed;
  if (stage.wires().recovered() > 0) verdict.paths |= clocked;
  if (stage.restarts() > 0) verdict.paths |= restarted;
  verdict.detected =
      verdict.paths != 0 || verdict.transfers != transfers ||
      seen.bus_errors + seen.bad_answers + seen.refused_frames + seen.unknown + seen.resumes > 0;
}

}  // namespace

Verdict play(Stage& stage, const Case& one, std::size_t transfers) {
  Verdict verdict;
  const std::uint64_t begun = stage.now_ns();
  const std::uint64_t applied = stage.applied();
  {
    Hand hand(stage, one);
    auto pico = stage.connect();
    if (!pico) {
      if (harmless(one)) verdict.complaints.push_back("no session: " + summary(pico.error()));
    } else {
      one.exchange->calls(stage, **pico);
      stage.finished(**pico);
    }
    pico = Unexpected{Failure{}};  // says goodbye, while the fault may still stand
    verdict.transfers = stage.wires().count();
    verdict.changed = stage.applied() > applied || hand.by_hand() || stage.restarts() > 0;
    verdict.complaints = hand.complaints();
  }
  if (harmless(one)) {
    for (const Told& told : stage.told()) {
      if (told.outcome != Outcome::done) {
        verdict.complaints.push_back("given up: " + told.lines.front() + ": " + told.why);
      }
    }
  }
  if (restarts_it(one)) stage.await_start();
  auto next = stage.connect();
  if (!next) {
    verdict.complaints.push_back("then there was no session: " + summary(next.error()));
  } else {
    if (stage.light(**next) != Outcome::done) {
      verdict.complaints.push_back("the next exchange failed: " + stage.told().back().why);
    }
    stage.finished(**next);
  }
  verdict.took_ns = stage.now_ns() - begun;
  compare(stage, one, verdict);
  judge_paths(stage, verdict, 2, transfers);
  return verdict;
}

}  // namespace picoctl::faults
