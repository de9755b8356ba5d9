#pragma once
// The few things a Pico remembers without power: its name and its I2C address. They are kept in
// two flash sectors that take turns, so that at every instant at least one holds a whole,
// checked record: a power cut gives the old settings or the new ones, never a mixture.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace picoctl::target {

// Addresses that a picoctl target may have: 0x08 to 0x77 without those that UM10204 table 3,
// the SMBus specification and the chip itself give another meaning.
constexpr bool usable_address(std::uint8_t address) {
  return address > 0x08 && address < 0x78 && address != 0x0C && address != 0x55 && address != 0x61;
}

inline constexpr std::uint8_t default_address = 0x41;
inline constexpr std::size_t name_capacity = 16;  // bytes; a shorter name is padded with zeros

struct Settings {
  std::array<char, name_capacity> name_bytes{};  // printable ASCII, then zeros; empty: no name
  std::uint8_t address = default_address;        // 7-bit I2C address

  std::string_view name() const;
  // False, and nothing changes, if the name is too long or not printable ASCII.
  bool set_name(std::string_view name);
  // Every field within its range.
  bool valid() const;

  friend bool operator==(const Settings&, const Settings&) = default;
};

// What the store asks of a flash memory. Addresses are sector numbers and offsets within one
// sector. NOR flash: an erase sets every bit to 1, programming can only clear bits.
class Flash {
 public:
  static constexpr std::size_t sectors = 2;
  static constexpr std::size_t page_bytes = 256;  // what program() writes

  // Both block until the flash has finished.
  virtual void erase(std::size_t sector) = 0;
  // One page at the start of `sector`.
  virtual void program(std::size_t sector, std::span<const std::uint8_t, page_bytes> page) = 0;
  virtual void read(std::size_t sector, std::span<std::uint8_t> out) = 0;

 protected:
  ~Flash() = default;
};

// The two sectors as one record that changes all at once. Holds no copy: every call reads flash.
class SettingsStore {
 public:
  explicit SettingsStore(Flash& flash) : flash_(flash) {}

  // The newest whole record; nothing if neither sector holds one.
  std::optional<Settings> load();
  // Writes and reads back. Equal settings are not written again (flash wears out after about
  // 100 000 erases). False: not stored; whatever load() gave before, it gives still.
  bool save(const Settings& settings);

 private:
  Flash& flash_;
};

}  // namespace picoctl::target
