#include "picoctl/pico/pico.hpp"

#include <algorithm>

#include "configured.hpp"
#include "flash.hpp"
#include "hardware/gpio.h"
#include "hardware/structs/watchdog.h"
#include "hardware/timer.h"
#include "hardware/watchdog.h"
#include "link.hpp"
#include "pico/unique_id.h"
#include "picoctl/target/safe_mode.hpp"
#include "picoctl_board.hpp"
#include "start.hpp"

namespace picoctl::pico {
namespace {

// The watchdog counts at most 8388 ms (RP2040-E1 halves its range).
constexpr std::uint32_t max_watchdog_ms = 8000;

constexpr std::uint32_t tick_every_us = 1000;

// What the watchdog's counter begins with. RP2040-E1: it counts twice each microsecond.
#if PICO_RP2040
constexpr std::uint32_t watchdog_counts_per_ms = 2000;
#else
constexpr std::uint32_t watchdog_counts_per_ms = 1000;
#endif
constexpr std::uint32_t watchdog_load(std::uint32_t ms) { return ms * watchdog_counts_per_ms; }

}  // namespace

PicoBoard::PicoBoard(const Options& options) : options_(options) {
  if (link::block_of(options.sda, options.scl) < 0) __builtin_trap();
  if (options.watchdog_ms > max_watchdog_ms) __builtin_trap();
}

std::uint8_t PicoBoard::address() {
  if (options_.address != 0) return options_.address;
  target::Settings settings;
  load_settings(settings);
  return settings.address;
}

bool PicoBoard::begin() {
  if (begun_) return !safe_mode_;
  begun_ = true;
  const Start start = find_start();
  reset_cause_ = start.cause;
  boot_id_ = start.boot_id;
  safe_mode_ = start.safe_mode;
  if (options_.watchdog_ms != 0) watchdog_enable(options_.watchdog_ms, true);
  watchdog_load_ = watchdog_load(options_.watchdog_ms);
  return !safe_mode_;
}

void PicoBoard::attach(target::Core& target) {
  if (target_ != nullptr) __builtin_trap();
  begin();
  target.start();
  link::open({options_.sda, options_.scl, target.address()}, target.face());
  target_ = &target;
}

void PicoBoard::run(target::Core& target) {
  attach(target);
  while (true) target.poll();
}

std::uint64_t PicoBoard::now_us() { return time_us_64(); }

void PicoBoard::watchdog_feed() {
  if (!begun_) return;
  // Not at every turn: a request that just came waits meanwhile.
  const std::uint32_t now = time_us_32();
  if (now - ticked_at_us_ < tick_every_us) return;
  ticked_at_us_ = now;
  if (options_.watchdog_ms != 0) watchdog_hw->load = watchdog_load_;
  if (target_ == nullptr) return;
  if (now >= target::lasted_us) lasted();
  link::tick(time_us_64());
  if (options_.hold == Hold::mid_phase && target_->bus_khz() != bus_khz_) {
    bus_khz_ = target_->bus_khz();
    link::hold_mid_phase(bus_khz_);
  }
}

// Not by the SDK's watchdog_enable(): this is done for every command, and is a single store.
void PicoBoard::watchdog_window(std::uint32_t ms) {
  if (watchdog_load_ == 0) return;  // not attached yet, or there is none
  watchdog_load_ = watchdog_load(ms == 0 ? options_.watchdog_ms : std::min(ms, max_watchdog_ms));
  watchdog_hw->load = watchdog_load_;
}

void PicoBoard::mask_interrupts() {
  if (target_ != nullptr) link::mask();
}

void PicoBoard::unmask_interrupts() {
  if (target_ != nullptr) link::unmask();
}

void PicoBoard::listen(std::uint8_t address) { link::listen(address); }

std::uint8_t PicoBoard::pin_count() const { return NUM_BANK0_GPIOS < 32 ? NUM_BANK0_GPIOS : 32; }

void PicoBoard::gpio_mode(std::uint8_t pin, bool output, target::Pull pull) {
  if (pin >= pin_count()) return;
  gpio_set_pulls(pin, pull == target::Pull::up, pull == target::Pull::down);
  gpio_set_dir(pin, output);
  gpio_set_function(pin, GPIO_FUNC_SIO);
}

void PicoBoard::gpio_write(std::uint32_t mask, std::uint32_t values) {
  gpio_put_masked(mask, values);
}

std::uint32_t PicoBoard::gpio_read() { return gpio_get_all(); }

void PicoBoard::led_write(bool on) {
  if (!led_ready_) board::led_start();
  led_ready_ = true;
  board::led_write(on);
}

target::Chip PicoBoard::chip() const {
#if PICO_RP2040
  return target::Chip::rp2040;
#else
  return target::Chip::rp2350;
#endif
}

std::string_view PicoBoard::board_name() const { return board::name; }

std::uint64_t PicoBoard::unique_id() const {
  pico_unique_board_id_t id;
  pico_get_unique_board_id(&id);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : id.id) value = value << 8 | byte;
  return value;
}

bool PicoBoard::load_settings(target::Settings& settings) {
  ChipFlash flash;
  if (const auto kept = target::SettingsStore(flash).load()) {
    settings = *kept;
    return true;
  }
  return configured_settings(settings);
}

bool PicoBoard::save_settings(const target::Settings& settings) {
  ChipFlash flash;
  return target::SettingsStore(flash).save(settings);
}

void PicoBoard::restart() {
  watchdog_reboot(0, 0, 0);
  while (true) tight_loop_contents();
}

}  // namespace picoctl::pico
