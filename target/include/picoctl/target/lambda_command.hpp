// A user's own command from one line: names in a string, types from the lambda.
//
//   target.command("led n on # Turn a light on or off", [](std::uint8_t n, bool on) { … });
//   target.command("add a b -> sum", [](std::int32_t a, std::int32_t b) { return a + b; });
//   target.command("aim angle", [](Context& context, float angle) -> Result<void> { … });
//   target.command("home @5000ms", [] { … });   may take five seconds, instead of one
//
// The number of names is compared with the lambda's parameters at compile time. A lambda may take
// Context& first, and may return nothing, a value, Result<void> or Result<value>.
#pragma once

#include <cstring>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "picoctl/link/dispatch.hpp"
#include "picoctl/target/context.hpp"

namespace picoctl::target {

namespace detail {

template <typename R>
struct ReplyOf {
  using Type = R;
};
template <typename R>
struct ReplyOf<Result<R>> {
  using Type = R;
};

template <typename R, bool with_context_, typename... A>
struct Parameters {
  using Reply = typename ReplyOf<R>::Type;
  using Values = std::tuple<std::decay_t<A>...>;
  static constexpr bool with_context = with_context_;
  static constexpr bool returns_value = !std::is_void_v<Reply>;
  static constexpr std::size_t count = sizeof...(A);
  static constexpr bool any_bytes = (true && ... && Codec<std::decay_t<A>>::any_bytes);
  static constexpr std::size_t max_size = (std::size_t{0} + ... + Codec<std::decay_t<A>>::max_size);

  // The types in the order of the names; a reply's type last.
  static constexpr auto types = [] {
    if constexpr (returns_value) {
      return std::array<std::string_view, count + 1>{Codec<std::decay_t<A>>::text.view()...,
                                                     Codec<Reply>::text.view()};
    } else {
      return std::array<std::string_view, count + 1>{Codec<std::decay_t<A>>::text.view()..., ""};
    }
  }();
};

template <typename F>
struct LambdaTraits : LambdaTraits<decltype(&F::operator())> {};
template <typename C, typename R, typename... A>
struct LambdaTraits<R (C::*)(A...) const> : Parameters<R, false, A...> {};
template <typename C, typename R, typename... A>
struct LambdaTraits<R (C::*)(Context&, A...) const> : Parameters<R, true, A...> {};

// Not constexpr and never defined: reaching one of them is the compiler's message.
void a_name_may_hold_only_a_to_z_digits_underscores_and_dots();
void a_time_is_written_as_in_at_2000ms_and_is_at_most_65535();
void the_names_and_the_parameters_of_the_lambda_differ_in_number();
void a_lambda_that_returns_a_value_needs_the_name_of_its_reply_behind_an_arrow();

// "@2000ms"; 0: not such a time.
constexpr std::uint16_t time_in(std::string_view word) {
  if (word.size() < 4 || word[word.size() - 2] != 'm' || word.back() != 's') return 0;
  std::uint32_t ms = 0;
  for (std::size_t i = 1; i < word.size() - 2; ++i) {
    if (word[i] < '0' || word[i] > '9' || ms > 0xFFFF) return 0;
    ms = 10 * ms + static_cast<std::uint32_t>(word[i] - '0');
  }
  return ms > 0xFFFF ? std::uint16_t{0} : static_cast<std::uint16_t>(ms);
}

constexpr bool next_word(std::string_view& rest, std::string_view& word) {
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return !word.empty() && word.front() != '#';
}

}  // namespace detail

// The names of a lambda's command: "led n on # help", checked against F while compiling.
template <typename F>
class Names {
 public:
  consteval Names(const char* text) : text_(text) {  // NOLINT(*-explicit-*)
    using Traits = detail::LambdaTraits<F>;
    std::size_t names = 0;
    bool arrow = false;
    std::string_view rest = text_;
    for (std::string_view word; detail::next_word(rest, word);) {
      if (word == "->") {
        if (names != Traits::count + 1) {
          detail::the_names_and_the_parameters_of_the_lambda_differ_in_number();
        }
        arrow = true;
        continue;
      }
      if (word.front() == '@') {
        max_time_ms_ = detail::time_in(word);
        if (max_time_ms_ == 0) detail::a_time_is_written_as_in_at_2000ms_and_is_at_most_65535();
        continue;
      }
      if (!valid_name(word)) detail::a_name_may_hold_only_a_to_z_digits_underscores_and_dots();
      ++names;
    }
    if (arrow != Traits::returns_value) {
      detail::a_lambda_that_returns_a_value_needs_the_name_of_its_reply_behind_an_arrow();
    }
    if (names != Traits::count + 1 + (arrow ? 1 : 0)) {
      detail::the_names_and_the_parameters_of_the_lambda_differ_in_number();
    }
  }
  constexpr std::string_view text() const { return text_; }
  constexpr std::uint16_t max_time_ms() const { return max_time_ms_; }

 private:
  std::string_view text_;
  std::uint16_t max_time_ms_ = default_max_time_ms;
};

namespace detail {

// A lambda that captures nothing, or one pointer or reference, fits the entry itself.
template <typename F>
F lambda_from(const void* const& state) {
  alignas(F) std::byte copy[sizeof(F)];
  std::memcpy(copy, &state, std::is_empty_v<F> ? 0 : sizeof(F));
  return *reinterpret_cast<F*>(copy);
}

template <typename Tuple>
void journal_lambda(Context& context, std::string_view names, const Tuple& values) {
  std::string_view rest = names;
  std::string_view word;
  next_word(rest, word);
  JournalLine line(word);
  const auto print = [&](const auto& value) {
    next_word(rest, word);
    line.add(" ");
    line.add(word);
    line.add("=");
    print_value(line, value);
  };
  std::apply([&](const auto&... value) { (print(value), ...); }, values);
  journal(context, line.text());
}

template <typename F>
Result<void> invoke_lambda(Context* context, const Entry& entry, Reader& args, Writer& reply) {
  using Traits = LambdaTraits<F>;
  typename Traits::Values values{};
  std::apply(
      [&](auto&... value) { (Codec<std::decay_t<decltype(value)>>::decode(args, value), ...); },
      values);
  if (!args.finished()) return Unexpected{Error::bad_arguments};
  if (context == nullptr) return {};
  if constexpr (journaled) journal_lambda(*context, entry.line, values);

  const F lambda = lambda_from<F>(entry.state);
  const auto call = [&](const auto&... value) {
    if constexpr (Traits::with_context) {
      return lambda(*context, value...);
    } else {
      return lambda(value...);
    }
  };
  using Returned = decltype(std::apply(call, values));
  if constexpr (std::is_void_v<Returned>) {
    std::apply(call, values);
    return {};
  } else if constexpr (std::is_same_v<Returned, Result<void>>) {
    return std::apply(call, values);
  } else {
    Result<typename Traits::Reply> result = std::apply(call, values);
    if (!result) return Unexpected{result.error()};
    Codec<typename Traits::Reply>::encode(reply, *result);
    return {};
  }
}

template <typename R>
constexpr std::size_t largest_reply() {
  if constexpr (std::is_void_v<R>) {
    return 0;
  } else {
    return Codec<R>::max_size;
  }
}

}  // namespace detail

template <typename F>
Entry lambda_entry(Names<F> names, F lambda) {
  static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= sizeof(void*),
                "a command's lambda may capture one pointer or reference, no more");
  using Traits = detail::LambdaTraits<F>;
  Entry entry{};
  entry.line = names.text();
  entry.types = Traits::types.data();
  entry.invoke = &detail::invoke_lambda<F>;
  if constexpr (!std::is_empty_v<F>) std::memcpy(&entry.state, &lambda, sizeof(F));
  entry.max_reply = static_cast<std::uint16_t>(detail::largest_reply<typename Traits::Reply>());
  entry.max_time_ms = names.max_time_ms();
  if constexpr (Traits::any_bytes && Traits::max_size < Entry::must_look) {
    entry.plain_args = static_cast<std::uint8_t>(Traits::max_size);
  }
  return entry;
}

// A plain register's handler: [](std::uint8_t value) { … }, or with Context& first. Its type is one
// of the integers of 1, 2 or 4 bytes.
template <typename F>
RegisterEntry lambda_register(std::uint8_t number, std::string_view line, F lambda) {
  using Traits = detail::LambdaTraits<F>;
  using Value = std::tuple_element_t<0, typename Traits::Values>;
  static_assert(Traits::count == 1 && std::is_integral_v<Value> && sizeof(Value) <= 4 &&
                    !std::is_same_v<Value, bool>,
                "a register's handler takes one integer of 1, 2 or 4 bytes");
  static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= sizeof(void*));
  RegisterEntry entry{number, sizeof(Value), line, Codec<Value>::text.view(), nullptr, nullptr};
  entry.changed = [](Context& context, const RegisterEntry& self, std::uint32_t value) {
    const F call = detail::lambda_from<F>(self.state);
    if constexpr (Traits::with_context) {
      call(context, static_cast<Value>(value));
    } else {
      call(static_cast<Value>(value));
    }
  };
  if constexpr (!std::is_empty_v<F>) std::memcpy(&entry.state, &lambda, sizeof(F));
  return entry;
}

}  // namespace picoctl::target
