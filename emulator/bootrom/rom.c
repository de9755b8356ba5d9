// The boot ROM of the emulated RP2040: what pico-sdk programs and MicroPython look up in it, written
// from its public interface (RP2040 datasheet section 2.8). Runs as ARM code in the emulator.
//
// Left out, because nothing here can use it: USB boot, flash size detection, the debug trampolines.
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SSI(offset) REGISTER(0x18000000 + (offset))
#define SS_CTRL REGISTER(0x4001800c)             // IO_QSPI: the flash's chip select
#define WATCHDOG_SCRATCH(n) REGISTER(0x4005800c + 4 * (n))

enum { ssi_ctrlr0 = 0x00, ssi_ctrlr1 = 0x04, ssi_enable = 0x08, ssi_status = 0x28, ssi_data = 0x60 };
enum { rx_not_empty = 1u << 3 };
enum { stage2_size = 256, page_size = 256, sector_size = 4096 };

void rom_no_program(void);
void rom_usb_boot(uint32_t led_mask, uint32_t disable_mask);
void rom_enter_stage2(uintptr_t entry);
void rom_enter(uint32_t stack, uint32_t program);
void rom_wait_for_vector(void);

// --- memory and bits ---------------------------------------------------------------------------

uint8_t *rom_memset(uint8_t *to, uint8_t value, uint32_t size) {
  for (uint32_t i = 0; i < size; ++i) to[i] = value;
  return to;
}

uint32_t *rom_memset4(uint32_t *to, uint8_t value, uint32_t size) {
  for (uint32_t i = 0; i < size / 4; ++i) to[i] = value * 0x01010101u;
  return to;
}

uint8_t *rom_memcpy(uint8_t *to, const uint8_t *from, uint32_t size) {
  for (uint32_t i = 0; i < size; ++i) to[i] = from[i];
  return to;
}

uint32_t *rom_memcpy44(uint32_t *to, const uint32_t *from, uint32_t size) {
  for (uint32_t i = 0; i < size / 4; ++i) to[i] = from[i];
  return to;
}

uint32_t rom_popcount(uint32_t value) {
  uint32_t count = 0;
  for (; value != 0; value &= value - 1) ++count;
  return count;
}

uint32_t rom_reverse(uint32_t value) {
  uint32_t result = 0;
  for (int i = 0; i < 32; ++i, value >>= 1) result = result << 1 | (value & 1);
  return result;
}

uint32_t rom_clz(uint32_t value) {
  uint32_t count = 0;
  for (; count < 32 && (value & 0x80000000u) == 0; value <<= 1) ++count;
  return count;
}

uint32_t rom_ctz(uint32_t value) {
  uint32_t count = 0;
  for (; count < 32 && (value & 1) == 0; value >>= 1) ++count;
  return count;
}

// --- the flash, through the SSI as a plain serial port ---------------------------------------------

static void select_flash(int low) { SS_CTRL = (low ? 2u : 3u) << 8; }

static uint8_t exchange(uint8_t byte) {
  SSI(ssi_data) = byte;
  while ((SSI(ssi_status) & rx_not_empty) == 0) {
  }
  return (uint8_t)SSI(ssi_data);
}

static void command(uint8_t code) {
  select_flash(1);
  exchange(code);
}

static void address(uint32_t offset) {
  exchange((uint8_t)(offset >> 16));
  exchange((uint8_t)(offset >> 8));
  exchange((uint8_t)offset);
}

static void allow_writing(void) {
  command(0x06);
  select_flash(0);
}

static void wait_until_done(void) {
  command(0x05);
  while ((exchange(0) & 1) != 0) {
  }
  select_flash(0);
}

void rom_connect_flash(void) {}

void rom_exit_xip(void) {
  SSI(ssi_enable) = 0;
  SSI(ssi_ctrlr0) = 7u << 16;  // eight bits per frame, both ways
  SSI(ssi_enable) = 1;
  select_flash(0);
}

void rom_flush_cache(void) { SS_CTRL = 0; }

void rom_enter_cmd_xip(void) {
  SSI(ssi_enable) = 0;
  SSI(ssi_ctrlr0) = 31u << 16 | 3u << 8;  // 32-bit frames, a command and then data
  SSI(ssi_ctrlr1) = 0;
  SSI(ssi_enable) = 1;
}

void rom_flash_erase(uint32_t offset, uint32_t count, uint32_t block_size, uint8_t block_command) {
  const uint32_t end = offset + count;
  while (offset < end) {
    const int whole_block = block_size != 0 && (offset & (block_size - 1)) == 0 &&
                            end - offset >= block_size;
    allow_writing();
    command(whole_block ? block_command : 0x20);
    address(offset);
    select_flash(0);
    wait_until_done();
    offset += whole_block ? block_size : (uint32_t)sector_size;
  }
}

void rom_flash_program(uint32_t offset, const uint8_t *data, uint32_t count) {
  for (const uint32_t end = offset + count; offset < end; offset += page_size) {
    allow_writing();
    command(0x02);
    address(offset);
    for (int i = 0; i < page_size; ++i) exchange(*data++);
    select_flash(0);
    wait_until_done();
  }
}

// --- from reset on ---------------------------------------------------------------------------------

// CRC-32 as the second stage carries it: polynomial 0x04c11db7, MSB first, begin with all ones.
static uint32_t crc32(const uint8_t *data, uint32_t size) {
  uint32_t crc = 0xffffffffu;
  for (uint32_t i = 0; i < size; ++i) {
    crc ^= (uint32_t)data[i] << 24;
    for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ ((crc & 0x80000000u) != 0 ? 0x04c11db7u : 0);
  }
  return crc;
}

void rom_reset(void) {
  const uint32_t magic = 0xb007c0d3u;
  const uint32_t program = WATCHDOG_SCRATCH(7);
  if (WATCHDOG_SCRATCH(4) == magic && WATCHDOG_SCRATCH(5) == (program ^ -magic)) {
    WATCHDOG_SCRATCH(4) = 0;
    rom_enter(WATCHDOG_SCRATCH(6), program);
  }
  rom_exit_xip();
  rom_flush_cache();
  rom_enter_cmd_xip();
  uint8_t *stage2 = (uint8_t *)0x20041f00;
  rom_memcpy(stage2, (const uint8_t *)0x10000000, stage2_size);
  uint32_t expected = 0;
  for (int i = 3; i >= 0; --i) expected = expected << 8 | stage2[stage2_size - 4 + i];
  if (crc32(stage2, stage2_size - 4) != expected) rom_no_program();
  rom_enter_stage2((uintptr_t)stage2 | 1);
}

void *rom_table_lookup(const uint16_t *table, uint32_t code) {
  for (; table[0] != 0; table += 2) {
    if (table[0] == code) return (void *)(uintptr_t)table[1];
  }
  return 0;
}
