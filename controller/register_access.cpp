#include "register_access.hpp"

#include <fmt/format.h>

#include <chrono>

#include "picoctl/link/registers.hpp"
#include "text.hpp"
#include "value_codec.hpp"

namespace picoctl::controller {
namespace {

using namespace std::chrono_literals;

// Writing the same value twice does no harm: the last value wins.
template <typename Transfer>
Expected<void> with_tries(Wire& wire, Transfer transfer) {
  auto done = transfer();
  for (int again = 0; !done && again < 2; ++again) {
    if (done.error().error == Error::bus_stuck) static_cast<void>(wire.bus().recover());
    wire.bus().sleep(25ms);
    done = transfer();
  }
  return done;
}

// The bytes of `values` behind the number of the first register; each has to fill one whole register.
Expected<void> encode(const Description& description, const RegisterInfo& first,
                      std::span<const Value> values, Writer& writer) {
  unsigned number = first.number;
  writer.byte(first.number);
  for (const Value& value : values) {
    const RegisterInfo* entry = number < registers::user_end
                                    ? description.find_register(static_cast<std::uint8_t>(number))
                                    : nullptr;
    if (entry == nullptr) {
      return fail(Error::no_such_register,
                  fmt::format("{}, behind '{}'", hex_byte(number), first.name));
    }
    const std::string who = fmt::format("register '{}'", entry->name);
    if (auto encoded = encode_value(entry->type, value, writer, who); !encoded) return encoded;
    number += static_cast<unsigned>(entry->type.size);
  }
  if (writer.ok()) return {};
  return fail(Error::too_long,
              fmt::format("at most {} bytes of registers at once", registers::max_plain_write));
}

}  // namespace

Expected<Value> read_register(Wire& wire, const Description& description, std::string_view which) {
  const auto entry = description.register_named(which);
  if (!entry) return Unexpected{entry.error()};
  const std::array<std::uint8_t, 1> from{(*entry)->number};
  const auto read = with_tries(wire, [&] { return wire.ask(from, (*entry)->type.size); });
  if (!read) {
    Failure failure = read.error();
    failure.outcome = Outcome::not_run;  // reading changes nothing, so there is no doubt to tell
    return Unexpected{std::move(failure)};
  }
  Reader reader(wire.answer());
  return decode_value((*entry)->type, reader);
}

Expected<void> write_registers(Wire& wire, const Description& description, std::string_view which,
                               std::span<const Value> values) {
  const auto entry = description.register_named(which);
  if (!entry) return Unexpected{entry.error()};
  if (values.empty()) return fail(Error::wrong_count, fmt::format("no value for '{}'", which));
  std::array<std::uint8_t, 1 + registers::max_plain_write> bytes{};
  Writer writer(bytes);
  if (auto encoded = encode(description, **entry, values, writer); !encoded) return encoded;
  return with_tries(wire, [&] { return wire.tell(writer.written()); });
}

}  // namespace picoctl::controller
