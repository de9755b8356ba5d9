// How values become bytes: little-endian, packed, every length bounded, every value checked.
//
//   bool                     1 byte, 0 or 1             "bool"
//   u8..u64, i8..i64         their size                 "u8" ..
//   f32, f64                 IEEE 754                   "f32"
//   enum with Enumerators    its underlying type        "u8{input=0,output=1}"
//   Text<N>, Bytes<N>        length byte, then bytes    "str<16>", "bytes<64>"
//   std::array<T, N>         N times T                  "u16*4"
//   struct with fields       its fields in order        "(x:i16,y:i16)"
//
// The text on the right is the type's name in a description (docs/PROTOCOL.md, "Description").
// `any_bytes`: whatever they hold, as many bytes as max_size says are a value of the type.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "picoctl/link/bytes.hpp"
#include "picoctl/link/fixed_string.hpp"

namespace picoctl {

// Up to N bytes (N <= 239), held in place. On the wire: a length byte, then the bytes.
template <std::size_t N>
class Bytes {
  static_assert(N <= 239, "does not fit a frame");

 public:
  constexpr Bytes() = default;
  explicit Bytes(std::span<const std::uint8_t> bytes) { assign(bytes); }

  // Returns false, and keeps the first N, if there are more than N.
  bool assign(std::span<const std::uint8_t> bytes) {
    size_ = static_cast<std::uint8_t>(bytes.size() < N ? bytes.size() : N);
    if (size_ > 0) std::memcpy(data_.data(), bytes.data(), size_);
    return bytes.size() <= N;
  }
  std::span<const std::uint8_t> view() const { return {data_.data(), size_}; }
  std::span<std::uint8_t> room() { return data_; }
  void resize(std::size_t size) { size_ = static_cast<std::uint8_t>(size < N ? size : N); }
  std::size_t size() const { return size_; }

 private:
  std::uint8_t size_ = 0;
  std::array<std::uint8_t, N> data_{};
};

// Up to N bytes of UTF-8.
template <std::size_t N>
class Text {
 public:
  constexpr Text() = default;
  Text(std::string_view text) { assign(text); }  // NOLINT(*-explicit-*)

  bool assign(std::string_view text) {
    return bytes_.assign({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.view().data()), bytes_.size()};
  }
  Bytes<N>& bytes() { return bytes_; }
  const Bytes<N>& bytes() const { return bytes_; }

 private:
  Bytes<N> bytes_;
};

// The named values of an enumeration, the only ones that a decoder lets through:
//   template <> inline constexpr auto picoctl::enumerators<Mode> =
//       Enumerators<Enumerator<"input", Mode::input>, Enumerator<"output", Mode::output>>{};
template <FixedString name, auto value>
struct Enumerator {};
template <typename... E>
struct Enumerators {};
template <typename T>
inline constexpr auto enumerators = nullptr;

// A field of a struct that travels: `unit` appears in descriptions, as in "time:u32[ms]".
template <FixedString name, auto member, FixedString unit = "">
struct Field {};
template <typename... F>
struct Fields {
  static constexpr std::size_t count = sizeof...(F);
};

struct Nothing {
  using fields = Fields<>;
};

constexpr bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > 32) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || c == '_' || c == '.';
    if (!letter && (c < '0' || c > '9')) return false;
  }
  return name[0] >= 'a' && name[0] <= 'z';
}

template <typename T>
struct Codec;  // no definition: this type cannot travel (see the list at the top)

template <>
struct Codec<bool> {
  static constexpr FixedString text = "bool";
  static constexpr std::size_t min_size = 1, max_size = 1;
  static constexpr bool any_bytes = false;
  static void decode(Reader& reader, bool& value) {
    const std::uint8_t byte = reader.byte();
    if (byte > 1) reader.fail();
    value = byte == 1;
  }
  static void encode(Writer& writer, bool value) { writer.byte(value ? 1 : 0); }
};

template <typename T>
requires(std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>) struct Codec<T> {
  static constexpr auto text =
      join(FixedString(std::is_signed_v<T> ? "i" : "u"), decimal<8 * sizeof(T)>());
  static constexpr std::size_t min_size = sizeof(T), max_size = sizeof(T);
  static constexpr bool any_bytes = true;
  static void decode(Reader& reader, T& value) {
    value = static_cast<T>(reader.integer<std::make_unsigned_t<T>>());
  }
  static void encode(Writer& writer, T value) {
    writer.integer(static_cast<std::make_unsigned_t<T>>(value));
  }
};

template <std::floating_point T>
requires(sizeof(T) == 4 || sizeof(T) == 8) struct Codec<T> {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr auto text = join(FixedString("f"), decimal<8 * sizeof(T)>());
  static constexpr std::size_t min_size = sizeof(T), max_size = sizeof(T);
  static constexpr bool any_bytes = true;
  static void decode(Reader& reader, T& value) { value = std::bit_cast<T>(reader.integer<Bits>()); }
  static void encode(Writer& writer, T value) { writer.integer(std::bit_cast<Bits>(value)); }
};

namespace detail {

template <typename T, FixedString name, auto value>
consteval auto enumerator_text(Enumerator<name, value>) {
  constexpr auto number = static_cast<std::underlying_type_t<T>>(value);
  if constexpr (number < 0) {
    constexpr auto size = std::size_t{0} - static_cast<std::size_t>(number);
    return join(name, FixedString("=-"), decimal<size>());
  } else {
    return join(name, FixedString("="), decimal<static_cast<std::size_t>(number)>());
  }
}
template <typename T, typename First, typename... Rest>
consteval auto enumerators_text(Enumerators<First, Rest...>) {
  return join(FixedString("{"), enumerator_text<T>(First{}),
              join(FixedString(","), enumerator_text<T>(Rest{}))..., FixedString("}"));
}
template <typename T, FixedString... name, auto... value>
constexpr bool is_enumerator(T candidate, Enumerators<Enumerator<name, value>...>) {
  return ((candidate == value) || ...);
}

}  // namespace detail

template <typename T>
requires std::is_enum_v<T>
struct Codec<T> {
  static_assert(!std::is_null_pointer_v<std::remove_cvref_t<decltype(enumerators<T>)>>,
                "give the enumeration its names: picoctl::enumerators<T>");
  using Integer = std::underlying_type_t<T>;
  static constexpr auto text =
      join(Codec<Integer>::text, detail::enumerators_text<T>(enumerators<T>));
  static constexpr std::size_t min_size = sizeof(T), max_size = sizeof(T);
  static constexpr bool any_bytes = false;
  static void decode(Reader& reader, T& value) {
    Integer integer{};
    Codec<Integer>::decode(reader, integer);
    value = static_cast<T>(integer);
    if (!detail::is_enumerator(value, enumerators<T>)) reader.fail();
  }
  static void encode(Writer& writer, T value) {
    Codec<Integer>::encode(writer, static_cast<Integer>(value));
  }
};

template <std::size_t N>
struct Codec<Bytes<N>> {
  static constexpr auto text = join(FixedString("bytes<"), decimal<N>(), FixedString(">"));
  static constexpr std::size_t min_size = 1, max_size = N + 1;
  static constexpr bool any_bytes = false;
  static void decode(Reader& reader, Bytes<N>& value) {
    const std::size_t size = reader.byte();
    if (size > N) reader.fail();
    value.assign(reader.take(size));
  }
  static void encode(Writer& writer, const Bytes<N>& value) {
    writer.byte(static_cast<std::uint8_t>(value.size()));
    writer.bytes(value.view());
  }
};

template <std::size_t N>
struct Codec<Text<N>> {
  static constexpr auto text = join(FixedString("str<"), decimal<N>(), FixedString(">"));
  static constexpr std::size_t min_size = 1, max_size = N + 1;
  static constexpr bool any_bytes = false;
  static void decode(Reader& reader, Text<N>& value) {
    Codec<Bytes<N>>::decode(reader, value.bytes());
  }
  static void encode(Writer& writer, const Text<N>& value) {
    Codec<Bytes<N>>::encode(writer, value.bytes());
  }
};

template <typename T, std::size_t N>
struct Codec<std::array<T, N>> {
  static constexpr auto text = join(Codec<T>::text, FixedString("*"), decimal<N>());
  static constexpr std::size_t min_size = N * Codec<T>::min_size, max_size = N * Codec<T>::max_size;
  static constexpr bool any_bytes = Codec<T>::any_bytes;
  static void decode(Reader& reader, std::array<T, N>& value) {
    for (T& element : value) Codec<T>::decode(reader, element);
  }
  static void encode(Writer& writer, const std::array<T, N>& value) {
    for (const T& element : value) Codec<T>::encode(writer, element);
  }
};

// What of one field the codec of its struct needs.
template <typename F>
struct FieldTraits;
template <typename Owner, typename T, FixedString name_, T Owner::*member, FixedString unit_>
struct FieldTraits<Field<name_, member, unit_>> {
  using Type = T;
  static_assert(valid_name(name_.view()), "a field's name: a-z, 0-9, _; at most 32");
  static constexpr auto unit_text = [] {
    if constexpr (unit_.size() == 0) {
      return FixedString("");
    } else {
      return join(FixedString("["), unit_, FixedString("]"));
    }
  }();
  static constexpr auto text = join(name_, FixedString(":"), Codec<T>::text, unit_text);
  static void decode(Reader& reader, Owner& owner) { Codec<T>::decode(reader, owner.*member); }
  static void encode(Writer& writer, const Owner& owner) {
    Codec<T>::encode(writer, owner.*member);
  }
};

namespace detail {

// "a:u8,b:bool" with any separator.
template <FixedString separator, typename First, typename... Rest>
consteval auto fields_text(Fields<First, Rest...>) {
  return join(FieldTraits<First>::text, join(separator, FieldTraits<Rest>::text)...);
}
template <FixedString separator>
consteval auto fields_text(Fields<>) {
  return FixedString("");
}

template <typename T, typename F>
struct StructCodec;
template <typename T, typename... F>
struct StructCodec<T, Fields<F...>> {
  static constexpr std::size_t min_size =
      (std::size_t{0} + ... + Codec<typename FieldTraits<F>::Type>::min_size);
  static constexpr std::size_t max_size =
      (std::size_t{0} + ... + Codec<typename FieldTraits<F>::Type>::max_size);
  static constexpr bool any_bytes =
      (true && ... && Codec<typename FieldTraits<F>::Type>::any_bytes);
  static void decode([[maybe_unused]] Reader& reader, [[maybe_unused]] T& value) {
    (FieldTraits<F>::decode(reader, value), ...);
  }
  static void encode([[maybe_unused]] Writer& writer, [[maybe_unused]] const T& value) {
    (FieldTraits<F>::encode(writer, value), ...);
  }
};

}  // namespace detail

template <typename T>
requires requires { typename T::fields; }
struct Codec<T> : detail::StructCodec<T, typename T::fields> {
  static constexpr auto text =
      join(FixedString("("), detail::fields_text<",">(typename T::fields{}), FixedString(")"));
};

}  // namespace picoctl
