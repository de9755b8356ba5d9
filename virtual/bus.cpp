#include "picoctl/virtual/bus.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "transaction.hpp"

namespace picoctl::sim {
namespace {

constexpr std::size_t max_faults = 256;

bool counts_transfers(Fault fault) {
  switch (fault) {
    case Fault::nack_address:
    case Fault::lose_arbitration:
    case Fault::busy:
    case Fault::double_frame:
    case Fault::lose_answer:
    case Fault::second_controller: return true;
    default: return false;
  }
}

bool strikes_a_device(Fault fault) { return fault == Fault::reset || fault == Fault::brown_out; }

}  // namespace

Bus::Bus(BusOptions options)
    : options_(options),
      bit_ns_((1'000'000'000 + options.speed_hz / 2) /
              std::clamp<std::uint32_t>(options.speed_hz, 1'000, 5'000'000)) {}

void Bus::attach(BusDevice& device) { slots_.push_back({&device}); }

void Bus::detach(BusDevice& device) {
  std::erase_if(slots_, [&](const Slot& slot) { return slot.device == &device; });
  std::erase(abandoned_, &device);
  if (stepped_ != nullptr) stepped_->forget(device);
}

void Bus::add_sink(TraceSink& sink) { sinks_.push_back(&sink); }

void Bus::remove_sink(TraceSink& sink) { std::erase(sinks_, &sink); }

// What i2c-dev and the controller's driver refuse before anything moves.
int Bus::refuse(std::span<const Message> messages) const {
  if (messages.empty() || messages.size() > socket::max_messages) return EINVAL;
  for (const Message& message : messages) {
    const unsigned known = socket::flag_read | socket::flag_dma_safe;
    if ((message.flags & ~known) != 0) return EOPNOTSUPP;
    if (message.length > socket::max_message_length || message.address > 0x7f) return EINVAL;
    const bool last = &message == &messages.back();
    if (options_.rules == ControllerRules::bcm2835 && message.is_read() && !last) {
      return EOPNOTSUPP;
    }
  }
  return 0;
}

Outcome Bus::transfer(std::span<const Message> messages) {
  if (const int error = refuse(messages); error != 0) return {.error = error};
  const std::uint64_t id = begin();
  Transaction transaction(*this, id, take_due_faults());
  const Outcome outcome = transaction.run(messages);
  end(outcome);
  const bool frees = options_.rules == ControllerRules::any_mix && outcome.error == ETIMEDOUT;
  if (frees) recover();
  return outcome;
}

int Bus::recover() {
  const std::uint64_t id = begin();
  Outcome outcome{.id = id, .start_ns = now_ns_};
  if (scl_held()) {
    stuck(id, true);
  } else {
    WireEvent event{.time_ns = now_ns_, .kind = WireKind::pulses};
    bool low = sda_held();
    for (; low && event.byte < 9; ++event.byte) low = pulse();
    if (event.byte > 0) emit(id, event);
  }
  if (scl_held() || sda_held()) {
    outcome.error = ETIMEDOUT;
  } else {
    emit(id, {.time_ns = now_ns_, .kind = WireKind::stop});
    now_ns_ += bit_ns_;
    for (BusDevice* device : abandoned_) device->stop();
    abandoned_.clear();
  }
  outcome.end_ns = now_ns_;
  end(outcome);
  return outcome.error;
}

// One of SCL, with nobody but the targets at SDA. Whether SDA is low then.
bool Bus::pulse() {
  now_ns_ += bit_ns_;
  if (sda_pulses_left_ > 0 && --sda_pulses_left_ == 0) sda_held_ = false;
  bool low = sda_held_;
  for (BusDevice* device : abandoned_) {
    device->time_passed(now_ns_);
    low = device->clocked() || low;
  }
  return low;
}

bool Bus::sda_held() const {
  return sda_held_ ||
         std::ranges::any_of(abandoned_, [](BusDevice* one) { return one->holds_sda(); });
}

std::uint64_t Bus::begin() {
  const std::uint64_t id = next_id_++;
  ++counters_.transfers;
  for (TraceSink* sink : sinks_) sink->begin(id, now_ns_);
  return id;
}

void Bus::end(const Outcome& outcome) {
  pass_time();
  for (TraceSink* sink : sinks_) sink->end(outcome);
}

void Bus::emit(std::uint64_t id, const WireEvent& event) {
  for (TraceSink* sink : sinks_) sink->event(id, event);
}

void Bus::stuck(std::uint64_t id, bool scl) {
  emit(id, {.time_ns = now_ns_,
            .kind = WireKind::stuck,
            .byte = static_cast<std::uint8_t>(scl ? 2 : 1),
            .duration_ns = stretch_limit_ns});
  now_ns_ += stretch_limit_ns;
}

void Bus::pass_time() {
  for (const Slot& slot : slots_) slot.device->time_passed(now_ns_);
}

void Bus::idle_until(std::uint64_t ns) {
  if (ns <= now_ns_) return;
  // Each wish is granted at its time; one that stays in the past ends the courtesy.
  for (std::uint64_t wake = wake_at_ns(); wake > now_ns_ && wake < ns; wake = wake_at_ns()) {
    now_ns_ = wake;
    pass_time();
  }
  now_ns_ = ns;
  pass_time();
}

std::uint64_t Bus::wake_at_ns() const {
  std::uint64_t earliest = forever;
  for (const Slot& slot : slots_) earliest = std::min(earliest, slot.device->wake_at_ns());
  return earliest;
}

void Bus::note(std::uint8_t address, std::string_view text) {
  for (TraceSink* sink : sinks_) sink->note(now_ns_, address, text);
}

bool Bus::scl_held() const {
  return scl_held_ || std::ranges::any_of(slots_, [](const Slot& slot) { return slot.holds_scl; });
}

int Bus::inject(const FaultRequest& request) {
  switch (request.fault) {
    case Fault::clear: clear_faults(); return 0;
    case Fault::vanish:
    case Fault::freeze:
    case Fault::restore: return set_state(request);
    case Fault::hold_sda:
      sda_held_ = request.on;
      sda_pulses_left_ = request.value;
      return 0;
    case Fault::hold_scl: scl_held_ = request.on; return 0;
    case Fault::power_loss_at_flash:
    case Fault::answer_at: return set_state(request);
    case Fault::incomplete_address_phase: return break_off(request.address, true);
    case Fault::incomplete_write_byte: return break_off(request.address, false);
    default: break;
  }
  if (request.fault > Fault::last) return EINVAL;
  if (counts_transfers(request.fault) && request.value == 0) return EINVAL;
  const bool device_needed = strikes_a_device(request.fault);
  if (device_needed && !each_meant(request.address, [](Slot&) {})) return EINVAL;
  if (faults_.size() >= max_faults) return ENOSPC;
  faults_.push_back(request);
  return 0;
}

void Bus::clear_faults() {
  faults_.clear();
  sda_held_ = scl_held_ = false;
  sda_pulses_left_ = 0;
  abandoned_.clear();
  for (Slot& slot : slots_) slot = {slot.device};
}

int Bus::set_state(const FaultRequest& request) {
  int error = 0;
  const bool found = each_meant(request.address, [&](Slot& slot) {
    const auto value = static_cast<std::uint8_t>(request.value);
    switch (request.fault) {
      case Fault::power_loss_at_flash:
        if (!slot.device->lose_power_in_flash(value)) error = EOPNOTSUPP;
        return;
      case Fault::answer_at:
        slot.alias = request.on ? value : 0xff;
        slot.own = static_cast<std::uint8_t>(request.address);
        return;
      default: slot = {slot.device};
    }
    if (request.fault == Fault::vanish) {
      slot.state = socket::DeviceState::vanished;
      if (stepped_ != nullptr) stepped_->forget(*slot.device);
    }
    if (request.fault == Fault::freeze) slot.state = socket::DeviceState::frozen;
  });
  return found ? error : EINVAL;
}

// The kernel's incomplete_address_phase and incomplete_write_byte.
int Bus::break_off(std::uint16_t address, bool read) {
  if (!each_meant(address, [](Slot&) {}) || address > 0x7f) return EINVAL;
  std::uint8_t byte = 0;
  const Message message{address, read ? socket::flag_read : std::uint16_t{0}, 1, &byte};
  const std::uint64_t id = begin();
  const FaultRequest gone{.fault = Fault::inject_panic, .value = read ? 8U : 17U};
  Transaction transaction(*this, id, {gone});
  const Outcome outcome = transaction.run({&message, 1});
  end(outcome);
  return outcome.error == EIO ? 0 : outcome.error;
}

// Moves every waiting fault one transfer nearer and returns those whose turn this one is.
std::vector<FaultRequest> Bus::take_due_faults() {
  std::vector<FaultRequest> due;
  for (FaultRequest& fault : faults_) {
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    due.push_back(fault);
    const bool again = counts_transfers(fault.fault) && --fault.value > 0;
    if (!again) fault.fault = Fault::clear;  // which never waits: it is spent
  }
  std::erase_if(faults_, [](const FaultRequest& fault) { return fault.fault == Fault::clear; });
  return due;
}

std::vector<socket::DeviceRow> Bus::rows() const {
  std::vector<socket::DeviceRow> rows;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    for (unsigned address = 0; address < 128; ++address) {
      const auto at = static_cast<std::uint8_t>(address);
      if (!slots_[i].claims(at) || rows.size() == socket::max_rows) continue;
      socket::DeviceRow row{static_cast<std::uint8_t>(i), at, slots_[i].state, {}};
      const std::string_view name = slots_[i].device->name().substr(0, sizeof row.name - 1);
      std::memcpy(row.name, name.data(), name.size());
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace picoctl::sim
