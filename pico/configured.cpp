#include "configured.hpp"

#include <algorithm>

#include "pico/binary_info.h"

namespace {

constexpr int tag = BINARY_INFO_MAKE_TAG('P', 'C');
constexpr unsigned address_id = 0x70630001;
constexpr unsigned name_id = 0x70630002;

// In flash, where picotool changes them in place, not in .data as the SDK's bi_ptr_* would have
// it. Read through volatile, or the compiler would build their first values in.
[[gnu::used]] const int i2c_address = picoctl::target::default_address;
[[gnu::used]] const char board_name[picoctl::target::name_capacity + 1] = "";

bi_decl(__bi_ptr_int32_with_name(tag, address_id, "i2c_address", i2c_address));
bi_decl(__bi_ptr_string_with_name(tag, name_id, "board_name", board_name, sizeof(board_name)));

}  // namespace

namespace picoctl::pico {

bool configured_settings(target::Settings& settings) {
  settings = {};
  char name[sizeof(board_name)];
  const volatile char* const configured_name = board_name;
  for (std::size_t i = 0; i < sizeof(name); ++i) name[i] = configured_name[i];
  const char* const end = std::find(name, name + sizeof(name), '\0');
  settings.set_name({name, static_cast<std::size_t>(end - name)});
  const int address = *const_cast<const volatile int*>(&i2c_address);
  if (address >= 0 && address < 0x80 &&
      target::usable_address(static_cast<std::uint8_t>(address))) {
    settings.address = static_cast<std::uint8_t>(address);
  }
  return settings != target::Settings{};
}

}  // namespace picoctl::pico
