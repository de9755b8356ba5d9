#include "picoctl/link/slots.hpp"

namespace picoctl {

Verdict Slots::on_request(std::span<const std::uint8_t> frame, const Request& request,
                          std::uint32_t now_ms) {
  const std::uint8_t index = request.sequence.slot;
  if (index == public_slot) {
    return request_crc_matches(frame, address_, public_key) ? Verdict::to_public
                                                            : Verdict::bad_frame;
  }
  if (index >= slots_.size() || slots_[index].state == SlotState::closed) {
    return Verdict::no_session;
  }
  Slot& slot = slots_[index];
  if (!request_crc_matches(frame, address_, slot.key)) return Verdict::bad_frame;
  slot.heard_ms = now_ms;

  const std::uint8_t number = request.sequence.number;
  if (number == slot.last && slot.state != SlotState::fresh) return Verdict::show_kept;
  if (number != next_number(slot.last) || slot.state == SlotState::busy) {
    return Verdict::out_of_order;
  }
  slot.kept_size = 0;
  slot.last = number;
  slot.state = SlotState::busy;
  return Verdict::run;
}

void Slots::finish(Slot& slot, std::size_t size) {
  slot.kept_size = size;
  slot.state = SlotState::done;
}

SessionReply Slots::on_hello(std::uint32_t nonce, std::uint32_t now_ms) {
  if (Slot* known = find(nonce)) {
    known->heard_ms = now_ms;
    return reply_for(nonce, known, SessionStatus::open);
  }
  std::uint16_t wait_ms = 0;
  Slot* slot = free_or_silent(now_ms, wait_ms);
  if (slot == nullptr) {
    SessionReply refusal = reply_for(nonce, nullptr, SessionStatus::no_slot);
    refusal.wait_ms = wait_ms;
    return refusal;
  }
  const std::uint16_t key = session_key(identity_, nonce, address_);
  // A stale frame of the slot's last session would pass the check of the new one.
  if (key == slot->key) return reply_for(nonce, nullptr, SessionStatus::key_refused);
  slot->nonce = nonce;
  slot->key = key;
  slot->last = 0;
  slot->kept_size = 0;
  slot->state = SlotState::fresh;
  slot->heard_ms = now_ms;
  return reply_for(nonce, slot, SessionStatus::open);
}

// Compiled for size: these answers may come by a second read.
[[gnu::cold]] SessionReply Slots::on_resume(std::uint32_t nonce, std::uint32_t now_ms) {
  Slot* known = find(nonce);
  if (known == nullptr) return reply_for(nonce, nullptr, SessionStatus::unknown);
  known->heard_ms = now_ms;
  return reply_for(nonce, known, SessionStatus::open);
}

[[gnu::cold]] SessionReply Slots::on_bye(std::uint32_t nonce) {
  Slot* known = find(nonce);
  if (known == nullptr) return reply_for(nonce, nullptr, SessionStatus::unknown);
  // The running handler still writes into this slot's answer.
  if (known->state == SlotState::busy) return reply_for(nonce, known, SessionStatus::busy);
  known->state = SlotState::closed;
  return reply_for(nonce, known, SessionStatus::closed);
}

std::size_t Slots::open_count() const {
  std::size_t count = 0;
  for (const Slot& slot : slots_) count += slot.state == SlotState::closed ? 0 : 1;
  return count;
}

Slot* Slots::find(std::uint32_t nonce) {
  for (Slot& slot : slots_) {
    if (slot.state != SlotState::closed && slot.nonce == nonce) return &slot;
  }
  return nullptr;
}

// Ages are differences of a wrapping clock, so they are right across its wrap.
Slot* Slots::free_or_silent(std::uint32_t now_ms, std::uint16_t& wait_ms) {
  Slot* longest = nullptr;
  std::uint32_t longest_age = 0;
  for (Slot& slot : slots_) {
    if (slot.state == SlotState::closed) return &slot;
    const std::uint32_t age = now_ms - slot.heard_ms;
    if (slot.state == SlotState::busy) continue;
    if (longest == nullptr || age > longest_age) {
      longest = &slot;
      longest_age = age;
    }
  }
  if (longest != nullptr && longest_age >= keep_ms) return longest;
  wait_ms = static_cast<std::uint16_t>(keep_ms - longest_age);
  return nullptr;
}

SessionReply Slots::reply_for(std::uint32_t nonce, const Slot* slot, SessionStatus status) const {
  SessionReply reply;
  reply.nonce = nonce;
  reply.status = status;
  reply.boot_id = identity_.boot_id;
  if (slot != nullptr) {
    reply.slot = static_cast<std::uint8_t>(slot - slots_.data());
    reply.last = slot->last;
    reply.state = slot->state;
  }
  return reply;
}

}  // namespace picoctl
