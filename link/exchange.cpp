#include "picoctl/link/exchange.hpp"

#include <algorithm>

namespace picoctl {

Answer judge(std::span<const std::uint8_t> answer, std::uint8_t address, std::uint16_t key,
             Sequence mine, bool own_transaction) {
  const auto head = parse_head(answer);
  if (!head) return Answer::not_mine;
  if (head->sequence == mine) {
    if (!head_crc_matches(answer, address, key)) return Answer::not_mine;
    if (head->state == State::busy) return Answer::mine_busy;
    const bool ended = head->state == State::done || head->state == State::failed;
    return ended ? Answer::mine_done : Answer::not_mine;
  }
  const bool is_public = head->sequence.slot == public_slot;
  if (!is_public || !own_transaction) return Answer::not_mine;
  if (!head_crc_matches(answer, address, public_key)) return Answer::not_mine;
  switch (head->state) {
    case State::pending: return Answer::pending;
    case State::bad_frame: return Answer::bad_frame;
    case State::no_session: return Answer::no_session;
    case State::out_of_order: return Answer::out_of_order;
    default: return Answer::not_mine;
  }
}

bool refuses(std::span<const std::uint8_t> answer, std::uint8_t address,
             std::span<const std::uint8_t> request) {
  const auto head = parse_head(answer);
  if (!head || head->sequence.slot != public_slot || head->length != crc_size) return false;
  if (request.size() < request_overhead || !payload_crc_matches(answer, address, public_key)) {
    return false;
  }
  const auto given_back = answer.subspan(head_size, crc_size);
  return std::equal(given_back.begin(), given_back.end(), request.end() - crc_size);
}

void Exchange::on_answer(Answer answer) {
  last_was_busy_ = answer == Answer::mine_busy;
  if (answer != Answer::bad_frame && answer != Answer::out_of_order) strikes_ = 0;
  switch (answer) {
    case Answer::mine_done: finish(Outcome::done); break;
    case Answer::mine_busy:
    case Answer::pending: next_ = Step::poll; break;
    case Answer::bad_frame:
    case Answer::out_of_order:
      next_ = ++strikes_ >= strikes_before_resume ? Step::resume : Step::send;
      break;
    case Answer::no_session:
      // Only the first transmission can have met a session that was never there (C4).
      if (transmissions_ == 1) {
        next_ = Step::open_session;
      } else {
        finish(Outcome::unknown);
      }
      break;
    case Answer::not_mine: next_ = Step::send; break;
  }
}

void Exchange::on_bus_error() {
  strikes_ = 0;
  next_ = Step::send;
}

void Exchange::on_resumed(const SessionReply& reply, std::uint8_t my_number) {
  strikes_ = 0;
  const bool arrived = reply.last == my_number;
  const bool awaited = next_number(reply.last) == my_number;
  if (reply.status == SessionStatus::open && (arrived || awaited)) {
    next_ = Step::send;
  } else {
    finish(Outcome::unknown);
  }
}

void Exchange::on_session_opened() {
  transmissions_ = 0;
  strikes_ = 0;
  next_ = Step::send;
}

void Exchange::on_deadline() {
  if (next_ == Step::finish) return;
  // While a new session is being opened the command is known not to have run.
  if (transmissions_ == 0 || next_ == Step::open_session) {
    finish(Outcome::not_run);
  } else {
    finish(last_was_busy_ ? Outcome::still_running : Outcome::unknown);
  }
}

void Exchange::finish(Outcome outcome) {
  outcome_ = outcome;
  next_ = Step::finish;
}

}  // namespace picoctl
