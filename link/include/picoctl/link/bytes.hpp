// Reading and writing bytes over borrowed memory. Both remember the first failure, so that a
// decoder reads all its fields and asks once, at the end, whether that went well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace picoctl {

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
    T value = 0;
    const auto taken = take(sizeof(T));
    for (std::size_t i = 0; i < taken.size(); ++i) {
      value = static_cast<T>(value | static_cast<T>(static_cast<T>(taken[i]) << (8 * i)));
    }
    return value;
  }
  void fail() { ok_ = false; }
  bool ok() const { return ok_; }
  bool finished() const { return ok_ && rest_.empty(); }
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
    for (std::size_t i = 0; i < sizeof(T); ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
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
