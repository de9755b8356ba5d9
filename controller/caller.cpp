#include "caller.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "picoctl/link/slots.hpp"
#include "text.hpp"

namespace picoctl::controller {
namespace {

// C6: without a word from the Pico a call ends well before its session may be given away.
static_assert(longest_silence < std::chrono::milliseconds(keep_ms));

// Read at once of a reply whose length is not known before it comes.
constexpr std::size_t small_guess = 24;

constexpr std::chrono::milliseconds longest_claim_while_busy{100};
// For its turn at a mailbox a call waits that part of its time, and no longer than that if it has plenty: who
// holds it may be frozen.
constexpr int share_of_the_turn = 4;
constexpr std::chrono::milliseconds longest_turn{2000};

// A loop that is too slow for the repeated START shows its refusals to polls only, where they count
// for nothing (C3). So many answers in a row that are not mine, and it is asked outright.
constexpr unsigned strangers_before_resume = 4;

}  // namespace

Expected<std::span<const std::uint8_t>> Caller::run(const Order& order,
                                                    std::chrono::milliseconds deadline) {
  ++counters_.calls;
  until_ = look_at_the_clock() + deadline;
  const Turn turn(wire_);
  if (wire_.mailbox()) {
    // Before anything of the session is looked at: it ages meanwhile, and the Pico is not silent yet.
    wire_.claim(std::min(deadline / share_of_the_turn, longest_turn));
    look_at_the_clock();
  }
  last_word_ = now_;
  refused_.reset();
  trouble_.clear();
  strangers_ = 0;
  held_back_ = false;
  if (auto ready = prepare(order); !ready) return Unexpected{ready.error()};
  patience_ = Patience(wire_);
  pauses_.emplace(wire_, until_);

  Exchange exchange;
  while (exchange.next() != Step::finish && !refused_) {
    if (late()) {
      exchange.on_deadline();
    } else {
      take_step(exchange, order);
    }
    if (exchange.next() != Step::finish) look_at_the_clock();
  }
  return conclude(exchange, order);
}

// A session, and the request's bytes in it.
Expected<void> Caller::prepare(const Order& order) {
  const std::uint32_t boot = session_.identity().boot_id;
  if (!session_.is_fresh(now_)) {
    if (auto opened = session_.open(until_, until_); !opened) return opened;
    look_at_the_clock();
  }
  if (holds_back_ && boot != 0 && boot != session_.identity().boot_id) {
    held_back_ = true;
    return fail(Error::not_run,
                fmt::format("'{}' at {}: it restarted", order.name, hex_byte(wire_.address())));
  }
  if (order.description && *order.description != session_.identity().description) {
    return fail(Error::unknown_command, fmt::format("'{}'", order.name));
  }
  return encode(order);
}

Expected<void> Caller::encode(const Order& order) {
  const bool is_long = order.number > max_short_command;
  const std::size_t size = order.args.size() + (is_long ? 1 : 0);
  if (size > session_.identity().max_request || size > max_payload) {
    return fail(Error::too_long, fmt::format("'{}' takes {} bytes, this Pico at most {}",
                                             order.name, size, session_.identity().max_request));
  }
  std::span<const std::uint8_t> payload = order.args;
  auto command = static_cast<std::uint8_t>(order.number);
  std::array<std::uint8_t, max_payload> longer;
  if (is_long) {
    Writer writer(longer);
    writer.byte(command);
    writer.bytes(order.args);
    payload = writer.written();
    command = static_cast<std::uint8_t>(0x80U | static_cast<unsigned>(order.number >> 8U));
  }
  sequence_ = session_.next();
  request_size_ =
      encode_request(request_, wire_.address(), session_.key(), {sequence_, command, payload});
  read_size_ = guess(order);
  return {};
}

// 6 bytes for a reply of nothing, 8+N for one of N; else the head and a little more. A mailbox's
// refusal has a payload, and nothing lies behind its window.
std::size_t Caller::guess(const Order& order) const {
  std::size_t payload = std::min(order.max_reply, std::max(order.min_reply, small_guess));
  if (wire_.mailbox()) {
    payload = std::clamp<std::size_t>(payload, crc_size, session_.identity().max_reply);
  }
  return head_size + (payload == 0 ? 0 : payload + payload_crc_size);
}

bool Caller::late() const { return now_ >= until_ || now_ >= last_word_ + longest_silence; }

void Caller::take_step(Exchange& exchange, const Order& order) {
  switch (exchange.next()) {
    case Step::send: return send(exchange);
    case Step::poll: return poll(exchange);
    case Step::resume: return resume(exchange);
    case Step::open_session: return reopen(exchange, order);
    case Step::finish: return;
  }
}

void Caller::send(Exchange& exchange) {
  if (exchange.transmissions() > 0) {
    ++counters_.retries;
    pauses_->wait();
    look_at_the_clock();
  }
  ++counters_.transmissions;
  exchange.sent();
  sent_at_ = now_;
  patience_.sent(sent_at_);
  const auto sent = wire_.request(std::span(request_).first(request_size_), read_size_);
  if (!sent) return note_bus_error(exchange, sent.error());
  judge_answer(exchange, true);
}

void Caller::poll(Exchange& exchange) {
  pauses_->wait();
  const auto read = wire_.poll(read_size_);
  if (!read) return note_bus_error(exchange, read.error());
  const bool pending = shows_pending(wire_.answer(), wire_.address());
  if (pending && !patience_.over(wire_.bus().now())) return;
  judge_answer(exchange, false);
}

void Caller::judge_answer(Exchange& exchange, bool own_transaction) {
  if (wire_.mailbox()) {
    const auto request = std::span(request_).first(request_size_);
    own_transaction = refuses(wire_.answer(), wire_.address(), request);
  }
  Answer answer =
      judge(wire_.answer(), wire_.address(), session_.key(), sequence_, own_transaction);
  if (answer == Answer::mine_done && !complete()) answer = Answer::not_mine;
  // A mailbox shows its last answer, whoever's that is, until its loop comes round.
  if (answer == Answer::not_mine && wire_.mailbox() && !patience_.over(wire_.bus().now())) {
    return exchange.on_answer(Answer::pending);
  }
  // What a mailbox shows next is the end of what is BUSY, unless another's request is answered first.
  // Somebody who waits for the place goes on without it later, so a long handler does not keep it.
  const bool ends_soon =
      answer == Answer::mine_busy && wire_.bus().now() < sent_at_ + longest_claim_while_busy;
  if (!ends_soon) wire_.release();
  note_answer(answer);
  if (answer != Answer::pending) strangers_ = answer == Answer::not_mine ? strangers_ + 1 : 0;
  if (strangers_ >= strangers_before_resume) return resume(exchange);
  exchange.on_answer(answer);
}

// If its head, which judge() found right, announces a payload: reads what of that is missing. False:
// it is not whole.
bool Caller::complete() {
  const std::size_t length = parse_head(wire_.answer())->length;
  if (length == 0) return true;
  const std::size_t total = head_size + length + payload_crc_size;
  if (total > wire_.answer().size() && !wire_.read_rest(total)) return false;
  return payload_crc_matches(wire_.answer(), wire_.address(), session_.key());
}

void Caller::note_answer(Answer answer) {
  switch (answer) {
    case Answer::mine_done: break;
    case Answer::mine_busy:
    case Answer::pending: last_word_ = look_at_the_clock(); break;
    case Answer::not_mine:
      ++counters_.bad_answers;
      trouble_ = "its answers were damaged or another's";
      break;
    case Answer::bad_frame:
    case Answer::out_of_order:
      ++counters_.refused_frames;
      trouble_ = "it received damaged frames";
      break;
    case Answer::no_session: {
      // The epoch is a hint, and no more than words hang on it.
      const auto epoch = static_cast<std::uint8_t>(session_.identity().boot_id);
      const bool restarted = parse_head(wire_.answer())->epoch != epoch;
      trouble_ = restarted ? "it restarted meanwhile" : "it gave the session away";
      break;
    }
  }
}

void Caller::note_bus_error(Exchange& exchange, const Failure& failure) {
  trouble_ = summary(failure);
  if (failure.error == Error::bus_stuck) static_cast<void>(wire_.bus().recover());
  exchange.on_bus_error();
}

void Caller::resume(Exchange& exchange) {
  strangers_ = 0;
  const auto reply = session_.resume(std::min(until_, last_word_ + longest_silence));
  if (!reply) return exchange.on_deadline();
  if (reply->status != SessionStatus::open) {
    trouble_ = reply->boot_id != session_.identity().boot_id ? "it restarted meanwhile"
                                                             : "it gave the session away";
  }
  exchange.on_resumed(*reply, sequence_.number);
}

// C4: nothing of the command was looked at, so it is numbered anew in a new session. The old one may
// stand open yet, if it was damage that named another slot.
void Caller::reopen(Exchange& exchange, const Order& order) {
  session_.abandon();
  if (auto ready = prepare(order); !ready) {
    refused_ = ready.error();
    return;
  }
  trouble_.clear();
  exchange.on_session_opened();
}

Expected<std::span<const std::uint8_t>> Caller::conclude(const Exchange& exchange,
                                                         const Order& order) {
  if (refused_) return Unexpected{*refused_};
  switch (exchange.outcome()) {
    case Outcome::done: return done(order);
    case Outcome::not_run: return ended(Error::not_run, Outcome::not_run, order);
    case Outcome::still_running:
      session_.abandon();
      return ended(Error::still_running, Outcome::still_running, order);
    case Outcome::unknown: break;
  }
  session_.abandon();
  ++counters_.unknown;
  return ended(Error::outcome_unknown, Outcome::unknown, order);
}

Expected<std::span<const std::uint8_t>> Caller::done(const Order& order) {
  session_.finished(now_);
  ++counters_.done;
  const auto answer = wire_.answer();
  const Head head = *parse_head(answer);
  const auto payload = answer.subspan(head_size, head.length);
  if (head.state == State::done) return payload;

  const auto code = payload.empty() ? Error::handler_failed : static_cast<Error>(payload[0]);
  const auto text = payload.empty() ? payload : payload.subspan(1);
  std::string detail = printable({reinterpret_cast<const char*>(text.data()), text.size()});
  const bool known = travels(code) && code != Error::handler_failed && info(code).error == code;
  if (!known && code != Error::handler_failed) {
    detail = fmt::format("error {}{}{}", hex_byte(static_cast<unsigned>(code)),
                         detail.empty() ? "" : ", ", detail);
  }
  if (detail.empty()) detail = fmt::format("'{}'", order.name);
  return fail(travels(code) ? code : Error::handler_failed, std::move(detail), Outcome::done);
}

Unexpected<Failure> Caller::ended(Error error, Outcome outcome, const Order& order) const {
  return fail(error,
              fmt::format("'{}' at {} on {}{}{}", order.name, hex_byte(wire_.address()),
                          wire_.bus().name(), trouble_.empty() ? "" : ": ", trouble_),
              outcome);
}

}  // namespace picoctl::controller
