// What a fuzzing program makes of its bytes. Beyond their end all is 0, so that every input is whole.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "picoctl/link/bytes.hpp"

namespace picoctl::fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : reader_({data, size}) {}

  bool over() const { return reader_.remaining() == 0; }
  std::uint8_t byte() { return over() ? std::uint8_t{0} : reader_.byte(); }
  // 0 to `end` - 1.
  std::size_t below(std::size_t end) {
    const std::size_t value = end > 256 ? byte() * std::size_t{256} + byte() : byte();
    return value % end;
  }
  bool flag() { return (byte() & 1U) != 0; }
  // At most `count` bytes: what is there.
  std::span<const std::uint8_t> bytes(std::size_t count) {
    return reader_.take(count < reader_.remaining() ? count : reader_.remaining());
  }
  // A length and that many bytes.
  std::span<const std::uint8_t> some(std::size_t most) { return bytes(below(most + 1)); }
  std::string_view text(std::size_t most) {
    const auto taken = some(most);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  std::span<const std::uint8_t> rest() { return reader_.take(reader_.remaining()); }

 private:
  Reader reader_;
};

// What must hold whatever the input is.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "must not be: %s\n", what);
  std::abort();
}

}  // namespace picoctl::fuzz
