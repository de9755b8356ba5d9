// A whole target behind its register face, under any traffic: frames good, damaged, repeated and out
// of order, plain writes, reads, lost writes, time that passes. What it ran is counted from the
// journal, which handlers write.
#include "input.hpp"
#include "picoctl/link/slots.hpp"
#include "target/test_rig.hpp"

namespace picoctl::fuzz {
namespace {

constexpr Limits limits{.slots = 3, .request = 80, .reply = 64};
constexpr std::size_t nonces = 5;  // more than slots: sessions are given away

class World {
 public:
  World() {
    rig_.target.command("note token # Takes a number", [](std::uint32_t) {});
    rig_.target.plain_register(0x10, "speed # A register", [](std::uint16_t) {});
    rig_.target.plain_register(0x12, "mode # Its neighbour", [](std::uint8_t) {});
    rig_.target.start();
    rig_.turn_loop();
  }

  void play(Input& input) {
    while (!input.over()) {
      const std::uint8_t what = input.byte();
      before_ = lines();
      switch (what & 7U) {
        case 0: stranger(input); break;
        case 1: session_matters(input); break;
        case 2: command(input); break;
        case 3: damaged(input); break;
        case 4: repeated(); break;
        case 5: read(input); break;
        case 6: lost(input); break;
        default: rig_.board.time_us += input.byte() * std::uint64_t{37'000}; break;
      }
      flooded_ = true;
      if ((what & 8U) == 0) settle();
    }
    settle();
    works();
  }

 private:
  using Octets = std::span<const std::uint8_t>;

  std::size_t lines() const { return rig_.board.lines.size(); }
  void settle() {
    rig_.turn_loop();
    flooded_ = false;
    expect(!rig_.board.masked(), "the interrupt stays held off");
  }
  // Frames that wait for the loop run in it whatever comes behind them.
  void expect_nothing_ran(const char* what) {
    if (flooded_) return;
    rig_.turn_loop();
    expect(lines() == before_, what);
  }
  std::vector<std::uint8_t> registers() {
    const auto bytes = rig_.target.face().bank().bytes();
    return {bytes.begin(), bytes.end()};
  }

  // Any bytes at all. Only a short write to whole registers may change one.
  void stranger(Input& input) {
    const auto bytes = input.some(100);
    const auto old = registers();
    rig_.write(bytes);
    const bool whole = bytes.size() > 1 && bytes.size() <= 5;
    if (registers() != old) {
      expect(whole && bytes[0] < 0x80, "a write that is none changed a register");
      const auto now = registers();
      for (std::size_t i = 0; i < now.size(); ++i) {
        const bool covered = i >= bytes[0] && i + 1 < bytes[0] + bytes.size();
        expect(covered || now[i] == old[i], "a write changed another register");
      }
    }
  }

  void session_matters(Input& input) {
    const std::uint8_t command = input.byte();
    const auto nonce = static_cast<std::uint32_t>(1 + input.below(nonces));
    if ((command & 0x80U) != 0) {  // the payload is anything
      remember(rig_.frame(
          public_key,
          {{public_slot, input.byte()}, static_cast<std::uint8_t>(command & 7U), input.some(20)}));
    } else {
      std::array<std::uint8_t, session_request_size> payload{};
      Writer writer(payload);
      encode(writer, SessionRequest{nonce, input.byte()});
      remember(rig_.frame(public_key,
                          {{public_slot, 0}, static_cast<std::uint8_t>(command & 3U), payload}));
    }
    rig_.write(frame_);
    expect_nothing_ran("HELLO, RESUME or BYE ran a command");
  }

  // A frame of some session that may be open, numbered as the session wants it or not.
  std::vector<std::uint8_t> session_frame(Input& input) {
    const auto index = static_cast<std::uint8_t>(input.below(limits.slots));
    const Slot& slot = core_.slots().slot(index);
    const std::uint8_t way = input.byte();
    const unsigned step = (way & 3U) == 3 ? way >> 2U : 1U + (way & 1U);
    const Sequence sequence{index, static_cast<std::uint8_t>((slot.last + step) & 31U)};
    const std::uint16_t key = (way & 0x80U) != 0 ? public_key : slot.key;
    const std::uint8_t command = input.byte();
    return rig_.frame(key, {sequence, command, input.some(limits.request + 8)});
  }

  void command(Input& input) {
    remember(session_frame(input));
    if (frame_.empty()) return;
    const auto request = parse_request(frame_);
    const Slot was = slot_of(*request);
    const std::uint32_t ran = rig_.target.stats().ran;
    rig_.write(frame_);
    if (flooded_) return;
    rig_.turn_loop();
    const Slot& slot = slot_of(*request);
    const bool runs = rig_.target.stats().ran != ran;
    const bool next = request->sequence.number == next_number(was.last);
    if (runs) {
      expect(was.state != SlotState::closed && next, "a frame that is not the next one ran");
      expect(slot.state == SlotState::done && slot.last == request->sequence.number,
             "what ran is not kept");
      expect(payload_crc_matches(slot.kept.first(slot.kept_size), Rig::address, slot.key),
             "the kept answer is damaged");
    } else {
      expect(slot.last == was.last && slot.state == was.state, "a refusal changed the slot");
      expect(lines() == before_, "a command ran that was not begun");
    }
  }

  // One bit of a good frame is wrong. In the slot's own bits another key may happen to fit.
  void damaged(Input& input) {
    auto bytes = session_frame(input);
    if (bytes.empty()) return;
    const std::size_t bit = input.below(bytes.size() * 8);
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (0x80U >> bit % 8));
    const auto old = registers();
    rig_.write(bytes);
    expect(registers() == old, "a damaged frame became a register write");
    if (bit < 8 || bit > 10) expect_nothing_ran("a damaged frame ran");
  }

  // The same bytes again: whatever became of them before, they run at most once.
  void repeated() {
    const bool counted = !flooded_ && !frame_.empty();
    rig_.write(frame_);
    rig_.turn_loop();
    const std::size_t once = lines();
    rig_.write(frame_);
    rig_.turn_loop();
    if (counted) expect(lines() == once, "a frame ran again when it was repeated");
    flooded_ = false;
  }

  void read(Input& input) {
    const std::uint8_t from = input.byte();
    const auto old = registers();
    if (from != 0) rig_.write({from});
    const auto bytes = rig_.read(1 + input.below(255));
    if (from == registers::response) expect((bytes[0] & 0x80U) != 0, "bit 7 of a head is 0");
    if (from == registers::request) expect(bytes[0] == 0xFF, "REQUEST shows something");
    expect(registers() == old, "a read changed a register");
    if (from != 0) expect_nothing_ran("a read ran something");
  }

  void lost(Input& input) {
    const auto old = registers();
    auto& face = rig_.target.face();
    face.begin_write();
    for (const std::uint8_t byte : input.some(100)) face.write(byte);
    face.lose_write();
    expect(registers() == old, "a lost write changed a register");
    expect(rig_.read(1)[0] == 0xFF, "behind a lost write something old is shown");
    expect_nothing_ran("a lost write ran");
  }

  // Whatever came before: a new session is opened, and a command in it runs, once.
  void works() {
    rig_.board.time_us += (keep_ms + 1) * std::uint64_t{1000};
    std::uint32_t nonce = 1000;
    SessionReply opened = rig_.ask(PublicCommand::hello, nonce);
    while (opened.status == SessionStatus::key_refused) {
      opened = rig_.ask(PublicCommand::hello, ++nonce);
    }
    expect(opened.status == SessionStatus::open, "no session can be opened any more");
    const std::uint16_t key = session_key(rig_.target.identity(), nonce, Rig::address);
    const std::size_t old = lines();
    const auto answer = rig_.exchange(key, {{opened.slot, 1}, 3, {}});
    expect(target::test::state_of(answer) == State::done, "the next command is not done");
    expect(payload_crc_matches(answer, Rig::address, key), "its answer is damaged");
    expect(lines() == old + 1, "it did not run once");
  }

  const Slot& slot_of(const Request& request) {
    return core_.slots().slot(request.sequence.slot % limits.slots);
  }
  void remember(std::vector<std::uint8_t> frame) { frame_ = std::move(frame); }

  using Rig = target::test::Rig<limits>;
  Rig rig_;
  target::Core& core_ = rig_.target;
  std::vector<std::uint8_t> frame_;  // the last one sent
  std::size_t before_ = 0;           // lines of the journal
  bool flooded_ = false;             // frames wait that the loop has not seen
};

}  // namespace
}  // namespace picoctl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  picoctl::fuzz::Input input(data, size);
  picoctl::fuzz::World().play(input);
  return 0;
}
