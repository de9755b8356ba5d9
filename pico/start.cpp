#include "start.hpp"

#include "hardware/structs/rosc.h"
#include "hardware/structs/watchdog.h"
#include "hardware/timer.h"
#include "hardware/watchdog.h"
#include "pico/platform.h"
#include "pico/unique_id.h"
#include "picoctl/target/safe_mode.hpp"
#if PICO_RP2040
#include "hardware/structs/vreg_and_chip_reset.h"
#else
#include "hardware/structs/powman.h"
#include "hardware/structs/trng.h"
#endif

namespace picoctl::pico {
namespace {

using target::ResetCause;

struct Kept {
  std::uint32_t boot_id;
  std::uint32_t check;  // seal() of it, and the crashes in a row: RAM holds noise after power-on
};
Kept __uninitialized_ram(kept);

// RAM that is all zeros or all ones does not look as if it had been kept.
constexpr std::uint32_t seal(std::uint32_t boot_id) { return boot_id ^ 0x70637461; }

// FNV-1a, over words: spreads what little chance one sample has over all bits.
std::uint32_t mix(std::uint32_t hash, std::uint32_t value) { return (hash ^ value) * 16777619U; }

// The ring oscillator's bit, sampled slowly against the crystal: many samples, because one holds
// much less than one bit of chance (RP2040 datasheet section 2.17.5).
std::uint32_t mix_ring_oscillator(std::uint32_t hash) {
  constexpr int samples = 1024;
  for (int i = 0; i < samples; ++i) {
    hash = mix(hash, rosc_hw->randombit | (timer_hw->timerawl << 1));
  }
  return hash;
}

#if !PICO_RP2040
// Raw samples of the TRNG's own oscillator (RP2350 datasheet section 12.12).
std::uint32_t mix_trng(std::uint32_t hash) {
  trng_hw->sample_cnt1 = 0;
  trng_hw->trng_debug_control = ~0U;
  trng_hw->rnd_source_enable = ~0U;
  trng_hw->rng_icr = ~0U;
  for (int i = 0; i < 10'000 && trng_hw->trng_busy != 0; ++i) tight_loop_contents();
  for (const auto& word : trng_hw->ehr_data) hash = mix(hash, word);
  trng_hw->rnd_source_enable = 0;
  return hash;
}
#endif

std::uint32_t new_boot_id(bool memory_kept) {
  std::uint32_t hash = 2166136261U;
  pico_unique_board_id_t id;
  pico_get_unique_board_id(&id);
  for (const std::uint8_t byte : id.id) hash = mix(hash, byte);
  hash = mix_ring_oscillator(hash);
#if !PICO_RP2040
  hash = mix_trng(hash);
#endif
  return memory_kept && kept.boot_id == hash ? hash + 1 : hash;
}

ResetCause find_reset_cause() {
  // restart() and the boot ROM, after taking a UF2, use the watchdog too; the SDK tells them apart.
  if (watchdog_enable_caused_reboot()) return ResetCause::watchdog;
  if (watchdog_hw->reason != 0) return ResetCause::restarted;
#if PICO_RP2040
  const std::uint32_t had = vreg_and_chip_reset_hw->chip_reset;
  if ((had & VREG_AND_CHIP_RESET_CHIP_RESET_HAD_PSM_RESTART_BITS) != 0) return ResetCause::debugger;
  if ((had & VREG_AND_CHIP_RESET_CHIP_RESET_HAD_RUN_BITS) != 0) return ResetCause::run_pin;
  if ((had & VREG_AND_CHIP_RESET_CHIP_RESET_HAD_POR_BITS) != 0) return ResetCause::power_on;
#else
  const std::uint32_t had = powman_hw->chip_reset;
  if ((had & POWMAN_CHIP_RESET_HAD_DP_RESET_REQ_BITS) != 0) return ResetCause::debugger;
  if ((had & POWMAN_CHIP_RESET_HAD_RUN_LOW_BITS) != 0) return ResetCause::run_pin;
  if ((had & (POWMAN_CHIP_RESET_HAD_POR_BITS | POWMAN_CHIP_RESET_HAD_BOR_BITS)) != 0) {
    return ResetCause::power_on;
  }
#endif
  return ResetCause::unknown;
}

}  // namespace

Start find_start() {
  const std::uint32_t before = kept.check - seal(kept.boot_id);
  const bool memory_kept = before <= target::crashes_before_safe_mode;
  const ResetCause cause = find_reset_cause();
  const std::uint8_t crashes =
      target::crashes(static_cast<std::uint8_t>(memory_kept ? before : 0), cause, memory_kept);
  const std::uint32_t boot_id = new_boot_id(memory_kept);
  kept = {boot_id, seal(boot_id) + crashes};
  return {boot_id, cause, crashes >= target::crashes_before_safe_mode};
}

void lasted() { kept.check = seal(kept.boot_id); }

}  // namespace picoctl::pico
