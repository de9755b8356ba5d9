#include "picoctl/target/core.hpp"

#include <cstring>
#include <utility>

#include "picoctl/link/batch.hpp"
#include "picoctl/link/description.hpp"
#include "picoctl/link/text.hpp"

namespace picoctl::target {
namespace {

constexpr std::uint64_t answer_time_us = 50'000;
constexpr std::uint8_t restarts = 0xFF;  // in place of an address

void handler_begins(Context& context, const Entry& entry) {
  context.board().watchdog_window(entry.max_time_ms);
}

class Masked {  // holds the link's interrupt off for a few instructions
 public:
  explicit Masked(Board& board) : board_(board) { board_.mask_interrupts(); }
  ~Masked() { board_.unmask_interrupts(); }
  Masked(const Masked&) = delete;
  Masked& operator=(const Masked&) = delete;

 private:
  Board& board_;
};

}  // namespace

Core::Core(Board& board, std::uint8_t address, const Memory& memory)
    : board_(board),
      address_(address),
      commands_(memory.modules),
      bank_(memory.modules),
      face_(bank_, memory.frames),
      slots_(memory.slots, identity_, address),
      context_(board, *this) {
  identity_.max_request = memory.max_request;
  identity_.max_reply = memory.max_reply;
  identity_.slots = static_cast<std::uint8_t>(memory.slots.size());
}

void Core::start() {
  identity_.safe_mode = board_.safe_mode();
  if (identity_.safe_mode) {
    commands_ = Commands(commands_.modules().first(1));
  } else {
    bank_.start();
  }
  DescriptionHash hash;
  describe(commands_, hash);
  identity_.description = hash.value();
  identity_.boot_id = board_.boot_id();
  identity_.unique_id = board_.unique_id();
  identity_.chip = board_.chip();
  identity_.firmware = firmware_version;
  board_.load_settings(settings_);
  introduce();
}

void Core::introduce() {
  const Masked masked(board_);
  face_.introduce(identity_, address_);
}

bool Core::poll() {
  board_.watchdog_feed();
  if (acts_at_us_ != 0) act_if_due();
  if (!face_.has_work()) return false;
  ReceivedFrame* frame = nullptr;
  do {  // until none came during the look: of two, the look may have seen the younger one only
    face_.looks();
    frame = face_.oldest();
  } while (face_.has_work());
  if (frame != nullptr) {
    handle(*frame);
    RegisterFace::release(*frame);
  } else if (!run_written_register()) {
    note_rival();
    return false;
  }
  face_.looks_again();
  return true;
}

void Core::handle(ReceivedFrame& frame) {
  const auto bytes = std::span<const std::uint8_t>(frame.room).first(frame.size);
  const auto request = parse_request(bytes);
  if (!request) return refuse(frame, State::bad_frame, stats_.bad_frames);
  const std::uint32_t now = now_ms();
  switch (slots_.on_request(bytes, *request, now)) {
    case Verdict::run: return run(frame, *request);
    case Verdict::to_public: return handle_public(frame, *request, now);
    case Verdict::bad_frame: return refuse(frame, State::bad_frame, stats_.bad_frames);
    case Verdict::no_session: return refuse(frame, State::no_session, stats_.no_session);
    case Verdict::out_of_order: return refuse(frame, State::out_of_order, stats_.out_of_order);
    case Verdict::show_kept: break;
  }
  ++stats_.repeated;
  const Slot& slot = slots_.slot(request->sequence.slot);
  publish(frame, slot.kept.data());
}

void Core::handle_public(ReceivedFrame& frame, const Request& request, std::uint32_t now) {
  const auto asked = decode_session_request(request.payload);
  SessionReply reply;
  switch (static_cast<PublicCommand>(asked ? request.command : 0)) {
    case PublicCommand::hello:
      bus_khz_ = asked->bus_khz;
      reply = slots_.on_hello(asked->nonce, now);
      break;
    case PublicCommand::resume: reply = slots_.on_resume(asked->nonce, now); break;
    case PublicCommand::bye: reply = slots_.on_bye(asked->nonce); break;
    default:
      if (!move_after_answer(request, reply)) {
        return refuse(frame, State::bad_frame, stats_.bad_frames);
      }
  }
  Writer payload{std::span(own_answer_).subspan(head_size, session_reply_size)};
  encode(payload, reply);
  seal_answer(own_answer_, address_, public_key, head(State::done, {public_slot, 0}),
              session_reply_size);
  publish(frame, own_answer_.data());
}

void Core::run(ReceivedFrame& frame, const Request& request) {
  running_slot_ = request.sequence.slot;
  Slot& slot = slots_.slot(running_slot_);
  encode_head(busy_, address_, slot.key, head(State::busy, request.sequence));
  publish(frame, busy_.data());
  State state = State::done;
  const std::size_t payload = run_into(slot.kept, request, state);
  const std::size_t size =
      seal_answer(slot.kept, address_, slot.key, head(state, request.sequence), payload);
  ++stats_.ran;
  slots_.finish(slot, size);
  publish(frame, slot.kept.data());
}

// Runs the command; its reply, or why it failed, lies behind the head's place in `room`.
std::size_t Core::run_into(std::span<std::uint8_t> room, const Request& request, State& state) {
  Writer reply(room.subspan(head_size, identity_.max_reply));
  Reader args(request.payload);
  context_.forget_failure();
  Result<void> result;
  if (request.command == batch_command) {
    result = run_batch(commands_, context_, args, reply, &handler_begins);
  } else if (const Entry* entry = commands_.find(take_command_number(request.command, args))) {
    handler_begins(context_, *entry);
    result = entry->invoke(&context_, *entry, args, reply);
  } else {
    result = Unexpected{Error::unknown_command};
  }
  board_.watchdog_window(0);
  if (result && !reply.ok()) result = Unexpected{Error::reply_too_long};
  if (result) return reply.size();

  state = State::failed;
  reply.rewind();
  reply.byte(static_cast<std::uint8_t>(result.error()));
  const std::string_view text = context_.failure_text();
  reply.bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  return reply.size();
}

void Core::refuse(ReceivedFrame& frame, State state, std::uint32_t& count) {
  ++count;
  const auto answer = std::span(own_answer_).first<head_size>();
  encode_head(answer, address_, public_key, head(state, {public_slot, 0}));
  publish(frame, answer.data());
}

void Core::publish(ReceivedFrame& frame, const std::uint8_t* answer) {
  face_.publish(frame, answer);
  if (!face_.shows_part()) return;
  const Masked masked(board_);
  face_.refresh();
}

bool Core::run_written_register() {
  const auto written = bank_.written();
  if (!written) return false;
  const RegisterEntry& entry = *bank_.find(*written);
  std::uint32_t value = 0;
  {
    const Masked masked(board_);
    value = bank_.take(entry);
  }
  if constexpr (journaled) {
    JournalLine line(part(entry.line, 0, entry.line.find_first_of(": ")));
    line.add(" value=");
    line.add_number(value);
    journal(context_, line.text());
  }
  board_.watchdog_window(default_max_time_ms);
  entry.changed(context_, entry, value);
  board_.watchdog_window(0);
  return true;
}

bool Core::save(const Settings& settings) {
  if (!board_.save_settings(settings)) return false;
  settings_ = settings;
  return true;
}

void Core::set_register(std::uint8_t number, std::uint32_t value) {
  const RegisterEntry* const entry = bank_.find(number);
  if (entry == nullptr) return;
  const Masked masked(board_);
  bank_.set(*entry, value);
}

void Core::restart_after_answer() { act_after_answer(restarts); }

bool Core::move_after_answer(const Request& request, SessionReply& reply) {
  if (request.command != static_cast<std::uint8_t>(PublicCommand::move)) return false;
  const auto move = decode_move_request(request.payload);
  if (!move || move->unique_id != identity_.unique_id) return false;
  const bool silent = move->address == 0 && move->time_ms != 0;
  if (!silent && !usable_address(move->address)) return false;
  if (acts_at_us_ != 0 && next_ == restarts) return false;  // that was acknowledged
  away_ms_ = move->time_ms;
  act_after_answer(move->address);
  reply.nonce = move->nonce;
  reply.status = SessionStatus::moves;
  reply.boot_id = identity_.boot_id;
  return true;
}

// The caller gets its answer first: DONE is read, or 50 ms pass.
void Core::act_after_answer(std::uint8_t next) {
  next_ = next;
  until_answer_is_read_ = true;
  acts_at_us_ = board_.now_us() + answer_time_us;
}

void Core::act_if_due() {
  const std::uint64_t now = board_.now_us();
  const bool was_read = until_answer_is_read_ && face_.answer_was_read();
  if (!was_read && now < acts_at_us_) return;
  until_answer_is_read_ = false;
  acts_at_us_ = 0;
  if (next_ == restarts) return board_.restart();
  if (away_ms_ != 0) acts_at_us_ = now + away_ms_ * std::uint64_t{1000};
  away_ms_ = 0;
  go_to(std::exchange(next_, address_));
}

// From now on as if it had always been there; sessions from before meet nobody.
void Core::go_to(std::uint8_t address) {
  address_ = address;
  slots_.move(address);
  identity_.contested = false;
  introduce();
  board_.listen(address);
}

// Whoever reads this Pico's identity is told: of two at one address the other one was heard.
void Core::note_rival() {
  if (!face_.contested() || identity_.contested) return;
  identity_.contested = true;
  introduce();
}

Head Core::head(State state, Sequence sequence) const {
  return {state, sequence, 0, static_cast<std::uint8_t>(identity_.boot_id), false};
}

std::uint32_t Core::now_ms() { return static_cast<std::uint32_t>(board_.now_us() / 1000); }

}  // namespace picoctl::target
