// Result<T, E>: a value or the reason why there is none.
//
// std::expected needs C++23; this is the part of it that picoctl uses, with the same member names,
// for builds without exceptions, RTTI or a heap. Reading the wrong side is a bug of ours and traps.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "picoctl/link/error.hpp"

namespace picoctl {

template <typename E>
struct Unexpected {
  E error;
};
template <typename E>
Unexpected(E) -> Unexpected<E>;

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = E;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(*-explicit-*)
  Result(Unexpected<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return *checked(std::get_if<0>(&state_)); }
  const T& value() const& { return *checked(std::get_if<0>(&state_)); }
  T&& value() && { return std::move(*checked(std::get_if<0>(&state_))); }
  E& error() & { return *checked(std::get_if<1>(&state_)); }
  const E& error() const& { return *checked(std::get_if<1>(&state_)); }
  E&& error() && { return std::move(*checked(std::get_if<1>(&state_))); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  T value_or(T fallback) const& { return has_value() ? value() : fallback; }

 private:
  template <typename P>
  static P* checked(P* side) {
    if (side == nullptr) __builtin_trap();
    return side;
  }
  std::variant<T, E> state_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  Result() = default;
  Result(Unexpected<E> failure) : error_(std::move(failure.error)) {}  // NOLINT(*-explicit-*)

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  void value() const {
    if (error_.has_value()) __builtin_trap();
  }
  E& error() & { return *checked(); }
  const E& error() const& { return *const_cast<Result*>(this)->checked(); }
  E&& error() && { return std::move(*checked()); }

 private:
  E* checked() {
    if (!error_.has_value()) __builtin_trap();
    return &*error_;
  }
  std::optional<E> error_;
};

// What every handler returns: one number, so that it comes back in a register.
template <>
class [[nodiscard]] Result<void, Error> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() = default;
  Result(Unexpected<Error> failure)  // NOLINT(*-explicit-*)
      : state_(failed | static_cast<std::uint32_t>(failure.error)) {}

  bool has_value() const { return state_ == 0; }
  explicit operator bool() const { return has_value(); }
  void value() const {
    if (!has_value()) __builtin_trap();
  }
  Error error() const {
    if (has_value()) __builtin_trap();
    return static_cast<Error>(state_ & 0xFFU);
  }

 private:
  static constexpr std::uint32_t failed = 0x100;
  std::uint32_t state_ = 0;
};

}  // namespace picoctl
