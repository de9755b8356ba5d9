#include "flash.hpp"

#include <algorithm>

#include "hardware/flash.h"
#include "hardware/watchdog.h"
#include "link.hpp"

// Where the settings lie, from the start of flash. By default four sectors before its end: the
// last two are the SDK's Bluetooth stack's, and an RP2350 UF2 may touch the very last (RP2350-E10).
#ifndef PICOCTL_SETTINGS_OFFSET
#define PICOCTL_SETTINGS_OFFSET (PICO_FLASH_SIZE_BYTES - 4 * FLASH_SECTOR_SIZE)
#endif

namespace picoctl::pico {
namespace {

static_assert(PICOCTL_SETTINGS_OFFSET % FLASH_SECTOR_SIZE == 0);
static_assert(target::Flash::page_bytes == FLASH_PAGE_SIZE);

std::uint32_t offset_of(std::size_t sector) {
  return PICOCTL_SETTINGS_OFFSET + static_cast<std::uint32_t>(sector) * FLASH_SECTOR_SIZE;
}

}  // namespace

void ChipFlash::erase(std::size_t sector) {
  watchdog_update();  // up to 400 ms follow
  const link::Alone alone;
  flash_range_erase(offset_of(sector), FLASH_SECTOR_SIZE);
}

void ChipFlash::program(std::size_t sector, std::span<const std::uint8_t, page_bytes> page) {
  const link::Alone alone;
  flash_range_program(offset_of(sector), page.data(), page_bytes);
}

void ChipFlash::read(std::size_t sector, std::span<std::uint8_t> out) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(XIP_BASE + offset_of(sector));
  std::copy_n(from, out.size(), out.begin());
}

}  // namespace picoctl::pico
