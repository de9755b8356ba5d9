// Values to bytes and back by a description's types: the same bytes as link/codec.hpp makes, which
// knows the types when it is compiled.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "picoctl/controller/description.hpp"
#include "picoctl/controller/failure.hpp"
#include "picoctl/controller/value.hpp"
#include "picoctl/link/bytes.hpp"

namespace picoctl::controller {

// wrong_count, wrong_type, out_of_range: naming the argument, its type and the value. Strings are
// taken as typed in a shell (value.hpp).
Expected<void> encode_args(const CommandInfo& command, std::span<const Value> args, Writer& writer);

// `who` is how a failure calls the value: "argument 'n' of 'led'".
Expected<void> encode_value(const TypeInfo& type, const Value& value, Writer& writer,
                            const std::string& who);

// An object of the reply's fields, null if it has none. Empty if the bytes are no such reply.
std::optional<Value> decode_reply(const CommandInfo& command, std::span<const std::uint8_t> bytes);

// Fails the reader if the bytes are no such value.
Value decode_value(const TypeInfo& type, Reader& reader);

}  // namespace picoctl::controller
