#include "picoctl/target/settings.hpp"

#include <algorithm>

namespace picoctl::target {
namespace {

// A record is the first 32 bytes of a sector's first page; the rest stays erased.
//   0  magic "pctl"        4  sequence (u32, counts saves)    8  address
//   9  zero (3 bytes)     12  name (16 bytes)                28  CRC-32 over bytes 0-27
// Integers are little-endian. CRC-32 rather than the link's CRC-16: a page that lost power while
// it was written can hold anything, and nobody asks it a second time.
constexpr std::size_t record_bytes = 32;
constexpr std::size_t crc_at = 28;
constexpr std::uint32_t magic = 0x6C746370;

using Record = std::array<std::uint8_t, record_bytes>;

struct Kept {
  Settings settings;
  std::uint32_t sequence = 0;
  std::size_t sector = 0;
};

// IEEE 802.3, reflected, bit by bit: 28 bytes twice per start are not worth a table.
std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

void put32(Record& record, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) record[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::uint32_t get32(const Record& record, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(record[at + i]) << (8 * i);
  }
  return value;
}

Record encode(const Settings& settings, std::uint32_t sequence) {
  Record record{};
  put32(record, 0, magic);
  put32(record, 4, sequence);
  record[8] = settings.address;
  for (std::size_t i = 0; i < name_capacity; ++i) {
    record[12 + i] = static_cast<std::uint8_t>(settings.name_bytes[i]);
  }
  put32(record, crc_at, crc32(std::span(record).first<crc_at>()));
  return record;
}

std::optional<Kept> decode(const Record& record) {
  if (get32(record, 0) != magic) return {};
  if (get32(record, crc_at) != crc32(std::span(record).first<crc_at>())) return {};
  Kept kept;
  kept.sequence = get32(record, 4);
  kept.settings.address = record[8];
  for (std::size_t i = 0; i < name_capacity; ++i) {
    kept.settings.name_bytes[i] = static_cast<char>(record[12 + i]);
  }
  if (!kept.settings.valid()) return {};
  return kept;
}

std::optional<Kept> newest(Flash& flash) {
  std::optional<Kept> best;
  for (std::size_t sector = 0; sector < Flash::sectors; ++sector) {
    Record record;
    flash.read(sector, record);
    auto kept = decode(record);
    if (!kept) continue;
    kept->sector = sector;
    // The difference, so that a sequence that wraps is still the newer one.
    if (!best || kept->sequence - best->sequence < 0x80000000U) best = kept;
  }
  return best;
}

// A loop, here and below: std::all_of and std::find are unrolled by four, which costs flash.
bool printable(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace

std::string_view Settings::name() const {
  std::size_t size = 0;
  while (size < name_capacity && name_bytes[size] != '\0') ++size;
  return {name_bytes.data(), size};
}

bool Settings::set_name(std::string_view name) {
  if (name.size() > name_capacity || !printable(name)) return false;
  name_bytes.fill('\0');
  std::copy(name.begin(), name.end(), name_bytes.begin());
  return true;
}

bool Settings::valid() const {
  const std::string_view text = name();
  unsigned behind = 0;
  for (std::size_t i = text.size(); i < name_capacity; ++i) {
    behind |= static_cast<std::uint8_t>(name_bytes[i]);
  }
  return usable_address(address) && printable(text) && behind == 0;
}

std::optional<Settings> SettingsStore::load() {
  const auto kept = newest(flash_);
  if (!kept) return {};
  return kept->settings;
}

bool SettingsStore::save(const Settings& settings) {
  if (!settings.valid()) return false;
  const auto kept = newest(flash_);
  if (kept && kept->settings == settings) return true;
  const std::size_t sector = kept ? 1 - kept->sector : 0;
  const Record record = encode(settings, kept ? kept->sequence + 1 : 0);

  std::array<std::uint8_t, Flash::page_bytes> page;
  page.fill(0xFF);
  std::copy(record.begin(), record.end(), page.begin());
  flash_.erase(sector);
  flash_.program(sector, page);

  Record written;
  flash_.read(sector, written);
  return written == record;
}

}  // namespace picoctl::target
