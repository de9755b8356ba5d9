#include "board.hpp"

#include <algorithm>
#include <string>

namespace picoctl::sim {

VirtualFlash::VirtualFlash() {
  for (auto& sector : sectors_) sector.fill(0xFF);
}

void VirtualFlash::erase(std::size_t sector) {
  auto& bytes = sectors_[sector];
  if (!fails_now()) return bytes.fill(0xFF);
  std::fill_n(bytes.begin(), bytes.size() / 2, 0xFF);
  fails_();
}

void VirtualFlash::program(std::size_t sector, std::span<const std::uint8_t, page_bytes> page) {
  const bool fails = fails_now();
  // Of the record at the page's start some has been written, some has not.
  const std::size_t size = fails ? 13 : page.size();
  for (std::size_t i = 0; i < size; ++i) sectors_[sector][i] &= page[i];
  if (fails) fails_();
}

void VirtualFlash::lose_power(unsigned n, std::function<void()> fails) {
  left_ = n;
  fails_ = std::move(fails);
}

bool VirtualFlash::fails_now() {
  if (!left_) return false;
  if ((*left_)-- > 0) return false;
  left_.reset();
  return true;
}

void VirtualFlash::read(std::size_t sector, std::span<std::uint8_t> out) {
  std::copy_n(sectors_[sector].begin(), out.size(), out.begin());
}

VirtualBoard::VirtualBoard(Bus& bus, std::uint8_t address, std::uint64_t unique_id, Journal journal,
                           Sleep sleep)
    : bus_(bus),
      unique_id_(unique_id != 0 ? unique_id : 0x7069636F63746C00ULL | address),
      address_(address),
      journal_(std::move(journal)),
      sleep_(std::move(sleep)) {}

void VirtualBoard::reset(target::ResetCause cause, std::uint32_t boot_id) {
  const std::uint32_t before = pins_high();
  outputs_ = levels_ = pull_ups_ = 0;
  show_changes(before);
  if (led_) led_write(false);
  restart_asked_ = false;
  watchdog_window(0);
  if (now_us() >= target::lasted_us) crashes_ = 0;
  crashes_ = target::crashes(crashes_, cause, false);
  cause_ = cause;
  boot_id_ = boot_id;
  booted_ns_ = bus_.now_ns();
}

void VirtualBoard::watchdog_feed() {
  if (window_ns_ != 0) bites_at_ns_ = bus_.now_ns() + window_ns_;
}

void VirtualBoard::watchdog_window(std::uint32_t ms) {
  window_ns_ = std::uint64_t{ms} * 1'000'000;
  bites_at_ns_ = ms == 0 ? forever : bus_.now_ns() + window_ns_;
}

void VirtualBoard::drive_input(std::uint8_t pin, bool high) {
  const std::uint32_t bit = 1U << pin;
  driven_ |= bit;
  driven_high_ = high ? driven_high_ | bit : driven_high_ & ~bit;
}

void VirtualBoard::gpio_mode(std::uint8_t pin, bool output, target::Pull pull) {
  const std::uint32_t before = pins_high();
  const std::uint32_t bit = 1U << pin;
  outputs_ = output ? outputs_ | bit : outputs_ & ~bit;
  pull_ups_ = pull == target::Pull::up ? pull_ups_ | bit : pull_ups_ & ~bit;
  show_changes(before);
}

void VirtualBoard::gpio_write(std::uint32_t mask, std::uint32_t values) {
  const std::uint32_t before = pins_high();
  levels_ = (levels_ & ~mask) | (values & mask);
  show_changes(before);
}

std::uint32_t VirtualBoard::gpio_read() {
  const std::uint32_t outside = (driven_ & driven_high_) | (~driven_ & pull_ups_);
  return (outputs_ & levels_) | (~outputs_ & outside);
}

void VirtualBoard::led_write(bool on) {
  if (led_ == on) return;
  led_ = on;
  bus_.note(address_, on ? "LED=1" : "LED=0");
}

// What an eye on the board would see: the pins that changed.
void VirtualBoard::show_changes(std::uint32_t before) {
  const std::uint32_t after = pins_high();
  for (unsigned pin = 0; pin < pin_count(); ++pin) {
    if (((before ^ after) >> pin & 1U) == 0) continue;
    const char* level = (after >> pin & 1U) != 0 ? "=1" : "=0";
    bus_.note(address_, "GP" + std::to_string(pin) + level);
  }
}

std::uint64_t VirtualBoard::unique_id() const { return unique_id_; }

bool VirtualBoard::load_settings(target::Settings& settings) {
  const auto stored = target::SettingsStore(flash_).load();
  settings = stored.value_or(target::Settings{});
  if (!stored) settings.address = address_;
  return stored.has_value();
}

bool VirtualBoard::save_settings(const target::Settings& settings) {
  return target::SettingsStore(flash_).save(settings);
}

void VirtualBoard::journal(std::string_view line) {
  ++journal_lines_;
  if (journal_) journal_(bus_.now_ns() / 1000, line);
}

}  // namespace picoctl::sim
