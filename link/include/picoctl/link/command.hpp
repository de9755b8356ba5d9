// A command, declared once: its name, its help, the types of its arguments and its reply, and how
// long its handler may take. Both ends, the shell and the reference follow from this one type.
//
//   struct PinWrite {
//     std::uint8_t pin; bool on;
//     using fields = Fields<Field<"pin", &PinWrite::pin>, Field<"on", &PinWrite::on>>;
//   };
//   using Write = Command<"gpio.write", "Drive a pin high or low", PinWrite>;
#pragma once

#include <cstdint>

#include "picoctl/link/codec.hpp"
#include "picoctl/link/frame.hpp"

namespace picoctl {

inline constexpr std::uint32_t default_max_time_ms = 1000;

template <FixedString name_, FixedString help_, typename Args_ = Nothing, typename Reply_ = Nothing,
          std::uint32_t max_time_ms_ = default_max_time_ms>
struct Command {
  using Args = Args_;
  using Reply = Reply_;

  static_assert(valid_name(name_.view()), "a command's name: a-z, 0-9, _ and dots; at most 32");
  static_assert(Codec<Args>::max_size <= max_payload, "the arguments do not fit a frame");
  static_assert(Codec<Reply>::max_size <= max_payload, "the reply does not fit a frame");

  static constexpr auto name = name_;
  static constexpr auto help = help_;
  static constexpr std::uint32_t max_time_ms = max_time_ms_;

 private:
  static constexpr auto args_text = [] {
    if constexpr (Args::fields::count == 0) {
      return FixedString("");
    } else {
      return join(FixedString(" "), detail::fields_text<" ">(typename Args::fields{}));
    }
  }();
  static constexpr auto reply_text = [] {
    if constexpr (Reply::fields::count == 0) {
      return FixedString("");
    } else {
      return join(FixedString(" -> "), detail::fields_text<" ">(typename Reply::fields{}));
    }
  }();
  static constexpr auto time_text = [] {
    if constexpr (max_time_ms == default_max_time_ms) {
      return FixedString("");
    } else {
      return join(FixedString(" @"), decimal<max_time_ms>(), FixedString("ms"));
    }
  }();

 public:
  // Its line in a description: "gpio.write pin:u8 on:bool # Drive a pin high or low".
  static constexpr auto line =
      join(name, args_text, reply_text, time_text, FixedString(" # "), help);
};

}  // namespace picoctl
