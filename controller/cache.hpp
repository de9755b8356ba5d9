// Descriptions kept on disk by their hash, so that a Pico seen before is not asked again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace picoctl::controller {

// $XDG_CACHE_HOME/picoctl, else $HOME/.cache/picoctl; empty: there is nowhere to keep anything.
std::string cache_folder();

// The text whose hash this is; empty if it is not kept, or damaged.
std::optional<std::string> load_description(std::uint32_t hash);

// Keeps a text under its hash. A cache that cannot be written to is no error: the Pico is asked
// again next time. Several programs may keep the same text at once: it appears whole or not at all.
void keep_description(std::uint32_t hash, std::string_view text);

}  // namespace picoctl::controller
