// Reading and writing bytes over borrowed memory. Both remember the first failure, so that a
// decoder reads all its fields and asks once, at the end, whether that went well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace picoctl {

// An integer as it travels, least significant byte first; in halves if it is wider than a register
// of the chip, where a long shift is a call.
template <typename T>
constexpr void put_integer(std::uint8_t* at, T value) {
  if constexpr (sizeof(T) > 4) {
    put_integer(at, static_cast<std::uint32_t>(value));
    put_integer(at + 4, static_cast<std::uint32_t>(value >> 32U));
  } else {
    for (std::size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}
template <typename T>
constexpr T get_integer(const std::uint8_t* at) {
  if constexpr (sizeof(T) > 4) {
    return static_cast<T>(static_cast<T>(get_integer<std::uint32_t>(at + 4)) << 32U |
                          get_integer<std::uint32_t>(at));
  } else {
    std::uint32_t value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) value = value << 8U | at[i];
    return static_cast<T>(value);
  }
}

class Reader {
 public:
  explicit constexpr Reader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::uint8_t byte() {
    const auto taken = take(1);
    return taken.empty() ? std::uint8_t{0} : taken[0];
  }
  template <typename T>
  T integer() {
    const auto taken = take(sizeof(T));
    return taken.empty() ? T{0} : get_integer<T>(taken.data());
  }
  void fail() { ok_ = false; }
  bool ok() const { return ok_; }
  [[gnu::always_inline]] bool finished() const { return ok_ && rest_.empty(); }
  std::size_t remaining() const { return rest_.size(); }
  std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
  bool ok_ = true;
};

class Writer {
 public:
  explicit constexpr Writer(std::span<std::uint8_t> room) : room_(room) {}

  void byte(std::uint8_t value) {
    if (used_ >= room_.size()) {
      ok_ = false;
      return;
    }
    room_[used_++] = value;
  }
  void bytes(std::span<const std::uint8_t> values) {
    if (values.size() > room_.size() - used_) {
      ok_ = false;
      return;
    }
    if (!values.empty()) std::memcpy(room_.data() + used_, values.data(), values.size());
    used_ += values.size();
  }
  template <typename T>
  void integer(T value) {
    if (sizeof(T) > free()) {  // as much as there is room for
      for (std::size_t i = 0; i < sizeof(T); ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
      return;
    }
    put_integer(room_.data() + used_, value);
    used_ += sizeof(T);
  }
  // Takes `count` bytes as written: somebody put them behind written() already.
  void skip(std::size_t count) {
    if (count > free()) ok_ = false;
    used_ += ok_ ? count : 0;
  }
  void rewind(std::size_t used = 0) {
    used_ = used;
    ok_ = true;
  }
  bool ok() const { return ok_; }
  std::size_t size() const { return used_; }
  std::size_t free() const { return room_.size() - used_; }
  std::span<std::uint8_t> written() const { return room_.first(used_); }

 private:
  std::span<std::uint8_t> room_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

}  // namespace picoctl
