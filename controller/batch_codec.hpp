// Several commands as one request's payload, and their replies (link/batch.hpp).
#pragma once

#include <span>
#include <vector>

#include "picoctl/controller/description.hpp"
#include "picoctl/controller/pico.hpp"

namespace picoctl::controller {

using BatchCommands = std::vector<const CommandInfo*>;  // those of the entries, in order

Expected<BatchCommands> encode_batch(const Description& description,
                                     std::span<const BatchItem> items, bool go_on, Writer& payload);

Expected<std::vector<BatchItemResult>> decode_batch(const BatchCommands& commands,
                                                    std::span<const std::uint8_t> answer);

}  // namespace picoctl::controller
