// A live picture of the boards on a virtual bus.
#pragma once

#include <string>
#include <vector>

#include "context.hpp"

namespace picoctl::cli {

// Starts `command` (picoctl-virtual, listening at `socket`) and shows its boards until it ends or
// Ctrl-C. Where standard output is no terminal, one line per change. Returns the exit code.
int show_boards(const Context& context, const std::vector<std::string>& command,
                const std::string& socket);

}  // namespace picoctl::cli
